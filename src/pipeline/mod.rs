//! Turns a camera's frames into the frames that a meeting sees.
//!
//! `ARCHITECTURE.md` shows the path of a frame as a diagram; `segment.rs` records it, and each frame replays
//! the recordings. A frame is uploaded once and read back once, and after the first frame nothing is
//! allocated on the GPU.

mod calibration;
mod develop;
mod drawn;
mod input;
mod inspect;
mod keeper;
mod limits;
mod look;
mod nv12;
mod room;
pub mod room_file;
mod segment;
mod settings;
mod slots;
pub mod timings;

use std::{collections::VecDeque, mem, time::Duration};

pub use self::{
    calibration::{CalibrationDesk, CalibrationPhase, CalibrationProgress},
    drawn::DrawnFrame,
    input::InputFormat,
    keeper::RoomShelf,
    room::KnownRoom,
    settings::{Denoise, Light, Look, Quality, Settings},
};
use self::{
    nv12::Nv12,
    segment::Segment,
    slots::{FrameSlots, IN_FLIGHT, Slot},
    timings::Timings,
};
use crate::{
    Colorimetry, FrameError, Result, Size,
    effects::Effects,
    frame::{
        copies,
        packed::{PackedFrame, pack_nv12},
        slate,
    },
    gpu::{Gpu, Recorder, Recording, Storage, Timer},
    passes::{self, Frame},
    segmenter::Segmenter,
};

/// Turns each camera frame into one YUYV frame. Runs on the thread that created it.
#[derive(Debug)]
pub struct Pipeline {
    input_format: InputFormat,
    /// Size of the output frames.
    size: Size,
    work: Work,
}

/// The work per frame.
#[derive(Debug)]
enum Work {
    /// Copy, after unpacking if needed, on the CPU. Holds the frames in flight.
    Copy(VecDeque<Vec<u8>>),
    /// Rotate, crop and scale on the GPU.
    Reframe(GpuFrames),
    /// Reframe, segment, and draw the effects.
    Segment(GpuFrames, Box<Segment>),
}

/// The part of a pipeline that needs a GPU but no model.
#[derive(Debug)]
struct GpuFrames {
    gpu: Gpu,
    slots: FrameSlots,
    /// The buffer that receives the camera's bytes.
    camera: Storage,
    /// All passes up to alpha; if burn runs the model, those before the model.
    first: Recording,
    /// The reframed picture.
    frame: Frame,
    /// Packs the finished picture for outputs that want NV12; none while nobody does.
    nv12: Option<Nv12>,
    timing: Option<(Timer, Timings)>,
    /// Whether the pipelines compiled for the first frame were written to disk.
    is_persisted: bool,
}

impl Pipeline {
    /// Most frames in flight at a time.
    pub const IN_FLIGHT: usize = IN_FLIGHT;

    /// Creates a pipeline for packed YUYV of `size` in this colorimetry.
    ///
    /// # Errors
    /// Those of [`Pipeline::with_input`].
    pub fn new(
        gpu: &Gpu,
        segmenter: Segmenter,
        size: Size,
        colorimetry: Colorimetry,
        settings: &Settings,
    ) -> Result<Self> {
        Self::with_input(gpu, segmenter, InputFormat::yuyv(size, colorimetry), settings)
    }

    /// Creates a pipeline for frames of `input_format`. Drops the segmenter if `settings` need no model.
    ///
    /// # Errors
    /// [`FrameError::Size`], [`FrameError::Crop`], [`FrameError::CropSize`] or [`FrameError::OutputSize`] for sizes
    /// that do not fit; [`FrameError::Setting`] for settings outside of their ranges;
    /// [`GpuError::TooLarge`](crate::GpuError::TooLarge) and [`GpuError::TooWide`](crate::GpuError::TooWide) if the
    /// adapter cannot bind what the settings ask for; and those of loading an effect's files.
    pub fn with_input(
        gpu: &Gpu,
        segmenter: Segmenter,
        input_format: InputFormat,
        settings: &Settings,
    ) -> Result<Self> {
        if !settings.needs_model() {
            return Self::reframe_only(gpu, input_format, settings);
        }
        Self::with_model(gpu, segmenter, input_format, settings)
    }

