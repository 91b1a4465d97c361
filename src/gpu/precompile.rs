//! Compiles pipelines on all cores before the first frame, for drivers that compile at the first dispatch.
//!
//! Mesa's llvmpipe compiles a pipeline at its first dispatch, on the single thread of the device's queue, so
//! the first frame after an update would wait for one core. But it caches the machine code on disk for every
//! device of the adapter. So this module opens one more device per core; each dispatches zero workgroups of
//! its share of the pipelines, and the real device finds the code in the cache. Digests of the compiled texts
//! are stored, so that a later start skips them.

use std::{
    collections::HashSet,
    env, fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::Instant,
};

use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};

use super::{Bind, Bound, cache};

/// A pipeline that the first frame will use: label, WGSL and bound resources.
pub(super) type PendingPipeline<'a> = (&'a str, &'a str, &'a [Bound]);

/// With fewer new texts than this, opening more devices costs more time than it saves.
const FEWEST: usize = 4;
/// A limit because each device takes memory.
const MOST_DEVICES: usize = 8;

/// Digests of the texts that the driver has compiled for this adapter.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    file: Option<PathBuf>,
    digests: Mutex<HashSet<String>>,
}

impl Compiled {
    /// Reads the digests of earlier starts; `file` need not exist.
    pub(super) fn open(file: Option<PathBuf>) -> Self {
        let kept = file.as_ref().filter(|_| driver_cache_is_filled());
        let known = kept.and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
        Self { file, digests: Mutex::new(known.lines().map(String::from).collect()) }
    }

    /// Compiles the new texts among `pending`, longest first, unless there are too few to pay off.
    pub(super) fn compile(&self, adapter: &wgpu::Adapter, pending: &[PendingPipeline<'_>]) {
        let is_off = |name| env::var(name).is_ok_and(|value| value == "true" || value == "1");
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_DEVICES);
        if self.file.is_none() || threads < 2 || is_off("MESA_SHADER_CACHE_DISABLE") {
            return;
        }
        let Ok(mut digests) = self.digests.lock() else { return };
        let mut seen = HashSet::new();
        let mut new: Vec<_> = pending
            .iter()
            .map(|pending| (digest(pending.1), pending))
            .filter(|(digest, _)| !digests.contains(digest) && seen.insert(digest.clone()))
            .collect();
        if new.len() < FEWEST {
            return;
        }
        new.sort_by_key(|(_, (_, wgsl, _))| usize::MAX - wgsl.len());
        let (began, next) = (Instant::now(), AtomicUsize::new(0));
        let work = || {
            let Some((device, queue)) = open(adapter) else { return };
            while let Some((_, pending)) = new.get(next.fetch_add(1, Relaxed)) {
                dispatch_zero_workgroups(&device, &queue, pending);
            }
        };
        thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
        tracing::debug!(texts = new.len(), threads, "compiled ahead in {:.1?}", began.elapsed());
        digests.extend(new.into_iter().map(|(digest, _)| digest));
        self.persist(&digests);
    }

    /// A failure only slows the next start.
    fn persist(&self, digests: &HashSet<String>) {
        let Some(file) = &self.file else { return };
        let lines: Vec<_> = digests.iter().map(String::as_str).collect();
        if let Err(error) = cache::replace(file, lines.join("\n").as_bytes()) {
            tracing::debug!("{}: {error}", file.display());
        }
    }
}

/// Whether Mesa's cache holds any machine code: a user may have emptied Mesa's folder but not gpucam's.
fn driver_cache_is_filled() -> bool {
    let folder = match env::var_os("MESA_SHADER_CACHE_DIR") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => etcetera::choose_base_strategy().ok().map(|dirs| dirs.cache_dir()),
    };
    // Newer versions keep a database, older ones a file per pipeline. The files of an empty cache are below 1
    // KiB.
    let names = ["mesa_shader_cache", "mesa_shader_cache_db"];
    folder.is_some_and(|folder| names.iter().any(|name| holds_code(&folder.join(name))))
}

fn holds_code(folder: &Path) -> bool {
    fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| match entry.metadata() {
        Ok(data) if data.is_dir() => holds_code(&entry.path()),
        Ok(data) => data.len() > 1024 && entry.file_name() != "index",
        Err(_) => false,
    })
}

fn digest(wgsl: &str) -> String {
    Sha256::digest(wgsl.as_bytes())[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Opens another device of the adapter, with the same features and limits as the real one.
fn open(adapter: &wgpu::Adapter) -> Option<(wgpu::Device, wgpu::Queue)> {
    let (device, queue) =
        pollster::block_on(adapter.request_device(&super::adapter::device_descriptor(adapter))).ok()?;
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
    let pipeline = super::pipeline(device, label, wgsl, None);
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
    _ = device.poll(wgpu::PollType::wait_indefinitely());
    tracing::trace!("{label}: compiled in {:.1?}", began.elapsed());
}
