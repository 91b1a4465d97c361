//! The layouts of camera pictures that gpucam reads.

use std::{fmt, str::FromStr};

/// A layout, named as V4L2 names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Packing {
    /// Y0 Cb Y1 Cr: what goes to the GPU as it is.
    Yuyv,
    /// Cb Y0 Cr Y1.
    Uyvy,
    /// Y0 Cr Y1 Cb.
    Yvyu,
    /// A plane of Y, then one of Cb Cr pairs at half the size.
    Nv12,
    /// As NV12, Cr before Cb.
    Nv21,
    /// Planes of Y, Cb and Cr, the latter two at half the size.
    Yu12,
    /// As YU12, Cr before Cb.
    Yv12,
    /// JPEG, frame by frame.
    Mjpg,
}

/// Every layout, the cheapest to read first.
pub const ALL: [Packing; 8] = [
    Packing::Yuyv,
    Packing::Uyvy,
    Packing::Yvyu,
    Packing::Nv12,
    Packing::Nv21,
    Packing::Yu12,
    Packing::Yv12,
    Packing::Mjpg,
];

impl Packing {
    /// Its fourccs; a camera may use any of them.
    pub fn fourccs(self) -> &'static [&'static [u8; 4]] {
        match self {
            Self::Yuyv => &[b"YUYV"],
            Self::Uyvy => &[b"UYVY"],
            Self::Yvyu => &[b"YVYU"],
            Self::Nv12 => &[b"NV12"],
            Self::Nv21 => &[b"NV21"],
            Self::Yu12 => &[b"YU12"],
            Self::Yv12 => &[b"YV12"],
            Self::Mjpg => &[b"MJPG", b"JPEG"],
        }
    }

    /// The layout of a fourcc.
    pub fn of(fourcc: u32) -> Option<Self> {
        ALL.into_iter()
            .find(|packing| packing.fourccs().iter().any(|name| u32::from_le_bytes(**name) == fourcc))
    }

    /// Place in [`ALL`].
    pub fn cost(self) -> usize {
        ALL.iter().position(|&packing| packing == self).unwrap_or(ALL.len())
    }
}

impl fmt::Display for Packing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&fourcc(u32::from_le_bytes(*self.fourccs()[0])))
    }
}

impl FromStr for Packing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.to_uppercase();
        let alias = match name.as_str() {
            "YUY2" => "YUYV",
            "MJPEG" => "MJPG",
            "I420" => "YU12",
            other => other,
        };
        let found = ALL.into_iter().find(|p| p.fourccs().iter().any(|f| *f == alias.as_bytes()));
        let known = ALL.map(|packing| packing.to_string().to_lowercase()).join(", ");
        found.ok_or_else(|| format!("'{text}' is no camera format that gpucam reads: write auto, {known}"))
    }
}

/// Four characters as text.
pub fn fourcc(code: u32) -> String {
    let text = String::from_utf8_lossy(&code.to_le_bytes()).into_owned();
    text.trim_end_matches(['\0', ' ']).chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
