//! Memory layouts of camera frames, and their conversion to packed YUYV in limited range: here on the CPU,
//! for files and without a GPU; [`crate::passes::unpack`] and [`crate::passes::unpack_rgb`] do the same on the GPU.
//!
//! ```text
//! YUYV, UYVY, YVYU   packed pairs of pixels    4:2:2
//! NV12, NV21         planes Y and CbCr         4:2:0, each luma row blends 3/4 of the nearer chroma row with 1/4 of the
//! YU12, YV12         planes Y, Cb and Cr       farther one (MPEG-2 siting, as in .y4m's C420)
//! RGB, BGR, RGBX…    R'G'B' in full range, with the weights of the frame's matrix (super::rgb)
//! MJPG               JPEG, decoded in crate::video::camera::jpeg
//! ```
//! Rows are `stride` bytes apart (`bytesperline`), which may include padding.

use super::{Matrix, Range, Size, pixel_format::PixelFormat, rgb::RgbWeights};

/// Conversion of a value to a limited-range code: (value · factor + term) / divisor. `term` includes half a
/// divisor for rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeScale {
    /// Multiplies the value.
    pub factor: u32,
    /// Added to the product.
    pub term: u32,
    /// Divides the sum.
    pub divisor: u32,
}

impl RangeScale {
    const fn new(factor: u32, term: u32, divisor: u32) -> Self {
        Self { factor, term: term + divisor / 2, divisor }
    }

    /// The conversions from `range` of luma and of the sum of four chroma samples, so that blended chroma is
    /// rounded only once (BT.601-7, clause 2.5.3).
    pub const fn from_range(range: Range) -> [Self; 2] {
        match range {
            Range::Limited => [Self::new(1, 0, 1), Self::new(1, 0, 4)],
            // 16 + y 219/255, and 128 + (c/4 - 128) 224/255 for a sum c of four.
            Range::Full => [Self::new(146, 16 * 170, 170), Self::new(112, 128 * 510 - 512 * 112, 510)],
        }
    }

    fn at(self, value: usize) -> u8 {
        ((value as u32 * self.factor + self.term) / self.divisor) as u8
    }
}

/// Lookup tables from a camera's codes to limited range, and the weights by which R'G'B' becomes such codes.
#[derive(Clone, Debug)]
pub struct RangeTables {
    luma: [u8; 256],
    chroma: [u8; 4 * 255 + 1],
    weights: RgbWeights,
}

impl RangeTables {
    /// The tables for codes of `range`, and the weights of BT.601.
    pub fn from_range(range: Range) -> Self {
        let [luma, chroma] = RangeScale::from_range(range);
        Self {
            luma: std::array::from_fn(|y| luma.at(y)),
            chroma: std::array::from_fn(|sum| chroma.at(sum)),
            weights: RgbWeights::from_matrix(Matrix::Bt601),
        }
    }

    /// The same with the weights of `matrix`, in which the YUYV of a frame of R'G'B' is.
    pub fn with_matrix(self, matrix: Matrix) -> Self {
        Self { weights: RgbWeights::from_matrix(matrix), ..self }
    }

    /// The limited-range code of luma `y`.
    pub fn luma(&self, y: u8) -> u8 {
        self.luma[usize::from(y)]
    }

    /// The limited-range code of the mean of four chroma samples with this sum.
    pub fn chroma(&self, sum: u16) -> u8 {
        self.chroma[usize::from(sum).min(4 * 255)]
    }
}

/// The memory layout of a camera's frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelLayout {
    /// Pixel format.
    pub pixel_format: PixelFormat,
    /// Size in pixels; the width is even.
    pub size: Size,
    /// Bytes from one row of the first plane to the next.
    pub stride: usize,
    /// Quantization range of the codes.
    pub range: Range,
}

