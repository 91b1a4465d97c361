//! The folder of this user for what lives as long as the session: sockets and locks.

use std::{
    env,
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::error::InstanceError;

/// XDG_RUNTIME_DIR where it names a folder, else what logind makes, else, as in a container or over ssh, a folder of this
/// user among the temporary files. Never the folder of temporary files itself: whoever may write there could put sockets
/// into it that stand for PipeWire's or the bus's. None where none can be made.
///
/// # Errors
/// [`InstanceError::ForeignFolder`].
pub fn runtime_folder() -> Result<Option<PathBuf>, InstanceError> {
    let named = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let usual = own_id().map(|id| format!("/run/user/{id}").into());
    let found = named.into_iter().chain(usual).find(|folder| folder.is_dir());
    found.map_or_else(|| own_folder(&env::temp_dir()), |found| Ok(Some(found)))
}

/// The folder of this user in one that all users may write to. It is made, if need be, and is this user's alone; none if
/// it cannot be made.
///
/// # Errors
/// [`InstanceError::ForeignFolder`]: another user may have made what is there, or made it a link.
pub fn own_folder(shared: &Path) -> Result<Option<PathBuf>, InstanceError> {
    let id = own_id();
    let folder = shared.join(format!("gpucam-{}", id.unwrap_or_default()));
    match DirBuilder::new().mode(0o700).create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Ok(None),
        _ => {}
    }
    match fs::symlink_metadata(&folder) {
        Ok(meta) if meta.is_dir() && Some(meta.uid()) == id && meta.mode() & 0o022 == 0 => {
            // Nobody else could write to it; now nobody else can look into it either.
            let _ = fs::set_permissions(&folder, Permissions::from_mode(0o700));
            Ok(Some(folder))
        }
        _ => Err(InstanceError::ForeignFolder { folder }),
    }
}

/// Whether all users may write to a folder.
pub(super) fn is_shared(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|folder| folder.mode() & 0o002 != 0)
}

fn own_id() -> Option<u32> {
    fs::metadata("/proc/self").ok().map(|process| process.uid())
}
