//! The programs that have a device open.

use std::{
    fs,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::Path,
    sync::OnceLock,
};

use crate::sandbox;

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

/// What was seen before the sandbox, in which the kernel hides the descriptors of other processes: the devices that
/// each had open.
static SEEN: OnceLock<Vec<(u64, Holder)>> = OnceLock::new();

/// Keeps what is seen now, for the time in the sandbox.
pub fn remember() {
    let _ = SEEN.get_or_init(|| {
        let of = |rdev: u64| seen_now(rdev).into_iter().map(move |holder| (rdev, holder));
        let devices = fs::read_dir("/dev").into_iter().flatten().flatten();
        let videos = devices.filter(|entry| entry.file_name().to_string_lossy().starts_with("video"));
        videos.filter_map(|entry| number(&entry.path())).flat_map(of).collect()
    });
}

/// The programs that have the device with this number open, except this one. Only root sees those of other
/// users, and in the sandbox only those are seen that had it open before.
pub fn holders(rdev: u64) -> Vec<Holder> {
    let Some(seen) = SEEN.get().filter(|_| sandbox::hides_processes()) else { return seen_now(rdev) };
    let runs = |holder: &Holder| Path::new("/proc").join(holder.pid.to_string()).exists();
    let of_device = seen.iter().filter(|(number, holder)| *number == rdev && runs(holder));
    of_device.map(|(_, holder)| holder.clone()).collect()
}

fn seen_now(rdev: u64) -> Vec<Holder> {
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
