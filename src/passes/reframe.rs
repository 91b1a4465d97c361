use super::{frame::Frame, turn::turn};
use crate::{
    Size,
    frame::geometry::{Framing, Region, Turn},
    gpu::{Extent, Recorder, Shader, Storage},
    shader, uniform,
};

uniform! {
    /// The `Params` of `reframe.wgsl`.
    Params {
        camera: [u32; 2],
        frame: [u32; 2],
        flip: [u32; 2],
        unit: [f32; 2],
    }
}

pub(super) const SHADER: Shader = shader!("passes", "reframe", ["colour"], [64, 1], Params);

/// Words for each thread, one below the other.
const ROWS: u32 = 16;
/// The most pixels of the camera's picture, along an axis, that the shader can average into one.
const MOST: f64 = 3.0;

/// Turns, crops and scales the camera's picture to `framing`. The identity records nothing. If every pixel of
/// the frame is one of the camera's, luma keeps its bytes.
pub fn reframe(rec: &mut Recorder<'_>, camera: &Frame, framing: &Framing) -> Frame {
    if framing.is_identity() {
        return camera.clone();
    }
    if let Some(at) = framing.whole_pixels() {
        return turn(rec, camera, framing, at);
    }
    let region = rec.constants("region", &framing.region.values());
    reframe_moving(rec, camera, framing, &region)
}

/// The same with a region that moves: `region` holds it when the frame is drawn, as f32 left, top, width and
/// height in pixels of the turned picture, never larger than the framing's.
pub fn reframe_moving(rec: &mut Recorder<'_>, camera: &Frame, framing: &Framing, region: &Storage) -> Frame {
    let Framing { turn: Turn { swap, flip }, region: Region { size: [width, height], .. }, frame, .. } =
        *framing;
    let (mut source, flip) = if swap {
        (turn(rec, camera, &framing.uncut(), [0, 0]), [false, false])
    } else {
        (camera.clone(), flip)
    };
    let picture = source.size;
    let unit = |source: Size| {
        let unit = |now: u32, then: u32| f64::from(now) / f64::from(then);
        [unit(source.width, picture.width), unit(source.height, picture.height)]
    };
    let is_too_large = |source: Size| {
        let [x, y] = unit(source);
        width * x > MOST * f64::from(frame.width) || height * y > MOST * f64::from(frame.height)
    };
    while is_too_large(source.size) {
        let Size { width, height } = source.size;
        let half = Size::new(width.div_ceil(4) * 2, height.div_ceil(2));
        let whole = rec.constants("region", &Region::whole(source.size).values());
        source = scale(rec, &source, half, [false, false], [1.0, 1.0], &whole);
    }
    scale(rec, &source, frame, flip, unit(source.size), region)
}

fn scale(
    rec: &mut Recorder<'_>,
    camera: &Frame,
    size: Size,
    flip: [bool; 2],
    unit: [f64; 2],
    region: &Storage,
) -> Frame {
    let words = rec.storage("frame", size.yuyv_bytes() as u64);
    let params = Params {
        camera: camera.size.into(),
        frame: size.into(),
        flip: flip.map(u32::from),
        unit: unit.map(|v| v as f32),
    };
    let params = rec.uniform(SHADER.name, params);
    let over = Extent::Each(Size::new(size.width / 2, size.height.div_ceil(ROWS)));
    rec.dispatch(&SHADER, &[&camera.words, region, &words, &params], over);
    Frame { words, size, ..camera.clone() }
}

impl Region {
    /// Left, top, width and height as the shaders read them.
    pub(super) fn values(self) -> [f32; 4] {
        let [[x, y], [width, height]] = [self.at, self.size];
        [x, y, width, height].map(|v| v as f32)
    }
}
