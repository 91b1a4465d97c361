//! Keeping the learnt room between starts: read when a pipeline is recorded, written by a thread of its own now and
//! then and when the pipeline ends. No frame waits for a file.

use std::{
    mem,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use super::{
    calibration::CalibrationDesk,
    room_file::{self, KeptRoom, RoomKey},
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
pub struct RoomShelf(Arc<Mutex<Shelf>>);

#[derive(Debug, Default)]
struct Shelf {
    folder: PathBuf,
    camera: String,
    /// The file of the present pipeline's room.
    file: Option<PathBuf>,
    /// Whether it was said that nothing can be written.
    is_told: bool,
}

impl RoomShelf {
    /// In this folder.
    pub fn new(folder: PathBuf) -> Self {
        let shelf = Self::default();
        shelf.lock().folder = folder;
        shelf
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says which camera the next pipelines see, by a name that stays; empty if its room is not kept. Gives the one
    /// before.
    pub fn set_camera(&self, camera: String) -> String {
        mem::replace(&mut self.lock().camera, camera)
    }

    /// The camera that was named last.
    pub fn camera(&self) -> String {
        self.lock().camera.clone()
    }

    /// The file of the present room, if there is one.
    pub fn file(&self) -> Option<PathBuf> {
        self.lock().file.clone().filter(|file| file.exists())
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
    /// What is on its way.
    reading: Option<Readback>,
    /// Set while a thread writes.
    is_writing: Arc<AtomicBool>,
    /// How often the room was forgotten. Locked while a room of this number is written.
    generation: Arc<Mutex<u64>>,
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
            let mut shelf = shelf.lock();
            if shelf.camera.is_empty() {
                shelf.file = None;
                return None;
            }
            let key = key(&shelf.camera);
            let file = key.file(&shelf.folder);
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
            generation: Arc::default(),
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

    fn lock_generation(&self) -> MutexGuard<'_, u64> {
        self.generation.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// What writes a room whose bytes have come, on any thread.
    fn writer(&self) -> impl FnOnce(&[u8]) + Send + 'static {
        let Self { room, key, file, shelf, .. } = self;
        let (cells, least_age) = (room.size.area(), self.least_age);
        let (key, file, shelf) = (key.clone(), file.clone(), shelf.clone());
        let (generation, own) = (self.generation.clone(), *self.lock_generation());
        move |bytes: &[u8]| {
            let present = generation.lock().unwrap_or_else(PoisonError::into_inner);
            if *present != own {
                return;
            }
            let Some(room) = worth_keeping(bytes, cells, least_age) else { return };
            match room_file::write(&file, &room.bytes(&key)) {
                Ok(()) => tracing::debug!(file = %file.display(), "the room is kept"),
                Err(error) if !mem::replace(&mut shelf.lock().is_told, true) => {
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
        if let Some(readback) = self.reading.take_if(|readback| readback.has_arrived()) {
            let (write, is_writing) = (self.writer(), self.is_writing.clone());
            is_writing.store(true, Ordering::Release);
            let work = move || {
                readback.read_mapped(write);
                is_writing.store(false, Ordering::Release);
            };
            if thread::Builder::new().name("room".into()).spawn(work).is_err() {
                self.is_writing.store(false, Ordering::Release);
            }
        } else if at >= self.due && self.reading.is_none() && !self.is_writing.load(Ordering::Acquire) {
            self.due = at + INTERVAL;
            self.reading = Some(self.request().0);
        }
    }

    /// Says that the room was learnt without anybody in it: it is kept however young it is, from the next frame on.
    pub(super) fn learnt(&mut self) {
        (self.least_age, self.due) = (0.0, Duration::ZERO);
    }

    /// Removes the file, and what is about to be written.
    pub(super) fn forget(&mut self) {
        *self.lock_generation() += 1;
        (self.reading, self.least_age) = (None, LEAST_AGE);
        if let Err(error) = video::file::remove(&self.file) {
            tracing::warn!("{} cannot be removed: {error}", self.file.display());
        }
    }
}

impl Drop for Keeper {
    /// Writes the room once more, if there were frames. A GPU that is lost or hangs has none.
    fn drop(&mut self) {
        if self.desk.is_to_forget() {
            // No frame came that would have done it.
            self.forget();
            return;
        }
        if self.began.is_none() || self.is_writing.load(Ordering::Acquire) {
            return;
        }
        let (readback, copied) = self.request();
        let waited = self.gpu.wait_for(copied, LAST_WAIT);
        if waited.is_ok() && readback.has_arrived() {
            readback.read_mapped(self.writer());
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