    /// The same, but always with the model: for effects that need none too.
    ///
    /// # Errors
    /// Those of [`Pipeline::with_input`].
    #[doc(hidden)]
    pub fn with_model(
        gpu: &Gpu,
        segmenter: Segmenter,
        input_format: InputFormat,
        settings: &Settings,
    ) -> Result<Self> {
        let framing = settings.geometry.framing(input_format.check()?.size)?;
        settings.shape.check()?;
        limits::check(gpu, &input_format, framing.frame, settings)?;
        limits::check_mask(gpu, framing.frame, settings)?;
        let mut rec = Recorder::new(gpu);
        let (bytes, camera) = input_format.record(&mut rec);
        let (first, frame, segment) = Segment::record(rec, segmenter, &camera, &framing, settings)?;
        let frames = GpuFrames::new(gpu, bytes, first, frame);
        Ok(Self { input_format, size: frames.frame.size, work: Work::Segment(frames, Box::new(segment)) })
    }

    /// Creates a pipeline that rotates, crops and scales, and needs no model.
    ///
    /// # Errors
    /// [`FrameError::Size`], [`FrameError::Crop`], [`FrameError::CropSize`], [`FrameError::OutputSize`],
    /// [`FrameError::Setting`].
    pub fn reframe_only(gpu: &Gpu, input_format: InputFormat, settings: &Settings) -> Result<Self> {
        let framing = settings.geometry.framing(input_format.check()?.size)?;
        if framing.is_identity() {
            return Self::passthrough(input_format);
        }
        limits::check(gpu, &input_format, framing.frame, &Settings::default())?;
        let mut rec = Recorder::new(gpu);
        let (bytes, camera) = input_format.record(&mut rec);
        let frame = passes::reframe(&mut rec, &camera, &framing);
        let frames = GpuFrames::new(gpu, bytes, rec.finish(), frame);
        Ok(Self { input_format, size: frames.frame.size, work: Work::Reframe(frames) })
    }

    /// Creates a pipeline that copies, and needs neither a GPU nor a model.
    ///
    /// # Errors
    /// [`FrameError::Size`].
    pub fn passthrough(input_format: impl Into<InputFormat>) -> Result<Self> {
        let input_format = input_format.into().check()?;
        Ok(Self { input_format, size: input_format.size, work: Work::Copy(VecDeque::new()) })
    }

    /// Says that this pipeline, made from these settings, draws what is shown from now on. Until then it rehearses: it
    /// neither answers who asks for the room nor keeps what it learns.
    #[doc(hidden)]
    pub fn adopted(&mut self, settings: &Settings) {
        match &mut self.work {
            Work::Segment(frames, segment) => {
                segment.adopted(&frames.gpu, frames.frame.colorimetry, settings)
            }
            Work::Copy(_) | Work::Reframe(_) => settings.calibration.adopted(false),
        }
    }

    /// Size of the output frames.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Replaces the effects. Another thread prepares them; the first frame after that draws them. Returns
    /// false if the pipeline draws no effects, because it has no model.
    pub fn switch(&mut self, effects: Effects) -> bool {
        match &mut self.work {
            Work::Segment(_, segment) => segment.switch(effects),
            Work::Copy(_) | Work::Reframe(_) => return false,
        }
        true
    }

    /// How the last [`Pipeline::switch`] ended: once, and from the first frame on that has the new effects. After an
    /// error the ones before are drawn on.
    #[doc(hidden)]
    pub fn switched(&mut self) -> Option<Result<()>> {
        match &mut self.work {
            Work::Segment(_, segment) => segment.effects.switched(),
            Work::Copy(_) | Work::Reframe(_) => None,
        }
    }

    /// Whether the effects that the last frame was drawn with hide the background.
    #[doc(hidden)]
    pub fn hides_background(&self) -> bool {
        match &self.work {
            Work::Segment(_, segment) => segment.effects.current().effects().hides_background(),
            Work::Copy(_) | Work::Reframe(_) => false,
        }
    }

    /// Clears the state from earlier frames, for another scene: the next frame is processed like the first
    /// one.
    pub fn reset(&mut self) {
        if let Work::Segment(frames, segment) = &mut self.work {
            segment.reset(&frames.gpu);
        }
    }

    /// Processes one frame: reads `input` ([`InputFormat::bytes`] long), captured at `at`, and fills `output`
    /// ([`Size::yuyv_bytes`] of [`Pipeline::size`] long). Animations follow `at`, which must rise from frame
    /// to frame. Drops the frames in flight.
    ///
    /// # Errors
    /// [`FrameError::Bytes`] for other lengths, [`GpuError::Lost`](crate::GpuError::Lost) if the device is
    /// lost. `output` then holds black, never the camera's picture.
    pub fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<()> {
        self.process_into(input, at, output).inspect_err(|_| slate(output))
    }

