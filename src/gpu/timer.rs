//! GPU timestamps: the duration of each dispatch of a frame, by name.

use super::error::Result;
use super::{Gpu, Readback, Storage};

/// A timed dispatch or recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// The name of the pass.
    pub name: &'static str,
    /// Start in milliseconds since the frame's first timestamp.
    pub start: f64,
    /// End in milliseconds since the frame's first timestamp.
    pub end: f64,
}

/// The unit of work that gets a pair of timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granularity {
    /// Every dispatch, which then needs a compute pass of its own.
    Dispatch,
    /// Every recording as a whole, encoded as without a timer.
    Recording,
    /// What runs before the network, the network ("model"), and what runs after it ("recording").
    Network,
}

/// Writes a timestamp before and after each dispatch or recording, and reads them back. A pipeline has a
/// timer only on request, because it costs one more readback per frame.
#[derive(Debug)]
pub struct Timer {
    queries: wgpu::QuerySet,
    resolved: Storage,
    readback: Readback,
    names: Vec<&'static str>,
    limit: usize,
    pub(super) granularity: Granularity,
    nanoseconds: f64,
}

impl Timer {
    /// Creates a timer for up to `limit` dispatches a frame; `None` if the adapter has no timestamps.
    pub fn new(gpu: &Gpu, limit: usize, granularity: Granularity) -> Option<Self> {
        if !gpu.has_timestamps() {
            return None;
        }
        let queries = gpu.device().create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("timer"),
            ty: wgpu::QueryType::Timestamp,
            count: 2 * limit as u32,
        });
        let bytes = 16 * limit as u64;
        let usage = wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC;
        let resolved = Storage::with_content(gpu, "timer", &vec![0; bytes as usize], usage);
        let nanoseconds = f64::from(gpu.queue().get_timestamp_period());
        Some(Self {
            queries,
            resolved,
            readback: Readback::new(gpu, "timer", bytes),
            names: Vec::new(),
            limit,
            granularity,
            nanoseconds,
        })
    }

    /// Begins a frame.
    pub fn reset(&mut self) {
        self.names.clear();
    }

    /// The timestamp writes of the next compute pass.
    pub(super) fn next(&mut self, name: &'static str) -> Option<wgpu::ComputePassTimestampWrites<'_>> {
        let first = 2 * self.names.len() as u32;
        if self.names.len() == self.limit {
            return None;
        }
        self.names.push(name);
        Some(wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(first),
            end_of_pass_write_index: Some(first + 1),
        })
    }

    /// Encodes the end of the frame.
    pub fn resolve(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.resolve_query_set(&self.queries, 0..2 * self.names.len() as u32, &self.resolved.buffer, 0);
        self.readback.encode(encoder, &self.resolved);
    }

    /// The frame's spans, after it was submitted.
    ///
    /// # Errors
    /// [`crate::GpuError::Lost`] if the device is lost.
    pub fn spans(&self, gpu: &Gpu) -> Result<Vec<Span>> {
        let ticks: Vec<u64> = self
            .readback
            .take(gpu, |bytes| bytes.chunks_exact(8).map(bytemuck::pod_read_unaligned).collect())?;
        let zero = ticks.first().copied().unwrap_or_default();
        let time = |tick: u64| tick.saturating_sub(zero) as f64 * self.nanoseconds * 1e-6;
        let span = |(&name, t): (&&'static str, &[u64])| Span { name, start: time(t[0]), end: time(t[1]) };
        Ok(self.names.iter().zip(ticks.chunks_exact(2)).map(span).collect())
    }
}
