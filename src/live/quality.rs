//! What the picture of a live run is made with: measures whether low quality is needed where the CPU does the GPU's
//! work, and says what may be given up later (`--quality`).

use std::{
    fmt,
    time::{Duration, Instant},
};

use super::{
    look::{self, LookDecision},
    pacing::{Luxuries, Luxury},
};
use crate::{
    Gpu, Look, Pipeline, Quality, Result, Settings,
    passes::{LearnRoom, Refine},
    pipeline::InputFormat,
    segmenter::Segmenter,
    video::Fps,
};

/// `--quality`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum QualityMode {
    /// High; low for a virtual camera as long as frames take longer than the camera allows, if low keeps up better.
    #[default]
    Auto,
    /// Mask and blur at the frame's size.
    High,
    /// Mask and blur at half the frame's size, from 960x540 on. Faster on some processors only; the person
    /// stays as sharp.
    Low,
}

impl QualityMode {
    /// The quality for files: their contents do not depend on the machine's speed.
    pub fn for_file(self) -> Quality {
        match self {
            Self::Auto | Self::High => Quality::High,
            Self::Low => Quality::Low,
        }
    }
}

/// Share of the frame interval that processing may take. The rest is for the camera and the consumers.
pub(super) const INTERVAL_SHARE: f64 = 0.9;
/// Low is worth its loss of quality if it takes no more than this share of high's time.
const WORTHWHILE_SHARE: f64 = 0.9;
/// Number of frames timed, after a first one in which drivers compile.
const TIMED_FRAMES: usize = 5;

/// The measured times, and the quality chosen by them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QualityDecision {
    /// The highest quality that keeps the rate. If none does, low if it is a tenth faster, else high.
    pub quality: Quality,
    /// The camera's frame interval.
    pub interval: Duration,
    /// Time per frame at high quality.
    pub high: Duration,
    /// Time per frame at low quality, if it was measured.
    pub low: Option<Duration>,
}

impl QualityDecision {
    /// Chooses the quality for a camera with this frame `interval`. `time` measures the time per frame at
    /// each of the given qualities. If high seems too slow, both are measured in turns, so that a disturbance
    /// affects both.
    ///
    /// # Errors
    /// Those of `time`.
    pub fn measure(
        interval: Duration,
        mut time: impl FnMut(&[Quality]) -> Result<Vec<Duration>>,
    ) -> Result<Self> {
        let keeps = |time: Duration| time <= interval.mul_f64(INTERVAL_SHARE);
        let high = time(&[Quality::High])?[0];
        if keeps(high) {
            return Ok(Self { quality: Quality::High, interval, high, low: None });
        }
        let both = time(&[Quality::High, Quality::Low])?;
        let (high, low) = (both[0], both[1]);
        let worth = low <= high.mul_f64(WORTHWHILE_SHARE);
        let quality = if keeps(high) || !worth { Quality::High } else { Quality::Low };
        Ok(Self { quality, interval, high, low: Some(low) })
    }
}

impl fmt::Display for QualityDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Duration| (1e3 * time.as_secs_f64()).round();
        write!(f, "without a GPU a frame takes {} ms at high quality", ms(self.high))?;
        if let Some(low) = self.low {
            write!(f, ", {} ms at low", ms(low))?;
        }
        let (word, other) = match self.quality {
            Quality::High => ("high", "low"),
            Quality::Low => ("low", "high"),
        };
        let interval = ms(self.interval);
        write!(f, "; one comes every {interval} ms: {word} (--quality {other} overrides it)")
    }
}

/// Makes live pipelines of the right quality. Measures at most once, however often the GPU is opened.
#[derive(Debug)]
pub struct QualitySelector {
    mode: QualityMode,
    interval: Duration,
    selected: Option<QualityDecision>,
    /// How often to look at a frame, once it is decided.
    look: Option<LookDecision>,
}

/// What may be given up while frames take too long, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LuxuryKind {
    Look,
    Room,
    Quality,
}

