//! The driver's pipeline cache, kept on disk so that the next start does not compile again.

#![allow(unsafe_code)] // one call: returning the driver's own bytes to it, see `Cache::open`

use std::{
    fs, mem,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread::{self, JoinHandle},
};

use sha2::{Digest, Sha256};

use crate::{digest::hex, files};

/// Starts the file; the digest and the driver's bytes follow.
const MAGIC: &[u8; 8] = b"gpucam-1";
/// gpucam ignores longer files, which it cannot have written. In bytes.
const LONGEST: u64 = 256 << 20;

/// The pipelines of one adapter with one driver.
#[derive(Debug)]
pub(super) struct Cache {
    file: PathBuf,
    cache: wgpu::PipelineCache,
    /// Whether it may hold pipelines that the file does not.
    grown: AtomicBool,
    /// Whether there was no file of an earlier start, and none has been written yet.
    is_cold: AtomicBool,
    /// The digest of the bytes in the file.
    digest: Mutex<Option<Digest256>>,
    /// The threads of [`Cache::persist_in_background`].
    writers: Mutex<Vec<JoinHandle<()>>>,
}

impl Cache {
    /// The cache of an open device; `None` if the driver has none, or there is no cache folder.
    pub(super) fn open(device: &wgpu::Device, info: &wgpu::AdapterInfo) -> Option<Self> {
        if !device.features().contains(wgpu::Features::PIPELINE_CACHE) {
            return None;
        }
        let file = file(&wgpu::util::pipeline_cache_key(info)?, info)?;
        let kept = read(&file);
        tracing::debug!(file = %file.display(), bytes = kept.as_ref().map(Vec::len), "pipelines of the last start");
        // SAFETY: `get_data` returned these bytes for this adapter, driver and version of gpucam: the file
        // name contains a digest of the three, and the digest in the file shows that no byte has changed
        // since. wgpu and the driver also check their own headers, and start with an empty cache if those do
        // not match.
        let cache = unsafe {
            device.create_pipeline_cache(&wgpu::PipelineCacheDescriptor {
                label: Some("pipelines"),
                data: kept.as_deref(),
                fallback: true,
            })
        };
        if kept.is_none() {
            tracing::info!("compiling shaders for {}, once", info.name);
        }
        let is_cold = AtomicBool::new(kept.is_none());
        let digest = Mutex::new(kept.map(|bytes| digest(&bytes)));
        Some(Self { file, cache, grown: AtomicBool::new(false), is_cold, digest, writers: Mutex::default() })
    }

    /// Whether the first frame of a first start is still to come.
    pub(super) fn is_cold(&self) -> bool {
        self.is_cold.load(SeqCst)
    }

    /// The cache, for the descriptor of one pipeline that the caller is about to create.
    pub(super) fn use_for_one(&self) -> &wgpu::PipelineCache {
        self.grown.store(true, SeqCst);
        &self.cache
    }

    /// [`Cache::persist`] on a thread of its own, so that no frame waits for it.
    pub(super) fn persist_in_background(self: &Arc<Self>) {
        let Ok(mut writers) = self.writers.lock() else { return };
        writers.retain(|writer| !writer.is_finished());
        let cache = self.clone();
        writers.push(thread::spawn(move || cache.persist()));
    }

    /// Persists what is left and waits for what is being written: where the program ends at once after a single
    /// picture, the next start would compile again.
    pub(super) fn finish(&self) {
        let writers = self.writers.lock().map(|mut writers| mem::take(&mut *writers)).unwrap_or_default();
        writers.into_iter().for_each(|writer| drop(writer.join()));
        self.persist();
    }

    /// Rewrites the file if pipelines were created since the last time. A failure only slows the next start.
    pub(super) fn persist(&self) {
        self.is_cold.store(false, SeqCst);
        if !self.grown.swap(false, SeqCst) {
            return;
        }
        let Some(bytes) = self.cache.get_data() else { return };
        let new = Some(digest(&bytes));
        let Ok(mut kept) = self.digest.lock() else { return };
        if *kept == new {
            return;
        }
        *kept = new;
        match files::replace(&self.file, &[MAGIC.as_slice(), &digest(&bytes), &bytes].concat()) {
            Ok(()) => tracing::debug!(file = %self.file.display(), bytes = bytes.len(), "pipelines kept"),
            Err(error) => tracing::debug!("{}: {error}", self.file.display()),
        }
    }
}

/// Whether an earlier start has compiled for an adapter, whichever it was, and kept that.
#[cfg(feature = "cli")]
pub(crate) fn has_compiled() -> bool {
    let entries = files::cache_folder().and_then(|folder| fs::read_dir(folder).ok());
    let is_cache = |name: std::ffi::OsString| name.to_string_lossy().starts_with("wgpu_pipeline_cache");
    entries
        .is_some_and(|mut entries| entries.any(|entry| entry.is_ok_and(|entry| is_cache(entry.file_name()))))
}

/// The cache file `kind` of this adapter, driver and version of gpucam.
pub(super) fn file(kind: &str, info: &wgpu::AdapterInfo) -> Option<PathBuf> {
    Some(files::cache_folder()?.join(format!("{kind}-{}", driver(info))))
}

type Digest256 = [u8; 32];

fn digest(bytes: &[u8]) -> Digest256 {
    Sha256::digest(bytes).into()
}

/// A digest that distinguishes adapters, drivers and versions of gpucam.
fn driver(info: &wgpu::AdapterInfo) -> String {
    let text = format!("{} {} {} {}", info.name, info.driver, info.driver_info, env!("CARGO_PKG_VERSION"));
    hex(&digest(text.as_bytes())[..8])
}

/// Returns the driver's bytes if the file is intact.
fn read(file: &PathBuf) -> Option<Vec<u8>> {
    if fs::metadata(file).ok()?.len() > LONGEST {
        return None;
    }
    let content = fs::read(file).ok()?;
    let (magic, rest) = content.split_at_checked(MAGIC.len())?;
    let (kept, bytes) = rest.split_at_checked(32)?;
    let is_whole = magic == MAGIC && kept == digest(bytes);
    is_whole.then(|| bytes.to_vec())
}
