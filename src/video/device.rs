//! The video devices of this machine: cameras, loopbacks, and the programs that have them open.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::error::DeviceFault;
pub use super::{
    error::PERMISSION,
    holders::{Holder, holders, number},
};
use super::{
    producer::Producer,
    v4l2::{Capability, DeviceNode},
};

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
    /// The fourccs that it captures.
    #[doc(hidden)]
    pub formats: Vec<u32>,
    /// Who writes to it, if it is a loopback.
    #[doc(hidden)]
    pub producer: Producer,
}

impl Device {
    /// Queries the node at `path`.
    fn query(path: PathBuf) -> io::Result<Self> {
        let node = DeviceNode::open(&path)?;
        let capability = node.capability()?;
        let is_loopback = capability.is_loopback();
        Ok(Self {
            by_id: by_id(Path::new("/dev/v4l/by-id"), &path),
            formats: if is_loopback { Vec::new() } else { node.formats(capability.capture_direction()) },
            producer: if is_loopback { Producer::of(&node, &capability) } else { Producer::None },
            path,
            capability,
        })
    }
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
            match Device::query(path.clone()) {
                Ok(device) => devices.found.push(device),
                Err(error) => devices.refused.push((path, error.kind())),
            }
        }
        devices
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
