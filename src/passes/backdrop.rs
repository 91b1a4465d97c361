use super::{
    background::{background, texels},
    blur::{Blurred, blur, blur_small},
    disc::disc,
    frame::{Alpha, Frame},
    room::Room,
};
use crate::{
    Size,
    gpu::{Bind, Extent, Plane, Recorder, Shader, WeightedRgb},
    shader,
};

pub(super) const UPSAMPLE_1X: Shader = shader!("passes", "backdrop", ["sample", "upsample_1x"], [16, 4], ());
pub(super) const UPSAMPLE_2X: Shader = shader!("passes", "backdrop", ["sample", "upsample_2x"], [16, 4], ());

/// The blurred background without any trace of the person.
#[derive(Clone, Debug)]
pub struct Backdrop {
    /// R'G'B' 0..1; in the fourth channel how much of the surroundings is background: (1 − alpha)⁴ under the
    /// same blur.
    pub plane: Plane<WeightedRgb>,
    /// Pixels along a side of a texel: 4, or a multiple of 8.
    pub side: u32,
}

impl Backdrop {
    /// The same backdrop for a frame `times` as large as the one that it was made from.
    pub fn times(self, times: u32) -> Self {
        Self { side: times * self.side, ..self }
    }
}

/// The blurred background as the blur effect shows it, to be read through a B-spline as [`super::composite()`]
/// does.
///
/// `strength` is the blur's σ in pixels of a frame 720 rows high; it cannot fall below what the texels and
/// the B-spline blur by themselves. What the person hides is filled in from `room`, where it is known.
pub fn blurred(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    alpha: &Alpha,
    strength: f64,
    room: Option<&Room>,
) -> Backdrop {
    near(rec, frame, alpha, strength, room).blurred(rec)
}

/// The background blurred by a disc in linear light, as a wide open lens blurs; `strength` is the σ of a
/// Gaussian of the same width. What the person hides is filled in from `room`, where it is known.
pub fn bokeh(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    alpha: &Alpha,
    strength: f64,
    room: Option<&Room>,
) -> Backdrop {
    let side = if frame.size.height < LARGE { SIDE } else { 2 * SIDE };
    let background = background(rec, frame, alpha, side, room);
    // The variance of a disc in either direction is a quarter of its squared radius.
    let blurred = disc(rec, &background, 2.0 * frame_sigma(strength, frame.size) / f64::from(side));
    Near::new(rec, blurred, side, frame.size).blurred(rec)
}

/// The blurred background to be read bilinearly, one texel for [`backdrop_side`] pixels each way: what
/// effects take for the background behind the person's edge.
pub fn backdrop(rec: &mut Recorder<'_>, frame: &Frame, alpha: &Alpha, strength: f64) -> Plane<WeightedRgb> {
    near(rec, frame, alpha, strength, None).backdrop(rec)
}

/// [`blurred`] and its [`backdrop`].
pub fn blurred_and_backdrop(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    alpha: &Alpha,
    strength: f64,
    room: Option<&Room>,
) -> (Backdrop, Plane<WeightedRgb>) {
    let near = near(rec, frame, alpha, strength, room);
    let blurred = near.blurred(rec);
    let backdrop = if near.side == SIDE { blurred.plane.clone() } else { near.backdrop(rec) };
    (blurred, backdrop)
}

/// The weighted picture under the blur, and under a far wider one.
struct Near {
    blurred: Blurred,
    wide: Plane<WeightedRgb>,
    side: u32,
    frame: Size,
}

fn near(rec: &mut Recorder<'_>, frame: &Frame, alpha: &Alpha, strength: f64, room: Option<&Room>) -> Near {
    let sigma = frame_sigma(strength, frame.size);
    let side = blurred_side(sigma);
    let background = background(rec, frame, alpha, side, room);
    let s = f64::from(side);
    // The variance of a block, and that of the B-spline through which texels are read.
    let own = (s * s - 1.0) / 12.0 + s * s / 4.0;
    let blurred = blur(rec, &background, (sigma * sigma - own).max(0.0).sqrt() / s);
    Near::new(rec, blurred, side, frame.size)
}

impl Near {
    fn new(rec: &mut Recorder<'_>, blurred: Blurred, side: u32, frame: Size) -> Self {
        // σ 3 at an eighth of the size.
        let wide = blur_small(rec, &blurred.eighth);
        Self { blurred, wide, side, frame }
    }

    fn blurred(&self, rec: &mut Recorder<'_>) -> Backdrop {
        Backdrop { plane: self.divided(rec, &UPSAMPLE_1X, self.blurred.plane.size), side: self.side }
    }

    fn backdrop(&self, rec: &mut Recorder<'_>) -> Plane<WeightedRgb> {
        if self.side == SIDE {
            return self.blurred(rec).plane;
        }
        self.divided(rec, &UPSAMPLE_2X, texels(self.frame, self.side / 2))
    }

    /// Colour over weight, at `size`; where no background is in reach, that of the far wider blur.
    fn divided(&self, rec: &mut Recorder<'_>, shader: &Shader, size: Size) -> Plane<WeightedRgb> {
        let backdrop = rec.plane("backdrop", size);
        let bindings: [&dyn Bind; 3] = [&self.blurred.plane, &self.wide, &backdrop];
        rec.dispatch(shader, &bindings, Extent::Blocks(size, [4, 2]));
        backdrop
    }
}

/// Pixels along a side of a texel of [`backdrop`]: half of those of a texel under the blur, at least four.
pub fn backdrop_side(strength: f64, frame: Size) -> u32 {
    (blurred_side(frame_sigma(strength, frame)) / 2).max(SIDE)
}

/// σ in pixels of `frame`, from σ in pixels of a frame 720 rows high.
pub fn frame_sigma(strength: f64, frame: Size) -> f64 {
    strength * frame_scale(frame)
}

/// Pixels of `frame` for one of a frame 720 rows high. A frame wider than 2:1, such as a crop, counts as one of 2:1 of
/// its width: what lies in it is as large, and must be hidden as well.
pub fn frame_scale(frame: Size) -> f64 {
    f64::from(frame.height).max(f64::from(frame.width) / 2.0) / 720.0
}

/// Pixels along a side of the smallest texel.
const SIDE: u32 = 4;
/// Rows of a frame from which on a disc, which grows with the frame, is drawn at twice the texel size.
const LARGE: u32 = 1440;

/// Pixels along a side of a texel under the blur: the largest that leaves σ at 1.2 texels or more.
fn blurred_side(sigma: f64) -> u32 {
    match sigma {
        ..9.6 => SIDE,
        ..19.2 => 2 * SIDE,
        _ => 4 * SIDE,
    }
}
