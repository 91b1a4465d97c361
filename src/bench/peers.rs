//! Baselines: shader sequences of other programs, written from their descriptions, on the same adapter.

use crate::{
    Colorimetry, Result, Size,
    gpu::{Bind, Coding, Extent, Gpu, Plane, Recorder, Recording, Shader, Storage, Texel},
    passes::{self, Frame},
    segmenter::ModelOutput,
    shader, uniform,
};

uniform! {
    /// See the shader.
    UploadParams {
        coding: Coding,
        frame: [u32; 2],
        padding: [u32; 2],
    }
}

uniform! {
    /// See the shader.
    BilateralParams {
        taps: u32,
        first: f32,
        step: f32,
        space: f32,
        colour: f32,
        padding_a: f32,
        padding_b: f32,
        padding_c: f32,
    }
}

uniform! {
    /// See the shader.
    BlurParams {
        along: [f32; 2],
        padding: [f32; 2],
    }
}

const UPLOAD: Shader = shader!("peers/volcomix_upload", ["colour"], [16, 4], UploadParams);
const SOFTMAX: Shader = shader!("peers/volcomix_softmax", [], [16, 4], ());
const BILATERAL: Shader = shader!("peers/volcomix_bilateral", [], [16, 4], BilateralParams);
const BLUR: Shader = shader!("peers/volcomix_blur", [], [16, 4], BlurParams);
const BLEND: Shader = shader!("peers/volcomix_blend", [], [16, 4], ());

/// The shaders of the baselines, for the test that validates them without a GPU.
pub(super) const SHADERS: [Shader; 5] = [UPLOAD, SOFTMAX, BILATERAL, BLUR, BLEND];

/// R'G'B' 0..1 in 8 bits, the format that WebGL draws to.
#[derive(Clone, Copy, Debug)]
pub enum Bytes {}

impl Texel for Bytes {
    const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
}

struct Linear(wgpu::Sampler);

impl Bind for Linear {
    fn resource(&self) -> wgpu::BindingResource<'_> {
        wgpu::BindingResource::Sampler(&self.0)
    }
}

/// Volcomix's virtual background, from the model's output to its canvas.
#[derive(Debug)]
pub struct Volcomix {
    /// The upload of the frame, which a browser does. It does not count, because it is no shader of Volcomix.
    pub upload: Recording,
    /// Softmax, joint bilateral filter, three horizontal and vertical blurs, blend.
    pub sequence: Recording,
    /// The refined mask, in red.
    pub refined: Plane<Bytes>,
    /// The displayed picture.
    pub canvas: Plane<Bytes>,
}

impl Volcomix {
    /// Records the sequence for a frame and the model's output for it.
    ///
    /// # Errors
    /// [`crate::GpuError::Lost`].
    pub fn record(
        gpu: &Gpu,
        yuyv: &[u8],
        size: Size,
        colorimetry: Colorimetry,
        answer: &ModelOutput,
    ) -> Result<Self> {
        let usage = wgpu::BufferUsages::STORAGE;
        let words = Storage::with_content(gpu, "frame", yuyv, usage);
        let frame = Frame::new(words, size, colorimetry);
        let logits = Storage::with_content(gpu, "answer", bytemuck::cast_slice(&answer.logits), usage);

        let mut rec = Recorder::new(gpu);
        let picture: Plane<Bytes> = rec.plane("picture", size);
        let params = UploadParams { coding: frame.coding, frame: size.into(), padding: [0; 2] };
        let params = rec.uniform(UPLOAD.name, params);
        rec.dispatch(&UPLOAD, &[&frame.words, &picture, &params], Extent::Pairs(size));
        let upload = std::mem::replace(&mut rec, Recorder::new(gpu)).finish();

        let mask: Plane<Bytes> = rec.plane("mask", answer.size);
        rec.dispatch(&SOFTMAX, &[&logits, &mask], Extent::Each(mask.size));
        let refined: Plane<Bytes> = rec.plane("refined", size);
        let passes::Taps { count, first, step, space, colour } = passes::Taps::new(size, mask.size);
        let [padding_a, padding_b, padding_c] = [0.0; 3];
        let params =
            BilateralParams { taps: count, first, step, space, colour, padding_a, padding_b, padding_c };
        // As in the original, these are constants of the shader text.
        rec.dispatch_with(&BILATERAL, &params, &[&picture, &mask, &refined], Extent::Each(size));

        let linear = Linear(gpu.device().create_sampler(&wgpu::SamplerDescriptor {
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        }));
        let half = Size::new(size.width.div_ceil(2), size.height.div_ceil(2));
        let ways = [[0.0, 1.0], [1.0, 0.0]].map(|along| {
            let target: Plane<Bytes> = rec.plane("blurred", half);
            (target, rec.uniform(BLUR.name, BlurParams { along, padding: [0.0; 2] }))
        });
        let mut from = &picture;
        for _ in 0..3 {
            for (to, params) in &ways {
                rec.dispatch(&BLUR, &[from, &refined, &linear, to, params], Extent::Each(half));
                from = to;
            }
        }
        let canvas: Plane<Bytes> = rec.plane("canvas", size);
        rec.dispatch(&BLEND, &[&picture, &refined, from, &linear, &canvas], Extent::Each(size));
        Ok(Self { upload, sequence: rec.finish(), refined, canvas })
    }
}
