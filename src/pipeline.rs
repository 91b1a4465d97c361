//! The whole story of a frame.
//!
//! ```text
//! bytes ─upload▶ camera's words
//!                    │ unpack: only where they are no YUYV
//!                    │ reframe: only where the picture is turned, cut or scaled
//!                YUYV words ───guide▶ small picture ──────┐ expose
//!                    │                     │              │ model
//!                    │                     │           output
//!                    │                     │              │ softmax
//!                    │                     └──▶ refine ◀──┘
//!                    │                            │
//!                    ├──────────────────────▶ alpha
//!                    └───▶ effects ◀──────────────┘  what is behind; each gives YUYV words
//! bytes ◀─readback── YUYV words
//! ```
//! At low quality, all between reframe and alpha sees the frame at half its size; then alpha is enlarged (halve, enlarge).
//! Where the picture follows the person, alpha also moves the part of it that the next frame shows.
//! Bytes cross the bus once each way. It is recorded once, and a frame replays the recordings: up to alpha in one
//! (where burn runs the model, one before it and one after), the effects in another, so that they can be switched.

use std::{collections::VecDeque, mem, time::Duration};

use crate::{
    Colorimetry, Error, Result, Size,
    effects::{Effects, Half, Looks},
    frame::slate,
    geometry::{Framing, Region},
    gpu::{self, Gpu, Grain, Plane, Recorder, Recording, Storage, Timer},
    intake::Intake,
    model::View,
    passes::{self, Alpha, Frame},
    segmenter::{Answer, Segmenter},
    settings::Settings,
    timings::{Stages, Timings},
    way::{IN_FLIGHT, Ways},
};

/// A camera's bytes in, YUYV bytes out, one frame at a time. Runs on the thread that made it.
#[derive(Debug)]
pub struct Pipeline {
    /// What comes in.
    intake: Intake,
    /// Size of what goes out.
    frame: Size,
    /// Copies of frames begun, where the bytes stay as they are.
    copies: VecDeque<Vec<u8>>,
    /// `None` where the bytes stay as they are.
    work: Option<Work>,
}

/// Dispatches more than now that can be timed: other effects may have more.
const SPARE: usize = 64;

#[derive(Debug)]
struct Work {
    gpu: Gpu,
    ways: Ways,
    /// Where the camera's bytes go.
    camera: Storage,
    /// Up to alpha; up to the model where burn runs that.
    first: Recording,
    frame: Frame,
    /// Where the shown part of the picture follows the person.
    following: Option<Following>,
    /// `None` where the picture's geometry is all that changes.
    person: Option<Person>,
    timing: Option<(Timer, Timings)>,
    /// Whether what the driver compiled for the first frame is on disk.
    kept: bool,
}

/// What moves after the person.
#[derive(Debug)]
struct Following {
    /// The part of the picture that the next frame shows.
    region: Storage,
    /// f32 time since the last frame.
    seconds: Storage,
    last: Option<Duration>,
}

impl Following {
    fn new(gpu: &Gpu, framing: &Framing) -> Self {
        Self { region: passes::region(gpu, framing), seconds: Storage::new(gpu, "seconds", 4), last: None }
    }

    fn step(&mut self, gpu: &Gpu, at: Duration) {
        let since = at.saturating_sub(self.last.replace(at).unwrap_or(at));
        let Storage { buffer, offset, .. } = &self.seconds;
        gpu.queue().write_buffer(buffer, *offset, &since.as_secs_f32().to_ne_bytes());
    }
}

/// Who is in the frame, and what is made of it.
#[derive(Debug)]
struct Person {
    segmenter: Segmenter,
    probability: Plane<gpu::Person>,
    /// What comes after burn, up to alpha.
    rest: Option<Recording>,
    alpha: Alpha,
    looks: Looks,
}

impl Pipeline {
    /// Records everything for packed YUYV of `size` in this colorimetry.
    ///
    /// # Errors
    /// As [`Pipeline::of`].
    pub fn new(
        gpu: &Gpu,
        segmenter: Segmenter,
        size: Size,
        colorimetry: Colorimetry,
        settings: &Settings,
    ) -> Result<Self> {
        Self::of(gpu, segmenter, Intake::yuyv(size, colorimetry), settings)
    }

