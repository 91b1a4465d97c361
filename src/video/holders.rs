//! The programs that have a device open.

use std::{
    fs,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::Path,
};

/// The device number of a character device, which all of its names share.
pub fn number(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().filter(|about| about.file_type().is_char_device()).map(|about| about.rdev())
}

/// A program that has a device open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Process ID.
    pub pid: u32,
    /// Name of the program.
    pub name: String,
}

/// The programs that have the device with this number open, except this one. Only root sees those of other
/// users.
pub fn holders(rdev: u64) -> Vec<Holder> {
    let mut holders = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if pid == std::process::id() {
            continue;
        }
        let descriptors = fs::read_dir(entry.path().join("fd")).into_iter().flatten().flatten();
        if descriptors.into_iter().any(|fd| number(&fd.path()) == Some(rdev)) {
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            holders.push(Holder { pid, name: name.trim().to_owned() });
        }
    }
    holders
}