    /// Like [`Pipeline::process`], for a frame that is alone, such as a photograph: where frames are looked at twice,
    /// the second look needs a mask, so the frame is processed once more.
    ///
    /// # Errors
    /// Those of [`Pipeline::process`].
    #[doc(hidden)]
    pub fn process_still(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<()> {
        self.process(input, at, output)?;
        match &self.work {
            Work::Segment(frames, segment) if segment.looks_twice() => {
                segment.forget_alpha(&frames.gpu);
                self.process(input, at, output)
            }
            _ => Ok(()),
        }
    }

    /// Like [`Pipeline::process`], in all packings that `frame` wants. NV12 is packed on the GPU and comes with
    /// the same readback. What a GPU made is lent, not copied: the frame keeps it until it is filled again or dropped.
    ///
    /// # Errors
    /// Those of [`Pipeline::process`]; `frame` then holds black.
    #[doc(hidden)]
    pub fn process_frame(&mut self, input: &[u8], at: Duration, frame: &mut PackedFrame) -> Result<()> {
        self.fill(input, at, frame).inspect_err(|_| frame.slate())
    }

    fn fill(&mut self, input: &[u8], at: Duration, frame: &mut PackedFrame) -> Result<()> {
        if let Work::Copy(_) = self.work {
            let (yuyv, nv12) = frame.parts_mut();
            self.process_into(input, at, yuyv)?;
            nv12.into_iter().for_each(|nv12| pack_nv12(yuyv, self.size, nv12));
            return Ok(());
        }
        while self.in_flight() > 0 {
            self.lend(frame)?;
        }
        frame.give_back();
        self.begin_packed(input, at, frame.wants_nv12())?;
        self.lend(frame)
    }

    /// [`Pipeline::finish`], with what a GPU made lent instead of copied.
    ///
    /// # Errors
    /// Those of [`Pipeline::process`]; `frame` then holds black.
    #[doc(hidden)]
    pub fn finish_frame(&mut self, frame: &mut PackedFrame) -> Result<()> {
        self.lend(frame).inspect_err(|_| frame.slate())
    }

    fn lend(&mut self, frame: &mut PackedFrame) -> Result<()> {
        frame.give_back();
        match &mut self.work {
            Work::Copy(_) => self.finish_into(frame.parts_mut().0),
            Work::Reframe(frames) => frames.lend(frame, None),
            Work::Segment(frames, segment) => frames.lend(frame, Some(segment)),
        }
    }

    fn process_into(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<()> {
        while self.in_flight() > 0 {
            self.finish(output)?;
        }
        check_bytes(self.size, output)?;
        if let Work::Copy(_) = self.work {
            // Directly into `output`, without the copy that `begin` would make.
            return Ok(self.input_format.copy(input, output)?);
        }
        self.begin(input, at)?;
        self.finish_into(output)
    }

    /// The first half of [`Pipeline::process`]: submits a frame while the one before may still be in flight.
    /// For files, where throughput matters more than latency.
    ///
    /// # Errors
    /// [`FrameError::Bytes`], [`GpuError::Lost`](crate::GpuError::Lost).
    ///
    /// # Panics
    /// If [`Pipeline::IN_FLIGHT`] frames are in flight already.
    pub fn begin(&mut self, input: &[u8], at: Duration) -> Result<()> {
        self.begin_packed(input, at, false)
    }

    fn begin_packed(&mut self, input: &[u8], at: Duration, with_nv12: bool) -> Result<()> {
        self.input_format.check_bytes(input)?;
        assert!(self.in_flight() < Self::IN_FLIGHT, "finish a frame before another begins");
        match &mut self.work {
            Work::Copy(in_flight) => {
                let mut copy = vec![0; self.size.yuyv_bytes()];
                self.input_format.copy(input, &mut copy)?;
                in_flight.push_back(copy);
                Ok(())
            }
            Work::Reframe(frames) => frames.begin(input, with_nv12, None),
            Work::Segment(frames, segment) => {
                segment.step(&frames.gpu, at)?;
                frames.begin(input, with_nv12, Some(segment))
            }
        }
    }

    /// The second half: waits for the oldest frame in flight.
    ///
    /// # Errors
    /// Those of [`Pipeline::process`]; `output` then holds black.
    ///
    /// # Panics
    /// If no frame is in flight.
    pub fn finish(&mut self, output: &mut [u8]) -> Result<()> {
        self.finish_into(output).inspect_err(|_| slate(output))
    }

    fn finish_into(&mut self, output: &mut [u8]) -> Result<()> {
        check_bytes(self.size, output)?;
        match &mut self.work {
            Work::Copy(in_flight) => {
                copies::copy(&in_flight.pop_front().expect("a frame in flight"), output);
                Ok(())
            }
            Work::Reframe(frames) => frames.finish(output, None),
            Work::Segment(frames, segment) => frames.finish(output, Some(segment)),
        }
    }

    /// Number of frames begun and not finished.
    pub fn in_flight(&self) -> usize {
        match &self.work {
            Work::Copy(in_flight) => in_flight.len(),
            Work::Reframe(frames) | Work::Segment(frames, _) => frames.slots.in_flight(),
        }
    }
}

/// Refuses bytes of another length than a YUYV frame of `size`.
fn check_bytes(size: Size, bytes: &[u8]) -> Result<(), FrameError> {
    check_length(size, size.yuyv_bytes(), bytes.len())
}

fn check_length(size: Size, right: usize, got: usize) -> Result<(), FrameError> {
    if got == right { Ok(()) } else { Err(FrameError::Bytes { size, got }) }
}

impl GpuFrames {
    fn new(gpu: &Gpu, camera: Storage, first: Recording, frame: Frame) -> Self {
        Self {
            gpu: gpu.clone(),
            slots: FrameSlots::new(gpu, camera.bytes, frame.size.yuyv_bytes() as u64),
            camera,
            first,
            frame,
            nv12: None,
            timing: None,
            is_persisted: false,
        }
    }

    fn begin(&mut self, input: &[u8], with_nv12: bool, segment: Option<&mut Segment>) -> Result<()> {
        let (commands, slot, picture) = self.encode(input, with_nv12, segment)?;
        let nv12 = self.nv12.as_ref().map(|nv12| &nv12.packed);
        self.slots.submit(&self.gpu, commands, &picture, nv12, slot);
        Ok(())
    }

    /// Encodes a frame's work. Returns the commands, the frame's slot, and the YUYV words that they make.
    fn encode(
        &mut self,
        input: &[u8],
        with_nv12: bool,
        segment: Option<&mut Segment>,
    ) -> Result<(wgpu::CommandEncoder, Slot, Storage)> {
        let Self { gpu, slots, timing, .. } = self;
        let mut timer = timing.as_mut().map(|(timer, _)| timer);
        if let Some(timer) = &mut timer {
            timer.reset();
        }
        let encoder =
            || gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("frame") });
        let mut commands = encoder();
        let slot = slots.upload(gpu, &mut commands, input, &self.camera)?;
        self.first.encode(&mut commands, timer.as_deref_mut());
        let picture = match segment {
            None => &self.frame.words,
            Some(segment) => {
                if let Some(after_model) = &segment.after_model {
                    gpu.queue().submit([mem::replace(&mut commands, encoder()).finish()]);
                    segment.segmenter.run(gpu);
                    after_model.encode(&mut commands, timer.as_deref_mut());
                }
                let effects = segment.effects.current();
                effects.recording().encode(&mut commands, timer.as_deref_mut());
                effects.picture()
            }
        };
        if !with_nv12 {
            self.nv12 = None;
        } else if self.nv12.as_ref().is_none_or(|nv12| !nv12.packs(picture)) {
            self.nv12 = Nv12::record(gpu, self.frame.with(picture.clone()));
        }
        if let Some(nv12) = &self.nv12 {
            nv12.recording.encode(&mut commands, timer.as_deref_mut());
        }
        if let Some(timer) = &timer {
            timer.resolve(&mut commands);
        }
        Ok((commands, slot, picture.clone()))
    }

