//! Frames at a camera's rate: between two of them the adapter has nothing to do, and its clocks fall, as they do on a
//! laptop in a meeting. Measured without gaps, a frame may look twice as fast.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::report::BenchRow;
use crate::{Result, sys, video::Fps};

/// Milliseconds of frames that came at a camera's rate.
#[derive(Debug)]
pub(super) struct PacedTimes {
    fps: Fps,
    /// On the GPU, by its timestamps.
    pub(super) gpu: Vec<f64>,
    latency: Vec<f64>,
    /// CPU time of the thread.
    thread: Vec<f64>,
}

impl PacedTimes {
    pub(super) fn new(fps: Fps) -> Self {
        Self { fps, gpu: Vec::new(), latency: Vec::new(), thread: Vec::new() }
    }

    pub(super) fn is_at(&self, fps: Fps) -> bool {
        self.fps == fps
    }

    /// Drops what was measured by the processor's clocks: timestamps cost time of their own.
    pub(super) fn clear(&mut self) {
        (self.latency, self.thread) = (Vec::new(), Vec::new());
    }

    /// Calls `process` whenever a frame is due; one that is late is not made up for.
    pub(super) fn every(&mut self, frames: usize, mut process: impl FnMut() -> Result<()>) -> Result<()> {
        let interval = Duration::from_secs_f64(1.0 / self.fps.value());
        let mut due = Instant::now() + interval;
        for _ in 0..frames {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let (start, cpu) = (Instant::now(), sys::thread_cpu());
            process()?;
            self.thread.push((sys::thread_cpu() - cpu).as_secs_f64() * 1e3);
            self.latency.push(start.elapsed().as_secs_f64() * 1e3);
            due = (due + interval).max(Instant::now());
        }
        Ok(())
    }

    /// Adds another round.
    pub(super) fn add(&mut self, other: Self) {
        self.gpu.extend(other.gpu);
        self.latency.extend(other.latency);
        self.thread.extend(other.thread);
    }

    pub(super) fn rows<'t>(&'t self, case: &'t str) -> impl Iterator<Item = BenchRow> + 't {
        let named = [
            ("whole frame, GPU", &self.gpu),
            ("bytes to bytes", &self.latency),
            ("CPU of its thread", &self.thread),
        ];
        named.into_iter().filter(|(_, values)| !values.is_empty()).map(move |(name, values)| BenchRow {
            paced: Some(self.fps.value()),
            ..BenchRow::new(case, &format!("{name}, {} fps", self.fps), "ms", values)
        })
    }
}
