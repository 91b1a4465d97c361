//! Remembers on disk which texts were compiled before the first frame (`super::precompile`), so that a later
//! start skips them.

use std::{
    collections::HashSet,
    env, fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard},
};

use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};

use crate::{digest::hex, files};

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

    /// The digests, for as long as texts are compiled; none without a file to keep them in.
    pub(super) fn lock(&self) -> Option<MutexGuard<'_, HashSet<String>>> {
        self.file.as_ref().and_then(|_| self.digests.lock().ok())
    }

    /// A failure only slows the next start.
    pub(super) fn persist(&self, digests: &HashSet<String>) {
        let Some(file) = &self.file else { return };
        let lines: Vec<_> = digests.iter().map(String::as_str).collect();
        if let Err(error) = files::replace(file, lines.join("\n").as_bytes()) {
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

/// Identifies a text.
pub(super) fn digest(wgsl: &str) -> String {
    hex(&Sha256::digest(wgsl.as_bytes())[..8])
}
