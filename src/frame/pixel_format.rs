//! The pixel formats of cameras that gpucam supports.

use std::{fmt, str::FromStr};

use crate::words;

/// A pixel format, named as in V4L2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// Y0 Cb Y1 Cr: uploaded to the GPU without conversion.
    Yuyv,
    /// Cb Y0 Cr Y1.
    Uyvy,
    /// Y0 Cr Y1 Cb.
    Yvyu,
    /// A plane of Y, then a plane of Cb Cr pairs at half the width and height.
    Nv12,
    /// NV12 with Cr before Cb.
    Nv21,
    /// Planes of Y, Cb and Cr, the latter two at half the width and height.
    Yu12,
    /// YU12 with Cr before Cb.
    Yv12,
    /// Motion JPEG: every frame is a JPEG.
    Mjpg,
}

impl PixelFormat {
    /// Every format, the cheapest to read first.
    pub const ALL: [Self; 8] =
        [Self::Yuyv, Self::Uyvy, Self::Yvyu, Self::Nv12, Self::Nv21, Self::Yu12, Self::Yv12, Self::Mjpg];

    /// Its fourccs; cameras use any of them.
    #[doc(hidden)]
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

    /// The pixel format of a fourcc.
    pub fn from_fourcc(fourcc: u32) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.fourccs().iter().any(|name| u32::from_le_bytes(**name) == fourcc))
    }

    /// Relative cost of reading the format: its position in [`PixelFormat::ALL`].
    #[doc(hidden)]
    pub fn read_cost(self) -> usize {
        Self::ALL.iter().position(|&format| format == self).unwrap_or(Self::ALL.len())
    }
}

impl fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&fourcc_text(u32::from_le_bytes(*self.fourccs()[0])))
    }
}

impl FromStr for PixelFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.to_uppercase();
        let alias = match name.as_str() {
            "YUY2" => "YUYV",
            "MJPEG" => "MJPG",
            "I420" => "YU12",
            other => other,
        };
        let found = Self::ALL.into_iter().find(|p| p.fourccs().iter().any(|f| *f == alias.as_bytes()));
        found.ok_or_else(|| {
            let known = Self::ALL.map(|format| format.to_string().to_lowercase());
            let hint = words::did_you_mean(text, known.iter().map(String::as_str));
            format!(
                "'{text}' is no camera format that gpucam reads{hint} write auto or one of: {}",
                known.join(", ")
            )
        })
    }
}

/// The four characters of a fourcc as text.
pub fn fourcc_text(code: u32) -> String {
    let text = String::from_utf8_lossy(&code.to_le_bytes()).into_owned();
    text.trim_end_matches(['\0', ' ']).chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
