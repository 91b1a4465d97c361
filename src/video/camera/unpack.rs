//! Camera pictures to packed YUYV in limited range, on the CPU, where the camera does not deliver just that.
//!
//! ```text
//! YUYV, UYVY, YVYU   rows of pairs             chroma a pair and row
//! NV12, NV21         plane Y, plane CbCr       chroma a pair and two rows: rows between are 3/4 of the nearer
//! YU12, YV12         planes Y, Cb, Cr          and 1/4 of the farther (MPEG-2 siting, as .y4m's C420)
//! MJPG               see `jpeg`                4:4:4 after its decoder; a pair takes the mean
//! ```
//! Rows are `stride` bytes apart (`bytesperline`), which may be more than they need.

use super::{Packing, jpeg};
use crate::{Range, Size};

/// Tables from a camera's codes to limited range (BT.601-7, clause 2.5.3), rounded once.
#[derive(Clone, Debug)]
pub struct Codes {
    luma: [u8; 256],
    /// By four times the code, so that means and blends are rounded here and not before.
    chroma: [u8; 4 * 255 + 1],
}

impl Codes {
    /// From this range.
    pub fn of(range: Range) -> Self {
        let (black, luma, chroma) = range.codes();
        let (to_black, to_luma, to_chroma) = Range::Limited.codes();
        let nearest = |value: f64| (value + 0.5) as u8;
        Self {
            luma: std::array::from_fn(|y| nearest(to_black + (y as f64 - black) / luma * to_luma)),
            chroma: std::array::from_fn(|c| nearest(128.0 + (c as f64 / 4.0 - 128.0) / chroma * to_chroma)),
        }
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
pub struct Layout {
    /// Kind.
    pub packing: Packing,
    /// Size in pixels; the width is even.
    pub size: Size,
    /// Bytes from one row of the first plane to the next.
    pub stride: usize,
    /// Code range.
    pub range: Range,
}

impl Layout {
    /// Whether the bytes are packed YUYV in limited range already.
    pub fn is_yuyv(&self) -> bool {
        self.packing == Packing::Yuyv
            && self.stride == 2 * self.size.width as usize
            && self.range == Range::Limited
    }

    /// Bytes of a whole picture; of MJPG nobody knows.
    pub fn bytes(&self) -> usize {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let half = height.div_ceil(2);
        // The last row may end where its pixels do.
        match self.packing {
            Packing::Yuyv | Packing::Uyvy | Packing::Yvyu => self.stride * (height - 1) + 2 * width,
            Packing::Nv12 | Packing::Nv21 => self.stride * (height + half - 1) + width,
            Packing::Yu12 | Packing::Yv12 => {
                self.stride * height + self.stride / 2 * (2 * half - 1) + width / 2
            }
            Packing::Mjpg => 0,
        }
    }

    /// Fills `yuyv`, `size.yuyv_bytes()` long. The error says what is wrong with the picture.
    pub fn unpack(&self, codes: &Codes, bytes: &[u8], yuyv: &mut [u8]) -> Result<(), String> {
        if self.packing == Packing::Mjpg {
            return jpeg::unpack(codes, self.size, bytes, yuyv);
        }
        if bytes.len() < self.bytes() {
            return Err(format!("{} bytes of {}", bytes.len(), self.bytes()));
        }
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let rows = yuyv.chunks_exact_mut(2 * width).take(height).enumerate();
        match self.packing {
            Packing::Uyvy => rows.for_each(|(y, out)| self.pairs(codes, bytes, y, out, [1, 0, 3, 2])),
            Packing::Yvyu => rows.for_each(|(y, out)| self.pairs(codes, bytes, y, out, [0, 3, 2, 1])),
            Packing::Nv12 | Packing::Nv21 => {
                let (luma, chroma) = bytes.split_at(self.stride * height);
                let (cb, cr) = if self.packing == Packing::Nv12 { (0, 1) } else { (1, 0) };
                let planes =
                    [cb, cr].map(|first| Chroma { bytes: chroma, stride: self.stride, first, step: 2 });
                rows.for_each(|(y, out)| self.planes(codes, luma, planes, y, out));
            }
            Packing::Yu12 | Packing::Yv12 => {
                let (luma, chroma) = bytes.split_at(self.stride * height);
                let stride = self.stride / 2;
                let (first, second) = chroma.split_at(stride * height.div_ceil(2));
                let plane = |bytes| Chroma { bytes, stride, first: 0, step: 1 };
                let (cb, cr) = if self.packing == Packing::Yu12 { (first, second) } else { (second, first) };
                rows.for_each(|(y, out)| self.planes(codes, luma, [plane(cb), plane(cr)], y, out));
            }
            Packing::Yuyv | Packing::Mjpg => {
                rows.for_each(|(y, out)| self.pairs(codes, bytes, y, out, [0, 1, 2, 3]));
            }
        }
        Ok(())
    }

    /// One row of pairs; `order` is where Y0, Cb, Y1 and Cr are.
    fn pairs(&self, codes: &Codes, bytes: &[u8], y: usize, out: &mut [u8], order: [usize; 4]) {
        let row = &bytes[y * self.stride..][..out.len()];
        for (out, pair) in out.chunks_exact_mut(4).zip(row.chunks_exact(4)) {
            let [y0, cb, y1, cr] = order.map(|at| pair[at]);
            let chroma = |c| codes.chroma(4 * u16::from(c));
            out.copy_from_slice(&[codes.luma(y0), chroma(cb), codes.luma(y1), chroma(cr)]);
        }
    }

    /// One row of planes.
    fn planes(&self, codes: &Codes, luma: &[u8], [cb, cr]: [Chroma<'_>; 2], y: usize, out: &mut [u8]) {
        let luma = &luma[y * self.stride..][..out.len() / 2];
        let near = y / 2;
        let last = (self.size.height as usize).div_ceil(2) - 1;
        let far = if y % 2 == 1 { (near + 1).min(last) } else { near.saturating_sub(1) };
        for (x, (out, pair)) in out.chunks_exact_mut(4).zip(luma.chunks_exact(2)).enumerate() {
            let chroma = |plane: Chroma<'_>| codes.chroma(3 * plane.at(x, near) + plane.at(x, far));
            out.copy_from_slice(&[codes.luma(pair[0]), chroma(cb), codes.luma(pair[1]), chroma(cr)]);
        }
    }
}

/// A chroma plane at half the size, or every second byte of a shared one.
#[derive(Clone, Copy)]
struct Chroma<'a> {
    bytes: &'a [u8],
    stride: usize,
    first: usize,
    step: usize,
}

impl Chroma<'_> {
    fn at(self, x: usize, y: usize) -> u16 {
        u16::from(self.bytes[y * self.stride + self.first + self.step * x])
    }
}
