//! The two textures of the picture: as it came, and as it is shown.

use crate::{
    Result,
    effects::{Effects, RecordedEffects},
    gpu::{Gpu, Plane, Recorder, Recording, Rgb8, Storage, check_plane},
    passes,
    pipeline::DrawnFrame,
};

use super::settings::MaskView;

/// Turns what the pipeline draws into textures.
#[derive(Debug)]
pub(super) struct Display {
    gpu: Gpu,
    before: Plane<Rgb8>,
    after: Plane<Rgb8>,
    view: MaskView,
    /// The words that are shown, and what shows them; none until a frame was drawn.
    shown: Option<(Storage, Vec<Recording>)>,
}

impl Display {
    /// # Errors
    /// [`GpuError::TooWide`](crate::GpuError::TooWide).
    pub(super) fn new(gpu: &Gpu, drawn: &DrawnFrame) -> Result<Self> {
        let size = drawn.before.size;
        check_plane(gpu, "the window", size, size)?;
        let plane = |label| Plane::new(gpu, label, size);
        let (before, after) = (plane("before"), plane("after"));
        Ok(Self { gpu: gpu.clone(), before, after, view: MaskView::Picture, shown: None })
    }

    /// The textures: before, and after.
    pub(super) fn views(&self) -> [wgpu::TextureView; 2] {
        let view = |plane: &Plane<Rgb8>| plane.texture().create_view(&wgpu::TextureViewDescriptor::default());
        [view(&self.before), view(&self.after)]
    }

    /// Shows this of the mask.
    pub(super) fn set_view(&mut self, view: MaskView) {
        if std::mem::replace(&mut self.view, view) != view {
            self.shown = None;
        }
    }

    /// Draws the textures from what the last frame made.
    pub(super) fn draw(&mut self, drawn: &DrawnFrame) -> Result<()> {
        let words = &drawn.after.words;
        let is_current = |(shown, _): &(Storage, Vec<Recording>)| {
            shown.buffer == words.buffer && shown.offset == words.offset
        };
        if !self.shown.as_ref().is_some_and(is_current) {
            self.shown = Some((words.clone(), self.record(drawn)?));
        }
        let mut commands = self
            .gpu
            .device()
            .create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("display") });
        for recording in self.shown.iter().flat_map(|(_, recordings)| recordings) {
            recording.encode(&mut commands, None);
        }
        self.gpu.queue().submit([commands.finish()]);
        Ok(())
    }

    fn record(&self, drawn: &DrawnFrame) -> Result<Vec<Recording>> {
        let mut recordings = Vec::new();
        let (mut shown, mut is_transparent) = (drawn.after.clone(), drawn.is_transparent);
        if let Some(effect) = self.view.effect() {
            let effects = Effects::parse_all(&[effect])?;
            let mut view =
                RecordedEffects::record(&self.gpu, &drawn.before, &drawn.alpha, None, None, &effects)?;
            shown = drawn.before.with(view.picture().clone());
            is_transparent = false;
            recordings.push(view.take_recording());
        }
        let mut rec = Recorder::new(&self.gpu);
        passes::display(&mut rec, &drawn.before, &self.before);
        match is_transparent {
            true => passes::checkered(&mut rec, &shown, &drawn.alpha, &self.after),
            false => passes::display(&mut rec, &shown, &self.after),
        }
        recordings.push(rec.finish());
        Ok(recordings)
    }
}
