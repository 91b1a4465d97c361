//! Keeping the learnt room between starts: read when a pipeline begins to draw what is shown, written when it ends. Between
//! the two a thread of its own writes and removes the file, and no frame waits for it.

use std::{
    io, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use super::{
    calibration::CalibrationDesk,
    room_file::{KeptRoom, NewRoom, RoomKey},
};
use crate::{
    gpu::{Gpu, Readback, Storage},
    passes::{Room, RoomStatus},
    video,
};

/// When a room is written for the first time, and how often from then on.
const FIRST: Duration = Duration::from_secs(20);
const INTERVAL: Duration = Duration::from_secs(120);
/// A room that is kept has been the same for so many frames, and so much of it is known.
const LEAST_AGE: f32 = 300.0;
const LEAST_KNOWN: f32 = 0.5;
/// How long the end of a pipeline waits for the room.
const LAST_WAIT: Duration = Duration::from_millis(500);

/// Where rooms are kept, and of which camera. All pipelines of a run share it.
#[derive(Clone, Debug, Default)]
pub struct RoomShelf(Arc<Shelf>);

#[derive(Debug, Default)]
struct Shelf {
    folder: PathBuf,
    present: Mutex<Present>,
    /// How often a room was forgotten. What was read of the room before is not kept.
    generation: AtomicU64,
    /// Held while a file is put in its place or removed. No frame takes it.
    place: Mutex<()>,
    /// Whether it was said that nothing can be written.
    is_told: AtomicBool,
}

#[derive(Debug, Default)]
struct Present {
    camera: String,
    /// The file of the present pipeline's room.
    file: Option<PathBuf>,
}

impl RoomShelf {
    /// In this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self(Arc::new(Shelf { folder, ..Shelf::default() }))
    }

    fn lock(&self) -> MutexGuard<'_, Present> {
        self.0.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says which camera the next pipelines see, by a name that stays; empty if its room is not kept. Returns the previous
    /// name.
    pub fn set_camera(&self, camera: String) -> String {
        mem::replace(&mut self.lock().camera, camera)
    }

    /// The camera that was named last.
    pub fn camera(&self) -> String {
        self.lock().camera.clone()
    }

    /// The file of the present room, if there is one.
    pub fn file(&self) -> Option<PathBuf> {
        let file = self.lock().file.clone();
        file.filter(|file| file.exists())
    }

    /// How often a room was forgotten.
    pub fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// Keeps what is known of the room before this moment from being kept.
    fn begin_anew(&self) {
        self.0.generation.fetch_add(1, Ordering::AcqRel);
    }

    fn place(&self) -> MutexGuard<'_, ()> {
        self.0.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a room in its place, unless one was forgotten since this generation. Waits for the disk.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn put(&self, new: NewRoom, generation: u64) -> io::Result<()> {
        let _place = self.place();
        if generation == self.generation() { new.put() } else { Ok(()) }
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        let _place = self.place();
        video::file::remove(file).map(drop)
    }

    /// Forgets the present room: removes its file, and what is being written does not take its place. Returns which file
    /// that is, if there is one, and whether it could be removed. Waits for the disk.
    pub fn forget(&self) -> Option<(PathBuf, io::Result<()>)> {
        self.begin_anew();
        let file = self.lock().file.clone()?;
        let removed = self.remove(&file);
        Some((file, removed))
    }
}

/// The pipeline's side.
#[derive(Debug)]
pub(super) struct Keeper {
    gpu: Gpu,
    room: Room,
    key: RoomKey,
    file: PathBuf,
    shelf: RoomShelf,
    /// When the first frame came, and when the room is written next.
    began: Option<Duration>,
    due: Duration,
    /// Frames for which the room must have been the same.
    least_age: f32,
    /// What is on its way, and the shelf's generation when it was asked for.
    reading: Option<(Readback, u64)>,
    /// Set while a thread writes.
    is_writing: Arc<AtomicBool>,
    desk: CalibrationDesk,
}

