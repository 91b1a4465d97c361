//! Benchmarks: where the time of a frame goes, compared with the peak throughput of the adapter.
//!
//! A run measures the adapter's peak throughput and every case ([`CaseOptions`]) in turn, round by round, so
//! that disturbances of the machine affect all of them, and returns a [`BenchReport`]. docs/PERFORMANCE.md
//! explains its rows.

mod case;
mod charts;
mod clock;
pub mod count;
mod load;
mod model_alone;
mod options;
mod paced;
pub mod page;
mod peak;
pub mod peers;
pub mod process;
mod ratios;
pub mod report;
mod startup;

use self::{case::BenchCase, options::CaseName, report::BenchRow};
pub use self::{
    clock::Clock,
    model_alone::ModelAlone,
    options::{CaseOptions, RunOptions},
    peak::PeakThroughput,
    report::BenchReport,
    startup::{StartupTimes, measure as measure_startup},
};
use crate::{
    Result, Size,
    gpu::{AdapterLine, Gpu, Shader, Tuning, space::SPACE, tuning::BenchTuning},
};

/// All shaders of the benchmarks, for the test that validates them without a GPU.
pub const SHADERS: &[Shader] = &{
    let [a, b, c, d, e] = peers::SHADERS;
    [peak::COPY, peak::ARITHMETIC, a, b, c, d, e]
};

/// Measures all cases and reports progress to `tell`.
///
/// # Errors
/// Those of [`crate::Pipeline::new`]; [`crate::GpuError::Lost`].
pub fn run(
    gpu: &Gpu,
    cases: Vec<CaseOptions>,
    options: RunOptions,
    tell: &mut dyn FnMut(&str),
) -> Result<BenchReport> {
    let mut peak = PeakThroughput::NONE;
    let mut running = Vec::new();
    for case in cases {
        let name = CaseName::new(&case);
        tell(&format!("{name}: first frames"));
        running.push(BenchCase::new(gpu, case, name, options.peers.then_some(options.clock))?);
    }
    for round in 0..options.rounds {
        tell(&format!("round {} of {}", round + 1, options.rounds));
        peak = peak.or(PeakThroughput::measure(gpu, options.clock)?);
        for case in &mut running {
            let frames = options.frames.unwrap_or_else(|| usual_frames(gpu, case.name().size));
            let frames = frames.div_ceil(options.rounds).max(1);
            case.round(gpu, frames, options.clock)?;
            options.paced.iter().try_for_each(|fps| case.paced(frames, *fps))?;
        }
    }
    let adapter = AdapterLine { index: 0, info: gpu.info().clone() }.to_string();
    let mut rows = vec![
        BenchRow::one(page::LIMITS, page::COPY, "GB/s", peak.bytes * 1e-9),
        BenchRow::one(page::LIMITS, page::ARITHMETIC, "GFLOP/s", peak.operations * 1e-9),
    ];
    let measured: Vec<_> = running.iter().map(|case| (case.name(), case.rows(&peak))).collect();
    let ratios = ratios::rows(&measured);
    rows.extend(measured.into_iter().flat_map(|(_, rows)| rows).chain(ratios));
    Ok(BenchReport {
        format: report::FORMAT,
        facts: facts(gpu),
        version: env!("CARGO_PKG_VERSION").into(),
        adapter: adapter.trim_start_matches(['0', ' ']).into(),
        clock: match options.clock {
            Clock::Gpu => "GPU timestamps".into(),
            Clock::Cpu => "the CPU's clock, each dispatch alone".into(),
        },
        rows,
    })
}

/// What of the tuning is not the table's.
fn tuning(gpu: &Gpu) -> String {
    let (own, table) = (gpu.tuning(), Tuning::for_adapter(gpu.info()));
    let differs = SPACE.iter().filter(|tunable| tunable.of(own) != tunable.of(&table));
    let differs: Vec<_> = differs.map(|tunable| format!("{} {}", tunable.name, tunable.of(own))).collect();
    if differs.is_empty() { "the table's".into() } else { differs.join(", ") }
}

/// What there is to know of an adapter.
fn facts(gpu: &Gpu) -> Vec<(String, String)> {
    let (info, limits, features) = (gpu.info(), gpu.adapter().limits(), gpu.adapter().features());
    let has = |feature| if features.contains(feature) { "yes" } else { "no" };
    [
        ("adapter", info.name.clone()),
        ("interface", format!("{:?}", info.backend)),
        ("driver", format!("{} {}", info.driver, info.driver_info)),
        ("tuning", tuning(gpu)),
        ("vendor, device", format!("{:#06x}, {:#06x}", info.vendor, info.device)),
        ("subgroups", format!("{} to {} threads", info.subgroup_min_size, info.subgroup_max_size)),
        ("16-bit floats in shaders", has(wgpu::Features::SHADER_F16).into()),
        ("threads of a workgroup", limits.max_compute_invocations_per_workgroup.to_string()),
        ("memory of a workgroup", format!("{} KiB", limits.max_compute_workgroup_storage_size / 1024)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
    .collect()
}

/// A number of frames that takes a few seconds.
fn usual_frames(gpu: &Gpu, size: Size) -> usize {
    let BenchTuning { pixels, most_frames, .. } = gpu.tuning().bench;
    (pixels / size.area() as u64).clamp(8, most_frames.into()) as usize
}

/// The default sizes.
pub fn usual_sizes(gpu: &Gpu) -> Vec<Size> {
    let all = [(640, 360), (1280, 720), (1920, 1080), (3840, 2160)];
    all[..gpu.tuning().bench.sizes as usize].iter().map(|&(width, height)| Size::new(width, height)).collect()
}
