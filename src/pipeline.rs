//! The whole story of a frame.
//!
//! ```text
//! bytes ─upload▶ YUYV words ───guide▶ small picture ─expose▶ tensor
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

use std::time::{Duration, Instant};

use crate::{
    Colorimetry, Error, Result, Size,
    effects::{Effects, Looks},
    frame::slate,
    gpu::{self, Gpu, Plane, Readback, Recorder, Recording, Storage, Timer, Upload},
    model::View,
    passes::{self, Alpha, Frame},
    segmenter::{Answer, Segmenter},
    settings::Settings,
    timings::Timings,
};

/// YUYV bytes in, YUYV bytes out, one frame at a time. Runs on the thread that made it.
#[derive(Debug)]
pub struct Pipeline {
    size: Size,
    /// `None` where the effects leave the frame untouched.
    work: Option<Work>,
}

/// Dispatches more than now that can be timed: other effects may have more.
const SPARE: usize = 64;

#[derive(Debug)]
struct Work {
    gpu: Gpu,
    upload: Upload,
    frame: Frame,
    /// Up to alpha; up to the model where burn runs that.
    first: Recording,
    segmenter: Segmenter,
    probability: Plane<gpu::Person>,
    /// What comes after burn, up to alpha.
    rest: Option<Recording>,
    alpha: Alpha,
    looks: Looks,
    readback: Readback,
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
            return Ok(Self { size, work: None });
        }
        let bytes = size.yuyv_bytes() as u64;
        let frame = Frame::new(Storage::new(gpu, "frame", bytes), size, colorimetry);

        // ---- sense: what the model is to see
        let mut rec = Recorder::new(gpu);
        let mask = View::whole(View::mask_size(size));
        let view = View::of(size, segmenter.input_size());
        let guide = passes::guide(&mut rec, &frame, mask.size);
        let small = match view == mask {
            true => guide.plane.clone(),
            false => passes::preprocess(&mut rec, &frame, view),
        };
        passes::expose(&mut rec, &small, &guide, settings.exposure, segmenter.reading(), &segmenter.input());
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
        let upload = Upload::new(gpu, "upload", bytes);
        let readback = Readback::new(gpu, "readback", bytes);
        let gpu = gpu.clone();
        let timing = None;
        let work =
            Work { gpu, upload, frame, first, segmenter, probability, rest, alpha, looks, readback, timing };
        Ok(Self { size, work: Some(work) })
    }

    /// A pipeline that copies: for `--effect none`, which needs neither a GPU nor a model.
    ///
    /// # Errors
    /// [`Error::FrameSize`].
    pub fn untouched(size: Size) -> Result<Self> {
        Ok(Self { size: size.check_frame()?, work: None })
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
    /// effect goes by `at`; it rises from frame to frame.
    ///
    /// # Errors
    /// [`Error::FrameBytes`] for other lengths, [`Error::GpuLost`] when the device went away. Then `output` holds
    /// black, never the room.
    pub fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<()> {
        for got in [input.len(), output.len()] {
            if got != self.size.yuyv_bytes() {
                slate(output);
                return Err(Error::FrameBytes { size: self.size, got });
            }
        }
        match &mut self.work {
            Some(work) => work.process(input, at, output).inspect_err(|_| slate(output)),
            None => {
                output.copy_from_slice(input);
                Ok(())
            }
        }
    }

    /// Times every stage from now on, at the price of a readback of timestamps a frame. Says whether it can.
    pub fn time(&mut self) -> bool {
        let Some(work) = &mut self.work else { return false };
        let limit = work.recorded() + SPARE;
        work.timing = Timer::new(&work.gpu, limit).map(|timer| (timer, Timings::default()));
        work.timing.is_some()
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

    fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<()> {
        let start = Instant::now();
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
        self.upload.encode(&mut commands, input, &self.frame.words)?;
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
        self.readback.encode(&mut commands, self.looks.now().picture());
        queue.submit([commands.finish()]);
        self.upload.recycle();

        self.readback.take(gpu, |bytes| output.copy_from_slice(bytes))?;
        if let Some((timer, timings)) = timing {
            let latency = start.elapsed();
            // burn's kernels have no timestamps of their own: they are what is between the recordings.
            let burn = self.rest.as_ref().map(|_| (self.first.names().len(), self.segmenter.kernels()));
            timings.add(&timer.spans(gpu)?, burn, latency);
        }
        Ok(())
    }
}
