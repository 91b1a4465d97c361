use super::frame::Frame;
use crate::{
    Colorimetry, Range,
    frame::{
        layout::{PixelLayout, PlaneLayout},
        rgb::RgbWeights,
    },
    gpu::{Extent, Recorder, Shader, Storage},
    shader, uniform,
};

uniform! {
    /// The `Params` of `unpack_rgb.wgsl`.
    Params {
        frame: [u32; 2],
        step: u32,
        stride: u32,
        offsets: [u32; 4],
        weights: [u32; 4],
        divisors: [u32; 4],
    }
}

pub(super) const SHADER: Shader = shader!("passes", "unpack_rgb", [], [16, 4], Params);

/// The frame in `bytes`, whose layout is `layout`, with the weights of `colorimetry`; none if it is not R'G'B'. Its
/// codes have limited range, whatever range `colorimetry` has.
pub fn unpack_rgb(
    rec: &mut Recorder<'_>,
    bytes: &Storage,
    layout: &PixelLayout,
    colorimetry: Colorimetry,
) -> Option<Frame> {
    let places = layout.rgb_layouts()?;
    let [PlaneLayout { step, stride, .. }, ..] = places;
    let [red, green, blue] = places.map(|place| place.offset as u32);
    let weights = RgbWeights::from_matrix(colorimetry.matrix);
    let padded = |[a, b, c]: [u32; 3]| [a, b, c, 0];
    let params = Params {
        frame: layout.size.into(),
        step: step as u32,
        stride: stride as u32,
        offsets: [red, green, blue, 0],
        weights: padded(weights.weights()),
        divisors: padded(weights.divisors()),
    };
    let params = rec.uniform(SHADER.name, params);
    let words = rec.storage("frame", layout.size.yuyv_bytes() as u64);
    rec.dispatch(&SHADER, &[bytes, &words, &params], Extent::Pairs(layout.size));
    Some(Frame::new(words, layout.size, Colorimetry { range: Range::Limited, ..colorimetry }))
}
