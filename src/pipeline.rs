//! The whole story of a frame.
//!
//! ```text
//! bytes ─upload▶ YUYV words ─preprocess▶ guide ─expose▶ tensor
//!                    │                     │              │ model
//!                    │                     │           output
//!                    │                     │              │ softmax
//!                    │                     └──▶ refine ◀──┘
//!                    │                            │
//!                    ├──────────────────────▶ alpha
//!                    └───▶ effects ◀──────────────┘  what is behind; each gives YUYV words
//! bytes ◀─readback── YUYV words
//! ```
//! Bytes cross the bus once each way. It is recorded once, and a frame replays the recordings: up to alpha in one
//! (where burn runs the model, one before it and one after), the effects in another, so that they can be switched.

use std::{collections::VecDeque, time::Duration};

use crate::{
    Colorimetry, Error, Result, Size,
    effects::{Effects, Looks},
    frame::slate,
    gpu::{self, Gpu, Grain, Plane, Recorder, Recording, Storage, Timer},
    model::View,
    passes::{self, Alpha, Frame},
    segmenter::{Answer, Segmenter},
    settings::{Exposure, Settings},
    timings::{Stages, Timings},
    way::{IN_FLIGHT, Ways},
};

/// YUYV bytes in, YUYV bytes out, one frame at a time. Runs on the thread that made it.
#[derive(Debug)]
pub struct Pipeline {
    size: Size,
    /// Copies of frames begun, where nothing is done to them.
    copies: VecDeque<Vec<u8>>,
    /// `None` where the effects leave the frame untouched.
    work: Option<Work>,
}

/// Dispatches more than now that can be timed: other effects may have more.
const SPARE: usize = 64;

#[derive(Debug)]
struct Work {
    gpu: Gpu,
    ways: Ways,
    frame: Frame,
    /// Up to alpha; up to the model where burn runs that.
    first: Recording,
    segmenter: Segmenter,
    probability: Plane<gpu::Person>,
    /// What comes after burn, up to alpha.
    rest: Option<Recording>,
    alpha: Alpha,
    looks: Looks,
    timing: Option<(Timer, Timings)>,
}

impl Pipeline {
    /// Records everything for frames of `size` in this colorimetry.
    ///
    /// # Errors
    /// [`Error::FrameSize`]; what an effect needs and cannot have.
    pub fn new(
        gpu: &Gpu,
        segmenter: Segmenter,
        size: Size,
        colorimetry: Colorimetry,
        settings: &Settings,
    ) -> Result<Self> {
        let size = size.check_frame()?;
        if settings.effects.is_untouched() {
            return Ok(Self { size, copies: VecDeque::new(), work: None });
        }
        let bytes = size.yuyv_bytes() as u64;
        let frame = Frame::new(Storage::new(gpu, "frame", bytes), size, colorimetry);

        // ---- sense: what the model is to see
        let mut rec = Recorder::new(gpu);
        let mask = View::whole(View::mask_size(size));
        let view = View::of(size, segmenter.input_size());
        let guide = passes::preprocess(&mut rec, &frame, mask);
        let gain = match settings.exposure {
            Exposure::Auto => passes::meter(&mut rec, &guide),
            Exposure::Off => rec.constants("gain", &[1.0]),
        };
        let small = if view == mask { guide.clone() } else { passes::preprocess(&mut rec, &frame, view) };
        passes::expose(&mut rec, &small, &gain, segmenter.reading(), &segmenter.input());
        let before = match segmenter.record(&mut rec) {
            true => None,
            false => Some(std::mem::replace(&mut rec, Recorder::new(gpu)).finish()),
        };

        // ---- refine: what is made of its answer
        let probability = segmenter.probability(&mut rec);
        let grid = segmenter.reading().grid;
        let alpha = passes::refine(
            &mut rec,
            settings.refine,
            settings.smooth,
            &frame,
            &guide,
            &probability,
            view,
            grid,
        );
        let last = rec.finish();
        let (first, rest) = match before {
            Some(before) => (before, Some(last)),
            None => (last, None),
        };

        let looks = Looks::new(gpu, &frame, &alpha, &settings.effects)?;
        let ways = Ways::new(gpu, bytes);
        let gpu = gpu.clone();
        let timing = None;
        let work = Work { gpu, ways, frame, first, segmenter, probability, rest, alpha, looks, timing };
        Ok(Self { size, copies: VecDeque::new(), work: Some(work) })
    }