impl Keeper {
    /// Keeps `room`, of which `key` says what it is of, for the camera that the shelf names, if it names one; and puts
    /// back the one that was kept, in doubt until frames confirm it.
    pub(super) fn new(
        gpu: &Gpu,
        room: &Room,
        shelf: &RoomShelf,
        desk: &CalibrationDesk,
        key: impl FnOnce(&str) -> RoomKey,
    ) -> Option<Self> {
        let (key, file) = {
            let (folder, mut shelf) = (&shelf.0.folder, shelf.lock());
            if shelf.camera.is_empty() {
                shelf.file = None;
                return None;
            }
            let key = key(&shelf.camera);
            let file = key.file(folder);
            shelf.file = Some(file.clone());
            (key, file)
        };
        let keeper = Self {
            gpu: gpu.clone(),
            room: room.clone(),
            key,
            file,
            shelf: shelf.clone(),
            began: None,
            due: Duration::ZERO,
            least_age: LEAST_AGE,
            reading: None,
            is_writing: Arc::default(),
            desk: desk.clone(),
        };
        keeper.put_back();
        Some(keeper)
    }

    fn put_back(&self) {
        let Self { gpu, room, key, file, .. } = self;
        let (cells, words) = (room.size.area(), (room.plate.bytes / 4) as usize);
        match KeptRoom::read(file, key, cells, words) {
            Ok(None) => {}
            Ok(Some(KeptRoom { cells, seen, plate })) => {
                let doubt = RoomStatus { doubt: 1.0, ..RoomStatus::default() };
                for (storage, bytes) in [
                    (&room.cells, bytemuck::cast_slice::<_, u8>(&cells)),
                    (&room.counts, bytemuck::cast_slice(&seen)),
                    (&room.plate, bytemuck::cast_slice(&plate)),
                    (&room.status, bytemuck::bytes_of(&doubt)),
                ] {
                    gpu.queue().write_buffer(&storage.buffer, storage.offset, bytes);
                }
                tracing::info!(file = %file.display(), "the room is known from before, if it still is the same");
            }
            Err(fault) => {
                tracing::warn!("the room in {} is ignored: {fault}", file.display());
            }
        }
    }

    fn parts(room: &Room) -> [&Storage; 4] {
        [&room.status, &room.cells, &room.plate, &room.counts]
    }

    /// Copies the room to where the CPU reads it, and asks for it.
    fn request(&self) -> (Readback, wgpu::SubmissionIndex) {
        let bytes = Self::parts(&self.room).iter().map(|part| part.bytes).sum();
        let readback = Readback::new(&self.gpu, "kept room", bytes);
        let mut encoder = self.gpu.device().create_command_encoder(&Default::default());
        let mut at = 0;
        for part in Self::parts(&self.room) {
            readback.encode_at(&mut encoder, part, at);
            at += part.bytes;
        }
        let copied = self.gpu.queue().submit([encoder.finish()]);
        readback.request();
        (readback, copied)
    }

