use super::{Frame, turn};
use crate::{
    geometry::{Framing, Region},
    gpu::{Over, Recorder, Shader, Storage},
    shader, uniform,
};

uniform! {
    /// See the shader.
    Params {
        camera: [u32; 2],
        frame: [u32; 2],
        flip: [u32; 2],
        swap: u32,
        padding: u32,
    }
}

pub(super) const SHADER: Shader = shader!("reframe", ["colour"], [64, 1], Params);

/// The frame as `framing` says, of the camera's picture: turned, cut and scaled in one pass; none where it is the
/// picture as it is. Where every pixel of the frame is one of the camera's, luma keeps its bytes.
pub fn reframe(rec: &mut Recorder<'_>, camera: &Frame, framing: &Framing) -> Frame {
    if framing.is_identity() {
        return camera.clone();
    }
    let words = match framing.whole_pixels() {
        Some(at) => turn(rec, camera, framing, at),
        None => {
            let region = rec.constants("region", &framing.region.values());
            scale(rec, camera, framing, &region)
        }
    };
    Frame { words, size: framing.frame, ..camera.clone() }
}

/// The frame as `framing` says, but with the region that `region` holds when the frame is drawn: f32 left, top, width
/// and height in pixels of the turned picture.
pub fn reframe_moving(rec: &mut Recorder<'_>, camera: &Frame, framing: &Framing, region: &Storage) -> Frame {
    Frame { words: scale(rec, camera, framing, region), size: framing.frame, ..camera.clone() }
}

fn scale(rec: &mut Recorder<'_>, camera: &Frame, framing: &Framing, region: &Storage) -> Storage {
    let words = rec.storage("frame", framing.frame.yuyv_bytes() as u64);
    let params = Params {
        camera: framing.camera.into(),
        frame: framing.frame.into(),
        flip: framing.turn.flip.map(u32::from),
        swap: framing.turn.swap.into(),
        padding: 0,
    };
    let params = rec.uniform(SHADER.name, params);
    rec.dispatch(&SHADER, &[&camera.words, region, &words, &params], Over::Pairs(framing.frame));
    words
}

impl Region {
    /// Left, top, width and height, as the shaders read them.
    pub(super) fn values(self) -> [f32; 4] {
        let [[x, y], [width, height]] = [self.at, self.size];
        [x, y, width, height].map(|v| v as f32)
    }
}