    /// A pipeline that copies: for `--effect none`, which needs neither a GPU nor a model.
    ///
    /// # Errors
    /// [`Error::FrameSize`].
    pub fn untouched(size: Size) -> Result<Self> {
        Ok(Self { size: size.check_frame()?, copies: VecDeque::new(), work: None })
    }

    /// Size of the frames.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The device, where anything runs on one.
    pub fn gpu(&self) -> Option<&Gpu> {
        self.work.as_ref().map(|work| &work.gpu)
    }

    /// Draws other effects as soon as they are ready; they are prepared beside the running ones. Says whether it
    /// can: a pipeline that copies has no model.
    pub fn switch(&mut self, effects: Effects) -> bool {
        self.work.as_mut().map(|work| work.looks.switch(effects)).is_some()
    }

    /// One frame: `input`, captured at `at`, in, `output` out, both [`Size::yuyv_bytes`] long. What moves in an
    /// effect goes by `at`; it rises from frame to frame. Frames that were begun and not finished are dropped.
    ///
    /// # Errors
    /// [`Error::FrameBytes`] for other lengths, [`Error::GpuLost`] when the device went away. Then `output` holds
    /// black, never the room.
    pub fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<()> {
        while self.in_flight() > 0 {
            self.finish(output)?;
        }
        self.check(output.len()).and_then(|()| self.begin(input, at)).inspect_err(|_| slate(output))?;
        self.finish(output)
    }

    /// The first half of [`Pipeline::process`]: begins a frame, while the one before may still be on its way. For
    /// files, where a frame may come a frame later for the sake of more of them.
    ///
    /// # Errors
    /// [`Error::FrameBytes`], [`Error::GpuLost`].
    ///
    /// # Panics
    /// Where [`Pipeline::in_flight`] is [`Pipeline::IN_FLIGHT`] already.
    pub fn begin(&mut self, input: &[u8], at: Duration) -> Result<()> {
        self.check(input.len())?;
        assert!(self.in_flight() < Self::IN_FLIGHT, "a frame is to be finished before another begins");
        match &mut self.work {
            Some(work) => work.begin(input, at),
            None => {
                self.copies.push_back(input.to_vec());
                Ok(())
            }
        }
    }

    /// The second half: waits for the frame that was begun first.
    ///
    /// # Errors
    /// As [`Pipeline::process`]; then `output` holds black.
    ///
    /// # Panics
    /// Where none was begun.
    pub fn finish(&mut self, output: &mut [u8]) -> Result<()> {
        self.check(output.len()).inspect_err(|_| slate(output))?;
        match &mut self.work {
            Some(work) => work.finish(output).inspect_err(|_| slate(output)),
            None => {
                output.copy_from_slice(&self.copies.pop_front().expect("a frame that was begun"));
                Ok(())
            }
        }
    }

    /// Most frames that are on their way at a time.
    pub const IN_FLIGHT: usize = IN_FLIGHT;

    /// Frames begun and not finished.
    pub fn in_flight(&self) -> usize {
        self.work.as_ref().map_or(self.copies.len(), |work| work.ways.in_flight())
    }

    fn check(&self, got: usize) -> Result<()> {
        let sound = got == self.size.yuyv_bytes();
        if sound { Ok(()) } else { Err(Error::FrameBytes { size: self.size, got }) }
    }

    /// Where the processor's time went in the last frame; none where nothing is done to it.
    pub fn stages(&self) -> Option<Stages> {
        self.work.as_ref().map(|work| work.ways.stages)
    }