impl LuxuryKind {
    fn name(self) -> &'static str {
        match self {
            Self::Look => "the second look",
            Self::Room => "the learnt room",
            Self::Quality => "the edge's full resolution",
        }
    }

    /// The share of the camera's interval that a frame may take with it.
    fn share(self) -> f64 {
        match self {
            Self::Look => look::INTERVAL_SHARE,
            Self::Room => 0.6,
            Self::Quality => 0.75,
        }
    }
}

impl QualitySelector {
    /// For a camera with this rate; 30 frames per second if it is unknown.
    pub fn new(mode: QualityMode, fps: Option<Fps>) -> Self {
        let interval = Duration::from_secs_f64(1.0 / fps.unwrap_or(Fps::DEFAULT).value());
        Self { mode, interval, selected: None, look: None }
    }

    /// The camera's frame interval.
    pub(crate) fn interval(&self) -> Duration {
        self.interval
    }

    /// Median time per frame of a pipeline that is used for nothing else.
    ///
    /// # Errors
    /// As [`Pipeline::with_input`].
    pub(crate) fn time(
        &self,
        gpu: &Gpu,
        segmenter: Segmenter,
        input_format: InputFormat,
        settings: &Settings,
    ) -> Result<Duration> {
        let settings = Settings { quality: self.mode.for_file(), ..settings.clone() };
        let pipeline = Pipeline::with_input(gpu, segmenter, input_format, &settings)?;
        Ok(frame_times(vec![pipeline], input_format)?[0])
    }

    /// How often to look at a frame. Where that is left to gpucam and there is a second model, it is measured once
    /// whether the frame's interval has time for it.
    fn look(
        &mut self,
        gpu: &Gpu,
        load: impl Fn() -> Segmenter,
        input_format: InputFormat,
        settings: &Settings,
    ) -> Result<Look> {
        if settings.look != Look::Auto || !settings.looks_twice(gpu) {
            return Ok(settings.look);
        }
        if let Some(decision) = &self.look {
            return Ok(decision.look());
        }
        let segmenter = load();
        let Some(second) = segmenter.second() else { return Ok(Look::Once) };
        let second = look::model_time(gpu, second)?;
        let once =
            self.time(gpu, segmenter, input_format, &Settings { look: Look::Once, ..settings.clone() })?;
        let decision = LookDecision { interval: self.interval, once, second };
        match decision.look() {
            Look::Twice => tracing::info!("{decision}"),
            _ => tracing::warn!("{decision}"),
        }
        Ok(self.look.insert(decision).look())
    }

    /// What is left to gpucam in these settings and costs time, and how much, where it was measured.
    fn luxuries(
        &self,
        gpu: &Gpu,
        input_format: InputFormat,
        settings: &Settings,
    ) -> Result<Vec<(LuxuryKind, Option<f64>)>> {
        let seconds = |time: Duration| time.as_secs_f64().max(1e-6);
        let mut luxuries = Vec::new();
        if let (Look::Auto, true, Some(LookDecision { once, second, .. })) =
            (settings.look, settings.looks_twice(gpu), self.look)
        {
            luxuries.push((LuxuryKind::Look, Some(seconds(once + second) / seconds(once))));
        }
        let is_learnt = settings.learn_room == LearnRoom::Auto && settings.learn_room.is_on(gpu);
        if is_learnt && settings.refine == Refine::Guided && settings.geometry.follow.is_none() {
            luxuries.push((LuxuryKind::Room, None));
        }
        let frame = settings.geometry.framing(input_format.size)?.frame;
        if self.mode == QualityMode::Auto && Quality::Low.halves(frame) {
            let measured = self.selected.and_then(|decision| Some((decision.high, decision.low?)));
            luxuries.push((LuxuryKind::Quality, measured.map(|(high, low)| seconds(high) / seconds(low))));
        }
        Ok(luxuries)
    }

    /// Makes a pipeline and passes a measurement, if there was one, to `report`. The pipelines that were
    /// measured are not used again.
    ///
    /// # Errors
    /// As [`Pipeline::with_input`].
    pub fn pipeline(
        &mut self,
        gpu: &Gpu,
        load: impl Fn() -> Segmenter,
        input_format: InputFormat,
        settings: &Settings,
        report: impl Fn(&QualityDecision),
    ) -> Result<Pipeline> {
        self.paced(gpu, load, input_format, settings, None, report).map(|(pipeline, _)| pipeline)
    }

