//! Composites for scoring: the blurred background of any frame and alpha by the GPU's passes, the rest on the
//! CPU.

use half::f16;

use super::float_image::FloatImage;
use crate::{
    Colorimetry, Gpu, Result, Size, Yuyv,
    gpu::{Recorder, Recording, Storage},
    passes::{self, Alpha, Backdrop, Frame, Room},
};

/// σ of the blur in pixels at 720p, the effect's default.
pub const STRENGTH: f64 = 12.0;

/// A recording of the blurred background with its inputs and output.
#[derive(Debug)]
pub struct BlurredBackground {
    gpu: Gpu,
    frame: Frame,
    alpha: Alpha,
    backdrop: Backdrop,
    recording: Recording,
}

impl BlurredBackground {
    /// Records the blurred background for frames of `size` in `colorimetry`; what the person hides is filled in
    /// from `room`.
    pub fn new(gpu: &Gpu, size: Size, colorimetry: Colorimetry, room: Option<&Room>) -> Self {
        let bytes = size.yuyv_bytes() as u64;
        let mut rec = Recorder::new(gpu);
        let frame = Frame::new(Storage::new(gpu, "frame", bytes), size, colorimetry);
        let alpha = Alpha { words: Storage::new(gpu, "alpha", bytes), size };
        let backdrop = passes::blurred(&mut rec, &frame, &alpha, STRENGTH, room);
        Self { gpu: gpu.clone(), frame, alpha, backdrop, recording: rec.finish() }
    }

    /// The blurred background of `yuyv` without what `alpha` covers, at the size of the frame.
    ///
    /// # Errors
    /// [`crate::GpuError::Lost`].
    pub fn render(&self, yuyv: &Yuyv, alpha: &[f32]) -> Result<FloatImage<3>> {
        let queue = self.gpu.queue();
        queue.write_buffer(&self.frame.words.buffer, self.frame.words.offset, &yuyv.bytes);
        let words: Vec<u16> = alpha.iter().map(|a| (65535.0 * a.clamp(0.0, 1.0)).round() as u16).collect();
        queue.write_buffer(&self.alpha.words.buffer, self.alpha.words.offset, bytemuck::cast_slice(&words));
        self.recording.submit(&self.gpu);
        let Backdrop { plane, side } = &self.backdrop;
        let bits: Vec<u16> = self.gpu.read_plane(plane)?;
        let texel = |rgba: &[u16]| [rgba[0], rgba[1], rgba[2]].map(|v| f16::from_bits(v).to_f32());
        let background = FloatImage { size: plane.size, pixels: bits.chunks_exact(4).map(texel).collect() };
        Ok(background.splined(*side, self.frame.size))
    }
}

/// Composites the person over `shown` by alpha alone, as other programs do.
pub fn composite_over(frame: &FloatImage<3>, alpha: &FloatImage<1>, shown: &FloatImage<3>) -> FloatImage<3> {
    let pixels = frame.pixels.iter().zip(&alpha.pixels).zip(&shown.pixels);
    let mix = |((i, [a]), r): ((&[f32; 3], &[f32; 1]), &[f32; 3])| {
        std::array::from_fn(|c| a * i[c] + (1.0 - a) * r[c])
    };
    FloatImage { size: frame.size, pixels: pixels.map(mix).collect() }
}

/// Composites the person over `shown` after removing the share of `background` from the edge. Computes the
/// same as the pass `composite`, without packing to 4:2:2.
pub fn composite_decontaminated(
    frame: &FloatImage<3>,
    alpha: &FloatImage<1>,
    background: &FloatImage<3>,
    shown: &FloatImage<3>,
) -> FloatImage<3> {
    let person = frame.zip(background, |i, b| [i[0], i[1], i[2], b[0], b[1], b[2]]).pixels;
    let pixels = person.iter().zip(&alpha.pixels).zip(&shown.pixels).map(|((ib, &[a]), r)| {
        std::array::from_fn(|c| (ib[c] - (1.0 - a) * ib[c + 3]).clamp(0.0, a) + (1.0 - a) * r[c])
    });
    FloatImage { size: frame.size, pixels: pixels.collect() }
}

/// A replacement background: bright on the left, dark on the right, with soft spots of colour.
pub fn replacement_picture(size: Size) -> FloatImage<3> {
    const CELLS: (usize, usize) = (16, 9);
    // A hash of the position (SplitMix64, Steele et al. 2014).
    let spot = |i: usize| {
        let z = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((z ^ (z >> 27)) >> 40) as f32 / (1 << 24) as f32
    };
    let cells = Size::new(CELLS.0 as u32, CELLS.1 as u32);
    let spots = FloatImage::from_fn(cells, |x, y| [0, 1, 2].map(|c| spot(3 * (y * CELLS.0 + x) + c)));
    let spots = spots.resized(size);
    FloatImage::from_fn(size, |x, y| {
        let light = 0.9 - 0.85 * x as f32 / (size.width - 1).max(1) as f32;
        spots.pixels[y * size.width as usize + x].map(|v| (0.5 * v + 0.7 * light).clamp(0.0, 1.0))
    })
}
