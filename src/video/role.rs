//! What a video node is: many that look like cameras give no pictures that gpucam can show.

use super::{
    device::{Device, Devices},
    producer::Producer,
    v4l2::{BufferDirection, Capability},
};
use crate::frame::pixel_format::PixelFormat;

/// The purpose of a device node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceRole {
    /// A capture device that streams pictures.
    Camera,
    /// A v4l2loopback, whichever side it exposes now.
    Loopback,
    /// The raw data of a sensor, which need an image processor: nodes of Intel's IPU6 and IPU7, and whatever
    /// else gives Bayer data only.
    RawSensor,
    /// A camera for recognising faces or for depth.
    Infrared,
    /// A capture device without a format that gpucam reads.
    UnknownFormats,
    /// A camera's metadata.
    Metadata,
    /// An encoder, decoder or scaler (memory to memory).
    Codec,
    /// A tuner, a radio, an output, …
    Other,
}

/// `V4L2_CAP_…` of videodev2.h.
mod cap {
    pub const VIDEO_CAPTURE: u32 = 0x1;
    pub const VIDEO_OUTPUT: u32 = 0x2;
    pub const VIDEO_CAPTURE_MPLANE: u32 = 0x1000;
    pub const VIDEO_OUTPUT_MPLANE: u32 = 0x2000;
    pub const VIDEO_M2M_MPLANE: u32 = 0x4000;
    pub const VIDEO_M2M: u32 = 0x8000;
    pub const META_CAPTURE: u32 = 0x0080_0000;
    pub const STREAMING: u32 = 0x0400_0000;
    pub const META_OUTPUT: u32 = 0x0800_0000;
    pub const IO_MC: u32 = 0x2000_0000;
}

/// Bytes of `v4l2_capability.card` without the final zero; the kernel cuts longer names off.
const LONGEST_CARD: usize = 31;

impl DeviceRole {
    /// Why a node of this role is not taken as a camera; none for cameras and loopbacks.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Camera | Self::Loopback => None,
            Self::RawSensor => Some("raw sensor data, which libcamera turns into pictures"),
            Self::Infrared => Some("infrared or depth, no colour"),
            Self::UnknownFormats => Some("no format that gpucam reads"),
            Self::Metadata => Some("a camera's metadata, no pictures"),
            Self::Codec => Some("a video codec, no camera"),
            Self::Other => Some("no camera"),
        }
    }
}

impl Capability {
    /// The role that the node's capabilities and the driver's name imply.
    pub fn role(&self) -> DeviceRole {
        use DeviceRole::*;
        let has = |any_of: u32| self.device_caps & any_of != 0;
        let captures = has(cap::VIDEO_CAPTURE | cap::VIDEO_CAPTURE_MPLANE);
        match () {
            () if self.is_loopback() => Loopback,
            () if has(cap::VIDEO_M2M | cap::VIDEO_M2M_MPLANE) => Codec,
            // Older codec drivers name both sides instead.
            () if captures && has(cap::VIDEO_OUTPUT | cap::VIDEO_OUTPUT_MPLANE) => Codec,
            // The media controller connects such a node; by itself it does not stream (STREAMON gives EPIPE).
            () if captures && has(cap::IO_MC) => RawSensor,
            () if self.captures() => Camera,
            () if has(cap::META_CAPTURE | cap::META_OUTPUT) => Metadata,
            () => Other,
        }
    }

    /// Whether it is a v4l2loopback.
    pub fn is_loopback(&self) -> bool {
        self.driver == "v4l2 loopback"
    }

    /// Whether it can stream pictures to us now.
    pub fn captures(&self) -> bool {
        let captures = self.device_caps & (cap::VIDEO_CAPTURE | cap::VIDEO_CAPTURE_MPLANE) != 0;
        captures && self.device_caps & cap::STREAMING != 0
    }

    /// The kind of buffers in which it gives pictures. ARM boards have drivers that know multiplanar ones only.
    pub fn capture_direction(&self) -> BufferDirection {
        match self.device_caps & cap::VIDEO_CAPTURE {
            0 => BufferDirection::CaptureMultiplanar,
            _ => BufferDirection::Capture,
        }
    }

    /// Whether it exposes capture and output at once (`exclusive_caps=0`); Chromium does not list such
    /// devices.
    pub fn shows_both_sides(&self) -> bool {
        const BOTH: u32 = cap::VIDEO_CAPTURE | cap::VIDEO_OUTPUT;
        self.device_caps & BOTH == BOTH
    }
}

impl Device {
    /// Whether it is a loopback into which a program other than gpucam writes: a phone, a DSLR, OBS, or a sensor
    /// that only libcamera can read.
    pub fn relays_a_camera(&self) -> bool {
        self.capability.is_loopback() && self.producer == Producer::Other && self.capability.captures()
    }