    fn finish(&mut self, output: &mut [u8], segment: Option<&mut Segment>) -> Result<()> {
        let latency = self.slots.finish(&self.gpu, output)?;
        self.finished(latency, segment)
    }

    fn lend(&mut self, frame: &mut PackedFrame, segment: Option<&mut Segment>) -> Result<()> {
        let (lent, latency) = self.slots.lend(&self.gpu)?;
        // A frame that was begun for another output may have other packings.
        check_length(frame.size(), frame.bytes(), lent.bytes().len())?;
        frame.lend(lent);
        self.finished(latency, segment)
    }

    /// What remains to be done after each frame.
    fn finished(&mut self, latency: Duration, segment: Option<&mut Segment>) -> Result<()> {
        if !mem::replace(&mut self.is_persisted, true) {
            self.gpu.persist_pipelines();
        }
        if let Some((timer, timings)) = &mut self.timing {
            // burn's kernels have no timestamps of their own: their time is the gap between two recordings.
            let burn = segment.as_deref().filter(|segment| segment.after_model.is_some());
            let burn = burn.map(|segment| (self.first.names().len(), segment.segmenter.kernels()));
            timings.add(&timer.spans(&self.gpu)?, burn, latency);
        }
        segment.map_or(Ok(()), |segment| segment.effects.check())
    }
}
