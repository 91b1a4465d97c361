//! The picture that effects draw with, where the camera's is not shown as it is: its noise taken out, in another light.

use std::time::Duration;

use super::settings::{Denoise, Light, Settings};
use crate::{
    gpu::{Elapsed, Gpu, Recorder, Storage},
    passes::{self, Alpha, DenoiseState, Frame, Guide, State},
};

/// What is kept from frame to frame for the shown picture. The mask never depends on it.
#[derive(Debug)]
pub(super) struct Developed {
    denoise: Option<DenoiseState>,
    /// The gains and what is kept for them.
    light: Option<Storage>,
    /// Two f32: seconds since the last frame, and which half of the history holds it.
    clock: Storage,
    elapsed: Elapsed,
    half: u8,
}

impl Developed {
    /// Records the passes that the settings ask for, and returns the picture that is shown; none if it is the
    /// camera's frame itself. `alpha` has the frame's size.
    pub(super) fn record(
        rec: &mut Recorder<'_>,
        frame: &Frame,
        guide: &Guide,
        alpha: &Alpha,
        settings: &Settings,
        state: &State,
    ) -> Option<(Frame, Self)> {
        let gpu = rec.gpu();
        let denoise = (settings.denoise != Denoise::Off).then(|| DenoiseState::new(gpu, frame.size));
        let light = (settings.light != Light::Off).then(|| Storage::new(gpu, "light", passes::LIGHT_BYTES));
        if denoise.is_none() && light.is_none() {
            return None;
        }
        let clock = Storage::new(gpu, "clock", 8);
        let mut shown = frame.clone();
        if let Some(denoise) = &denoise {
            passes::grain(rec, frame, &clock, denoise);
            shown = passes::denoise(rec, frame, &clock, denoise);
        }
        if let Some(light) = &light {
            passes::meter(rec, guide, alpha, &clock, denoise.is_some(), light, state);
            shown = passes::tone(rec, &shown, light);
        }
        Some((shown, Self { denoise, light, clock, elapsed: Elapsed::default(), half: 0 }))
    }

    /// The gains of the light that the picture is shown in, if it is another one.
    pub(super) fn light(&self) -> Option<&Storage> {
        self.light.as_ref()
    }

    /// Prepares the frame captured at `at`.
    pub(super) fn step(&mut self, gpu: &Gpu, at: Duration) {
        let clock = [self.elapsed.seconds_to(at), f32::from(self.half)];
        gpu.queue().write_buffer(&self.clock.buffer, self.clock.offset, bytemuck::cast_slice(&clock));
        self.half = 1 - self.half;
    }

    /// Forgets everything, for another scene.
    pub(super) fn reset(&mut self, gpu: &Gpu) {
        let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let denoise = self.denoise.iter().flat_map(|state| [&state.history, &state.grain]);
        for Storage { buffer, offset, bytes } in denoise.chain(&self.light) {
            encoder.clear_buffer(buffer, *offset, Some(*bytes));
        }
        gpu.queue().submit([encoder.finish()]);
        self.elapsed.reset();
    }
}
