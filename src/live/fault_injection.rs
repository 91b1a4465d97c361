//! Faults on purpose, for tests of the promise with real devices; release builds have none.
//!
//! `GPUCAM_FAULTS=slow:400,fail:7,lost:70,none:5,stale:6,hang:50,panic:90`: every frame takes 400 ms more, every 7th
//! fails, every 70th loses the GPU, every 5th has no sound mask (as with NaN), every 6th an old one, every 50th takes
//! 10 s, every 90th panics. Whatever fails leaves the room itself in the picture: only the guard keeps it in.

use std::{env, thread, time::Duration};

use super::worker::{FrameProcessor, ProcessorFactory};
use crate::{Error, Result, pipeline::InputFormat};

/// The variable.
pub const VARIABLE: &str = "GPUCAM_FAULTS";

/// The same make_processor, with the faults that the environment asks for.
pub fn inject(mut make_processor: ProcessorFactory) -> ProcessorFactory {
    let Ok(text) = env::var(VARIABLE) else { return make_processor };
    tracing::warn!("{VARIABLE}={text}: faults on purpose");
    let faults: Vec<(String, u64)> = text
        .split(',')
        .filter_map(|item| item.split_once(':'))
        .filter_map(|(name, number)| Some((name.to_owned(), number.parse().ok()?)))
        .collect();
    // Counted over all engines: one that comes back goes on.
    let mut frames = 0;
    Box::new(move |input_format: InputFormat| {
        frames += 1_000_003; // not to fail at once again
        Ok(Box::new(FaultyProcessor { inner: make_processor(input_format)?, faults: faults.clone(), frames })
            as Box<dyn FrameProcessor>)
    })
}

struct FaultyProcessor {
    inner: Box<dyn FrameProcessor>,
    faults: Vec<(String, u64)>,
    frames: u64,
}

impl FrameProcessor for FaultyProcessor {
    fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
        self.frames += 1;
        for (name, number) in &self.faults {
            if name == "slow" {
                thread::sleep(Duration::from_millis(*number));
            } else if *number != 0 && self.frames.is_multiple_of(*number) {
                // Of another layout or size it is as much of the room as fits.
                let bytes = input.len().min(output.len());
                output[..bytes].copy_from_slice(&input[..bytes]);
                match name.as_str() {
                    "fail" => {
                        return Err(Error::System { what: "a frame", reason: "a fault on purpose".into() });
                    }
                    "lost" => return Err(Error::GpuLost { reason: "a fault on purpose".into() }),
                    "none" => return Ok(None),
                    "stale" => return Ok(at.checked_sub(Duration::from_secs(11))),
                    "hang" => thread::sleep(Duration::from_secs(10)),
                    "panic" => panic!("a fault on purpose"),
                    _ => {}
                }
            }
        }
        self.inner.process(input, at, output)
    }
}
