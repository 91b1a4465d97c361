//! A tuning that is tried: a pipeline with it, its times, and what it makes.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use crate::{
    Colorimetry, Error, Gpu, Model, Pipeline, Reading, Result, Settings, Size, Tuning,
    engine::KernelPlan,
    gpu::{Granularity, Tamper},
    segmenter::{InferenceEngine, Segmenter},
    video::{
        Fps,
        testcard::{Scene, TestCard},
    },
};

/// What a frame is made of.
#[derive(Clone, Debug)]
pub struct Case {
    first: Arc<(Model, Reading)>,
    /// The model of the second look, where a run on this adapter has one.
    second: Option<Arc<(Model, Reading)>>,
    size: Size,
    settings: Settings,
    /// Two frames of a presenter who sits still, then two of one who moves.
    frames: Arc<[Vec<u8>; 4]>,
}

impl Case {
    /// Frames of this size with the default settings; `second` is the model of the second look.
    pub fn new(first: (Model, Reading), second: Option<(Model, Reading)>, size: Size) -> Self {
        let (still, slow) = (TestCard::new(Scene::Still, 0, size), TestCard::new(Scene::Fast, 0, size));
        let frames =
            [still.frame(0), still.frame(1), slow.frame(4), slow.frame(5)].map(|card| card.yuyv.bytes);
        let (first, second) = (Arc::new(first), second.map(Arc::new));
        Self { first, second, size, settings: Settings::default(), frames: Arc::new(frames) }
    }
}

/// Milliseconds of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) network: f64,
    pub(super) passes: f64,
}

impl Times {
    pub(super) fn whole(self) -> f64 {
        self.network + self.passes
    }
}

/// What a tuning makes of the frames.
#[derive(Clone, Debug)]
pub(super) struct Made {
    /// The last picture, YUYV.
    picture: Vec<u8>,
    /// The person probability of the last frame.
    person: Vec<f32>,
}

/// Farthest that a mask may be from the reference: kernels that store values with a shared exponent move it by up to
/// this.
const MASK_TOLERANCE: f32 = 0.006;
/// Farthest that a picture may be, in codes: what the test suite allows between profiles.
const PICTURE_TOLERANCE: u8 = 3;

impl Made {
    /// How it differs from the reference; none if within the tolerances.
    pub(super) fn differs_from(&self, reference: &Self) -> Option<String> {
        let pairs = self.person.iter().zip(&reference.person);
        // NaN is no number of codes.
        let apart = |(a, b): (&f32, &f32)| if (a - b).is_nan() { f32::INFINITY } else { (a - b).abs() };
        let mask = pairs.map(apart).fold(0.0, f32::max);
        let codes = self.picture.iter().zip(&reference.picture).map(|(a, b)| a.abs_diff(*b)).max();
        if self.person.len() != reference.person.len() || mask > MASK_TOLERANCE {
            return Some(format!("its mask is off by {mask:.3}"));
        }
        match codes {
            Some(codes) if codes <= PICTURE_TOLERANCE => None,
            codes => Some(format!("its picture is off by {} codes", codes.unwrap_or(u8::MAX))),
        }
    }
}

/// Errors that wgpu reports beside a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults(Arc<Mutex<Option<String>>>);

impl Faults {
    /// Collects the errors of a device, instead of a panic.
    pub(super) fn of(gpu: &Gpu) -> Self {
        let faults = Self::default();
        let kept = faults.0.clone();
        gpu.device().on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.get_or_insert_with(|| error.to_string());
        }));
        faults
    }

    /// The first one since the last call, in one line.
    fn take(&self) -> Option<String> {
        let fault = self.0.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(fault.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect())
    }
}

/// A pipeline with a tuning.
pub(super) struct Trial {
    pub(super) tuning: Tuning,
    pipeline: Pipeline,
    case: Case,
    faults: Faults,
    output: Vec<u8>,
    count: u64,
    has_timestamps: bool,
}

