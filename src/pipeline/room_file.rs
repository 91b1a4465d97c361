//! A learnt room as a file, from one start to the next. It is a picture of somebody's room, so the file is for its user
//! alone; and it is foreign bytes when it is read.

use std::{
    fmt, fs,
    io::{self, Read},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::SystemTime,
};

use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};

use crate::{Colorimetry, Size, digest::hex, files::Replacement, frame::geometry::Framing};

/// The first bytes, with the version.
const MAGIC: &[u8; 16] = b"gpucam room 01\r\n";
const DIGEST: usize = 32;
/// Ending of the files.
const ENDING: &str = "room";
/// How many rooms a folder holds: cameras, sizes, cuts. The oldest goes.
const MOST: usize = 16;
/// Frames of a mean (`MOST` in `lib/room.wgsl`), and the largest values that colours and variances of cells can have:
/// R'G'B' over the least gain, and differences of 1.
const MOST_SEEN: u32 = 32;
const MOST_COLOUR: f32 = 4.0;
const MOST_VARIANCE: f32 = 1.0;

/// The folder of the rooms that are kept for this user.
pub fn rooms_folder() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.state_dir().unwrap_or_else(|| base.data_dir()).join("gpucam/rooms"))
}

/// The rooms of a folder, and what was left of writing one.
pub fn rooms_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_room = |path: &PathBuf| path.extension().is_some_and(|ending| ending == ENDING);
    let mut rooms: Vec<_> = entries.filter(is_room).collect();
    rooms.sort();
    rooms
}

/// What a room was learnt from. With another camera, size or cut it is another one.
#[derive(Clone, Debug)]
pub struct RoomKey(String);

impl RoomKey {
    /// Of a camera by a name that stays, in this framing; `plate` and `mask` are the sizes of the room.
    pub fn new(camera: &str, framing: &Framing, plate: Size, mask: Size, colours: Colorimetry) -> Self {
        let Framing { camera: picture, turn, region, frame } = framing;
        Self(format!(
            "camera {camera:?}\npicture {picture}\nturn {} {} {}\nregion {:?} {:?}\nframe {frame}\nplate {plate}\n\
             mask {mask}\ncolours {:?} {:?}\n",
            turn.swap, turn.flip[0], turn.flip[1], region.at, region.size, colours.matrix, colours.range
        ))
    }

    /// Its file in a folder.
    pub fn file(&self, folder: &Path) -> PathBuf {
        folder.join(hex(&Sha256::digest(&self.0)[..12])).with_extension(ENDING)
    }
}

/// What is kept of a room; `passes::Room` says what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptRoom {
    /// R'G'B' and variance of each cell.
    pub cells: Vec<[f32; 4]>,
    /// How often each was seen, 0..=32.
    pub seen: Vec<u32>,
    /// The plate's words.
    pub plate: Vec<u32>,
}

/// Why a file is no room.
#[derive(Debug)]
pub enum RoomFault {
    /// It cannot be read.
    Io(io::Error),
    /// It is no file, or not as long as such a room.
    Length,
    /// Another program or version wrote it, or for another camera.
    Foreign,
    /// Its content was changed.
    Damaged,
}

impl fmt::Display for RoomFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Length => f.write_str("it is not as long as such a room"),
            Self::Foreign => f.write_str("it is not of this version, camera and size"),
            Self::Damaged => f.write_str("its content is damaged"),
        }
    }
}

impl KeptRoom {
    /// The file's content.
    pub fn bytes(&self, key: &RoomKey) -> Vec<u8> {
        let Self { cells, seen, plate } = self;
        let seen: Vec<u8> = seen.iter().map(|&seen| seen.min(MOST_SEEN) as u8).collect();
        let content =
            [key.0.as_bytes(), bytemuck::cast_slice(cells), bytemuck::cast_slice(plate), &seen].concat();
        [MAGIC, &Sha256::digest(&content)[..], &content].concat()
    }