    /// What writes a room that was asked for in this generation and whose bytes have come, on any thread.
    fn writer(&self, generation: u64) -> impl FnOnce(&[u8]) + Send + 'static {
        let Self { room, key, file, shelf, .. } = self;
        let (cells, least_age) = (room.size.area(), self.least_age);
        let (key, file, shelf) = (key.clone(), file.clone(), shelf.clone());
        move |bytes: &[u8]| {
            let Some(room) = worth_keeping(bytes, cells, least_age) else { return };
            let written = NewRoom::write(&file, &room.bytes(&key));
            match written.and_then(|new| shelf.put(new, generation)) {
                Ok(()) => tracing::debug!(file = %file.display(), "the room was written"),
                Err(error) if !shelf.0.is_told.swap(true, Ordering::AcqRel) => {
                    tracing::warn!("the room cannot be kept in {}: {error}", file.display());
                }
                Err(_) => {}
            }
        }
    }

    /// Goes on, before the frame captured at `at`.
    pub(super) fn step(&mut self, at: Duration) {
        if self.began.is_none() {
            (self.began, self.due) = (Some(at), at + FIRST);
        }
        if let Some((readback, generation)) = self.reading.take_if(|(readback, _)| readback.has_arrived()) {
            let (write, is_writing) = (self.writer(generation), self.is_writing.clone());
            is_writing.store(true, Ordering::Release);
            let work = move || {
                readback.read_mapped(write);
                is_writing.store(false, Ordering::Release);
            };
            if start(work).is_err() {
                self.is_writing.store(false, Ordering::Release);
            }
        } else if at >= self.due && self.reading.is_none() && !self.is_writing.load(Ordering::Acquire) {
            self.due = at + INTERVAL;
            let generation = self.shelf.generation();
            self.reading = Some((self.request().0, generation));
        }
    }

    /// Says that the room was learnt without anybody in it: it is kept however young it is, from the next frame on.
    pub(super) fn learnt(&mut self) {
        (self.least_age, self.due) = (0.0, Duration::ZERO);
    }

    /// Removes the file, and what is about to be written.
    pub(super) fn forget(&mut self) {
        self.shelf.begin_anew();
        (self.reading, self.least_age) = (None, LEAST_AGE);
        let remove = self.remover();
        if let Err(error) = start(remove) {
            tracing::warn!("{} cannot be removed: {error}", self.file.display());
        }
    }

    /// What removes the file, on any thread.
    fn remover(&self) -> impl FnOnce() + Send + 'static {
        let (shelf, file) = (self.shelf.clone(), self.file.clone());
        move || {
            if let Err(error) = shelf.remove(&file) {
                tracing::warn!("{} cannot be removed: {error}", file.display());
            }
        }
    }
}

/// Starts the thread that waits for the disk in place of frames.
fn start(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name("room".into()).spawn(work).map(drop)
}

impl Drop for Keeper {
    /// Writes the room once more, if there were frames. A GPU that is lost or hangs has none.
    fn drop(&mut self) {
        // Before it asks: who is to forget it says so first.
        let generation = self.shelf.generation();
        if self.desk.is_to_forget() {
            // No frame came that would have done it.
            self.shelf.begin_anew();
            return self.remover()();
        }
        if self.began.is_none() || self.is_writing.load(Ordering::Acquire) || self.gpu.is_lost() {
            return;
        }
        let write = || {
            let (readback, copied) = self.request();
            let waited = self.gpu.wait_for(copied, LAST_WAIT);
            if waited.is_ok() && readback.has_arrived() {
                readback.read_mapped(self.writer(generation));
            }
        };
        // The loss may show only here, and wgpu panics then.
        if catch_unwind(AssertUnwindSafe(write)).is_err() {
            tracing::debug!("the room is not written: the GPU was lost");
        }
    }
}

/// The room in these bytes, if it was there for long enough and is known.
fn worth_keeping(bytes: &[u8], cells: usize, least_age: f32) -> Option<KeptRoom> {
    let (status, rest) = bytes.split_at_checked(size_of::<RoomStatus>())?;
    let status: RoomStatus = bytemuck::pod_read_unaligned(status);
    if status.doubt > 0.0 || status.known < LEAST_KNOWN || status.age < least_age {
        return None;
    }
    let (of_cells, rest) = rest.split_at_checked(16 * cells)?;
    let (plate, counts) = rest.split_at_checked(rest.len().checked_sub(4 * cells)?)?;
    let word = |bytes: &[u8]| bytemuck::pod_read_unaligned::<u32>(bytes);
    Some(KeptRoom {
        cells: of_cells.chunks_exact(16).map(bytemuck::pod_read_unaligned).collect(),
        seen: counts.chunks_exact(4).map(|count| word(count) & 0xff).collect(),
        plate: plate.chunks_exact(4).map(word).collect(),
    })
}
