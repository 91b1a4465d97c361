//! The durations of frames by stage: GPU timestamps, and the time from input bytes to output bytes.

use std::{fmt, time::Duration};

use crate::gpu::Span;

/// Milliseconds of every frame so far, by stage, in the order in which stages run. Of a long run, those of the last
/// 16384 frames and up to as many before them.
#[derive(Clone, Debug, Default)]
pub struct Timings {
    rows: Vec<Row>,
}

/// A quarter of an hour at 30 frames a second is more.
const KEPT: usize = 1 << 14;

#[derive(Clone, Debug)]
struct Row {
    name: String,
    dispatches: u64,
    milliseconds: Vec<f64>,
}

/// The CPU's time in a frame, by stage.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stages {
    /// Copying the frame's bytes to the staging buffer.
    pub upload: Duration,
    /// Encoding commands.
    pub encode: Duration,
    /// Submitting them to the driver.
    pub submit: Duration,
    /// Waiting for the GPU.
    pub wait: Duration,
    /// Copying the output's bytes to the caller.
    pub copy: Duration,
}

/// Quantiles of frame times, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantiles {
    /// Half of the frames are faster.
    pub p50: f64,
    /// 95 of 100 frames are faster.
    pub p95: f64,
    /// 99 of 100 frames are faster.
    pub p99: f64,
}

impl Quantiles {
    /// The quantiles of at least one value, by nearest rank.
    pub fn from_values(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let rank = |q: f64| sorted[((q * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len()) - 1];
        Self { p50: rank(0.5), p95: rank(0.95), p99: rank(0.99) }
    }
}

impl Timings {
    /// Drops the measurements, for example of the first frame, in which drivers compile.
    pub fn clear(&mut self) {
        self.rows.clear();
    }

    /// Adds one frame: its GPU spans and its whole latency. If burn runs the model, `burn` is the number of
    /// spans before the model, whose time is the gap between two spans, and the number of its kernels.
    pub(crate) fn add(&mut self, spans: &[Span], burn: Option<(usize, u64)>, latency: Duration) {
        let kernels = burn.map_or(0, |(_, kernels)| kernels);
        let mut frame: Vec<(String, u64, f64)> = Vec::new();
        let mut put = |name: &str, dispatches: u64, ms: f64| {
            match frame.iter_mut().find(|(known, ..)| known == name) {
                Some((_, count, total)) => (*count, *total) = (*count + dispatches, *total + ms),
                None => frame.push((name.to_owned(), dispatches, ms)),
            };
        };
        for (i, span) in spans.iter().enumerate() {
            if burn.is_some_and(|(before, _)| i == before && i > 0) {
                put("model (burn)", kernels, span.start - spans[i - 1].end);
            }
            put(span.name, 1, span.end - span.start);
        }
        if let Some(last) = spans.last() {
            put("whole frame, GPU", spans.len() as u64 + kernels, last.end);
        }
        put("bytes to bytes", 0, latency.as_secs_f64() * 1e3);
        for (name, dispatches, ms) in frame {
            match self.rows.iter_mut().find(|row| row.name == name) {
                Some(row) => {
                    if row.milliseconds.len() == 2 * KEPT {
                        row.milliseconds.drain(..KEPT);
                    }
                    row.milliseconds.push(ms);
                }
                None => self.rows.push(Row { name, dispatches, milliseconds: vec![ms] }),
            }
        }
    }

    /// Every stage: name, dispatches per frame, quantiles of milliseconds.
    pub fn rows(&self) -> impl Iterator<Item = (&str, u64, Quantiles)> {
        self.rows
            .iter()
            .map(|row| (row.name.as_str(), row.dispatches, Quantiles::from_values(&row.milliseconds)))
    }

    /// Every stage: name, dispatches per frame, milliseconds of each frame.
    pub fn samples(&self) -> impl Iterator<Item = (&str, u64, &[f64])> {
        self.rows.iter().map(|row| (row.name.as_str(), row.dispatches, row.milliseconds.as_slice()))
    }

    /// The quantiles of the stage with this name.
    pub fn quantiles(&self, name: &str) -> Option<Quantiles> {
        self.rows.iter().find(|row| row.name == name).map(|row| Quantiles::from_values(&row.milliseconds))
    }
}

/// A table: stage, dispatches per frame, milliseconds.
impl fmt::Display for Timings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<18} {:>10} {:>9} {:>9} {:>9}", "stage", "dispatches", "p50 ms", "p95 ms", "p99 ms")?;
        for Row { name, dispatches, milliseconds } in &self.rows {
            let Quantiles { p50, p95, p99 } = Quantiles::from_values(milliseconds);
            let count = if *dispatches > 0 { dispatches.to_string() } else { String::new() };
            writeln!(f, "{name:<18} {count:>10} {p50:>9.2} {p95:>9.2} {p99:>9.2}")?;
        }
        Ok(())
    }
}