/// Positions of the samples of one component: sample `x` of row `y` is byte `offset + y * stride + x * step`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaneLayout {
    /// Byte offset of the first sample.
    pub offset: usize,
    /// Bytes from one sample to the next in a row.
    pub step: usize,
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// Positions of all samples of a frame. Chroma has one sample per pair of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaneLayouts {
    /// Y.
    pub luma: PlaneLayout,
    /// Cb and Cr.
    pub chroma: [PlaneLayout; 2],
    /// Whether chroma has one row per two luma rows.
    pub is_halved: bool,
}

impl PixelLayout {
    /// Whether the bytes are packed YUYV in limited range already.
    #[doc(hidden)]
    pub fn is_yuyv(&self) -> bool {
        self.pixel_format == PixelFormat::Yuyv
            && self.stride == 2 * self.size.width as usize
            && self.range == Range::Limited
    }

    /// Minimum number of bytes of a frame; 0 for MJPG, whose size varies.
    pub fn bytes(&self) -> usize {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        if self.pixel_format.is_rgb() {
            return self.stride * (height - 1) + self.pixel_format.row_bytes(self.size.width) as usize;
        }
        let Some(PlaneLayouts { luma, chroma, is_halved }) = self.plane_layouts() else { return 0 };
        // The last row needs no padding.
        let end = |plane: PlaneLayout, count: usize, rows: usize| {
            plane.offset + plane.stride * (rows - 1) + plane.step * (count - 1) + 1
        };
        let rows = if is_halved { height.div_ceil(2) } else { height };
        let chroma = chroma.map(|plane| end(plane, width / 2, rows));
        end(luma, width, height).max(chroma[0]).max(chroma[1])
    }

    /// Positions of R, G and B; none for other formats.
    #[doc(hidden)]
    pub fn rgb_layouts(&self) -> Option<[PlaneLayout; 3]> {
        let (step, offsets) = match self.pixel_format {
            PixelFormat::Rgb => (3, [0, 1, 2]),
            PixelFormat::Bgr => (3, [2, 1, 0]),
            PixelFormat::Rgbx => (4, [0, 1, 2]),
            PixelFormat::Bgrx => (4, [2, 1, 0]),
            PixelFormat::Xrgb => (4, [1, 2, 3]),
            PixelFormat::Xbgr => (4, [3, 2, 1]),
            _ => return None,
        };
        Some(offsets.map(|offset| PlaneLayout { offset, step, stride: self.stride }))
    }

    /// Positions of the samples of Y'CbCr; none for other formats.
    #[doc(hidden)]
    pub fn plane_layouts(&self) -> Option<PlaneLayouts> {
        let (stride, height) = (self.stride, self.size.height as usize);
        let packed = |y: usize, cb: usize, cr: usize| {
            let chroma = |at| PlaneLayout { offset: at, step: 4, stride };
            PlaneLayouts {
                luma: PlaneLayout { offset: y, step: 2, stride },
                chroma: [chroma(cb), chroma(cr)],
                is_halved: false,
            }
        };
        let planar = |step: usize, stride_of_chroma: usize, [cb, cr]: [usize; 2]| {
            let chroma = |at| PlaneLayout { offset: stride * height + at, step, stride: stride_of_chroma };
            PlaneLayouts {
                luma: PlaneLayout { offset: 0, step: 1, stride },
                chroma: [chroma(cb), chroma(cr)],
                is_halved: true,
            }
        };
        let second = stride / 2 * height.div_ceil(2);
        Some(match self.pixel_format {
            PixelFormat::Yuyv => packed(0, 1, 3),
            PixelFormat::Uyvy => packed(1, 0, 2),
            PixelFormat::Yvyu => packed(0, 3, 1),
            PixelFormat::Nv12 => planar(2, stride, [0, 1]),
            PixelFormat::Nv21 => planar(2, stride, [1, 0]),
            PixelFormat::Yu12 => planar(1, stride / 2, [0, second]),
            PixelFormat::Yv12 => planar(1, stride / 2, [second, 0]),
            PixelFormat::Rgb
            | PixelFormat::Bgr
            | PixelFormat::Rgbx
            | PixelFormat::Bgrx
            | PixelFormat::Xrgb
            | PixelFormat::Xbgr
            | PixelFormat::Mjpg => return None,
        })
    }