    /// The same, with what else may be given up for the camera's rate; `given_up` says what is given up instead of
    /// what was measured.
    ///
    /// # Errors
    /// As [`Pipeline::with_input`].
    pub fn paced(
        &mut self,
        gpu: &Gpu,
        load: impl Fn() -> Segmenter,
        input_format: InputFormat,
        settings: &Settings,
        given_up: Option<u32>,
        report: impl Fn(&QualityDecision),
    ) -> Result<(Pipeline, Luxuries)> {
        let look = self.look(gpu, &load, input_format, settings)?;
        let decided = Settings { look, ..settings.clone() };
        let make = |settings: Settings| Pipeline::with_input(gpu, load(), input_format, &settings);
        let matters = gpu.tuning().measure_quality
            && Quality::Low.halves(settings.geometry.framing(input_format.size)?.frame);
        if self.mode == QualityMode::Auto && self.selected.is_none() && given_up.is_none() && matters {
            let decision = QualityDecision::measure(self.interval, |qualities| {
                let with = |&quality| make(Settings { quality, ..decided.clone() });
                frame_times(qualities.iter().map(with).collect::<Result<_>>()?, input_format)
            })?;
            report(&decision);
            self.selected = Some(decision);
        }
        let luxuries = self.luxuries(gpu, input_format, settings)?;
        let selected = self.selected.map_or(self.mode.for_file(), |decision| decision.quality);
        let is_measured = |kind| match kind {
            LuxuryKind::Look => look == Look::Once,
            LuxuryKind::Room => false,
            LuxuryKind::Quality => selected == Quality::Low,
        };
        let measured = luxuries.iter().zip(0..).filter(|((kind, _), _)| is_measured(*kind));
        let given_up = given_up.unwrap_or(measured.fold(0, |bits, (_, bit)| bits | 1 << bit));
        let mut wanted = Settings { quality: selected, ..decided };
        for ((kind, _), bit) in luxuries.iter().zip(0..) {
            match (kind, given_up & 1 << bit != 0) {
                (LuxuryKind::Look, true) => wanted.look = Look::Once,
                (LuxuryKind::Look, false) => wanted.look = Look::Twice,
                (LuxuryKind::Room, true) => wanted.learn_room = LearnRoom::Off,
                (LuxuryKind::Room, false) => {}
                (LuxuryKind::Quality, true) => wanted.quality = Quality::Low,
                (LuxuryKind::Quality, false) => wanted.quality = Quality::High,
            }
        }
        let luxury = |&(kind, ratio): &(LuxuryKind, Option<f64>)| Luxury {
            name: kind.name(),
            ratio,
            share: kind.share(),
        };
        Ok((make(wanted)?, Luxuries { all: luxuries.iter().map(luxury).collect(), given_up }))
    }
}

/// Median time per frame of each pipeline, from input bytes to output bytes. The pipelines take turns.
fn frame_times(mut pipelines: Vec<Pipeline>, input_format: InputFormat) -> Result<Vec<Duration>> {
    // The picture does not matter: every pass does the same work for every pixel.
    let frame: Vec<u8> = (0..input_format.bytes()).map(|i| (i % 251) as u8).collect();
    let mut times = vec![Vec::with_capacity(TIMED_FRAMES); pipelines.len()];
    for number in 0..=TIMED_FRAMES {
        for (pipeline, times) in pipelines.iter_mut().zip(&mut times) {
            let mut output = vec![0; pipeline.size().yuyv_bytes()];
            let start = Instant::now();
            pipeline.process(&frame, Fps::DEFAULT.time(number as u64), &mut output)?;
            if number > 0 {
                times.push(start.elapsed());
            }
        }
    }
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times[TIMED_FRAMES / 2]
    };
    Ok(times.into_iter().map(median).collect())
}
