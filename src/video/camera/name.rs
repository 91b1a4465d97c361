//! Finds the camera that the user names (`--camera DEV|INDEX|NAME`), and finds it again after it was
//! unplugged.

use std::path::{Path, PathBuf};

use crate::{
    DeviceError, DeviceFault, Error, Result,
    video::{
        device::{self, Device, Devices},
        producer::Producer,
        role::DeviceRole,
    },
};

/// Identifies a camera across unplugging, after which its number may differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraIdentity {
    /// The user's path if it lies in /dev/v4l, else the device's link in /dev/v4l/by-id.
    pub link: Option<PathBuf>,
    /// `bus_info`.
    pub bus: String,
    /// `card`.
    pub card: String,
}

impl CameraIdentity {
    /// The identity of a device that the user named `typed`.
    pub fn from_device(device: &Device, typed: Option<&str>) -> Self {
        let typed = typed.map(PathBuf::from).filter(|path| path.starts_with("/dev/v4l"));
        Self {
            link: typed.or_else(|| device.by_id.clone()),
            bus: device.capability.bus.clone(),
            card: device.capability.card.clone(),
        }
    }

    /// The device with this identity: the one with its link, else the one with its bus address and name, else
    /// the only one with its name (plugged in at another port).
    pub fn find<'a>(&self, devices: &'a Devices) -> Option<&'a Device> {
        let all = || devices.found.iter().filter(|device| gives_pictures(devices, device));
        let linked = |device: &&Device| self.link.is_some() && device.by_id == self.link;
        if let Some(device) = all().find(linked) {
            return Some(device);
        }
        let at = self.link.as_deref().and_then(device::number);
        if at.is_some()
            && let Some(device) = all().find(|device| device::number(&device.path) == at)
        {
            return Some(device);
        }
        let named = |device: &&Device| device.capability.card == self.card;
        let placed = all().filter(named).find(|device| device.capability.bus == self.bus);
        let mut elsewhere = all().filter(named);
        placed.or_else(|| elsewhere.next().filter(|_| elsewhere.next().is_none()))
    }
}

/// Whether it captures pictures, and a loopback has a producer.
fn gives_pictures(devices: &Devices, device: &Device) -> bool {
    let captures = device.capability.captures();
    match devices.role(device) {
        DeviceRole::Camera | DeviceRole::Infrared | DeviceRole::UnknownFormats => captures,
        DeviceRole::Loopback => captures && device.producer != Producer::None,
        _ => false,
    }
}

/// The camera that `wanted` names, or the first one: one of the machine's own, else a loopback into which
/// another program relays one. A path may name any loopback that has a producer, and the name of a camera that
/// is passed over, such as an infrared one, finds it where no other camera has that name.
///
/// # Errors
/// [`DeviceError::NoCamera`], [`DeviceError::NoUsableCamera`], [`DeviceError::UnknownCamera`],
/// [`DeviceError::Camera`].
pub fn find<'a>(devices: &'a Devices, wanted: Option<&str>) -> Result<&'a Device> {
    let cameras: Vec<&Device> = devices.cameras().collect();
    let none = || match devices.forbidden() {
        Some(path) => {
            Error::Device(DeviceError::Camera { path: path.into(), source: DeviceFault::Forbidden })
        }
        None => Error::Device(no_camera(devices)),
    };
    let Some(wanted) = wanted else { return cameras.first().copied().ok_or_else(none) };
    if wanted.starts_with('/') {
        return by_path(devices, Path::new(wanted));
    }
    let found = match wanted.parse::<usize>() {
        Ok(index) => cameras.get(index).copied(),
        Err(_) => {
            let wanted = wanted.to_lowercase();
            let has = |text: &str| text.to_lowercase().contains(&wanted);
            let link =
                |device: &Device| device.by_id.as_ref().is_some_and(|link| has(&link.to_string_lossy()));
            let fits = |device: &&&Device| {
                has(&device.capability.card) || has(&device.capability.bus) || link(device)
            };
            let others: Vec<_> = devices
                .passed_over()
                .map(|(device, _)| device)
                .filter(|d| gives_pictures(devices, d))
                .collect();
            cameras.iter().chain(&others).find(fits).copied()
        }
    };
    if found.is_none() && cameras.is_empty() {
        return Err(none());
    }
    found.ok_or_else(|| {
        let name = |(index, device): (usize, &&Device)| format!("{index} ({})", device.capability.card);
        let known: Vec<_> = cameras.iter().enumerate().map(name).collect();
        Error::Device(DeviceError::UnknownCamera { wanted: wanted.into(), known: known.join(", ") })
    })
}

/// Why there is no camera: nothing at all, or nodes that look like cameras and are none.
fn no_camera(devices: &Devices) -> DeviceError {
    let roles: Vec<_> = devices.passed_over().map(|(_, role)| role).collect();
    let is_like_a_camera = |role: &DeviceRole| {
        matches!(role, DeviceRole::RawSensor | DeviceRole::Infrared | DeviceRole::UnknownFormats)
    };
    if !roles.iter().any(is_like_a_camera) {
        return DeviceError::NoCamera;
    }
    DeviceError::NoUsableCamera {
        nodes: devices.passed_over_in_words(),
        needs_libcamera: roles.contains(&DeviceRole::RawSensor),
    }
}

fn by_path<'a>(devices: &'a Devices, path: &Path) -> Result<&'a Device> {
    let fail = |source| Error::Device(DeviceError::Camera { path: path.into(), source });
    let wanted = device::number(path);
    // Compare paths first: in a test a device has nothing else.
    let same = |other: &Path| other == path || (wanted.is_some() && device::number(other) == wanted);
    if let Some((_, kind)) = devices.refused.iter().find(|(other, _)| same(other)) {
        return Err(match kind {
            std::io::ErrorKind::PermissionDenied => fail(DeviceFault::Forbidden),
            kind => fail(DeviceFault::Io((*kind).into())),
        });
    }
    let Some(device) = devices.found.iter().find(|device| same(&device.path)) else {
        return Err(fail(DeviceFault::NoVideoDevice));
    };
    match devices.role(device) {
        DeviceRole::RawSensor => Err(fail(DeviceFault::RawSensor)),
        _ if gives_pictures(devices, device) => Ok(device),
        DeviceRole::Loopback => Err(fail(DeviceFault::NoProducer)),
        _ => Err(fail(DeviceFault::NoPictures)),
    }
}
