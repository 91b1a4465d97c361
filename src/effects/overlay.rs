use std::{path::PathBuf, sync::Arc};

use image::Rgba;

use super::{
    effect::{Effect, EffectContext},
    spec::{BackgroundVisibility, EffectSpec, ParamSpec, ParamType, ParamValues},
};
use crate::{
    Result, Size,
    gpu::{Gpu, Recorder, Storage},
    passes::{self, Alpha, Frame},
    video::{
        Fit,
        fit::{PixelBuffer, contained, fitted, put, scaled},
        picture,
    },
};

/// The sides to move it to. In a direction that a position does not name, it is centred.
const POSITIONS: &[&str] =
    &["bottom", "centre", "top", "left", "right", "top-left", "top-right", "bottom-left", "bottom-right"];

pub(super) const SPEC: EffectSpec = EffectSpec {
    name: "overlay",
    summary: "a picture with alpha in front of everything: a lectern, a logo; hides nothing by itself",
    parameters: &[
        ParamSpec { name: "path", summary: "PNG, JPEG or WebP", ty: ParamType::File },
        ParamSpec {
            name: "position",
            summary: "the side or corner of the frame to move it to",
            ty: ParamType::Choice(POSITIONS),
        },
        ParamSpec {
            name: "size",
            summary: "the share of the frame's width and height that it may take",
            ty: ParamType::Number { range: (0.01, 1.0), default: 1.0 },
        },
        ParamSpec {
            name: "fit",
            summary: "how it fills that share; tile keeps its own size",
            ty: ParamType::Choice(&["contain", "cover", "stretch", "tile"]),
        },
        ParamSpec {
            name: "opacity",
            summary: "a factor for its own alpha",
            ty: ParamType::Number { range: (0.0, 1.0), default: 1.0 },
        },
    ],
    extra_params: false,
    background: BackgroundVisibility::Shown,
    shaders: &[],
    make: |values| {
        let overlay = Overlay::from_values(values);
        picture::check_floats(&overlay.path)?;
        Ok(Arc::new(overlay))
    },
};

#[derive(Debug)]
struct Overlay {
    path: PathBuf,
    position: &'static str,
    part: f64,
    fit: Fit,
    opacity: f64,
}

impl Overlay {
    fn from_values(values: &ParamValues) -> Self {
        Self {
            path: values.file("path"),
            position: values.choice("position"),
            part: values.number("size"),
            fit: Fit::from_name(values.choice("fit")).unwrap_or_default(),
            opacity: values.number("opacity"),
        }
    }

    /// Places the picture on a frame of `size`. Gives premultiplied R'G'B' and alpha, 0..1.
    fn placed(&self, mut picture: PixelBuffer<Rgba<f32>>, size: Size) -> PixelBuffer<Rgba<f32>> {
        for Rgba([r, g, b, a]) in picture.pixels_mut() {
            [r, g, b].into_iter().for_each(|v| *v *= *a);
        }
        let side = |whole: u32| ((f64::from(whole) * self.part).round() as u32).max(1);
        let part = Size::new(side(size.width), side(size.height));
        let own = Size::new(picture.width(), picture.height());
        let front = match self.fit {
            Fit::Contain => scaled(&picture, contained(own, part)),
            fit => fitted(&picture, part, fit),
        };
        let at = |low: &str, high: &str, spare: u32| match self.position {
            position if position.split('-').any(|word| word == low) => 0,
            position if position.split('-').any(|word| word == high) => spare,
            _ => spare / 2,
        };
        let at = (
            at("left", "right", size.width - front.width()),
            at("top", "bottom", size.height - front.height()),
        );
        put(&front, size, at)
    }
}

impl Effect for Overlay {
    fn is_identity(&self) -> bool {
        self.opacity == 0.0
    }

    fn hides_background(&self) -> bool {
        false
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        let placed = self.placed(picture::read_floats(&self.path)?, context.picture.size);
        let (front, alpha) = upload(rec.gpu(), &context.picture, &placed, self.opacity);
        Ok(passes::overlay(rec, &context.picture, &front, &alpha))
    }
}

/// Uploads the picture as YUYV words and alphas. The chroma of a pair is the mean of both pixels', weighted
/// by alpha.
fn upload(gpu: &Gpu, like: &Frame, picture: &PixelBuffer<Rgba<f32>>, opacity: f64) -> (Frame, Alpha) {
    let (mut codes, mut alphas) = (Vec::with_capacity(4 * picture.len()), Vec::new());
    let pixels: Vec<[f64; 4]> = picture.pixels().map(|p| p.0.map(f64::from)).collect();
    for pair in pixels.as_chunks::<2>().0 {
        let alpha = pair.map(|p| p[3].clamp(0.0, 1.0));
        let [a, b] = pair.map(|[r, g, b, a]| {
            like.colorimetry.ycbcr([r, g, b].map(|v| if a > 0.0 { (v / a).clamp(0.0, 1.0) } else { 0.0 }))
        });
        let sum = alpha[0] + alpha[1];
        let chroma = |c: usize| if sum > 0.0 { (alpha[0] * a[c] + alpha[1] * b[c]) / sum } else { 128.0 };
        codes.extend([a[0], chroma(1), b[0], chroma(2)].map(|v| (v + 0.5) as u8));
        alphas.extend(alpha.map(|a| (65535.0 * opacity * a).round() as u16));
    }
    let words = |label, bytes: &[u8]| {
        let words = Storage::new(gpu, label, like.words.bytes);
        gpu.queue().write_buffer(&words.buffer, 0, bytes);
        words
    };
    let alpha = Alpha { words: words("front alpha", bytemuck::cast_slice(&alphas)), size: like.size };
    (like.with(words("front", &codes)), alpha)
}
