//! Measuring: where the time of a frame goes, and how far that is from what the adapter could do.
//!
//! A run measures the adapter's limits and every [`Wanted`] case in turns, so that what disturbs the machine disturbs
//! all of them, and gives a [`Report`]. docs/PERFORMANCE.md says what each row means.

mod alone;
mod case;
mod clock;
pub mod count;
mod limits;
mod load;
pub mod peers;
pub mod process;
mod ratios;
pub mod report;
mod start;

use std::fmt;

pub use self::{
    alone::Alone,
    clock::Clock,
    limits::Limits,
    report::Report,
    start::{Start, measure as measure_start},
};
use self::{case::Case, report::Row};
use crate::{
    Result, Settings, Size,
    gpu::{AdapterLine, Gpu, Shader, tuning::BenchTuning},
    segmenter::{Engine, Segmenter},
};

/// Every shader of measuring, for the test that validates them without a GPU.
pub const SHADERS: &[Shader] = &{
    let [a, b, c, d, e] = peers::SHADERS;
    [limits::COPY, limits::ARITHMETIC, a, b, c, d, e]
};

/// A case to be measured.
#[derive(Debug)]
pub struct Wanted {
    /// Size of the frames.
    pub size: Size,
    /// The model on the GPU.
    pub segmenter: Segmenter,
    /// Effects and how alpha is found.
    pub settings: Settings,
    /// What the model and the effects are called.
    pub label: String,
    /// The network by itself, to be run after the frames of a turn.
    pub alone: Option<Alone>,
}

/// What tells a case from the others.
#[derive(Clone, Debug, PartialEq)]
struct Name {
    size: Size,
    label: String,
    engine: Engine,
}

impl Name {
    fn of(wanted: &Wanted) -> Self {
        Self { size: wanted.size, label: wanted.label.clone(), engine: wanted.segmenter.engine() }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, {}", self.size, self.label, format!("{:?}", self.engine).to_lowercase())
    }
}

/// How it is measured.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// Frames of each case in all; `None` for as many as tell something.
    pub frames: Option<usize>,
    /// How often every case has its turn.
    pub rounds: usize,
    /// What times the passes.
    pub clock: Clock,
    /// Whether other programs' shader sequences are run between the frames.
    pub peers: bool,
}

/// Measures all cases; `tell` hears what is done.
///
/// # Errors
/// What a pipeline needs and cannot have; [`crate::Error::GpuLost`].
pub fn run(gpu: &Gpu, wanted: Vec<Wanted>, how: How, tell: &mut dyn FnMut(&str)) -> Result<Report> {
    let mut limits = Limits::NONE;
    let mut cases = Vec::new();
    for wanted in wanted {
        let name = Name::of(&wanted);
        tell(&format!("{name}: first frames"));
        cases.push(Case::new(gpu, wanted, name, how.peers)?);
    }
    for round in 0..how.rounds {
        tell(&format!("round {} of {}", round + 1, how.rounds));
        limits = limits.or(Limits::measure(gpu, how.clock)?);
        for case in &mut cases {
            let frames = how.frames.unwrap_or_else(|| usual_frames(gpu, case.name().size));
            case.round(gpu, frames.div_ceil(how.rounds).max(1), how.clock)?;
        }
    }
    let adapter = AdapterLine { index: 0, info: gpu.info().clone() }.to_string();
    let name = "the adapter's limits";
    let mut rows = vec![
        Row::one(name, "copy in a shader, read + written", "GB/s", limits.bytes * 1e-9),
        Row::one(name, "products and sums of f32", "GFLOP/s", limits.operations * 1e-9),
    ];
    let measured: Vec<_> = cases.iter().map(|case| (case.name(), case.rows(&limits))).collect();
    let ratios = ratios::rows(&measured);
    rows.extend(measured.into_iter().flat_map(|(_, rows)| rows).chain(ratios));
    Ok(Report {
        version: env!("CARGO_PKG_VERSION").into(),
        adapter: adapter.trim_start_matches(['0', ' ']).into(),
        clock: match how.clock {
            Clock::Gpu => "GPU timestamps".into(),
            Clock::Cpu => "the CPU's clock, each dispatch alone".into(),
        },
        rows,
    })
}

/// As many frames as take a few seconds.
fn usual_frames(gpu: &Gpu, size: Size) -> usize {
    let BenchTuning { pixels, most_frames, .. } = gpu.tuning().bench;
    (pixels / size.area() as u64).clamp(8, most_frames.into()) as usize
}

/// The sizes that are measured where none is named.
pub fn usual_sizes(gpu: &Gpu) -> Vec<Size> {
    let all = [(640, 360), (1280, 720), (1920, 1080), (3840, 2160)];
    all[..gpu.tuning().bench.sizes as usize].iter().map(|&(width, height)| Size::new(width, height)).collect()
}