    /// What a frame replays, in order.
    pub fn recordings(&self) -> Vec<&Recording> {
        let Some(work) = &self.work else { return Vec::new() };
        [Some(&work.first), work.rest.as_ref(), Some(work.looks.now().recording())]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Times every stage from now on, at the price of a readback of timestamps a frame; for frames one by one. Says
    /// whether it can.
    pub fn time(&mut self, grain: Grain) -> bool {
        let Some(work) = &mut self.work else { return false };
        let limit = work.recorded() + SPARE;
        work.timing = Timer::new(&work.gpu, limit, grain).map(|timer| (timer, Timings::default()));
        work.timing.is_some()
    }

    /// Times nothing any longer.
    pub fn stop_timing(&mut self) {
        self.work.iter_mut().for_each(|work| work.timing = None);
    }

    /// What [`Pipeline::time`] has measured.
    pub fn timings(&mut self) -> Option<&mut Timings> {
        Some(&mut self.work.as_mut()?.timing.as_mut()?.1)
    }

    /// Dispatches a frame: our passes', and the model's kernels.
    pub fn dispatches(&self) -> (usize, u64) {
        let count = |work: &Work| {
            let kernels = work.segmenter.kernels();
            let ours = if work.rest.is_none() { work.recorded() - kernels as usize } else { work.recorded() };
            (ours, kernels)
        };
        self.work.as_ref().map_or((0, 0), count)
    }

    /// Alpha 0..1 of the last frame, row by row; all 1 where nothing is hidden. Reads the GPU: not for every frame.
    ///
    /// # Errors
    /// [`Error::GpuLost`].
    pub fn alpha(&self) -> Result<Vec<f32>> {
        let Some(work) = &self.work else { return Ok(vec![1.0; self.size.area()]) };
        let words: Vec<u16> = work.gpu.read_storage(&work.alpha.words)?;
        Ok(words.into_iter().map(|word| f32::from(word) / 65535.0).collect())
    }

    /// What the model answered to the last frame. Reads the GPU: not for every frame.
    ///
    /// # Errors
    /// [`Error::GpuLost`].
    pub fn answer(&self) -> Result<Option<Answer>> {
        let answer = |work: &Work| work.segmenter.last_answer(&work.gpu, &work.probability);
        self.work.as_ref().map(answer).transpose()
    }
}

impl Work {
    /// Dispatches that we recorded.
    fn recorded(&self) -> usize {
        let rest = self.rest.as_ref().map_or(0, |rest| rest.names().len());
        self.first.names().len() + rest + self.looks.now().recording().names().len()
    }

    fn begin(&mut self, input: &[u8], at: Duration) -> Result<()> {
        self.looks.step(at)?;
        let Self { gpu, timing, .. } = self;
        let (device, queue) = (gpu.device(), gpu.queue());
        let mut timer = timing.as_mut().map(|(timer, _)| timer);
        if let Some(timer) = &mut timer {
            timer.reset();
        }

        let encoder =
            || device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("frame") });
        let mut commands = encoder();
        let start = self.ways.upload(gpu, &mut commands, input, &self.frame.words)?;
        self.first.encode(&mut commands, timer.as_deref_mut());
        if let Some(rest) = &self.rest {
            queue.submit([std::mem::replace(&mut commands, encoder()).finish()]);
            self.segmenter.run(gpu);
            rest.encode(&mut commands, timer.as_deref_mut());
        }
        self.looks.now().recording().encode(&mut commands, timer.as_deref_mut());
        if let Some(timer) = &timer {
            timer.resolve(&mut commands);
        }
        self.ways.submit(gpu, commands, self.looks.now().picture(), start);
        Ok(())
    }

    fn finish(&mut self, output: &mut [u8]) -> Result<()> {
        let latency = self.ways.finish(&self.gpu, output)?;
        if let Some((timer, timings)) = &mut self.timing {
            // burn's kernels have no timestamps of their own: they are what is between the recordings.
            let burn = self.rest.as_ref().map(|_| (self.first.names().len(), self.segmenter.kernels()));
            timings.add(&timer.spans(&self.gpu)?, burn, latency);
        }
        Ok(())
    }
}
