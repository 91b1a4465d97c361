//! Peak throughput of the adapter, measured with two small shaders.

use super::clock::{Clock, Stopwatch};
use crate::{
    Result, Size,
    gpu::{Extent, Gpu, Recorder, Shader, tuning::BenchTuning},
    shader,
};

/// Copies memory.
pub(super) const COPY: Shader = shader!("bench/copy", [], [256, 1], ());
/// Multiplies and adds.
pub(super) const ARITHMETIC: Shader = shader!("bench/arithmetic", [], [64, 1], ());

/// Operations per thread of [`ARITHMETIC`]: 256 iterations of 8 vec4 multiply-adds.
const OPERATIONS: u64 = 256 * 8 * 4 * 2;
/// Runs of each shader; the fastest counts.
const RUNS: usize = 8;

/// The highest rates measured.
#[derive(Clone, Copy, Debug)]
pub struct PeakThroughput {
    /// Bytes read plus bytes written by a shader per second.
    pub bytes: f64,
    /// Multiplications and additions of 32-bit floats by a shader per second.
    pub operations: f64,
}

impl PeakThroughput {
    /// No measurement yet.
    pub(super) const NONE: Self = Self { bytes: 0.0, operations: 0.0 };

    /// The higher rates of both measurements; disturbances only lower them.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { bytes: self.bytes.max(other.bytes), operations: self.operations.max(other.operations) }
    }

    /// Measures both rates.
    ///
    /// # Errors
    /// [`crate::GpuError::Lost`].
    pub fn measure(gpu: &Gpu, clock: Clock) -> Result<Self> {
        let BenchTuning { copy_bytes, arithmetic_threads: threads, .. } = gpu.tuning().bench;
        let bytes = u64::from(copy_bytes);
        let mut rec = Recorder::new(gpu);
        let (from, to) = (rec.storage("from", bytes), rec.storage("to", bytes));
        rec.dispatch(&COPY, &[&from, &to], Extent::Each(Size::new((bytes / 16) as u32, 1)));
        let copied = best(gpu, clock, rec)?;

        let mut rec = Recorder::new(gpu);
        let numbers = rec.constants("numbers", &[0.999, 0.998, 0.997, 0.996, 0.001, 0.002, 0.003, 0.004]);
        let sums = rec.storage("sums", 16 * u64::from(threads));
        rec.dispatch(&ARITHMETIC, &[&numbers, &sums], Extent::Each(Size::new(threads, 1)));
        let computed = best(gpu, clock, rec)?;
        let rate = |amount: u64, ms: f64| amount as f64 / (ms * 1e-3);
        Ok(Self {
            bytes: rate(2 * bytes, copied),
            operations: rate(OPERATIONS * u64::from(threads), computed),
        })
    }
}

/// The shortest time in milliseconds.
fn best(gpu: &Gpu, clock: Clock, rec: Recorder<'_>) -> Result<f64> {
    let recording = rec.finish();
    let mut watch = Stopwatch::new(gpu, clock, 1);
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let times = watch.time(gpu, &recording)?;
        best = best.min(times[0]);
    }
    Ok(best)
}
