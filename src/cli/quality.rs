//! `--quality`: what is given up where the processor does a GPU's work, and how it is found out how much that must be.

use std::{
    fmt,
    time::{Duration, Instant},
};

use crate::{
    Gpu, Pipeline, Quality, Result, Settings, live::FrameProcessor, pipeline::InputFormat,
    segmenter::Segmenter, video::Fps,
};

/// `--quality`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum QualityMode {
    /// High; low only for a virtual camera without a GPU that does not keep its rate at high, as measured at the start.
    #[default]
    Auto,
    /// The person's edge at the frame's size.
    High,
    /// At half of it, from 960x540 on: up to a tenth less time, by size and processor. The person stays as sharp.
    Low,
}

impl QualityMode {
    /// Where nothing is due in time: what a file holds does not depend on the machine.
    pub fn for_file(self) -> Quality {
        match self {
            Self::Auto | Self::High => Quality::High,
            Self::Low => Quality::Low,
        }
    }
}

/// How much of the interval between two frames one may take: the rest is for the camera and for who watches.
const INTERVAL_SHARE: f64 = 0.9;
/// How much of high's time low may take to be worth its picture.
const WORTHWHILE_SHARE: f64 = 0.9;
/// Frames that are timed, after the one in which drivers compile.
const TIMED_FRAMES: usize = 5;

/// What was measured, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QualityDecision {
    /// The best that keeps the rate; where none does, low, if that is a tenth faster.
    pub quality: Quality,
    /// From one of the camera's frames to the next.
    pub interval: Duration,
    /// Time of a frame.
    pub high: Duration,
    /// The same at low quality, where that had to be known.
    pub low: Option<Duration>,
}

impl QualityDecision {
    /// Chooses for frames that come every `interval`, by what `time` says of a frame at each of the qualities that it
    /// is asked for. Where high seems too slow it is asked for both, so that what disturbs one disturbs the other.
    ///
    /// # Errors
    /// What `time` fails with.
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

/// Says which quality a live pipeline has; measures at most once, however often the GPU is opened.
#[derive(Debug)]
pub struct QualitySelector {
    mode: QualityMode,
    interval: Duration,
    selected: Option<Quality>,
}

impl QualitySelector {
    /// For a camera of this rate, 30 frames a second where it says none.
    pub fn new(mode: QualityMode, fps: Option<Fps>) -> Self {
        let interval = Duration::from_secs_f64(1.0 / fps.unwrap_or(Fps::DEFAULT).value());
        Self { mode, interval, selected: None }
    }

    /// A pipeline that hides, of the quality that is wanted; `report` hears what was measured. Nothing of what was
    /// measured with is left in it.
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
    ) -> Result<Box<dyn FrameProcessor>> {
        let make = |quality| {
            Pipeline::with_input(gpu, load(), input_format, &Settings { quality, ..settings.clone() })
        };
        let matters = gpu.tuning().measure_quality
            && Quality::Low.halves(settings.geometry.framing(input_format.size)?.frame);
        if self.mode == QualityMode::Auto && self.selected.is_none() && matters {
            let decision = QualityDecision::measure(self.interval, |qualities| {
                frame_times(
                    qualities.iter().map(|&quality| make(quality)).collect::<Result<_>>()?,
                    input_format,
                )
            })?;
            report(&decision);
            self.selected = Some(decision.quality);
        }
        Ok(Box::new(make(self.selected.unwrap_or(self.mode.for_file()))?))
    }
}

/// Time of a frame from bytes to bytes, one at a time, in each of the pipelines: the median of a few, taken in turns.
fn frame_times(mut pipelines: Vec<Pipeline>, input_format: InputFormat) -> Result<Vec<Duration>> {
    // What is to be seen does not matter: every pass does the same for every pixel.
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
