//! The video devices of this machine: cameras, loopbacks, and the programs that have them open.

use std::{
    fs, io,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::{Path, PathBuf},
};

use super::error::DeviceFault;
pub use super::error::PERMISSION;
use super::sys::{Capability, DeviceNode};

/// The purpose of a device node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceRole {
    /// A capture device that streams.
    Camera,
    /// A v4l2loopback, whichever side it exposes now.
    Loopback,
    /// A camera's metadata, a tuner, an encoder, …
    Other,
}

/// V4L2_CAP_VIDEO_CAPTURE, V4L2_CAP_VIDEO_OUTPUT and V4L2_CAP_STREAMING of videodev2.h.
const CAPTURE: u32 = 0x1;
const OUTPUT: u32 = 0x2;
const STREAMING: u32 = 0x0400_0000;

impl Capability {
    /// The role that the node's capabilities and the driver's name imply.
    pub fn role(&self) -> DeviceRole {
        match self.driver.as_str() {
            "v4l2 loopback" => DeviceRole::Loopback,
            _ if self.device_caps & CAPTURE != 0 && self.device_caps & STREAMING != 0 => DeviceRole::Camera,
            _ => DeviceRole::Other,
        }
    }

    /// Whether it can stream pictures to us now.
    pub fn captures(&self) -> bool {
        self.device_caps & CAPTURE != 0 && self.device_caps & STREAMING != 0
    }

    /// Whether it exposes capture and output at once (`exclusive_caps=0`); Chromium does not list such
    /// devices.
    pub fn shows_both_sides(&self) -> bool {
        self.device_caps & (CAPTURE | OUTPUT) == CAPTURE | OUTPUT
    }
}

/// A video device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Such as /dev/video0.
    pub path: PathBuf,
    /// A name that survives unplugging: /dev/v4l/by-id/….
    pub by_id: Option<PathBuf>,
    /// What VIDIOC_QUERYCAP reports.
    #[doc(hidden)]
    pub capability: Capability,
}

/// All video devices.
#[derive(Clone, Debug, Default)]
pub struct Devices {
    /// Devices that could be queried, ordered by number.
    #[doc(hidden)]
    pub found: Vec<Device>,
    /// Devices that could not be opened, and why.
    #[doc(hidden)]
    pub refused: Vec<(PathBuf, io::ErrorKind)>,
}

impl Devices {
    /// Queries every /dev/video*.
    pub fn list() -> Self {
        let mut devices = Self::default();
        for path in nodes(Path::new("/dev")) {
            match DeviceNode::open(&path).and_then(|node| node.capability()) {
                Ok(capability) => {
                    let by_id = by_id(Path::new("/dev/v4l/by-id"), &path);
                    devices.found.push(Device { path, by_id, capability });
                }
                Err(error) => devices.refused.push((path, error.kind())),
            }
        }
        devices
    }

    /// Cameras, in order.
    pub fn cameras(&self) -> impl Iterator<Item = &Device> {
        self.found.iter().filter(|device| device.capability.role() == DeviceRole::Camera)
    }

    /// Loopbacks, in order.
    pub fn loopbacks(&self) -> impl Iterator<Item = &Device> {
        self.found.iter().filter(|device| device.capability.role() == DeviceRole::Loopback)
    }

    /// The first node that this user may not open.
    #[doc(hidden)]
    pub fn forbidden(&self) -> Option<&Path> {
        let forbidden = |(_, kind): &&(PathBuf, io::ErrorKind)| *kind == io::ErrorKind::PermissionDenied;
        self.refused.iter().find(forbidden).map(|(path, _)| &**path)
    }
}

/// The files videoN of a folder, ordered by N.
fn nodes(folder: &Path) -> Vec<PathBuf> {
    let number = |path: &Path| path.file_name()?.to_str()?.strip_prefix("video")?.parse::<u32>().ok();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut nodes: Vec<_> = entries.filter_map(|e| Some((number(&e.path())?, e.path()))).collect();
    nodes.sort();
    nodes.into_iter().map(|(_, path)| path).collect()
}

/// The link in `folder` (/dev/v4l/by-id) that points to `path`.
pub fn by_id(folder: &Path, path: &Path) -> Option<PathBuf> {
    let links = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let mut links: Vec<_> = links.filter(|link| fs::canonicalize(link).is_ok_and(|at| at == path)).collect();
    links.sort();
    links.into_iter().next()
}

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

/// Why a device could not be used.
pub fn explain_error(error: io::Error, rdev: Option<u64>) -> DeviceFault {
    match error.raw_os_error() {
        Some(libc::EBUSY) => match rdev.map(holders).unwrap_or_default().into_iter().next() {
            Some(Holder { pid, name }) => DeviceFault::UsedBy { name, pid },
            None => DeviceFault::InUse,
        },
        Some(libc::EACCES | libc::EPERM) => DeviceFault::Forbidden,
        Some(libc::ENOENT | libc::ENODEV | libc::ENXIO) => DeviceFault::NoDevice,
        Some(libc::ENOTTY) => DeviceFault::NotVideo,
        _ => DeviceFault::Io(error),
    }
}
