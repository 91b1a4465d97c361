//! One gpucam for each camera.

use std::{
    env,
    fs::{self, File, TryLockError},
    io::{Read, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::error::InstanceError;

/// The right to use a camera, until it is dropped or the process ends.
#[derive(Debug)]
pub struct CameraLock {
    _file: File,
}

impl CameraLock {
    /// Takes the right to this camera. Without a folder for the lock, whoever comes may have it: then the camera's
    /// driver alone keeps a second one out.
    ///
    /// # Errors
    /// [`InstanceError::CameraTaken`].
    pub fn take(camera: &Path) -> Result<Option<Self>, InstanceError> {
        Self::take_in(&folder(), camera)
    }

    /// The same with a lock file in this folder.
    ///
    /// # Errors
    /// [`InstanceError::CameraTaken`].
    pub fn take_in(folder: &Path, camera: &Path) -> Result<Option<Self>, InstanceError> {
        // The same device has several names under /dev/v4l.
        let real = fs::canonicalize(camera).unwrap_or_else(|_| camera.into());
        let name: String =
            real.to_string_lossy().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let path = folder.join(format!("gpucam{name}.lock"));
        let opened = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let Ok(mut file) = opened.inspect_err(|error| tracing::debug!("{}: {error}", path.display())) else {
            return Ok(None);
        };
        match file.try_lock() {
            Ok(()) => {
                let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
                Ok(Some(Self { _file: file }))
            }
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let _ = file.read_to_string(&mut pid);
                Err(InstanceError::CameraTaken { camera: camera.display().to_string(), pid })
            }
            Err(TryLockError::Error(error)) => {
                tracing::debug!("{}: {error}", path.display());
                Ok(None)
            }
        }
    }
}

/// Where locks are: it is empty after the machine was started. A folder of their own, so that gpucam's sandbox can
/// allow nothing else beside it; where all users share the folder around it, as in /tmp, one for each of them.
pub(crate) fn folder() -> PathBuf {
    let runtime = env::var_os("XDG_RUNTIME_DIR").map_or_else(env::temp_dir, PathBuf::from);
    let is_shared = fs::metadata(&runtime).is_ok_and(|folder| folder.mode() & 0o002 != 0);
    let own = match fs::metadata("/proc/self") {
        Ok(process) if is_shared => runtime.join(format!("gpucam-{}", process.uid())),
        _ => runtime.join("gpucam"),
    };
    match fs::create_dir_all(&own) {
        Ok(()) => own,
        Err(_) => runtime,
    }
}
