//! Passes: functions from planes to a plane. Each is a shader, a function that records it, and a test, all of
//! one name. The way of a frame is in [`crate::pipeline`]; what each computes is in its shader's first lines.

mod alpha;
mod backdrop;
mod background;
mod bilateral;
mod blur;
mod coefficients;
mod composite;
mod cutout;
mod disc;
mod enlarge;
mod expose;
mod feather;
mod fit;
mod follow;
mod grow;
mod guide;
mod halve;
mod islands;
mod overlay;
mod plain;
mod prefix;
mod preprocess;
mod refine;
mod reframe;
mod replace;
mod shape;
mod softmax;
mod solve;
mod statistics;
mod tensor;
mod threshold;
mod turn;
mod unpack;

pub(crate) use self::bilateral::Taps;
pub use self::{
    alpha::{Smooth, alpha, history},
    backdrop::{Backdrop, backdrop, backdrop_side, blurred, blurred_and_backdrop, bokeh, frame_sigma},
    background::background,
    bilateral::bilateral,
    blur::{Blurred, blur, blur_small},
    coefficients::{LinearModel, coefficients},
    composite::composite,
    cutout::cutout,
    disc::disc,
    enlarge::enlarge,
    expose::{Exposure, expose},
    feather::feather,
    fit::fit,
    follow::{follow, region},
    grow::grow,
    guide::{Guide, guide},
    halve::{half_of, halve},
    islands::islands,
    overlay::overlay,
    plain::plain,
    prefix::prefix,
    preprocess::preprocess,
    refine::{Refine, refine},
    reframe::{reframe, reframe_moving},
    replace::{Blend, Wrap, replace},
    shape::{Shape, shape},
    softmax::softmax,
    solve::solve,
    statistics::{Statistics, statistics},
    tensor::tensor,
    threshold::threshold,
    turn::turn,
    unpack::unpack,
};
use crate::{
    Colorimetry, Size,
    gpu::{Coding, Extent, Gpu, Shader, Storage},
    uniform,
};

/// Every shader of the passes, for the test that validates them without a GPU.
pub const SHADERS: &[Shader] = &[
    unpack::SHADER,
    turn::SHADER,
    reframe::SHADER,
    guide::SHADER.vec4,
    guide::SHADER.scalar,
    preprocess::SHADER.vec4,
    preprocess::SHADER.scalar,
    expose::SHADER,
    tensor::SHADER,
    softmax::SHADER,
    fit::SHADER,
    statistics::SHADER.unrolled,
    statistics::SHADER.rolled,
    solve::SHADER.unrolled,
    solve::SHADER.rolled,
    coefficients::SHADER,
    alpha::TEMPORAL_ON.vec4,
    alpha::TEMPORAL_ON.scalar,
    alpha::TEMPORAL_OFF.vec4,
    alpha::TEMPORAL_OFF.scalar,
    halve::SHADER.vec4,
    halve::SHADER.scalar,
    enlarge::SHADER.vec4,
    enlarge::SHADER.scalar,
    follow::SHADER,
    plain::SHADER,
    bilateral::SHADER,
    islands::SHADER,
    threshold::SHADER,
    grow::SHADER,
    feather::SHADER,
    background::SHADER.vec4,
    background::SHADER.scalar,
    blur::ROWS,
    blur::COLUMNS,
    blur::SMALL,
    backdrop::UPSAMPLE_1X,
    backdrop::UPSAMPLE_2X,
    composite::SHADER.vec4,
    composite::SHADER.scalar,
    cutout::SHADER,
    overlay::SHADER,
    prefix::SHADER,
    disc::SHADER,
    replace::WRAP_OFF.vec4,
    replace::WRAP_OFF.scalar,
    replace::WRAP_ON.vec4,
    replace::WRAP_ON.scalar,
];

/// A shader over strips of a frame, for rows of whole fours of words and for any: see `lib/vec4.wgsl`.
#[derive(Clone, Copy, Debug)]
struct Strips {
    vec4: Shader,
    scalar: Shader,
}

impl Strips {
    /// What runs over a frame that sees a plane of size `seen`, so many strips to a thread, one below the other.
    fn over(&self, frame: Size, seen: Size, each: u32) -> (&Shader, Extent) {
        (self.for_frame(frame), Extent::Strips { frame, words: Self::pixels(frame) / 2, seen, each })
    }

    /// What runs over a frame.
    fn for_frame(&self, frame: Size) -> &Shader {
        if Self::is_vec4(frame) { &self.vec4 } else { &self.scalar }
    }

    /// Pixels of a row that a strip of a frame has.
    fn pixels(frame: Size) -> u32 {
        if Self::is_vec4(frame) { 8 } else { 2 }
    }

    /// Whether its rows are whole fours of words.
    fn is_vec4(frame: Size) -> bool {
        frame.width.is_multiple_of(8)
    }
}

/// What the numbers of `rows` of workgroups are multiplied by, modulo `rows`, where some rows have more to do than
/// others: llvmpipe gives each of its threads one part of a dispatch, and so all of them some of every part of the
/// picture. It and `rows` have no common divisor, so that every row is done once.
fn interleave(gpu: &Gpu, rows: u32) -> u32 {
    let divides_both = |by: u32| (2..=by).any(|n| rows.is_multiple_of(n) && by.is_multiple_of(n));
    // From the golden section on: its multiples are spread most evenly.
    let candidates = (1..=rows * 618 / 1000).rev();
    if gpu.is_software() { candidates.into_iter().find(|&by| !divides_both(by)).unwrap_or(1) } else { 1 }
}

/// The camera's frame on the GPU: one u32 for each pair of pixels, bytes Y0 Cb Y1 Cr, first byte lowest.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The words, row by row.
    pub words: Storage,
    /// Size in pixels.
    pub size: Size,
    /// What the codes mean.
    pub colorimetry: Colorimetry,
    /// The same, as shaders read it.
    pub coding: Coding,
}

impl Frame {
    /// The frame in `words`.
    pub fn new(words: Storage, size: Size, colorimetry: Colorimetry) -> Self {
        Self { words, size, colorimetry, coding: colorimetry.into() }
    }

    /// Another picture like this one, in `words`.
    pub fn with(&self, words: Storage) -> Self {
        Self { words, ..self.clone() }
    }
}

/// How much of each pixel is person, 0..1: two 16-bit values for each YUYV word, the left pixel lower.
#[derive(Clone, Debug)]
pub struct Alpha {
    /// The words, one for each word of the frame.
    pub words: Storage,
    /// Size in pixels.
    pub size: Size,
}

uniform! {
    /// What most frame-size passes need: the codes' meaning and the size.
    FrameParams {
        coding: Coding,
        frame: [u32; 2],
        padding: [u32; 2],
    }
}

uniform! {
    /// What the passes over strips need: the codes' meaning, the size, and the texels of what is seen.
    StripParams {
        coding: Coding,
        frame: [u32; 2],
        texels: [u32; 2],
    }
}

impl StripParams {
    fn new(frame: &Frame, seen: Size) -> Self {
        Self { coding: frame.coding, frame: frame.size.into(), texels: seen.into() }
    }
}

impl From<&Frame> for FrameParams {
    fn from(frame: &Frame) -> Self {
        Self { coding: frame.coding, frame: frame.size.into(), padding: [0; 2] }
    }
}

impl From<Size> for [u32; 2] {
    fn from(size: Size) -> Self {
        [size.width, size.height]
    }
}
