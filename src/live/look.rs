//! `--look`: measures whether there is time for a second look.

use std::{
    fmt,
    time::{Duration, Instant},
};

use crate::{
    Gpu, Look, Result,
    gpu::{Plane, Recorder, Rgb},
    segmenter::Segmenter,
};

/// The most of a camera's frame interval that a frame with a second look may take. The rest is for the camera, the
/// meeting, and all else that the GPU does.
pub(super) const INTERVAL_SHARE: f64 = 0.5;
/// Number of runs timed, after a first one in which drivers compile.
const TIMED_RUNS: usize = 5;

/// The measured times, and how often to look by them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LookDecision {
    /// The camera's frame interval.
    pub interval: Duration,
    /// Time per frame with one look.
    pub once: Duration,
    /// Time of the second model alone.
    pub second: Duration,
}

impl LookDecision {
    /// Twice, if that takes no more than half of the frame's interval.
    pub fn look(&self) -> Look {
        match self.once + self.second <= self.interval.mul_f64(INTERVAL_SHARE) {
            true => Look::Twice,
            false => Look::Once,
        }
    }
}

impl fmt::Display for LookDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Duration| format!("{:.1}", 1e3 * time.as_secs_f64());
        let (word, other) = match self.look() {
            Look::Twice => ("twice", "once"),
            _ => ("once", "twice"),
        };
        let (once, second, interval) = (ms(self.once), ms(self.second), ms(self.interval));
        write!(
            f,
            "a frame takes {once} ms and a second look {second} ms; one comes every {interval} ms: the model looks \
             {word} (--look {other} overrides it)"
        )
    }
}

/// Median time of a model alone, on nothing.
///
/// # Errors
/// [`GpuError::Lost`](crate::GpuError::Lost).
pub(super) fn model_time(gpu: &Gpu, model: &Segmenter) -> Result<Duration> {
    let mut rec = Recorder::new(gpu);
    let small = Plane::<Rgb>::new(gpu, "nothing", model.input_size());
    let exposure = rec.constants("exposure", &[1.0, 1.0, 0.0, 1.0]);
    model.record(&mut rec, &small, &exposure);
    let recording = rec.finish();
    let mut times = Vec::new();
    for run in 0..=TIMED_RUNS {
        let began = Instant::now();
        recording.submit(gpu);
        gpu.wait()?;
        times.extend((run > 0).then(|| began.elapsed()));
    }
    times.sort();
    Ok(times[TIMED_RUNS / 2])
}
