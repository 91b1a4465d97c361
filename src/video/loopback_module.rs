//! What the kernel says of the loaded v4l2loopback: /sys/module/v4l2loopback.

use std::{fs, path::Path};

use super::device::Device;

/// The loaded module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoopbackModule {
    /// Its version; none where it is not loaded.
    pub version: Option<String>,
    /// Buffers a device has at most.
    pub max_buffers: Option<u32>,
    /// exclusive_caps of each device, in the order that they were made.
    exclusive_caps: Vec<bool>,
    /// Their numbers, where they were given.
    video_nr: Vec<i64>,
}

impl LoopbackModule {
    /// Reads the kernel's own folder.
    pub fn loaded() -> Self {
        Self::read(Path::new("/sys/module/v4l2loopback"))
    }

    /// Reads a folder like it.
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

    /// Whether Chromium will not list this loopback. What the node shows is asked where the module is silent: both
    /// sides show also while a consumer holds a device whose producer has left.
    pub fn lacks_exclusive_caps(&self, device: &Device) -> bool {
        let number = |path: &Path| path.file_name()?.to_str()?.strip_prefix("video")?.parse::<i64>().ok();
        let place = number(&device.path).and_then(|number| self.video_nr.iter().position(|&nr| nr == number));
        // A device that was added later is in no list; the numbers of the first may not be given (-1).
        let told = place.and_then(|place| self.exclusive_caps.get(place));
        !told.copied().unwrap_or_else(|| {
            !device.capability.shows_both_sides() || self.exclusive_caps.first() == Some(&true)
        })
    }
}
