//! Compiles pipelines on all cores before the first frame, for drivers that compile at the first dispatch.
//!
//! Mesa's llvmpipe compiles a pipeline at its first dispatch, on the single thread of the device's queue, so
//! the first frame after an update would wait for one core. But it caches the machine code on disk for every
//! device of the adapter. So this module opens one more device per core; each dispatches zero workgroups of
//! its share of the pipelines, and the real device finds the code in the cache.

use std::{
    collections::HashSet,
    env,
    num::NonZeroUsize,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread,
    time::Instant,
};

use super::{Bind, Bound, Gpu, compile, compiled::digest, device::LONGEST_WORK};

/// A pipeline that the first frame will use: label, WGSL and bound resources.
pub(super) type PendingPipeline<'a> = (&'a str, &'a str, &'a [Bound]);

/// With fewer new texts than this before the first frame, opening more devices costs more time than it saves.
const FEWEST: usize = 4;
/// A limit because each device takes memory.
const MOST_DEVICES: usize = 8;

impl Gpu {
    /// Makes the driver compile these pipelines now, in parallel, instead of one by one in the first frame.
    pub(super) fn precompile(&self, pending: &[PendingPipeline<'_>]) {
        if self.tuning().precompile {
            compile_new(self, pending);
        }
    }
}

/// Compiles the new texts among `pending`, longest first, unless there are too few to pay off.
fn compile_new(gpu: &Gpu, pending: &[PendingPipeline<'_>]) {
    let compiled = gpu.compiled();
    let is_true = |name| env::var(name).is_ok_and(|value| value == "true" || value == "1");
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_DEVICES);
    if threads < 2 || is_true("MESA_SHADER_CACHE_DISABLE") {
        return;
    }
    let Some(mut digests) = compiled.lock() else { return };
    let mut seen = HashSet::new();
    let mut new: Vec<_> = pending
        .iter()
        .map(|pending| (digest(pending.1), pending))
        .filter(|(digest, _)| !digests.contains(digest) && seen.insert(digest.clone()))
        .collect();
    // Where frames run already, a compilation on their queue would stop them.
    if new.is_empty() || (new.len() < FEWEST && !gpu.has_run()) {
        return;
    }
    new.sort_by_key(|(_, (_, wgsl, _))| usize::MAX - wgsl.len());
    if !gpu.is_compiling() && !gpu.has_run() {
        tracing::info!("compiling {} shaders for {}, once", new.len(), gpu.info().name);
    }
    gpu.set_compiles_ahead(true);
    let (began, next) = (Instant::now(), AtomicUsize::new(0));
    // Who has a device takes the next text, so the first ones are those that were dispatched.
    let work = || {
        let Some((device, queue)) = open(gpu) else { return };
        while let Some((_, pending)) = new.get(next.fetch_add(1, Relaxed)) {
            dispatch_zero_workgroups(&device, &queue, pending);
        }
    };
    thread::scope(|scope| (0..threads.min(new.len())).for_each(|_| drop(scope.spawn(work))));
    gpu.set_compiles_ahead(false);
    tracing::debug!(texts = new.len(), threads, "compiled ahead in {:.1?}", began.elapsed());
    new.truncate(next.into_inner());
    digests.extend(new.into_iter().map(|(digest, _)| digest));
    compiled.persist(&digests);
}

/// Opens another device of the adapter, with the same features and limits as the real one.
fn open(gpu: &Gpu) -> Option<(wgpu::Device, wgpu::Queue)> {
    let device = gpu.adapter().request_device(&gpu.request().descriptor());
    let (device, queue) = pollster::block_on(device).ok()?;
    // The real device reports a faulty pipeline when it creates it.
    device.on_uncaptured_error(std::sync::Arc::new(|error| tracing::debug!("compiling ahead: {error}")));
    Some((device, queue))
}

/// Creates the pipeline and everything it binds, and dispatches zero workgroups.
fn dispatch_zero_workgroups(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    (label, wgsl, bound): &PendingPipeline<'_>,
) {
    let began = Instant::now();
    let pipeline = compile::pipeline(device, label, wgsl, None);
    let bound: Vec<Bound> = bound.iter().map(|bound| bound.recreate_on(device)).collect();
    let entries: Vec<_> = bound
        .iter()
        .zip(0..)
        .map(|(bound, binding)| wgpu::BindGroupEntry { binding, resource: bound.resource() })
        .collect();
    let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout: &pipeline.get_bind_group_layout(0),
        entries: &entries,
    });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
    pass.set_pipeline(&pipeline);
    pass.set_bind_group(0, &bindings, &[]);
    pass.dispatch_workgroups(0, 0, 0);
    drop(pass);
    queue.submit([encoder.finish()]);
    _ = device.poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(LONGEST_WORK) });
    tracing::trace!("{label}: compiled in {:.1?}", began.elapsed());
}
