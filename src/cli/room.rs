//! The room that this process learns, and the rooms that are kept.

#[cfg(feature = "control")]
use std::{io, path::Path};
use std::{path::PathBuf, sync::OnceLock};

use clap::Args;

#[cfg(feature = "control")]
use super::hint::refused;
use crate::pipeline::{
    CalibrationDesk, RoomShelf,
    room_file::{rooms_folder, rooms_in},
};
#[cfg(feature = "control")]
use crate::{Error, Result, pipeline::room_file::make_private, sandbox, video};

/// What is kept of the room.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Picture")]
pub(super) struct RoomArgs {
    /// Keep the learnt room of a camera between starts (with --learn-room): a picture of your room, in a file that
    /// only you can read. `gpucam learn --forget` removes it.
    #[arg(long)]
    pub(super) keep_room: bool,
}

impl RoomArgs {
    /// The shelf of this process, if rooms are to be kept.
    pub(super) fn shelf(self) -> Option<RoomShelf> {
        if self.keep_room { shelf().cloned() } else { None }
    }
}

/// Where this process is asked to learn the room, whatever pipeline runs.
pub(super) fn desk() -> CalibrationDesk {
    static DESK: OnceLock<CalibrationDesk> = OnceLock::new();
    DESK.get_or_init(CalibrationDesk::default).clone()
}

/// Where this process keeps rooms, whatever pipeline runs; none for a user without a home.
pub(super) fn shelf() -> Option<&'static RoomShelf> {
    static SHELF: OnceLock<Option<RoomShelf>> = OnceLock::new();
    SHELF.get_or_init(|| rooms_folder().map(RoomShelf::new)).as_ref()
}

/// Says which camera the next pipelines see; empty for a file. Returns the previous name.
pub(super) fn set_camera(camera: String) -> String {
    shelf().map(|shelf| shelf.set_camera(camera)).unwrap_or_default()
}

/// The file of the present room; empty while there is none.
#[cfg(feature = "control")]
pub(super) fn file() -> String {
    shelf().and_then(RoomShelf::file).map_or_else(String::new, |file| file.display().to_string())
}

/// Asks the pipeline that runs to learn the room.
///
/// # Errors
/// None learns it.
#[cfg(feature = "control")]
pub(super) fn learn() -> Result<()> {
    answered(desk().ask())
}

/// Forgets the room with the next frame, and removes its file at once: there may be no more frames.
///
/// # Errors
/// No pipeline learns the room, or its file cannot be removed.
#[cfg(feature = "control")]
pub(super) fn forget() -> Result<()> {
    answered(desk().ask_to_forget())?;
    let Some((file, removed)) = shelf().and_then(RoomShelf::forget) else { return Ok(()) };
    removed.map_err(|error| not_removed(&file, error))
}

/// What is said where no pipeline learns the room.
#[cfg(feature = "control")]
fn answered(is_learnt: bool) -> Result<()> {
    match is_learnt {
        true => Ok(()),
        false => Err(refused(
            "this gpucam does not learn the room: `gpucam set --learn-room on` makes it, with --refine guided and without \
             --follow",
        )),
    }
}

/// Makes the folder, and refuses where the sandbox was entered without it.
#[cfg(feature = "control")]
pub(super) fn check_folder() -> Result<()> {
    let Some(folder) = rooms_folder() else { return Ok(()) };
    let is_kept_out = match make_private(&folder) {
        Err(error) => error.kind() == std::io::ErrorKind::PermissionDenied && sandbox::is_active(),
        Ok(()) => sandbox::keeps_from(&folder),
    };
    if is_kept_out {
        return Err(refused(format!(
            "the sandbox of this gpucam keeps it from writing to {}; start it with --keep-room, or with that in a \
             configuration",
            folder.display()
        )));
    }
    Ok(())
}

/// Removes all rooms that are kept. Returns how many there were.
///
/// # Errors
/// One cannot be removed.
#[cfg(feature = "control")]
pub(super) fn remove_all() -> Result<usize> {
    let rooms = rooms_folder().map(|folder| rooms_in(&folder)).unwrap_or_default();
    for room in &rooms {
        video::file::remove(room).map_err(|error| not_removed(room, error))?;
    }
    Ok(rooms.len())
}

/// The folder, and the bytes of each room in it; none if there is none.
pub(super) fn kept() -> Option<(PathBuf, Vec<u64>)> {
    let folder = rooms_folder()?;
    let bytes = |room: PathBuf| std::fs::metadata(room).map_or(0, |meta| meta.len());
    let rooms: Vec<_> = rooms_in(&folder).into_iter().map(bytes).collect();
    (!rooms.is_empty()).then_some((folder, rooms))
}

#[cfg(feature = "control")]
fn not_removed(file: &Path, error: io::Error) -> Error {
    refused(format!("{} cannot be removed: {error}", file.display()))
}
