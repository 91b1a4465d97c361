//! What the driver has compiled, kept on disk, so that the next start need not wait for it.

#![allow(unsafe_code)] // one call: handing the driver what it gave before, see `Cache::open`

use std::{
    fs, io,
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};

/// Before the digest and the driver's bytes.
const MAGIC: &[u8; 8] = b"gpucam-1";
/// Longer files are not ours.
const LONGEST: u64 = 256 << 20;

/// The pipelines of one adapter with one driver.
#[derive(Debug)]
pub(super) struct Cache {
    file: PathBuf,
    cache: wgpu::PipelineCache,
    /// Whether it may hold more than the file.
    grown: AtomicBool,
    /// Of what is in the file.
    digest: Mutex<Option<Digest256>>,
}

impl Cache {
    /// The cache of an open device; `None` where the driver has none, or there is no place for it.
    pub(super) fn open(device: &wgpu::Device, info: &wgpu::AdapterInfo) -> Option<Self> {
        if !device.features().contains(wgpu::Features::PIPELINE_CACHE) {
            return None;
        }
        let file = file(&wgpu::util::pipeline_cache_key(info)?, info)?;
        let kept = read(&file);
        tracing::debug!(file = %file.display(), bytes = kept.as_ref().map(Vec::len), "pipelines of the last start");
        // SAFETY: the bytes are what `get_data` gave for this adapter, driver and version of gpucam: the file's name
        // says which, and its digest that nothing was changed or lost since. wgpu and the driver look at their own
        // headers besides, and begin anew where those do not fit.
        let cache = unsafe {
            device.create_pipeline_cache(&wgpu::PipelineCacheDescriptor {
                label: Some("pipelines"),
                data: kept.as_deref(),
                fallback: true,
            })
        };
        let digest = Mutex::new(kept.map(|bytes| digest(&bytes)));
        Some(Self { file, cache, grown: AtomicBool::new(false), digest })
    }

    /// For the descriptor of a pipeline that is about to be made.
    pub(super) fn use_for_one(&self) -> &wgpu::PipelineCache {
        self.grown.store(true, SeqCst);
        &self.cache
    }

    /// Writes the file anew, where anything was made since. A failure costs the next start some time, and no more.
    pub(super) fn keep(&self) {
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
        match write(&self.file, &bytes) {
            Ok(()) => tracing::debug!(file = %self.file.display(), bytes = bytes.len(), "pipelines kept"),
            Err(error) => tracing::debug!("{}: {error}", self.file.display()),
        }
    }
}

/// Where something is kept for an adapter with this driver and this version of gpucam.
pub(super) fn file(kind: &str, info: &wgpu::AdapterInfo) -> Option<PathBuf> {
    let folder = etcetera::choose_base_strategy().ok()?.cache_dir().join("gpucam");
    Some(folder.join(format!("{kind}-{}", driver(info))))
}

type Digest256 = [u8; 32];

fn digest(bytes: &[u8]) -> Digest256 {
    Sha256::digest(bytes).into()
}

/// Distinguishes drivers, and versions of gpucam.
fn driver(info: &wgpu::AdapterInfo) -> String {
    let text = format!("{} {} {} {}", info.name, info.driver, info.driver_info, env!("CARGO_PKG_VERSION"));
    hex(&digest(text.as_bytes())[..8])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The driver's bytes, if the file is whole.
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

/// Where two programs write at the same time, the digest tells the next start.
fn write(file: &PathBuf, bytes: &[u8]) -> io::Result<()> {
    replace(file, &[MAGIC.as_slice(), &digest(bytes), bytes].concat())
}

/// Replaces a file at once: who reads it meanwhile sees the old one or the new one.
pub(super) fn replace(file: &PathBuf, content: &[u8]) -> io::Result<()> {
    fs::create_dir_all(file.parent().ok_or(io::ErrorKind::NotFound)?)?;
    let new = file.with_extension("new");
    fs::write(&new, content)?;
    fs::rename(new, file)
}
