//! Learning the empty room when somebody asks for it: the person gets time to leave, then all that stays still is room.
//! Only while that goes on is anything read back, and no frame waits for it.

use std::{
    mem::{self, offset_of},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{
    gpu::{Gpu, Readback},
    passes::{Room, RoomStatus},
};

/// Time to leave the picture.
const COUNTDOWN: Duration = Duration::from_secs(3);
/// How long it waits for a person to leave.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// How long it learns: at least, so that the mean is of many frames, and at most.
const LEARNS: [Duration; 2] = [Duration::from_millis(1500), Duration::from_secs(6)];
/// Share of the cells from which on somebody is in the picture. A model that takes a chair for a person shows less.
const SOMEBODY: f32 = 0.12;
/// Shares of the cells that are known: enough to end early, and to end at all.
const ENOUGH: [f32; 2] = [0.98, 0.5];

/// How far learning the empty room is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CalibrationPhase {
    /// Nobody has asked.
    #[default]
    Idle,
    /// Somebody has asked; the next frame begins.
    Asked,
    /// The person has time to leave.
    Countdown,
    /// Somebody is still in the picture.
    Occupied,
    /// All that stays still is learnt.
    Learning,
    /// The room is known.
    Learnt,
    /// Somebody stayed, or too little stayed still.
    Failed,
}

/// What is told of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CalibrationProgress {
    /// How far it is.
    pub phase: CalibrationPhase,
    /// Seconds left to leave.
    pub seconds: f64,
    /// Share of the picture that is known, 0..1.
    pub known: f64,
    /// Whether a pipeline learns the room.
    pub is_possible: bool,
}

impl CalibrationProgress {
    /// One word, or the seconds that are left.
    pub fn text(&self) -> String {
        match self.phase {
            CalibrationPhase::Idle if self.is_possible => "on".into(),
            CalibrationPhase::Idle => "off".into(),
            CalibrationPhase::Asked => "asked".into(),
            CalibrationPhase::Countdown => format!("leave the picture: {:.0}", self.seconds.ceil()),
            CalibrationPhase::Occupied => "somebody is in the picture".into(),
            CalibrationPhase::Learning => "learning".into(),
            CalibrationPhase::Learnt => "learnt".into(),
            CalibrationPhase::Failed => "failed".into(),
        }
    }
}

/// Where somebody asks for the empty room to be learnt, and reads how far that is. The pipeline that draws what is shown
/// looks at it in each frame.
#[derive(Clone, Debug, Default)]
pub struct CalibrationDesk {
    progress: Arc<Mutex<CalibrationProgress>>,
    /// Whether somebody has asked to forget the room, and no frame has come since.
    is_to_forget: Arc<AtomicBool>,
}

impl CalibrationDesk {
    fn lock(&self) -> MutexGuard<'_, CalibrationProgress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks. False if no pipeline learns the room.
    pub fn ask(&self) -> bool {
        let mut progress = self.lock();
        if progress.is_possible {
            (progress.phase, progress.known) = (CalibrationPhase::Asked, 0.0);
        }
        progress.is_possible
    }

    /// Asks to forget what is known of the room. False if no pipeline learns it.
    pub fn ask_to_forget(&self) -> bool {
        let is_possible = self.lock().is_possible;
        self.is_to_forget.store(is_possible, Ordering::Release);
        is_possible
    }

    /// Whether that was asked, and no frame has come since.
    pub(super) fn is_to_forget(&self) -> bool {
        self.is_to_forget.load(Ordering::Acquire)
    }

    /// How far it is.
    pub fn progress(&self) -> CalibrationProgress {
        *self.lock()
    }

    /// Says whether the pipeline that draws from now on learns the room. What the one before was at is void; what was
    /// only asked, this one begins.
    pub(super) fn adopted(&self, is_possible: bool) {
        let mut progress = self.lock();
        let phase = match progress.phase {
            CalibrationPhase::Asked if is_possible => CalibrationPhase::Asked,
            CalibrationPhase::Idle | CalibrationPhase::Learnt | CalibrationPhase::Failed => {
                CalibrationPhase::Idle
            }
            _ => CalibrationPhase::Failed,
        };
        *progress = CalibrationProgress { phase, is_possible, ..CalibrationProgress::default() };
        if !is_possible {
            // The one before is gone, and what it knew with it.
            self.is_to_forget.store(false, Ordering::Release);
        }
    }
}

