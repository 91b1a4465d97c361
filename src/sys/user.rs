//! What the system's list of users says of this one: getpwuid_r(3).

use std::{
    ffi::{CStr, OsStr},
    os::unix::ffi::OsStrExt,
    path::PathBuf,
    ptr,
};

/// This user's home folder by the list of users, which the environment's HOME may differ from.
pub fn home_folder() -> Option<PathBuf> {
    let mut entry = std::mem::MaybeUninit::<libc::passwd>::uninit();
    let (mut texts, mut found) = (vec![0; 16_384], ptr::null_mut());
    // SAFETY: the call writes an entry, texts within the given length, and a pointer to the entry if it found one.
    let code = unsafe {
        libc::getpwuid_r(libc::getuid(), entry.as_mut_ptr(), texts.as_mut_ptr(), texts.len(), &mut found)
    };
    if code != 0 || found.is_null() {
        return None;
    }
    // SAFETY: the entry was found, so it is filled, and its texts end with NUL and lie in `texts`.
    let home = unsafe { CStr::from_ptr((*found).pw_dir) };
    Some(PathBuf::from(OsStr::from_bytes(home.to_bytes())))
}