    /// Reads the content of a file: only of this key, and as many cells and words of the plate.
    ///
    /// # Errors
    /// Whatever is wrong with it; nothing of it is used then.
    pub fn parse(bytes: &[u8], key: &RoomKey, cells: usize, words: usize) -> Result<Self, RoomFault> {
        if bytes.len() != file_bytes(key, cells, words) {
            return Err(RoomFault::Length);
        }
        let rest = bytes.strip_prefix(MAGIC).ok_or(RoomFault::Foreign)?;
        let (digest, content) = rest.split_at(DIGEST);
        let rest = content.strip_prefix(key.0.as_bytes()).ok_or(RoomFault::Foreign)?;
        if digest != &Sha256::digest(content)[..] {
            return Err(RoomFault::Damaged);
        }
        let (of_cells, rest) = rest.split_at(16 * cells);
        let (plate, seen) = rest.split_at(4 * words);
        let of_cells: Vec<[f32; 4]> = of_cells.chunks_exact(16).map(bytemuck::pod_read_unaligned).collect();
        let is_sound = |&[r, g, b, v]: &[f32; 4]| {
            [r, g, b].iter().all(|c| (0.0..=MOST_COLOUR).contains(c)) && (0.0..=MOST_VARIANCE).contains(&v)
        };
        let seen: Vec<u32> = seen.iter().map(|&seen| seen.into()).collect();
        if !of_cells.iter().all(is_sound) || seen.iter().any(|&seen| seen > MOST_SEEN) {
            return Err(RoomFault::Damaged);
        }
        let plate = plate.chunks_exact(4).map(bytemuck::pod_read_unaligned).collect();
        Ok(Self { cells: of_cells, seen, plate })
    }

    /// Reads a file; none if there is none. What is no file or not as long as it must be is not read at all.
    ///
    /// # Errors
    /// As [`KeptRoom::parse`].
    pub fn read(file: &Path, key: &RoomKey, cells: usize, words: usize) -> Result<Option<Self>, RoomFault> {
        let mut options = fs::OpenOptions::new();
        // Neither what a link points to, nor a pipe that waits for somebody.
        options.read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
        let mut opened = match options.open(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(RoomFault::Io)?,
        };
        let (meta, length) = (opened.metadata().map_err(RoomFault::Io)?, file_bytes(key, cells, words));
        if !meta.is_file() || meta.len() != length as u64 {
            return Err(RoomFault::Length);
        }
        let mut bytes = vec![0; length];
        opened.read_exact(&mut bytes).map_err(RoomFault::Io)?;
        Self::parse(&bytes, key, cells, words).map(Some)
    }
}

/// Length of the file of such a room.
fn file_bytes(key: &RoomKey, cells: usize, words: usize) -> usize {
    MAGIC.len() + DIGEST + key.0.len() + 17 * cells + 4 * words
}

/// A room that is on the disk, for its user alone, but not yet in its place. Dropped, it is gone; what a killed process
/// leaves counts as a room, so that it goes with them.
#[derive(Debug)]
pub struct NewRoom {
    replacement: Replacement,
    file: PathBuf,
}

impl NewRoom {
    /// Writes the content of `file` beside it.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(file: &Path, bytes: &[u8]) -> io::Result<Self> {
        make_private(file.parent().ok_or(io::ErrorKind::NotFound)?)?;
        let mut replacement = Replacement::create_private(file)?;
        replacement.fill(bytes)?;
        Ok(Self { replacement, file: file.into() })
    }

    /// Puts it in its place: who reads the file sees the old content or the new. The folder's oldest files go where they
    /// become too many.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn put(self) -> io::Result<()> {
        let Self { replacement, file } = self;
        replacement.put()?;
        let written_at = |path: &PathBuf| fs::metadata(path).and_then(|meta| meta.modified());
        let mut rooms: Vec<_> = rooms_in(file.parent().unwrap_or(&file))
            .into_iter()
            .filter(|path| *path != file)
            .map(|path| (written_at(&path).unwrap_or(SystemTime::UNIX_EPOCH), path))
            .collect();
        rooms.sort();
        let spare = (rooms.len() + 1).saturating_sub(MOST);
        rooms.iter().take(spare).for_each(|(_, path)| drop(fs::remove_file(path)));
        Ok(())
    }
}

/// Makes a folder that only its user can open.
///
/// # Errors
/// Those of the file system.
pub fn make_private(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut rights = fs::symlink_metadata(folder)?.permissions();
    if rights.mode() & 0o777 != 0o700 {
        rights.set_mode(0o700);
        fs::set_permissions(folder, rights)?;
    }
    Ok(())
}
