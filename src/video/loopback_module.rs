//! Version and parameters of the loaded v4l2loopback module, from /sys/module/v4l2loopback.

use std::{fs, path::Path};

use super::device::Device;
pub use super::error::{
    INSTALL_LOOPBACK, LOAD_LOOPBACK, LOAD_LOOPBACK_AT_BOOT, LOOPBACK_OPTIONS, RELAY, TWO_LOOPBACKS,
};

/// The loaded kernel module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoopbackModule {
    /// Its version; none if it is not loaded.
    pub version: Option<String>,
    /// Maximum number of buffers per device.
    pub max_buffers: Option<u32>,
    /// exclusive_caps of each device, in order of creation.
    exclusive_caps: Vec<bool>,
    /// Device numbers, where the parameters give them.
    video_nr: Vec<i64>,
}

impl LoopbackModule {
    /// Reads the module's folder in sysfs.
    pub fn loaded() -> Self {
        Self::read(Path::new("/sys/module/v4l2loopback"))
    }

    /// Reads another folder of the same structure.
    pub fn read(folder: &Path) -> Self {
        let read = |name: &str| fs::read_to_string(folder.join(name)).ok().map(|text| text.trim().to_owned());
        let version = folder.is_dir().then(|| read("version").unwrap_or_else(|| "of unknown version".into()));
        let list = |name: &str| read(&format!("parameters/{name}")).unwrap_or_default();
        let items = |text: &str| {
            text.split(',').filter(|item| !item.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        Self {
            version,
            max_buffers: read("parameters/max_buffers").and_then(|text| text.parse().ok()),
            exclusive_caps: items(&list("exclusive_caps"))
                .iter()
                .map(|text| text == "Y" || text == "1")
                .collect(),
            video_nr: items(&list("video_nr")).iter().filter_map(|text| text.parse().ok()).collect(),
        }
    }

    /// Whether this loopback lacks exclusive_caps, so that Chromium does not list it. The node's capabilities
    /// decide only if the module's parameters do not tell: a device whose producer has left exposes both
    /// sides while a consumer still holds it, even with exclusive_caps.
    pub fn lacks_exclusive_caps(&self, device: &Device) -> bool {
        let number = |path: &Path| path.file_name()?.to_str()?.strip_prefix("video")?.parse::<i64>().ok();
        let place = number(&device.path).and_then(|number| self.video_nr.iter().position(|&nr| nr == number));
        // The lists lack devices that were added later, and numbers may be unspecified (-1).
        let listed = place.and_then(|place| self.exclusive_caps.get(place));
        !listed.copied().unwrap_or_else(|| {
            !device.capability.shows_both_sides() || self.exclusive_caps.first() == Some(&true)
        })
    }
}
