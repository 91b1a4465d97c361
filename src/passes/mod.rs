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
mod expose;
mod fit;
mod follow;
mod guide;
mod overlay;
mod plain;
mod prefix;
mod preprocess;
mod refine;
mod reframe;
mod replace;
mod room;
mod softmax;
mod solve;
mod statistics;
mod turn;

pub(crate) use self::bilateral::Taps;
pub use self::{
    alpha::{Smooth, alpha, history},
    backdrop::{backdrop, bokeh, quarter_sigma},
    bilateral::bilateral,
    blur::{Blurred, blur, blur_small},
    coefficients::{Lines, coefficients},
    composite::composite,
    cutout::cutout,
    disc::disc,
    expose::expose,
    fit::fit,
    follow::{follow, region},
    guide::{Guide, guide},
    overlay::overlay,
    plain::plain,
    prefix::prefix,
    preprocess::preprocess,
    refine::{Refine, refine},
    reframe::{reframe, reframe_moving},
    replace::{Blend, Wrap, replace},
    room::room,
    softmax::softmax,
    solve::solve,
    statistics::statistics,
    turn::turn,
};
use crate::{
    Colorimetry, Size,
    gpu::{Coding, Shader, Storage},
    uniform,
};

/// Every shader of the passes, for the test that validates them without a GPU.
pub const SHADERS: &[Shader] = &[
    turn::SHADER,
    reframe::SHADER,
    guide::SHADER,
    preprocess::SHADER,
    expose::SHADER,
    softmax::SHADER,
    fit::SHADER,
    statistics::SHADER,
    solve::SHADER,
    coefficients::SHADER,
    alpha::SHADER,
    follow::SHADER,
    plain::SHADER,
    bilateral::SHADER,
    room::SHADER,
    blur::ROWS,
    blur::COLUMNS,
    blur::SMALL,
    backdrop::SHADER,
    composite::SHADER,
    composite::REPLACED,
    cutout::SHADER,
    overlay::SHADER,
    prefix::SHADER,
    disc::SHADER,
    replace::SHADER,
    replace::WRAPPED,
];

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
