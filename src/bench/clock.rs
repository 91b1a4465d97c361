//! Times each dispatch of a recording.

use std::time::Instant;

use crate::{
    Result,
    gpu::{Gpu, Granularity, Recording, Timer},
};

/// What times a dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Clock {
    /// The adapter's own timestamps.
    Gpu,
    /// The processor's clock, from submitting a dispatch alone to its end: what the driver does around it
    /// counts too.
    Cpu,
}

impl Clock {
    /// GPU timestamps if the adapter has them, else the CPU's clock.
    pub fn for_gpu(gpu: &Gpu) -> Self {
        if gpu.has_timestamps() { Self::Gpu } else { Self::Cpu }
    }
}

/// Times recordings outside a frame.
#[derive(Debug)]
pub(super) struct Stopwatch {
    /// None for the CPU's clock.
    timer: Option<Timer>,
}

impl Stopwatch {
    /// For recordings of up to `limit` dispatches.
    pub(super) fn new(gpu: &Gpu, clock: Clock, limit: usize) -> Self {
        Self { timer: if clock == Clock::Gpu { Timer::new(gpu, limit, Granularity::Dispatch) } else { None } }
    }

    /// Runs a recording once and returns the milliseconds of each dispatch.
    pub(super) fn time(&mut self, gpu: &Gpu, recording: &Recording) -> Result<Vec<f64>> {
        let mut milliseconds = Vec::with_capacity(recording.steps().len());
        let Some(timer) = &mut self.timer else {
            gpu.wait()?;
            for step in recording.steps() {
                let start = Instant::now();
                let mut commands =
                    gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
                step.encode(&mut commands.begin_compute_pass(&wgpu::ComputePassDescriptor::default()));
                gpu.queue().submit([commands.finish()]);
                gpu.wait()?;
                milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
            }
            return Ok(milliseconds);
        };
        timer.reset();
        let mut commands = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        recording.encode(&mut commands, Some(&mut *timer));
        timer.resolve(&mut commands);
        gpu.queue().submit([commands.finish()]);
        milliseconds.extend(timer.spans(gpu)?.iter().map(|span| span.end - span.start));
        Ok(milliseconds)
    }
}