    /// Deinterlaces a frame of two fields by showing the first one twice: each second row becomes the one above it,
    /// in every plane.
    #[doc(hidden)]
    pub fn double_first_field(&self, bytes: &mut [u8]) {
        let height = self.size.height as usize;
        // Planes as they lie in memory: their start, stride and rows. Two components may share one.
        let mut planes = vec![(0, self.stride, height)];
        if let Some(PlaneLayouts { luma, chroma, is_halved: true }) = self.plane_layouts() {
            for PlaneLayout { offset, step, stride } in chroma {
                let start = offset - (offset - luma.stride * height) % step;
                planes.push((start, stride, height.div_ceil(2)));
            }
            planes.dedup();
        }
        for (start, stride, rows) in planes {
            for row in (1..rows).step_by(2) {
                let at = start + row * stride;
                let end = (at + stride).min(bytes.len());
                bytes.copy_within(at - stride..end - stride, at);
            }
        }
    }

    /// Unpacks a frame into `yuyv`, `size.yuyv_bytes()` bytes. The error says what is wrong with the frame.
    #[doc(hidden)]
    pub fn unpack(&self, tables: &RangeTables, bytes: &[u8], yuyv: &mut [u8]) -> Result<(), String> {
        if bytes.len() < self.bytes() {
            return Err(format!("{} bytes of {}", bytes.len(), self.bytes()));
        }
        if let Some(places) = self.rgb_layouts() {
            self.unpack_rgb(&tables.weights, places, bytes, yuyv);
            return Ok(());
        }
        let planes = self.plane_layouts().ok_or("a JPEG where samples were expected")?;
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        for (y, out) in yuyv.chunks_exact_mut(2 * width).take(height).enumerate() {
            let luma = &bytes[planes.luma.offset + y * planes.luma.stride..];
            let [cb, cr] = planes.chroma.map(|plane| {
                let [near, far] = if planes.is_halved { chroma_rows(y, height) } else { [y, y] };
                [near, far].map(|row| &bytes[plane.offset + row * plane.stride..])
            });
            let (step, next) = (planes.luma.step, planes.chroma[0].step);
            for (x, out) in out.chunks_exact_mut(4).enumerate() {
                let chroma = |[near, far]: [&[u8]; 2]| {
                    tables.chroma(3 * u16::from(near[next * x]) + u16::from(far[next * x]))
                };
                let luma = |x: usize| tables.luma(luma[step * x]);
                out.copy_from_slice(&[luma(2 * x), chroma(cb), luma(2 * x + 1), chroma(cr)]);
            }
        }
        Ok(())
    }
}

impl PixelLayout {
    fn unpack_rgb(&self, weights: &RgbWeights, places: [PlaneLayout; 3], bytes: &[u8], yuyv: &mut [u8]) {
        let width = self.size.width as usize;
        for (y, out) in yuyv.chunks_exact_mut(2 * width).take(self.size.height as usize).enumerate() {
            for (x, out) in out.chunks_exact_mut(4).enumerate() {
                let pixel = |x: usize| {
                    places.map(|place| u32::from(bytes[place.offset + y * place.stride + x * place.step]))
                };
                out.copy_from_slice(&weights.pair(pixel(2 * x), pixel(2 * x + 1)));
            }
        }
    }
}

/// The chroma rows around luma row `y` of `height`: the nearer one, weighted 3/4, and the farther one.
fn chroma_rows(y: usize, height: usize) -> [usize; 2] {
    let (near, last) = (y / 2, height.div_ceil(2) - 1);
    [near, if y % 2 == 1 { (near + 1).min(last) } else { near.saturating_sub(1) }]
}