    /// The role that its capabilities and its formats imply.
    fn role(&self) -> DeviceRole {
        match self.capability.role() {
            DeviceRole::Camera if self.formats.is_empty() => DeviceRole::Camera, // it does not tell
            DeviceRole::Camera
                if self.formats.iter().any(|&fourcc| PixelFormat::from_fourcc(fourcc).is_some()) =>
            {
                DeviceRole::Camera
            }
            DeviceRole::Camera if self.formats.iter().all(|&fourcc| is_bayer(fourcc)) => {
                DeviceRole::RawSensor
            }
            DeviceRole::Camera if self.formats.iter().all(|&fourcc| is_grey(fourcc)) => DeviceRole::Infrared,
            DeviceRole::Camera => DeviceRole::UnknownFormats,
            role => role,
        }
    }
}

impl Devices {
    /// Cameras: first those of the machine, then loopbacks into which another program relays one.
    pub fn cameras(&self) -> impl Iterator<Item = &Device> {
        let own = self.found.iter().filter(|device| self.role(device) == DeviceRole::Camera);
        own.chain(self.found.iter().filter(|device| device.relays_a_camera()))
    }

    /// Loopbacks, in order.
    pub fn loopbacks(&self) -> impl Iterator<Item = &Device> {
        self.found.iter().filter(|device| device.capability.is_loopback())
    }

    /// The role of one of these devices.
    #[doc(hidden)]
    pub fn role(&self, device: &Device) -> DeviceRole {
        let is_colour =
            |other: &Device| other.role() == DeviceRole::Camera && !says_infrared(&other.capability.card);
        // All nodes of a USB device have its address.
        let beside =
            |other: &&Device| other.path != device.path && other.capability.bus == device.capability.bus;
        match device.role() {
            DeviceRole::Camera
                if says_infrared(&device.capability.card)
                    && self.found.iter().filter(beside).any(is_colour) =>
            {
                DeviceRole::Infrared
            }
            role => role,
        }
    }

    /// The nodes that are passed over, each with its role, whose [`DeviceRole::reason`] says why.
    #[doc(hidden)]
    pub fn passed_over(&self) -> impl Iterator<Item = (&Device, DeviceRole)> {
        let roles = self.found.iter().map(|device| (device, self.role(device)));
        roles.filter(|(_, role)| role.reason().is_some())
    }

    /// The nodes that are passed over, in words, those of one kind together; empty if there is none.
    #[doc(hidden)]
    pub fn passed_over_in_words(&self) -> String {
        let mut kinds: Vec<(DeviceRole, Vec<String>)> = Vec::new();
        for (device, role) in self.passed_over() {
            let path = device.path.display().to_string();
            match kinds.iter_mut().find(|(of, _)| *of == role) {
                Some((_, paths)) => paths.push(path),
                None => kinds.push((role, vec![path])),
            }
        }
        let words = kinds.iter().map(|(role, paths)| {
            let paths = match paths.as_slice() {
                [first, _, .., last] => format!("{first} to {last} ({} nodes)", paths.len()),
                paths => paths.join(", "),
            };
            format!("{paths}: {}", role.reason().unwrap_or_default())
        });
        words.collect::<Vec<_>>().join("; ")
    }
}

/// Whether a camera's name says that it sees infrared. The kernel cuts names off: "Integrated Camera:
/// Integrated I" was "… Integrated IR Camera".
fn says_infrared(card: &str) -> bool {
    let card_words = card.to_lowercase();
    let words: Vec<_> =
        card_words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_cut_off = card.len() >= LONGEST_CARD;
    let begins = |word: &&str| is_cut_off && ["ir", "infrared"].iter().any(|whole| whole.starts_with(word));
    words.iter().any(|word| *word == "ir" || word.contains("infrared")) || words.last().is_some_and(begins)
}

/// Whether a fourcc is the raw data of a colour sensor (`V4L2_PIX_FMT_SBGGR8` to `…SRGGB16`, packed, compressed
/// and IPU3 variants).
fn is_bayer(fourcc: u32) -> bool {
    matches!(
        &fourcc.to_le_bytes(),
        b"BA81"
            | b"GBRG"
            | b"GRBG"
            | b"RGGB"
            | b"BYR2"
            | b"BD10"
            | [b'B' | b'G' | b'R', b'G' | b'B' | b'R' | b'A', b'1', b'0' | b'2' | b'4' | b'6']
            | [b'p', b'B' | b'G' | b'g' | b'R', b'A' | b'C' | b'E', _]
            | [b'a' | b'b', b'B' | b'G' | b'g' | b'R', b'A', b'8']
            | [b'i', b'p', b'3', b'b' | b'g' | b'G' | b'r']
    )
}

/// Whether a fourcc is brightness or depth alone.
fn is_grey(fourcc: u32) -> bool {
    matches!(
        &fourcc.to_le_bytes(),
        b"GREY"
            | b"Y800"
            | b"Y8  "
            | b"Y8I "
            | b"Z16 "
            | b"INZI"
            | b"CNF4"
            | b"ip3y"
            | [b'Y', b'0' | b'1', b'0' | b'2' | b'4' | b'6', _]
    )
}