    /// Records everything for what comes.
    ///
    /// # Errors
    /// [`Error::FrameSize`], [`Error::Crop`]; what an effect needs and cannot have.
    pub fn of(gpu: &Gpu, segmenter: Segmenter, intake: Intake, settings: &Settings) -> Result<Self> {
        let framing = settings.geometry.framing(intake.check()?.size)?;
        if !settings.needs_model() {
            return Self::reframing(gpu, intake, settings);
        }
        let mut rec = Recorder::new(gpu);
        let (bytes, camera) = intake.record(&mut rec);
        let following = settings.geometry.follow.map(|closest| (closest, Following::new(gpu, &framing)));
        let frame = match &following {
            None => passes::reframe(&mut rec, &camera, &framing),
            Some((_, Following { region, .. })) => {
                passes::reframe_moving(&mut rec, &camera, &framing, region)
            }
        };

        // ---- sense: what the model is to see
        let half = settings.quality.halves(frame.size).then(|| passes::halve(&mut rec, &frame));
        let seen = half.as_ref().unwrap_or(&frame);
        let mask = View::whole(View::mask_size(seen.size));
        let view = View::of(seen.size, segmenter.input_size());
        let guide = passes::guide(&mut rec, seen, mask.size);
        let small = match view == mask {
            true => guide.plane.clone(),
            false => passes::preprocess(&mut rec, seen, view),
        };
        let exposure = passes::expose(&mut rec, &guide, settings.exposure, segmenter.reading());
        let before = match segmenter.record(&mut rec, &small, &exposure) {
            true => None,
            false => Some(mem::replace(&mut rec, Recorder::new(gpu)).finish()),
        };

        // ---- refine: what is made of its answer
        let probability = segmenter.probability(&mut rec);
        let grid = segmenter.reading().grid;
        let alpha = passes::refine(
            &mut rec,
            settings.refine,
            settings.smooth,
            settings.shape,
            seen,
            &guide,
            &probability,
            view,
            grid,
        );
        let (alpha, half) = match half {
            None => (alpha, None),
            Some(half) => (passes::enlarge(&mut rec, &alpha, frame.size), Some(Half { frame: half, alpha })),
        };
        if let Some((closest, Following { region, seconds, .. })) = &following {
            passes::follow(&mut rec, &alpha, seconds, region, &guide.noise, &framing, *closest);
        }
        let last = rec.finish();
        let (first, rest) = match before {
            Some(before) => (before, Some(last)),
            None => (last, None),
        };

        let looks = Looks::new(gpu, &frame, &alpha, half, &settings.effects)?;
        let person = Person { segmenter, probability, rest, alpha, looks };
        let mut pipeline = Self::working(gpu, intake, bytes, first, frame);
        if let Some(work) = &mut pipeline.work {
            work.person = Some(person);
            work.following = following.map(|(_, following)| following);
        }
        Ok(pipeline)
    }

    /// A pipeline that turns, cuts and scales, and nothing else: for `--effect none`, which needs no model.
    ///
    /// # Errors
    /// [`Error::FrameSize`], [`Error::Crop`].
    pub fn reframing(gpu: &Gpu, intake: Intake, settings: &Settings) -> Result<Self> {
        let framing = settings.geometry.framing(intake.check()?.size)?;
        if framing.is_identity() {
            return Self::untouched(intake);
        }
        let mut rec = Recorder::new(gpu);
        let (bytes, camera) = intake.record(&mut rec);
        let frame = passes::reframe(&mut rec, &camera, &framing);
        Ok(Self::working(gpu, intake, bytes, rec.finish(), frame))
    }

    /// A pipeline that copies: for `--effect none`, which needs neither a GPU nor a model.
    ///
    /// # Errors
    /// [`Error::FrameSize`].
    pub fn untouched(intake: impl Into<Intake>) -> Result<Self> {
        let intake = intake.into().check()?;
        Ok(Self { intake, frame: intake.size, copies: VecDeque::new(), work: None })
    }

