//! The time of a recording. A video file shows its frames at a fixed rate, and a camera may give fewer than it promises, as
//! in dim light, or a slow machine take fewer: the file would play too fast.

use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

use super::{Fps, Sink};
use crate::Result;

/// How often to write the frame that came `elapsed` after the first one, if `written` are in the file: more than once where
/// frames are missing. A frame that comes a little early or late counts as one.
pub fn times(written: u64, elapsed: Duration, fps: Fps) -> u64 {
    let due = (elapsed.as_secs_f64() * fps.value()) as u64 + 1;
    match due.cast_signed() - written.cast_signed() {
        missing @ 2.. => missing.cast_unsigned(),
        -1..=1 => 1,
        _ => 0,
    }
}

/// A sink for frames as they come, whose file plays as fast as they came.
pub(super) struct SteadySink {
    sink: Box<dyn Sink>,
    fps: Fps,
    began: Option<Instant>,
    written: u64,
}

impl SteadySink {
    pub(super) fn new(sink: Box<dyn Sink>, fps: Fps) -> Self {
        Self { sink, fps, began: None, written: 0 }
    }

    fn times(&mut self) -> u64 {
        let began = *self.began.get_or_insert_with(Instant::now);
        let times = times(self.written, began.elapsed(), self.fps);
        self.written += times;
        times
    }
}

impl Sink for SteadySink {
    fn write(&mut self, yuyv: &[u8]) -> Result<ControlFlow<()>> {
        for _ in 0..self.times() {
            if self.sink.write(yuyv)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.sink.finish()
    }

    fn abandon(self: Box<Self>) -> Result<()> {
        self.sink.abandon()
    }
}
