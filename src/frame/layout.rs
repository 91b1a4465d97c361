//! How a camera's pictures lie in memory, and packed YUYV in limited range out of them: here on the CPU, for files and
//! where there is no GPU, and in [`crate::passes::unpack`] by the same rules on the GPU.
//!
//! ```text
//! YUYV, UYVY, YVYU   rows of pairs             chroma a pair and row
//! NV12, NV21         plane Y, plane CbCr       chroma a pair and two rows: rows between are 3/4 of the nearer
//! YU12, YV12         planes Y, Cb, Cr          and 1/4 of the farther (MPEG-2 siting, as .y4m's C420)
//! MJPG               JPEG, which the camera's own module decodes
//! ```
//! Rows are `stride` bytes apart (`bytesperline`), which may be more than they need.

use super::{Range, Size, pixel_format::PixelFormat};

/// A code of limited range as (value · factor + term) / divisor, rounded: half a divisor is in the term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeScale {
    /// Of the value.
    pub factor: u32,
    /// Added to that.
    pub term: u32,
    /// Of both.
    pub divisor: u32,
}

impl RangeScale {
    const fn new(factor: u32, term: u32, divisor: u32) -> Self {
        Self { factor, term: term + divisor / 2, divisor }
    }

    /// Of luma and of four times chroma, so that blends are rounded here and not before (BT.601-7, clause 2.5.3).
    pub const fn from_range(range: Range) -> [Self; 2] {
        match range {
            Range::Limited => [Self::new(1, 0, 1), Self::new(1, 0, 4)],
            // 16 + y 219/255, and 128 + (c/4 - 128) 224/255 of a sum c of four.
            Range::Full => [Self::new(146, 16 * 170, 170), Self::new(112, 128 * 510 - 512 * 112, 510)],
        }
    }

    fn at(self, value: usize) -> u8 {
        ((value as u32 * self.factor + self.term) / self.divisor) as u8
    }
}

/// Tables from a camera's codes to limited range.
#[derive(Clone, Debug)]
pub struct RangeTables {
    luma: [u8; 256],
    chroma: [u8; 4 * 255 + 1],
}

impl RangeTables {
    /// From this range.
    pub fn from_range(range: Range) -> Self {
        let [luma, chroma] = RangeScale::from_range(range);
        Self { luma: std::array::from_fn(|y| luma.at(y)), chroma: std::array::from_fn(|sum| chroma.at(sum)) }
    }

    /// The code of a luma.
    pub fn luma(&self, y: u8) -> u8 {
        self.luma[usize::from(y)]
    }

    /// The code of a quarter of `sum`, at most four chromas' sum.
    pub fn chroma(&self, sum: u16) -> u8 {
        self.chroma[usize::from(sum).min(4 * 255)]
    }
}

/// How a camera's pictures are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelLayout {
    /// Kind.
    pub pixel_format: PixelFormat,
    /// Size in pixels; the width is even.
    pub size: Size,
    /// Bytes from one row of the first plane to the next.
    pub stride: usize,
    /// Quantization range of the codes.
    pub range: Range,
}

/// Where samples are: sample `x` of row `y` is byte `offset + y * stride + x * step`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaneLayout {
    /// Byte offset of the first sample.
    pub offset: usize,
    /// From one to the next in a row.
    pub step: usize,
    /// From one row to the next.
    pub stride: usize,
}

/// Where all samples of a picture are. Chroma has one for each pair of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaneLayouts {
    /// Y.
    pub luma: PlaneLayout,
    /// Cb and Cr.
    pub chroma: [PlaneLayout; 2],
    /// Whether chroma has one row for two of luma.
    pub is_halved: bool,
}

impl PixelLayout {
    /// Whether the bytes are packed YUYV in limited range already.
    pub fn is_yuyv(&self) -> bool {
        self.pixel_format == PixelFormat::Yuyv
            && self.stride == 2 * self.size.width as usize
            && self.range == Range::Limited
    }

    /// Bytes of a whole picture; of MJPG nobody knows.
    pub fn bytes(&self) -> usize {
        let Some(PlaneLayouts { luma, chroma, is_halved }) = self.plane_layouts() else { return 0 };
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        // The last row may end where its pixels do.
        let end = |plane: PlaneLayout, count: usize, rows: usize| {
            plane.offset + plane.stride * (rows - 1) + plane.step * (count - 1) + 1
        };
        let rows = if is_halved { height.div_ceil(2) } else { height };
        let chroma = chroma.map(|plane| end(plane, width / 2, rows));
        end(luma, width, height).max(chroma[0]).max(chroma[1])
    }

    /// Where its samples are; none of MJPG.
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
            PixelFormat::Mjpg => return None,
        })
    }

    /// Fills `yuyv`, `size.yuyv_bytes()` long. The error says what is wrong with the picture.
    pub fn unpack(&self, tables: &RangeTables, bytes: &[u8], yuyv: &mut [u8]) -> Result<(), String> {
        let planes = self.plane_layouts().ok_or("a JPEG where samples were expected")?;
        if bytes.len() < self.bytes() {
            return Err(format!("{} bytes of {}", bytes.len(), self.bytes()));
        }
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

/// The chroma rows that row `y` of `height` lies between: the nearer, which counts for 3/4, and the farther.
fn chroma_rows(y: usize, height: usize) -> [usize; 2] {
    let (near, last) = (y / 2, height.div_ceil(2) - 1);
    [near, if y % 2 == 1 { (near + 1).min(last) } else { near.saturating_sub(1) }]
}
