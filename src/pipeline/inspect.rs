//! A pipeline's internals, for tests, mask files and benchmarks: alpha, the model's output, dispatches,
//! times. Live use reads none of them.

use super::{
    GpuFrames, Pipeline, Work,
    segment::Segment,
    timings::{Stages, Timings},
};
use crate::{
    Result,
    frame::geometry::Region,
    gpu::{Gpu, Granularity, Recording, Timer},
    segmenter::ModelOutput,
};

/// Timestamps for dispatches beyond the current number, because other effects may have more.
const SPARE_DISPATCHES: usize = 64;

impl Pipeline {
    /// The device, if the pipeline uses one.
    #[doc(hidden)]
    pub fn gpu(&self) -> Option<&Gpu> {
        self.frames().map(|frames| &frames.gpu)
    }

    /// Alpha 0..1 of the last frame, row by row; all 1 if nothing is hidden. Waits for the GPU.
    ///
    /// # Errors
    /// [`crate::GpuError::Lost`].
    pub fn alpha(&self) -> Result<Vec<f32>> {
        let Some((frames, segment)) = self.segment() else { return Ok(vec![1.0; self.size.area()]) };
        let words: Vec<u16> = frames.gpu.read_storage(&segment.alpha.words)?;
        Ok(words.into_iter().map(|word| f32::from(word) / 65535.0).collect())
    }

    /// The model's output for the last frame; `None` without a model. Waits for the GPU.
    ///
    /// # Errors
    /// [`crate::GpuError::Lost`].
    #[doc(hidden)]
    pub fn model_output(&self) -> Result<Option<ModelOutput>> {
        let output = |(frames, segment): (&GpuFrames, &Segment)| {
            segment.segmenter.read_output(&frames.gpu, &segment.probability)
        };
        self.segment().map(output).transpose()
    }

    /// The part of the turned picture that the next frame shows; `None` unless it follows the person. Waits
    /// for the GPU.
    ///
    /// # Errors
    /// [`crate::GpuError::Lost`].
    #[doc(hidden)]
    pub fn region(&self) -> Result<Option<Region>> {
        let following =
            self.segment().and_then(|(frames, segment)| Some((frames, segment.following.as_ref()?)));
        let Some((frames, following)) = following else { return Ok(None) };
        let state: Vec<f32> = frames.gpu.read_storage(&following.region.values)?;
        let [x, y, width, height] = [0, 1, 2, 3].map(|i| f64::from(state[i]));
        Ok(Some(Region { at: [x, y], size: [width, height] }))
    }

    /// The recordings that a frame replays, in order.
    #[doc(hidden)]
    pub fn recordings(&self) -> Vec<&Recording> {
        let Some(frames) = self.frames() else { return Vec::new() };
        let segment = self.segment().map(|(_, segment)| segment);
        let after_model = segment.and_then(|segment| segment.after_model.as_ref());
        let effects = segment.map(|segment| segment.effects.current().recording());
        let nv12 = frames.nv12.as_ref().map(|nv12| &nv12.recording);
        [Some(&frames.first), after_model, effects, nv12].into_iter().flatten().collect()
    }

    /// Number of dispatches per frame: of the passes, and of the model.
    #[doc(hidden)]
    pub fn dispatches(&self) -> (usize, u64) {
        let recorded = self.recorded_dispatches();
        let Some((_, segment)) = self.segment() else { return (recorded, 0) };
        let kernels = segment.segmenter.kernels();
        let are_recorded = segment.after_model.is_none();
        (if are_recorded { recorded - kernels as usize } else { recorded }, kernels)
    }

    fn recorded_dispatches(&self) -> usize {
        self.recordings().iter().map(|recording| recording.names().len()).sum()
    }

    /// The CPU's time in the last frame, by stage; `None` without a GPU.
    #[doc(hidden)]
    pub fn stages(&self) -> Option<Stages> {
        self.frames().map(|frames| frames.slots.stages)
    }

    /// Whether frames are written where shaders read them.
    #[doc(hidden)]
    pub fn maps_input(&self) -> bool {
        let is_mapped =
            |frames: &GpuFrames| frames.camera.buffer.usage().contains(wgpu::BufferUsages::MAP_WRITE);
        self.frames().is_some_and(is_mapped)
    }

    /// Starts to time every dispatch. This costs a readback of timestamps per frame, and allows only one
    /// frame in flight at a time. Returns false if the adapter has no timestamps.
    #[doc(hidden)]
    pub fn enable_timing(&mut self) -> bool {
        self.enable_timing_by(Granularity::Dispatch)
    }

    /// Like [`Pipeline::enable_timing`], per dispatch or per recording.
    #[doc(hidden)]
    pub fn enable_timing_by(&mut self, granularity: Granularity) -> bool {
        let limit = self.recorded_dispatches() + SPARE_DISPATCHES;
        let Some(frames) = self.frames_mut() else { return false };
        frames.timing = Timer::new(&frames.gpu, limit, granularity).map(|timer| (timer, Timings::default()));
        frames.timing.is_some()
    }

    /// Stops timing, and drops the measurements.
    #[doc(hidden)]
    pub fn disable_timing(&mut self) {
        self.frames_mut().into_iter().for_each(|frames| frames.timing = None);
    }

    /// The measurements since [`Pipeline::enable_timing`].
    #[doc(hidden)]
    pub fn timings(&mut self) -> Option<&mut Timings> {
        Some(&mut self.frames_mut()?.timing.as_mut()?.1)
    }

    fn frames(&self) -> Option<&GpuFrames> {
        match &self.work {
            Work::Copy(_) => None,
            Work::Reframe(frames) | Work::Segment(frames, _) => Some(frames),
        }
    }

    fn frames_mut(&mut self) -> Option<&mut GpuFrames> {
        match &mut self.work {
            Work::Copy(_) => None,
            Work::Reframe(frames) | Work::Segment(frames, _) => Some(frames),
        }
    }

    fn segment(&self) -> Option<(&GpuFrames, &Segment)> {
        match &self.work {
            Work::Segment(frames, segment) => Some((frames, segment)),
            Work::Copy(_) | Work::Reframe(_) => None,
        }
    }
}
