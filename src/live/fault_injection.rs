//! Deliberate faults, so that tests with real devices can check the guard; release builds have none.
//!
//! `GPUCAM_FAULTS=slow:400,fail:7,lost:70,none:5,stale:6,hang:50,panic:90`: every frame takes 400 ms longer (with
//! heavy:400 only while nothing is given up), every 7th fails, every 70th loses the GPU, every 5th has no valid mask (as
//! with NaN), every 6th an old one, every 50th takes 10 s, every 90th panics; with stuck:40 every 40th never comes back, and
//! with late:30 that is said of every 30th, although the GPU has done its work.
//! Each fault leaves the unprocessed camera frame in the output: only the guard keeps it from being shown.
//!
//! The control for tests that look for such frames: with leak:30 every 30th is given to the guard as if it was
//! processed, so it is shown.

#[cfg(feature = "studio")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, thread, time::Duration};

use super::{
    pacing::Luxuries,
    processor::{FrameProcessor, ProcessorFactory, RecoveryCheck},
};
#[cfg(feature = "studio")]
use crate::Gpu;
use crate::{Effects, Error, GpuError, Result, pipeline::InputFormat};

/// The environment variable.
pub const VARIABLE: &str = "GPUCAM_FAULTS";

/// Adds the faults that [`VARIABLE`] lists to the processors from `make_processor`.
pub fn inject(mut make_processor: ProcessorFactory) -> ProcessorFactory {
    let Ok(text) = env::var(VARIABLE) else { return make_processor };
    tracing::warn!("{VARIABLE}={text}: faults on purpose");
    let faults: Vec<(String, u64)> = text
        .split(',')
        .filter_map(|item| item.split_once(':'))
        .filter_map(|(name, number)| Some((name.to_owned(), number.parse().ok()?)))
        .collect();
    // Frames are counted across processors, so that a new one continues the count.
    let mut frames = 0;
    Box::new(move |input_format: InputFormat| {
        frames += 1_000_003; // so that the new one does not fail at once
        let (inner, faults) = (make_processor(input_format)?, faults.clone());
        Ok(Box::new(FaultyProcessor { inner, faults, frames, has_drawn: false }) as Box<dyn FrameProcessor>)
    })
}

/// For the window: destroys the device after as many frames as `lost` says, once.
#[cfg(feature = "studio")]
pub(crate) fn lose_once(gpu: &Gpu, frames: u64) {
    static IS_LOST: AtomicBool = AtomicBool::new(false);
    let text = env::var(VARIABLE).unwrap_or_default();
    let after = text.split(',').find_map(|item| item.strip_prefix("lost:")?.parse().ok());
    let is_first = env::var_os("GPUCAM_STUDIO_BEGUN").is_none() && !IS_LOST.load(Ordering::Relaxed);
    if after == Some(frames) && is_first {
        IS_LOST.store(true, Ordering::Relaxed);
        tracing::warn!("{VARIABLE}={text}: the GPU is lost on purpose");
        gpu.device().destroy();
    }
}

struct FaultyProcessor {
    inner: Box<dyn FrameProcessor>,
    faults: Vec<(String, u64)>,
    frames: u64,
    /// Whether a frame went through the inner processor.
    has_drawn: bool,
}

impl FrameProcessor for FaultyProcessor {
    fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
        self.frames += 1;
        // A fault in place of the first frame would make the second the one in which drivers compile, and that one may
        // take no longer than a GPU that answers.
        if !std::mem::replace(&mut self.has_drawn, true) {
            return self.inner.process(input, at, output);
        }
        for (name, number) in &self.faults {
            if name == "slow" || (name == "heavy" && self.inner.luxuries().given_up == 0) {
                thread::sleep(Duration::from_millis(*number));
            } else if *number != 0 && self.frames.is_multiple_of(*number) {
                // In another layout or size, as many bytes of the camera frame as fit.
                let bytes = input.len().min(output.len());
                output[..bytes].copy_from_slice(&input[..bytes]);
                match name.as_str() {
                    "fail" => {
                        return Err(Error::System {
                            what: "a frame",
                            source: std::io::Error::other("a fault on purpose"),
                        });
                    }
                    "lost" => return Err(Error::Gpu(GpuError::Lost { reason: "a fault on purpose".into() })),
                    "late" => return Err(Error::Gpu(GpuError::Hung { waited: Duration::from_secs(10) })),
                    "none" => return Ok(None),
                    "leak" => return Ok(Some(at)),
                    "stale" => return Ok(at.checked_sub(Duration::from_secs(11))),
                    "hang" => thread::sleep(Duration::from_secs(10)),
                    "stuck" => thread::sleep(Duration::MAX),
                    "panic" => panic!("a fault on purpose"),
                    _ => {}
                }
            }
        }
        self.inner.process(input, at, output)
    }

    fn adopted(&mut self) {
        self.inner.adopted();
    }

    fn switch(&mut self, effects: &Effects) -> bool {
        self.inner.switch(effects)
    }

    fn switched(&mut self) -> Option<Result<()>> {
        self.inner.switched()
    }

    fn hides_background(&self) -> Option<bool> {
        self.inner.hides_background()
    }

    fn luxuries(&self) -> Luxuries {
        self.inner.luxuries()
    }

    fn without(&self, given_up: u32) -> Option<ProcessorFactory> {
        self.inner.without(given_up)
    }

    fn lose(&mut self) -> RecoveryCheck {
        self.inner.lose()
    }
}
