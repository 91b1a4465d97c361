//! Cameras and loopbacks without devices: choices, errors, and unpacking of frames.

use std::path::PathBuf;

use gpucam::internals::video::{
    device::{Device, Devices},
    producer::Producer,
    v4l2::Capability,
};
use libtest_mimic::Trial;

mod choice;
mod colour;
mod controls;
mod jpeg;
mod loopback;
mod name;
#[cfg(feature = "pipewire")]
pub mod pipewire;
mod role;
mod system;
pub mod unpack;

pub(super) fn trials() -> Vec<Trial> {
    [
        choice::trials(),
        colour::trials(),
        controls::trials(),
        jpeg::trials(),
        loopback::trials(),
        name::trials(),
        #[cfg(feature = "pipewire")]
        pipewire::trials(),
        role::trials(),
        system::trials(),
        unpack::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING, and V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING.
const CAPTURES: u32 = 0x0400_0001;
const OUTPUTS: u32 = 0x0400_0002;
/// V4L2_CAP_META_CAPTURE | V4L2_CAP_STREAMING: the second node of a USB camera.
const METADATA: u32 = 0x0480_0000;

/// A device under a path that does not exist, so that no real device is touched.
fn device(number: u32, driver: &str, card: &str, bus: &str, device_caps: u32) -> Device {
    let capability = Capability {
        driver: driver.into(),
        card: card.into(),
        bus: bus.into(),
        version: (6, 12, 0),
        device_caps,
    };
    Device {
        path: PathBuf::from(format!("/nowhere/video{number}")),
        by_id: None,
        capability,
        formats: Vec::new(),
        producer: Producer::None,
    }
}

fn camera(number: u32, card: &str, bus: &str) -> Device {
    device(number, "uvcvideo", card, bus, CAPTURES)
}

/// A loopback; with exclusive_caps, so it has a producer if it captures.
fn loop_device(number: u32, device_caps: u32) -> Device {
    let bus = format!("platform:v4l2loopback-{number:03}");
    let producer = if device_caps == CAPTURES { Producer::Gpucam } else { Producer::None };
    Device { producer, ..device(number, "v4l2 loopback", "gpucam", &bus, device_caps) }
}

fn devices(found: Vec<Device>) -> Devices {
    Devices { found, refused: Vec::new() }
}
