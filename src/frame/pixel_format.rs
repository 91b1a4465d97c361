//! The pixel formats of cameras that gpucam supports.

use std::{fmt, str::FromStr};

use crate::words;

/// A pixel format. Those of Y'CbCr are named as in V4L2, those of R'G'B' by their bytes in memory, as in PipeWire and
/// GStreamer.
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
    /// R G B: 8 bits each, in full range, as all of the following.
    Rgb,
    /// B G R.
    Bgr,
    /// R G B and a byte without meaning, or alpha, which is ignored.
    Rgbx,
    /// B G R and such a byte.
    Bgrx,
    /// Such a byte, then R G B.
    Xrgb,
    /// Such a byte, then B G R.
    Xbgr,
    /// Motion JPEG: every frame is a JPEG.
    Mjpg,
}

impl PixelFormat {
    /// Every format, the cheapest to read first.
    pub const ALL: [Self; 14] = [
        Self::Yuyv,
        Self::Uyvy,
        Self::Yvyu,
        Self::Nv12,
        Self::Nv21,
        Self::Yu12,
        Self::Yv12,
        Self::Rgb,
        Self::Bgr,
        Self::Rgbx,
        Self::Bgrx,
        Self::Xrgb,
        Self::Xbgr,
        Self::Mjpg,
    ];

    /// Its fourccs in V4L2; cameras use any of them. Those of R'G'B' count from a word's highest byte, or its lowest:
    /// V4L2_PIX_FMT_RGBX32 and RGBA32 (XB24, AB24) are R G B X in memory, XBGR32 and ABGR32 (XR24, AR24) B G R X,
    /// XRGB32 and ARGB32 (BX24, BA24) X R G B, BGRX32 and BGRA32 (RX24, RA24) X B G R ("RGB Formats" of the Media API).
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
            Self::Rgb => &[b"RGB3"],
            Self::Bgr => &[b"BGR3"],
            Self::Rgbx => &[b"XB24", b"AB24"],
            Self::Bgrx => &[b"XR24", b"AR24", b"BGR4"],
            Self::Xrgb => &[b"BX24", b"BA24", b"RGB4"],
            Self::Xbgr => &[b"RX24", b"RA24"],
            Self::Mjpg => &[b"MJPG", b"JPEG"],
        }
    }

    /// The bytes of a row of `width` pixels in its first plane, without padding; 0 for MJPG.
    #[doc(hidden)]
    pub fn row_bytes(self, width: u32) -> u32 {
        match self {
            Self::Yuyv | Self::Uyvy | Self::Yvyu => 2 * width,
            Self::Nv12 | Self::Nv21 | Self::Yu12 | Self::Yv12 => width,
            Self::Rgb | Self::Bgr => 3 * width,
            Self::Rgbx | Self::Bgrx | Self::Xrgb | Self::Xbgr => 4 * width,
            Self::Mjpg => 0,
        }
    }

    /// Whether its samples are R'G'B'.
    #[doc(hidden)]
    pub fn is_rgb(self) -> bool {
        matches!(self, Self::Rgb | Self::Bgr | Self::Rgbx | Self::Bgrx | Self::Xrgb | Self::Xbgr)
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
        f.write_str(match self {
            Self::Rgb => "RGB",
            Self::Bgr => "BGR",
            Self::Rgbx => "RGBX",
            Self::Bgrx => "BGRX",
            Self::Xrgb => "XRGB",
            Self::Xbgr => "XBGR",
            of_v4l2 => return f.write_str(&fourcc_text(u32::from_le_bytes(*of_v4l2.fourccs()[0]))),
        })
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
            "RGBA" => "RGBX",
            "BGRA" => "BGRX",
            "ARGB" => "XRGB",
            "ABGR" => "XBGR",
            other => other,
        };
        let is_it = |p: &Self| p.to_string() == alias || p.fourccs().iter().any(|f| *f == alias.as_bytes());
        let found = Self::ALL.into_iter().find(is_it);
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
