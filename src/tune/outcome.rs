//! How to tune, what happens meanwhile, and what was found.

use std::{
    fmt,
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

use super::slack::Slack;
use crate::{
    Error, Gpu, Tuning,
    gpu::{
        Tamper,
        space::{Choice, SPACE, Tunable},
    },
};

/// How to tune.
#[derive(Clone, Debug)]
pub struct TuneOptions {
    /// The fields that may change, in this order.
    pub space: Vec<Tunable>,
    /// When it ends at the latest.
    pub until: Instant,
    /// Ends it at once, with what was found until then.
    pub stop: Arc<AtomicBool>,
    /// The longest that it takes without the time in which it waits.
    pub time: Duration,
    /// When something may be compiled and measured; otherwise it waits.
    pub slack: Slack,
    /// Replaces shaders, for tests.
    pub tamper: Option<Tamper>,
}

impl TuneOptions {
    /// The whole space, in this time from now on.
    pub fn for_time(time: Duration) -> Self {
        let until = Instant::now() + time;
        let (stop, slack) = (Arc::default(), Slack::unlimited());
        Self { space: SPACE.to_vec(), until, stop, time, slack, tamper: None }
    }
}

/// A field that was changed because it made its part of the frame faster.
#[derive(Clone, Debug, PartialEq)]
pub struct Gain {
    /// The field, such as `passes.tiles`.
    pub field: &'static str,
    /// Its value before.
    pub from: Choice,
    /// Its value now.
    pub to: Choice,
    /// Time of its part of the frame, passes or network, over the time before.
    pub ratio: f64,
}

/// What happened to a candidate.
#[derive(Clone, Debug)]
pub enum Event {
    /// It is better by more than the noise.
    Won(Gain),
    /// It is not; the ratio of its time to the best one's.
    NoBetter {
        /// The field.
        field: &'static str,
        /// The candidate.
        to: Choice,
        /// Time over the best one's.
        ratio: f64,
    },
    /// It makes the same shaders as the best one.
    Same {
        /// The field.
        field: &'static str,
        /// The candidate.
        to: Choice,
    },
    /// It does not compile, is lost, or makes another picture.
    Refused {
        /// The field.
        field: &'static str,
        /// The candidate.
        to: Choice,
        /// Why.
        why: String,
    },
    /// There was no time to compile it.
    NoTime {
        /// The field.
        field: &'static str,
        /// The candidate.
        to: Choice,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |ratio: f64| 100.0 * (ratio - 1.0);
        match self {
            Self::Won(Gain { field, from, to, ratio }) => {
                write!(f, "{field} {from} → {to}: {:+.1} %", percent(*ratio))
            }
            Self::NoBetter { field, to, ratio } => {
                write!(f, "{field} {to}: no better ({:+.1} %)", percent(*ratio))
            }
            Self::Same { field, to } => write!(f, "{field} {to}: the same shaders"),
            Self::Refused { field, to, why } => write!(f, "{field} {to}: refused, {why}"),
            Self::NoTime { field, to } => write!(f, "{field} {to}: no time left"),
        }
    }
}

/// How tuning ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// No field can be changed for the better.
    Finished,
    /// The time was over.
    TimeOver,
    /// Somebody stopped it.
    Stopped,
    /// The time was over, and the driver had not come back: its thread still runs.
    LeftBehind,
    /// The device was lost with a candidate.
    Lost(String),
    /// The thread that measures ended by itself.
    Broken,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => f.write_str("all was tried"),
            Self::TimeOver => f.write_str("the time was over"),
            Self::Stopped => f.write_str("stopped"),
            Self::LeftBehind => f.write_str("the driver was still compiling at the end"),
            Self::Lost(why) => write!(f, "the GPU was lost {why}"),
            Self::Broken => f.write_str("the measuring thread ended early; run `gpucam tune` again"),
        }
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Tuned {
    /// The best tuning.
    pub tuning: Tuning,
    /// What was changed, in order; nothing if the one it began with is the best.
    pub gains: Vec<Gain>,
    /// Milliseconds of a whole frame, measured in turns: the median with the tuning that it began with, and that times
    /// the median ratio of the best one's. None if there was no time for it.
    pub frame: Option<[f64; 2]>,
    /// How often each kind of event happened: won, no better or the same, refused, no time.
    pub counts: [usize; 4],
    /// How it ended.
    pub end: End,
    /// What timed the frames.
    pub clock: &'static str,
}

impl Tuned {
    pub(super) fn new(gpu: &Gpu) -> Self {
        let clock = if gpu.has_timestamps() { "GPU timestamps" } else { "the processor's clock" };
        let (gains, counts) = (Vec::new(), [0; 4]);
        Self { tuning: *gpu.tuning(), gains, frame: None, counts, end: End::Finished, clock }
    }

    pub(super) fn add(&mut self, event: &Event) {
        let kind = match event {
            Event::Won(gain) => {
                self.gains.push(gain.clone());
                0
            }
            Event::NoBetter { .. } | Event::Same { .. } => 1,
            Event::Refused { .. } => 2,
            Event::NoTime { .. } => 3,
        };
        self.counts[kind] += 1;
    }
}

/// What the measuring thread sends.
pub(super) enum Message {
    Happened(Event, Tuning),
    Ended { tuning: Tuning, keeps: bool, frame: Option<[f64; 2]>, end: End },
    Failed(Error),
}
