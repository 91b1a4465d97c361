//! Frames in V4L2's terms: size, colorimetry, packed YUYV bytes; the memory layouts of cameras; geometry.

pub mod copies;
mod crop;
mod error;
pub mod geometry;
pub mod layout;
pub mod packed;
pub mod pixel_format;
pub mod rgb;
mod size;

pub use self::{error::FrameError, size::Size};

/// Largest width and height of a frame in pixels. The words of such a frame fill the 128 MiB that every adapter can
/// bind; textures are smaller.
pub const MAX_SIDE: u32 = 8192;

impl Size {
    /// Checks that YUYV can hold this size and that a GPU accepts it.
    ///
    /// # Errors
    /// [`FrameError::Size`] for a zero or odd width, a zero height, or a side over [`MAX_SIDE`].
    #[doc(hidden)]
    pub fn check_frame(self) -> Result<Self, FrameError> {
        self.check().map_err(|why| FrameError::Size { size: self, why })
    }

    /// The same; the error says what is wrong, to follow "a frame of WxH".
    pub(crate) fn check(self) -> Result<Self, &'static str> {
        let why = if self.width == 0 || self.height == 0 {
            "is empty"
        } else if self.width % 2 == 1 {
            "has an odd width, which YUYV cannot hold (two pixels share their colour)"
        } else if self.width > MAX_SIDE || self.height > MAX_SIDE {
            "is larger than 8192 pixels on a side"
        } else {
            return Ok(self);
        };
        Err(why)
    }
}

/// The luma weights (Y'CbCr matrix) of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Matrix {
    /// ITU-R BT.601-7, clause 2.5.1: Kr 0.299, Kb 0.114. Most cameras, all JPEG.
    #[default]
    #[cfg_attr(feature = "cli", value(name = "601", help = "BT.601: most cameras, all JPEG"))]
    Bt601,
    /// ITU-R BT.709-6, clause 3.2: Kr 0.2126, Kb 0.0722. Some HD cameras.
    #[cfg_attr(feature = "cli", value(name = "709", help = "BT.709: most HD video, some HD cameras"))]
    Bt709,
}

impl Matrix {
    /// Weights of red and blue in luma (Kr, Kb); green has the remainder to 1.
    #[doc(hidden)]
    pub const fn weights(self) -> (f64, f64) {
        match self {
            Self::Bt601 => (0.299, 0.114),
            Self::Bt709 => (0.2126, 0.0722),
        }
    }
}

/// The quantization range: the codes of black and white.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Range {
    /// Luma 16..235, chroma 16..240 (BT.601-7, clause 2.5.3). V4L2's default for YUYV.
    #[default]
    #[cfg_attr(feature = "cli", value(help = "Luma 16..235: most cameras and videos"))]
    Limited,
    /// Luma and chroma 0..255 (JFIF 1.02), as MJPG cameras deliver.
    #[cfg_attr(feature = "cli", value(help = "Luma 0..255: JPEG, and cameras that send MJPG"))]
    Full,
}

impl Range {
    /// (code of black, number of luma codes from black to white, number of chroma codes from −½ to ½).
    #[doc(hidden)]
    pub const fn codes(self) -> (f64, f64, f64) {
        match self {
            Self::Limited => (16.0, 219.0, 224.0),
            Self::Full => (0.0, 255.0, 255.0),
        }
    }
}

/// The mapping between YUYV codes and R'G'B'. Both pixels of a pair have the pair's chroma.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Colorimetry {
    /// The luma weights.
    pub matrix: Matrix,
    /// The quantization range.
    pub range: Range,
}

impl Colorimetry {
    /// Gamma-coded R'G'B' (not clamped, nominally 0..1) of one pixel's codes.
    pub fn rgb(self, y: u8, cb: u8, cr: u8) -> [f64; 3] {
        self.rgb_of([y, cb, cr].map(f64::from))
    }

    /// The same of codes between whole ones: Y', Cb, Cr.
    pub(crate) fn rgb_of(self, [y, cb, cr]: [f64; 3]) -> [f64; 3] {
        let ((kr, kb), (black, luma, chroma)) = (self.matrix.weights(), self.range.codes());
        let y = (y - black) / luma;
        let (pb, pr) = ((cb - 128.0) / chroma, (cr - 128.0) / chroma);
        let (r, b) = (y + 2.0 * (1.0 - kr) * pr, y + 2.0 * (1.0 - kb) * pb);
        [r, (y - kr * r - kb * b) / (1.0 - kr - kb), b]
    }

