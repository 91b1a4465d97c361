//! The state that passes carry from frame to frame.

use super::strips::Strips;
use crate::{
    Size,
    frame::geometry::Framing,
    gpu::{Coefficients, Confidence, Gpu, Mask, Plane, Storage},
};

/// All state that passes carry from frame to frame, except the [`FollowedRegion`] and the [`PersonBox`]. A
/// pipeline owns one of each and passes it to them; nothing else outlives the frame.
///
/// `statistics` marks the saturated tiles of the mask, and `alpha` the strips that stay at 0 or 1. Passes
/// skip those and leave what they wrote before, so their outputs are part of the state.
#[derive(Clone, Debug)]
pub struct State {
    /// `guide`: luma of the last frame, f32 per texel of the mask; rows padded to multiples of four.
    pub last_luma: Storage,
    /// `expose`: the camera's noise as a share of full scale, and the number of frames it is learnt from;
    /// f32.
    pub noise: Storage,
    /// `statistics`: a u32 per tile of 16×16 texels, row by row: whether the mask is saturated in all that
    /// the tile's alpha depends on (`lib/tiles.wgsl`). Such tiles have no statistics.
    pub tile_state: Storage,
    /// `solve`: the masks of the first and the second solve, at mask size.
    pub solved: [Plane<Mask>; 2],
    /// `coefficients`: alpha as a linear function of the camera's codes, at mask size.
    pub model: LinearModel,
    /// `alpha`: 16 bits for each pixel, two pixels a word: the mean q of the last frames in the lower 12
    /// bits, as (q + ½) / 2, and its age in frames in the upper 4, as age / 8. Unused without smoothing.
    pub history: Storage,
    /// `alpha`: a u32 per strip: whether alpha and history hold 0 or 1 in all of it.
    pub strip_state: Storage,
    /// `alpha`: its output, two 16-bit values for each YUYV word.
    pub alpha: Storage,
}

/// Alpha at mask size as a linear function of the camera's codes, and how far it may be smoothed.
#[derive(Clone, Debug)]
pub struct LinearModel {
    /// r Y' + g Cb + b Cr + a, for codes multiplied by sixteen.
    pub coefficients: Plane<Coefficients>,
    /// The inverse of the largest change of alpha that noise explains, and how still the texel is, 0..1.
    pub confidence: Plane<Confidence>,
}

/// The part of the turned picture that follows the person, which `follow` moves for the next frame: f32 left,
/// top, width and height in pixels, three speeds, and whether it is moving.
#[derive(Clone, Debug)]
pub struct FollowedRegion {
    /// Its values.
    pub values: Storage,
    start: [f32; 8],
}

/// The box around the person that a second look takes, which `person_box` moves: f32 left, top, right and bottom in
/// pixels of the frame, whether this frame is looked at twice, and whether there was a frame before; and what both
/// looks agreed on.
#[derive(Clone, Debug)]
pub struct PersonBox {
    /// Its values.
    pub values: Storage,
    /// `second_look`: an f32 for each texel of the mask: 1 where both looks found the person, less by ¼ with each
    /// frame in which the first alone did.
    pub agreed: Storage,
}

impl PersonBox {
    /// The most blocks of a mask that the pass can hold in workgroup memory.
    pub(super) const BLOCKS: usize = 2432;

    /// Starts without a box, for masks of this size.
    pub fn new(gpu: &Gpu, mask: Size) -> Self {
        Self {
            values: Storage::new(gpu, "person box", 24),
            agreed: Storage::new(gpu, "agreed", 4 * mask.area() as u64),
        }
    }

    /// The step of the box's edges in a frame: 32 pixels of 1280, and even, since two pixels share a word.
    pub fn grid(frame: Size) -> u32 {
        2 * (frame.width / 80).max(1)
    }

    /// Forgets the box, so that the next frame, which is looked at once, forgets the rest.
    pub fn reset(&self, gpu: &Gpu) {
        gpu.queue().write_buffer(&self.values.buffer, self.values.offset, &[0; 24]);
    }
}

/// Texels along a side of a tile of the mask.
pub(super) const TILE: u32 = 16;

impl FollowedRegion {
    /// Starts with the framing's region, at rest.
    pub fn new(gpu: &Gpu, framing: &Framing) -> Self {
        let [x, y, width, height] = framing.region.values();
        let start = [x, y, width, height, 0.0, 0.0, 0.0, 0.0];
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        let values = Storage::with_content(gpu, "region", bytemuck::cast_slice(&start), usage);
        Self { values, start }
    }

    /// Goes back to where it started.
    pub fn reset(&self, gpu: &Gpu) {
        gpu.queue().write_buffer(&self.values.buffer, self.values.offset, bytemuck::cast_slice(&self.start));
    }
}

impl State {
    /// Remembers nothing yet, for frames of size `frame` whose mask has size `mask`; the history is left out
    /// where alpha is not smoothed.
    pub fn new(gpu: &Gpu, frame: Size, mask: Size, is_smoothed: bool) -> Self {
        let storage = |label, bytes| Storage::new(gpu, label, bytes);
        let tiles = mask.width.div_ceil(TILE) * mask.height.div_ceil(TILE);
        let strips = frame.width / Strips::pixels(gpu, frame) * (mask.height + 1);
        let history = if is_smoothed { frame.yuyv_bytes() as u64 } else { 16 };
        Self {
            last_luma: storage("last luma", 4 * u64::from(mask.width.next_multiple_of(4) * mask.height)),
            noise: storage("noise", 8),
            tile_state: storage("tile state", 4 * u64::from(tiles)),
            solved: [0, 1].map(|_| Plane::new(gpu, "solved", mask)),
            model: LinearModel {
                coefficients: Plane::new(gpu, "coefficients", mask),
                confidence: Plane::new(gpu, "confidence", mask),
            },
            history: storage("history", history),
            strip_state: storage("strip state", 4 * u64::from(strips)),
            alpha: storage("alpha", frame.yuyv_bytes() as u64),
        }
    }

    /// Forgets how many frames were seen, so that nothing is left to average alpha with.
    pub fn forget_alpha(&self, gpu: &Gpu) {
        let Storage { buffer, offset, .. } = &self.noise;
        gpu.queue().write_buffer(buffer, offset + 4, &[0; 4]);
    }

    /// Forgets everything: the next frame is like the first one.
    pub fn reset(&self, gpu: &Gpu) {
        let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        // The planes need no clearing: where no tile is marked, every texel is written anew.
        let Self { last_luma, noise, tile_state, history, strip_state, .. } = self;
        for Storage { buffer, offset, bytes } in [last_luma, noise, tile_state, history, strip_state] {
            encoder.clear_buffer(buffer, *offset, Some(*bytes));
        }
        gpu.queue().submit([encoder.finish()]);
    }
}
