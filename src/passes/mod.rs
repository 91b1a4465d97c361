//! Passes: functions from planes to a plane. Each is a shader, a function that records it, and a test, all of
//! one name. The way of a frame is in [`crate::pipeline`]; what each computes is in its shader's first lines.

mod alpha;
mod backdrop;
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
mod room;
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
    backdrop::{Room, backdrop, backdrop_side, blurred, blurred_and_backdrop, bokeh, frame_sigma},
    bilateral::bilateral,
    blur::{Blurred, blur, blur_small},
    coefficients::{Lines, coefficients},
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
    room::room,
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
    guide::SHADER.quads,
    guide::SHADER.words,
    preprocess::SHADER.quads,
    preprocess::SHADER.words,
    expose::SHADER,
    tensor::SHADER,
    softmax::SHADER,
    fit::SHADER,
    statistics::SHADER.written_out,
    statistics::SHADER.in_loops,
    solve::SHADER.written_out,
    solve::SHADER.in_loops,
    coefficients::SHADER,
    alpha::STEADY.quads,
    alpha::STEADY.words,
    alpha::UNSTEADY.quads,
    alpha::UNSTEADY.words,
    halve::SHADER.quads,
    halve::SHADER.words,
    enlarge::SHADER.quads,
    enlarge::SHADER.words,
    follow::SHADER,
    plain::SHADER,
    bilateral::SHADER,
    islands::SHADER,
    threshold::SHADER,
    grow::SHADER,
    feather::SHADER,
    room::SHADER.quads,
    room::SHADER.words,
    blur::ROWS,
    blur::COLUMNS,
    blur::SMALL,
    backdrop::SHADER,
    backdrop::TWICE,
    composite::SHADER.quads,
    composite::SHADER.words,
    cutout::SHADER,
    overlay::SHADER,
    prefix::SHADER,
    disc::SHADER,
    replace::SHADER.quads,
    replace::SHADER.words,
    replace::WRAPPED.quads,
    replace::WRAPPED.words,
];

/// A shader over strips of a frame, for rows of whole fours of words and for any: see `lib/quads.wgsl`.
#[derive(Clone, Copy, Debug)]
struct Strips {
    quads: Shader,
    words: Shader,
}

impl Strips {
    /// What runs over a frame that sees a plane of size `seen`, so many strips to a thread, one below the other.
    fn over(&self, frame: Size, seen: Size, each: u32) -> (&Shader, Extent) {
        (self.of(frame), Extent::Strips { frame, words: Self::pixels(frame) / 2, seen, each })
    }

    /// What runs over a frame.
    fn of(&self, frame: Size) -> &Shader {
        if Self::is_quads(frame) { &self.quads } else { &self.words }
    }

    /// Pixels of a row that a strip of a frame has.
    fn pixels(frame: Size) -> u32 {
        if Self::is_quads(frame) { 8 } else { 2 }
    }

    /// Whether its rows are whole fours of words.
    fn is_quads(frame: Size) -> bool {
        frame.width.is_multiple_of(8)
    }
}

/// What the numbers of `rows` of workgroups are multiplied by, modulo `rows`, where some rows have more to do than
/// others: llvmpipe gives each of its threads one part of a dispatch, and so all of them some of every part of the
/// picture. It and `rows` have no common divisor, so that every row is done once.
fn spread(gpu: &Gpu, rows: u32) -> u32 {
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
