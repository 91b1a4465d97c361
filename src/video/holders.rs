//! The programs that have a device open.

use std::{
    collections::HashSet,
    fs,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::Path,
    sync::OnceLock,
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

/// What was seen before the sandbox, in which the kernel hides the descriptors of other processes: the devices that
/// each had open.
static SEEN: OnceLock<Vec<(u64, Holder)>> = OnceLock::new();

/// The cameras and loopbacks that programs have open now, for [`keep`].
#[cfg(feature = "cli")]
pub fn of_all_devices() -> Vec<(u64, Holder)> {
    let devices = fs::read_dir("/dev").into_iter().flatten().flatten();
    let videos = devices.filter(|entry| entry.file_name().to_string_lossy().starts_with("video"));
    let numbers: Vec<u64> = videos.filter_map(|entry| number(&entry.path())).collect();
    seen_now(&numbers)
}

/// Answers with these from now on: the kernel hides what other processes have open.
#[cfg(feature = "cli")]
pub fn keep(seen: Vec<(u64, Holder)>) {
    let _ = SEEN.set(seen);
}

/// The programs that have the device with this number open, except this one. Only root sees those of other
/// users, and in the sandbox only those are seen that had it open before.
pub fn holders(rdev: u64) -> Vec<Holder> {
    let Some(seen) = SEEN.get() else {
        return seen_now(&[rdev]).into_iter().map(|(_, holder)| holder).collect();
    };
    let runs = |holder: &Holder| Path::new("/proc").join(holder.pid.to_string()).exists();
    let of_device = seen.iter().filter(|(number, holder)| *number == rdev && runs(holder));
    of_device.map(|(_, holder)| holder.clone()).collect()
}

/// The number of the device that a descriptor in /proc leads to. Others are not looked at: the network below them may
/// be gone, and who asks then waits for good.
fn number_of_open(descriptor: &Path) -> Option<u64> {
    fs::read_link(descriptor)
        .ok()
        .filter(|target| target.starts_with("/dev"))
        .and_then(|_| number(descriptor))
}

/// Who has which of these devices open.
fn seen_now(rdevs: &[u64]) -> Vec<(u64, Holder)> {
    let mut seen = Vec::new();
    if rdevs.is_empty() {
        return seen;
    }
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if pid == std::process::id() {
            continue;
        }
        let descriptors = fs::read_dir(entry.path().join("fd")).into_iter().flatten().flatten();
        let open: HashSet<u64> = descriptors.filter_map(|fd| number_of_open(&fd.path())).collect();
        let held = rdevs.iter().filter(|rdev| open.contains(rdev));
        seen.extend(held.map(|&rdev| {
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            (rdev, Holder { pid, name: name.trim().to_owned() })
        }));
    }
    seen
}