impl Trial {
    /// Compiles a tuning's pipeline. The error says in words why it cannot be used.
    pub(super) fn new(
        gpu: &Gpu,
        case: &Case,
        tuning: Tuning,
        tamper: Option<Tamper>,
        faults: &Faults,
    ) -> Result<Self, String> {
        let gpu = gpu.trying(tuning, tamper);
        let Case { first, second, size, settings, .. } = case;
        // `Segmenter::load` would let burn run what has no kernel.
        for (model, reading) in [Some(first), second.as_ref()].into_iter().flatten().map(Arc::as_ref) {
            KernelPlan::with_person_output(&model.graph, tuning.kernels, Some(reading.person))
                .map_err(|refusal| format!("no kernel: {refusal}"))?;
        }
        let make = || {
            let segmenter =
                Segmenter::load_with_second(&gpu, first, second.as_deref(), InferenceEngine::Fast);
            Pipeline::new(&gpu, segmenter, *size, Colorimetry::default(), settings)
        };
        let pipeline = without_panic(make)?;
        let mut trial = Self {
            tuning,
            pipeline,
            case: case.clone(),
            faults: faults.clone(),
            output: vec![0; size.yuyv_bytes()],
            count: 0,
            has_timestamps: false,
        };
        let first = without_panic(|| trial.process(0));
        // What wgpu said before explains the rest.
        match faults.take() {
            Some(fault) => Err(fault),
            None => first.map(|()| trial),
        }
    }

    fn process(&mut self, frame: usize) -> Result<()> {
        let at = Fps::DEFAULT.time(self.count);
        self.count += 1;
        self.pipeline.process(&self.case.frames[frame], at, &mut self.output)
    }

    /// Runs all frames anew.
    pub(super) fn made(&mut self) -> Result<Made, String> {
        without_panic(|| {
            self.pipeline.disable_timing();
            self.pipeline.reset();
            for frame in [0, 1, 2, 3] {
                self.process(frame)?;
            }
            let output = self.pipeline.model_output()?;
            Ok(Made {
                picture: self.output.clone(),
                person: output.map(|output| output.person).unwrap_or_default(),
            })
        })
        .and_then(|made| self.faults.take().map_or(Ok(made), Err))
    }

    /// Prepares for [`Trial::time`].
    pub(super) fn begin(&mut self) -> Result<(), String> {
        self.pipeline.reset();
        self.has_timestamps = self.pipeline.enable_timing_by(Granularity::Network);
        // Caches and states settle.
        (0..3).try_for_each(|_| self.time().map(drop))
    }

    /// Times one frame.
    pub(super) fn time(&mut self) -> Result<Times, String> {
        let began = Instant::now();
        let frame = self.count as usize % 2;
        without_panic(|| self.process(frame))?;
        let whole = began.elapsed().as_secs_f64() * 1e3;
        if !self.has_timestamps {
            // The network's share is not known: a gain must be one of the whole frame.
            return Ok(Times { network: 0.0, passes: whole });
        }
        let Some(timings) = self.pipeline.timings() else { return Err("no timings".into()) };
        let of = |name: &str| timings.quantiles(name).map(|quantiles| quantiles.p50);
        let times = of("model").zip(of("recording")).map(|(network, passes)| Times { network, passes });
        timings.clear();
        times.ok_or_else(|| "no timestamps came".into())
    }

    /// Whether the network's time is known.
    pub(super) fn has_timestamps(&self) -> bool {
        self.has_timestamps
    }

    /// Whether another one has the same shaders and workgroups.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let steps = |trial: &Self| -> Vec<_> {
            let recordings = trial.pipeline.recordings();
            let steps = recordings.iter().flat_map(|recording| recording.steps());
            steps.map(|step| (step.wgsl.clone(), step.workgroups)).collect()
        };
        steps(self) == steps(other)
    }
}

/// Turns a panic of the GPU's crates, and an error, into words.
fn without_panic<T>(work: impl FnOnce() -> Result<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error: Error| error.to_string()),
        Err(_) => Err("its driver's crate panicked".into()),
    }
}