    /// Codes (not rounded, not clamped) of gamma-coded R'G'B' in 0..1.
    pub fn ycbcr(self, [r, g, b]: [f64; 3]) -> [f64; 3] {
        let ((kr, kb), (black, luma, chroma)) = (self.matrix.weights(), self.range.codes());
        let y = kr * r + (1.0 - kr - kb) * g + kb * b;
        let (pb, pr) = ((b - y) / (2.0 * (1.0 - kb)), (r - y) / (2.0 * (1.0 - kr)));
        [black + luma * y, 128.0 + chroma * pb, 128.0 + chroma * pr]
    }
}

/// One packed YUYV 4:2:2 picture: bytes Y0 Cb Y1 Cr for each pair of pixels, rows without padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yuyv {
    /// Size in pixels; the width is even.
    pub size: Size,
    /// `size.yuyv_bytes()` bytes.
    pub bytes: Vec<u8>,
}

/// The nearest 8-bit code, halves rounded up; values outside 0..255 are clamped (`as` saturates).
fn code(v: f64) -> u8 {
    (v + 0.5) as u8
}

impl Yuyv {
    /// Packs gamma-coded R'G'B' pixels in 0..1, row by row; a pair of pixels gets the mean of their chroma.
    pub fn from_rgb(
        size: Size,
        colorimetry: Colorimetry,
        mut pixel: impl FnMut(u32, u32) -> [f64; 3],
    ) -> Self {
        let ((kr, kb), (black, luma, chroma)) = (colorimetry.matrix.weights(), colorimetry.range.codes());
        // Half of the factors in `Colorimetry::ycbcr`: the chroma of a pair is the mean of two pixels.
        let (cb, cr) = (chroma / (4.0 * (1.0 - kb)), chroma / (4.0 * (1.0 - kr)));
        let mut bytes = Vec::with_capacity(size.yuyv_bytes());
        for y in 0..size.height {
            for x in (0..size.width).step_by(2) {
                let ([r0, g0, b0], [r1, g1, b1]) = (pixel(x, y), pixel(x + 1, y));
                let y0 = kr * r0 + (1.0 - kr - kb) * g0 + kb * b0;
                let y1 = kr * r1 + (1.0 - kr - kb) * g1 + kb * b1;
                bytes.extend_from_slice(&[
                    code(black + luma * y0),
                    code(128.0 + cb * (b0 - y0 + b1 - y1)),
                    code(black + luma * y1),
                    code(128.0 + cr * (r0 - y0 + r1 - y1)),
                ]);
            }
        }
        Self { size, bytes }
    }

    /// [`Self::from_rgb`] of 8-bit R'G'B', `3 * size.area()` bytes row by row.
    ///
    /// # Panics
    /// If `rgb` is shorter.
    pub fn from_rgb8(size: Size, colorimetry: Colorimetry, rgb: &[u8]) -> Self {
        let unit: [f64; 256] = std::array::from_fn(|v| v as f64 / 255.0);
        let width = size.width as usize;
        Self::from_rgb(size, colorimetry, |x, y| {
            let at = 3 * (y as usize * width + x as usize);
            let p = &rgb[at..at + 3];
            [p[0], p[1], p[2]].map(|v| unit[usize::from(v)])
        })
    }

    /// 8-bit R'G'B' of every pixel, row by row.
    pub fn to_rgb8(&self, colorimetry: Colorimetry) -> Vec<u8> {
        let mut rgb = Vec::with_capacity(3 * self.size.area());
        for pair in self.bytes.chunks_exact(4) {
            for y in [pair[0], pair[2]] {
                rgb.extend_from_slice(&colorimetry.rgb(y, pair[1], pair[3]).map(|v| code(255.0 * v)));
            }
        }
        rgb
    }
}

/// Fills a frame with black: Y 16, Cb and Cr 128, which is black or nearly black in either range.
pub fn slate(frame: &mut [u8]) {
    frame.chunks_exact_mut(2).for_each(|pair| pair.copy_from_slice(&[16, 128]));
}
