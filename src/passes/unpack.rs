use super::frame::Frame;
use crate::{
    Colorimetry, Range,
    frame::layout::{PixelLayout, PlaneLayout, PlaneLayouts, RangeScale},
    gpu::{Extent, Recorder, Shader, Storage},
    shader, uniform,
};

uniform! {
    /// The `Params` of `unpack.wgsl`.
    Params {
        frame: [u32; 2],
        is_halved: u32,
        padding: u32,
        luma: [u32; 4],
        cb: [u32; 4],
        cr: [u32; 4],
        luma_code: [u32; 4],
        chroma_code: [u32; 4],
    }
}

pub(super) const SHADER: Shader = shader!("passes", "unpack", [], [16, 4], Params);

/// The frame in `bytes`, whose layout is `layout`; none for a JPEG. Its codes have limited range, whatever
/// range `colorimetry` has.
pub fn unpack(
    rec: &mut Recorder<'_>,
    bytes: &Storage,
    layout: &PixelLayout,
    colorimetry: Colorimetry,
) -> Option<Frame> {
    let PlaneLayouts { luma, chroma: [cb, cr], is_halved } = layout.plane_layouts()?;
    let [luma, cb, cr] = [luma, cb, cr]
        .map(|PlaneLayout { offset, step, stride }| [offset as u32, step as u32, stride as u32, 0]);
    let [luma_code, chroma_code] = RangeScale::from_range(layout.range)
        .map(|RangeScale { factor, term, divisor }| [factor, term, divisor, 0]);
    let (frame, is_halved) = (layout.size.into(), is_halved.into());
    let params = Params { frame, is_halved, padding: 0, luma, cb, cr, luma_code, chroma_code };
    let params = rec.uniform(SHADER.name, params);
    let words = rec.storage("frame", layout.size.yuyv_bytes() as u64);
    rec.dispatch(&SHADER, &[bytes, &words, &params], Extent::Pairs(layout.size));
    Some(Frame::new(words, layout.size, Colorimetry { range: Range::Limited, ..colorimetry }))
}