/// The pipeline's side.
#[derive(Debug)]
pub(super) struct Calibration {
    desk: CalibrationDesk,
    /// When the phase began.
    since: Duration,
    /// The status that is on its way.
    reading: Option<Readback>,
    /// Whether the GPU was told that nobody is in the picture.
    tells_empty: bool,
}

impl Calibration {
    pub(super) fn new(desk: CalibrationDesk) -> Self {
        Self { desk, since: Duration::ZERO, reading: None, tells_empty: false }
    }

    /// Goes on, before the frame captured at `at`. Returns whether the room has been learnt since the last frame.
    pub(super) fn step(&mut self, gpu: &Gpu, room: &Room, at: Duration) -> bool {
        let desk = self.desk.clone();
        let mut progress = desk.lock();
        let before = progress.phase;
        self.advance(&mut progress, gpu, room, at);
        // Whoever changed the phase, also from outside: the GPU believes it only while the room is learnt.
        let is_empty = progress.phase == CalibrationPhase::Learning;
        if mem::replace(&mut self.tells_empty, is_empty) != is_empty {
            tell_empty(gpu, room, is_empty);
        }
        progress.phase == CalibrationPhase::Learnt && before != CalibrationPhase::Learnt
    }

    /// Says that the room was reset, and with it what the GPU was told.
    pub(super) fn room_was_reset(&mut self) {
        (self.tells_empty, self.reading) = (false, None);
    }

    fn advance(&mut self, progress: &mut CalibrationProgress, gpu: &Gpu, room: &Room, at: Duration) {
        let passed = at.saturating_sub(self.since);
        match progress.phase {
            CalibrationPhase::Idle | CalibrationPhase::Learnt | CalibrationPhase::Failed => {
                self.reading = None;
            }
            CalibrationPhase::Asked => {
                // What was read for the one who asked before is old.
                self.reading = None;
                (progress.phase, self.since) = (CalibrationPhase::Countdown, at);
                progress.seconds = COUNTDOWN.as_secs_f64();
            }
            CalibrationPhase::Countdown => {
                progress.seconds = COUNTDOWN.saturating_sub(passed).as_secs_f64();
                if passed >= COUNTDOWN {
                    (progress.phase, self.since) = (CalibrationPhase::Occupied, at);
                }
            }
            CalibrationPhase::Occupied | CalibrationPhase::Learning => {
                let Some(status) = self.read(gpu, room) else { return };
                progress.known = status.known.into();
                let before = progress.phase;
                let is_occupied = status.person > SOMEBODY;
                progress.phase = match (before, is_occupied) {
                    (CalibrationPhase::Occupied, true) if passed > LONGEST_WAIT => CalibrationPhase::Failed,
                    (_, true) => CalibrationPhase::Occupied,
                    (CalibrationPhase::Occupied, false) => CalibrationPhase::Learning,
                    _ if passed >= LEARNS[0] && status.known >= ENOUGH[0] => CalibrationPhase::Learnt,
                    _ if passed >= LEARNS[1] && status.known >= ENOUGH[1] => CalibrationPhase::Learnt,
                    _ if passed >= LEARNS[1] => CalibrationPhase::Failed,
                    _ => CalibrationPhase::Learning,
                };
                if progress.phase != before {
                    self.since = at;
                }
            }
        }
    }

    /// Whether somebody has asked to forget the room, once.
    pub(super) fn takes_forgetting(&self) -> bool {
        self.desk.is_to_forget.swap(false, Ordering::AcqRel)
    }

    /// The newest status that has arrived; asks for another one.
    fn read(&mut self, gpu: &Gpu, room: &Room) -> Option<RoomStatus> {
        let status = match &self.reading {
            Some(readback) if !readback.has_arrived() => return None,
            Some(readback) => readback.read_mapped(bytemuck::pod_read_unaligned::<RoomStatus>),
            None => None,
        };
        let readback = self.reading.take();
        let readback = readback.unwrap_or_else(|| Readback::new(gpu, "room status", room.status.bytes));
        let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        readback.encode(&mut encoder, &room.status);
        gpu.queue().submit([encoder.finish()]);
        readback.request();
        self.reading = Some(readback);
        status
    }
}

/// Tells the GPU whether nobody is in the picture from now on: then all that stays still is room.
pub(super) fn tell_empty(gpu: &Gpu, room: &Room, is_empty: bool) {
    let ask = f32::from(u8::from(is_empty));
    let at = room.status.offset + offset_of!(RoomStatus, ask) as u64;
    gpu.queue().write_buffer(&room.status.buffer, at, &ask.to_ne_bytes());
}