    fn working(gpu: &Gpu, intake: Intake, camera: Storage, first: Recording, frame: Frame) -> Self {
        let size = frame.size;
        let work = Work {
            ways: Ways::new(gpu, camera.bytes, size.yuyv_bytes() as u64),
            gpu: gpu.clone(),
            camera,
            first,
            frame,
            following: None,
            person: None,
            timing: None,
            kept: false,
        };
        Self { intake, frame: size, copies: VecDeque::new(), work: Some(work) }
    }

    /// Size of the frames that it makes.
    pub fn size(&self) -> Size {
        self.frame
    }

    /// The device, where anything runs on one.
    pub fn gpu(&self) -> Option<&Gpu> {
        self.work.as_ref().map(|work| &work.gpu)
    }

    /// Draws other effects as soon as they are ready; they are prepared beside the running ones. Says whether it
    /// can: a pipeline that copies has no model.
    pub fn switch(&mut self, effects: Effects) -> bool {
        let person = self.work.as_mut().and_then(|work| work.person.as_mut());
        person.map(|person| person.looks.switch(effects)).is_some()
    }

    /// One frame: `input`, captured at `at`, in, [`Intake::bytes`] long; `output` out, [`Size::yuyv_bytes`] of
    /// [`Pipeline::size`] long. What moves goes by `at`; it rises from frame to frame. Frames that were begun and not finished are dropped.
    ///
    /// # Errors
    /// [`Error::FrameBytes`] for other lengths, [`Error::GpuLost`] when the device went away. Then `output` holds
    /// black, never the room.
    pub fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<()> {
        while self.in_flight() > 0 {
            self.finish(output)?;
        }
        let checked = check(self.frame, output);
        if self.work.is_none() {
            // At once: a copy fewer.
            return checked.and_then(|()| self.intake.copy(input, output)).inspect_err(|_| slate(output));
        }
        checked.and_then(|()| self.begin(input, at)).inspect_err(|_| slate(output))?;
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
        self.intake.check_bytes(input)?;
        assert!(self.in_flight() < Self::IN_FLIGHT, "a frame is to be finished before another begins");
        match &mut self.work {
            Some(work) => work.begin(input, at),
            None => {
                let mut copy = vec![0; self.frame.yuyv_bytes()];
                self.intake.copy(input, &mut copy)?;
                self.copies.push_back(copy);
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
        check(self.frame, output).inspect_err(|_| slate(output))?;
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

    /// Where the processor's time went in the last frame; none where nothing is done to it.
    pub fn stages(&self) -> Option<Stages> {
        self.work.as_ref().map(|work| work.ways.stages)
    }

    /// What a frame replays, in order.
    pub fn recordings(&self) -> Vec<&Recording> {
        let Some(work) = &self.work else { return Vec::new() };
        let person = work.person.as_ref();
        let rest = person.and_then(|person| person.rest.as_ref());
        let look = person.map(|person| person.looks.now().recording());
        [Some(&work.first), rest, look].into_iter().flatten().collect()
    }

    /// Times every stage from now on, at the price of a readback of timestamps a frame; for frames one by one. Says
    /// whether it can.
    pub fn time(&mut self) -> bool {
        self.time_by(Grain::Dispatch)
    }

    /// As [`Pipeline::time`], every dispatch by itself or the recordings as they run.
    pub fn time_by(&mut self, grain: Grain) -> bool {
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
        let count = |work: &Work| match &work.person {
            None => (work.recorded(), 0),
            Some(Person { segmenter, rest, .. }) => {
                let kernels = segmenter.kernels();
                let recorded = if rest.is_none() { kernels as usize } else { 0 };
                (work.recorded() - recorded, kernels)
            }
        };
        self.work.as_ref().map_or((0, 0), count)
    }

    /// Alpha 0..1 of the last frame, row by row; all 1 where nothing is hidden. Reads the GPU: not for every frame.
    ///
    /// # Errors
    /// [`Error::GpuLost`].
    pub fn alpha(&self) -> Result<Vec<f32>> {
        let Some((work, person)) = self.person() else { return Ok(vec![1.0; self.frame.area()]) };
        let words: Vec<u16> = work.gpu.read_storage(&person.alpha.words)?;
        Ok(words.into_iter().map(|word| f32::from(word) / 65535.0).collect())
    }

    /// What the model answered to the last frame. Reads the GPU: not for every frame.
    ///
    /// # Errors
    /// [`Error::GpuLost`].
    pub fn answer(&self) -> Result<Option<Answer>> {
        let answer =
            |(work, person): (&Work, &Person)| person.segmenter.last_answer(&work.gpu, &person.probability);
        self.person().map(answer).transpose()
    }

    /// Which part of the turned picture the next frame shows, where that follows the person. Reads the GPU: not for
    /// every frame.
    ///
    /// # Errors
    /// [`Error::GpuLost`].
    pub fn region(&self) -> Result<Option<Region>> {
        let following = self.work.as_ref().and_then(|work| Some((&work.gpu, work.following.as_ref()?)));
        let Some((gpu, following)) = following else { return Ok(None) };
        let state: Vec<f32> = gpu.read_storage(&following.region)?;
        let [x, y, width, height] = [0, 1, 2, 3].map(|i| f64::from(state[i]));
        Ok(Some(Region { at: [x, y], size: [width, height] }))
    }

    fn person(&self) -> Option<(&Work, &Person)> {
        let work = self.work.as_ref()?;
        Some((work, work.person.as_ref()?))
    }
}

/// Whether these are the bytes of one frame.
fn check(size: Size, bytes: &[u8]) -> Result<()> {
    let got = bytes.len();
    if got == size.yuyv_bytes() { Ok(()) } else { Err(Error::FrameBytes { size, got }) }
}

impl Work {
    /// Dispatches that we recorded.
    fn recorded(&self) -> usize {
        let later = |person: &Person| {
            let rest = person.rest.as_ref().map_or(0, |rest| rest.names().len());
            rest + person.looks.now().recording().names().len()
        };
        self.first.names().len() + self.person.as_ref().map_or(0, later)
    }

    fn begin(&mut self, input: &[u8], at: Duration) -> Result<()> {
        if let Some(person) = &mut self.person {
            person.looks.step(at)?;
        }
        if let Some(following) = &mut self.following {
            following.step(&self.gpu, at);
        }
        let Self { gpu, timing, .. } = self;
        let (device, queue) = (gpu.device(), gpu.queue());
        let mut timer = timing.as_mut().map(|(timer, _)| timer);
        if let Some(timer) = &mut timer {
            timer.reset();
        }

        let encoder =
            || device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("frame") });
        let mut commands = encoder();
        let start = self.ways.upload(gpu, &mut commands, input, &self.camera)?;
        self.first.encode(&mut commands, timer.as_deref_mut());
        let picture = match &mut self.person {
            None => &self.frame.words,
            Some(Person { segmenter, rest, looks, .. }) => {
                if let Some(rest) = rest {
                    queue.submit([mem::replace(&mut commands, encoder()).finish()]);
                    segmenter.run(gpu);
                    rest.encode(&mut commands, timer.as_deref_mut());
                }
                looks.now().recording().encode(&mut commands, timer.as_deref_mut());
                looks.now().picture()
            }
        };
        if let Some(timer) = &timer {
            timer.resolve(&mut commands);
        }
        self.ways.submit(gpu, commands, picture, start);
        Ok(())
    }

    fn finish(&mut self, output: &mut [u8]) -> Result<()> {
        let latency = self.ways.finish(&self.gpu, output)?;
        if !mem::replace(&mut self.kept, true) {
            self.gpu.keep_pipelines();
        }
        if let Some((timer, timings)) = &mut self.timing {
            // burn's kernels have no timestamps of their own: they are what is between the recordings.
            let burn = self.person.as_ref().filter(|person| person.rest.is_some());
            let burn = burn.map(|person| (self.first.names().len(), person.segmenter.kernels()));
            timings.add(&timer.spans(&self.gpu)?, burn, latency);
        }
        Ok(())
    }
}
