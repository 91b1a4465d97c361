//! Machine code made by all processors at once, for drivers that make it where a kernel first runs.
//!
//! Mesa's llvmpipe compiles a pipeline at its first dispatch, in the one thread of the device's queue: the first frame
//! after an update would wait for one processor. But it keeps on disk what it made, for every device. So other devices,
//! one for each processor, dispatch no workgroup at all of each kernel, and the device proper finds the code there. Which
//! texts were compiled so is kept as well: a later start does none of it.

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

/// A pipeline to come: its label, its text, and what it will be given.
pub(super) type Coming<'a> = (&'a str, &'a str, &'a [Bound]);

/// For fewer texts than these another device costs more than it saves.
const FEWEST: usize = 4;
/// Each device takes some memory.
const MOST_DEVICES: usize = 8;

/// Texts that the driver has compiled for this adapter.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    file: Option<PathBuf>,
    digests: Mutex<HashSet<String>>,
}

impl Compiled {
    /// What is known of an adapter; `file` may not be there.
    pub(super) fn open(file: Option<PathBuf>) -> Self {
        let kept = file.as_ref().filter(|_| driver_keeps_some());
        let known = kept.and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
        Self { file, digests: Mutex::new(known.lines().map(String::from).collect()) }
    }

    /// Compiles those of `coming` that are new, longest first, if that is worth it.
    pub(super) fn compile(&self, adapter: &wgpu::Adapter, coming: &[Coming<'_>]) {
        let is_off = |name| env::var(name).is_ok_and(|value| value == "true" || value == "1");
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_DEVICES);
        if self.file.is_none() || threads < 2 || is_off("MESA_SHADER_CACHE_DISABLE") {
            return;
        }
        let Ok(mut digests) = self.digests.lock() else { return };
        let mut seen = HashSet::new();
        let mut new: Vec<_> = coming
            .iter()
            .map(|coming| (digest(coming.1), coming))
            .filter(|(digest, _)| !digests.contains(digest) && seen.insert(digest.clone()))
            .collect();
        if new.len() < FEWEST {
            return;
        }
        new.sort_by_key(|(_, (_, wgsl, _))| usize::MAX - wgsl.len());
        let (began, next) = (Instant::now(), AtomicUsize::new(0));
        let work = || {
            let Some((device, queue)) = open(adapter) else { return };
            while let Some((_, coming)) = new.get(next.fetch_add(1, Relaxed)) {
                dispatch_nothing(&device, &queue, coming);
            }
        };
        thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
        tracing::debug!(texts = new.len(), threads, "compiled ahead in {:.1?}", began.elapsed());
        digests.extend(new.into_iter().map(|(digest, _)| digest));
        self.keep(&digests);
    }

    /// A failure costs the next start some time, and no more.
    fn keep(&self, digests: &HashSet<String>) {
        let Some(file) = &self.file else { return };
        let lines: Vec<_> = digests.iter().map(String::as_str).collect();
        if let Err(error) = cache::replace(file, lines.join("\n").as_bytes()) {
            tracing::debug!("{}: {error}", file.display());
        }
    }
}

/// Whether Mesa has kept any machine code: its folder may have been emptied, and ours not.
fn driver_keeps_some() -> bool {
    let folder = match env::var_os("MESA_SHADER_CACHE_DIR") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => etcetera::choose_base_strategy().ok().map(|dirs| dirs.cache_dir()),
    };
    // Newer versions have a database, older ones a file for each pipeline in folders. What they make at once is smaller.
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

/// Another device of the adapter, like ours.
fn open(adapter: &wgpu::Adapter) -> Option<(wgpu::Device, wgpu::Queue)> {
    let (device, queue) = pollster::block_on(adapter.request_device(&super::descriptor(adapter))).ok()?;
    // What is wrong with a pipeline is said where it is made in earnest.
    device.on_uncaptured_error(std::sync::Arc::new(|error| tracing::debug!("compiling ahead: {error}")));
    Some((device, queue))
}

/// Makes the pipeline and whatever it binds, and dispatches it over nothing.
fn dispatch_nothing(device: &wgpu::Device, queue: &wgpu::Queue, (label, wgsl, bound): &Coming<'_>) {
    let began = Instant::now();
    let pipeline = super::pipeline(device, label, wgsl, None);
    let bound: Vec<Bound> = bound.iter().map(|bound| bound.like_it(device)).collect();
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
