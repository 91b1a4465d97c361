//! One gpucam for each camera.

use std::{
    fs::{self, File, TryLockError},
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::{
    error::InstanceError,
    runtime_folder::{is_shared, own_folder, runtime_folder},
};

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
    /// [`InstanceError::CameraTaken`], [`InstanceError::ForeignFolder`].
    pub fn take(camera: &Path) -> Result<Option<Self>, InstanceError> {
        folder()?.map_or(Ok(None), |folder| Self::take_in(&folder, camera))
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
        let mut options = File::options();
        // A link in its place could name any file of this user, which is written to.
        options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW);
        let opened = options.open(&path);
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
/// allow nothing else beside it; where all users share the folder around it, as in /tmp, one for each of them. None where
/// none can be made.
///
/// # Errors
/// [`InstanceError::ForeignFolder`].
pub(crate) fn folder() -> Result<Option<PathBuf>, InstanceError> {
    let Some(runtime) = runtime_folder()? else { return Ok(None) };
    if is_shared(&runtime) {
        return own_folder(&runtime);
    }
    let own = runtime.join("gpucam");
    Ok(Some(if fs::create_dir_all(&own).is_ok() { own } else { runtime }))
}
