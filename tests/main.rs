//! Every test of gpucam in one binary, because linking burn is slow.

// A binary exports nothing: `pub` marks what other modules use.
#![allow(unreachable_pub)]

// First, for its macro.
#[macro_use]
mod support;

mod adapters;
mod bench;
mod branches;
mod cards;
mod cli;
mod devices;
mod effects;
mod engine;
mod examples;
mod files;
mod frame;
mod fuzz;
mod limits;
mod live;
mod long_runs;
mod measure;
mod metrics;
mod mirror;
mod model;
mod models_fetch;
mod passes;
mod pipeline;
mod quality;
mod sandbox;
mod shaders;
mod structure;
#[cfg(feature = "studio")]
mod studio;
mod testcard;
mod tune;
mod tuning;
mod video;

/// Counts what each thread asks for, for the fuzzers.
#[global_allocator]
static ALLOCATOR: fuzz::Counting = fuzz::Counting;

fn main() {
    sandbox::probe();
    sandbox::probe_ffmpeg();
    let arguments = libtest_mimic::Arguments::from_args();
    support::report::compiled_pipelines();
    let mut trials = Vec::new();
    trials.extend(shaders::trials());
    trials.extend(files::trials());
    trials.extend(structure::trials());
    trials.extend(support::checks::trials());
    trials.extend(mirror::checks::trials());
    trials.extend(metrics::trials());
    trials.extend(measure::trials());
    trials.extend(testcard::trials());
    trials.extend(video::trials());
    trials.extend(devices::trials());
    trials.extend(live::trials());
    trials.extend(model::trials());
    trials.extend(engine::trials());
    trials.extend(models_fetch::trials());
    trials.extend(passes::trials());
    trials.extend(effects::trials());
    trials.extend(pipeline::trials());
    trials.extend(long_runs::trials());
    trials.extend(quality::trials());
    trials.extend(frame::trials());
    trials.extend(bench::trials());
    trials.extend(adapters::trials());
    trials.extend(tuning::trials());
    trials.extend(tune::trials());
    trials.extend(limits::trials());
    trials.extend(cards::trials());
    trials.extend(examples::trials());
    trials.extend(cli::trials());
    trials.extend(sandbox::trials());
    trials.extend(fuzz::trials());
    #[cfg(feature = "studio")]
    trials.extend(studio::trials());
    support::trials::run(&arguments, trials).exit();
}
