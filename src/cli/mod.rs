//! The command line: what was typed, and what it means. The binary is [`main`] and nothing else.

mod adapters;
mod args;
mod bench;
mod completions;
mod console;
mod devices;
pub mod doctor;
mod effects;
mod geometry;
mod live;
mod mask;
mod measure;
pub mod models;
mod parse;
pub mod quality;
mod run;
mod session;

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
    time::Instant,
};

use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand};

use crate::{Error, model::catalogue::Places};

/// Puts a person before a blurred room: video in, video out, on any GPU with Vulkan.
#[derive(Debug, Parser)]
#[command(
    name = "gpucam",
    version,
    subcommand_negates_reqs = true,
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  \
        gpucam --effect blur\n  \
        gpucam --camera /dev/video0 --output /dev/video4 --size 1280x720 --on-demand\n  \
        gpucam --effect blur --input testcard --output card.png\n  \
        gpucam --effect none --mirror --zoom 1.5\n  \
        gpucam --effect blur,strength=20 --input talk.mp4 --output talk.y4m\n  \
        gpucam mask --input me.jpg --output mask.png"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    // Before the others: a heading holds for all that comes after it.
    #[command(flatten)]
    verbosity: Verbosity,
    #[command(flatten)]
    run: run::OptionalRunArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the mask alone: the model's person probability, or alpha at the frame's size.
    Mask(mask::MaskCommand),
    /// Measure the mask on test cards whose alpha is known, beside other programs' chains.
    Measure(measure::MeasureArgs),
    /// Measure: every pass, the whole frame, the start, beside what the adapter can do.
    Bench(bench::BenchArgs),
    /// List the segmentation models, or fetch them.
    Models(models::ModelsArgs),
    /// List the effects with their parameters, or those of a shader of your own.
    Effects(effects::EffectsArgs),
    /// Write what a shell needs to complete gpucam's arguments, on standard output.
    ///
    /// bash: gpucam completions bash > ~/.local/share/bash-completion/completions/gpucam; zsh: … zsh > a folder of
    /// $fpath/_gpucam; fish: … fish > ~/.config/fish/completions/gpucam.fish
    Completions(completions::CompletionsArgs),
    /// List the Vulkan adapters of this machine.
    Adapters,
    /// List the cameras with what they offer, and the loopbacks with who has them open.
    Devices(devices::ListArgs),
    /// Look at all that gpucam needs: good, or what to type.
    Doctor(devices::ListArgs),
}

/// How much is said.
#[derive(Args, Debug)]
struct Verbosity {
    /// Say more on standard error; twice for every step. RUST_LOG=gpucam=trace says all.
    #[arg(short, long, action = ArgAction::Count, global = true)]
    verbose: u8,
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let began = Instant::now();
    let cli = Cli::parse();
    init_logging(cli.verbosity.verbose);
    let result = match (cli.command, cli.run.0) {
        (Some(Command::Mask(mask)), _) => mask.run(),
        (Some(Command::Measure(args)), _) => args.run(),
        (Some(Command::Bench(bench)), _) => bench.run(began),
        (Some(Command::Models(args)), _) => models::run(&args, &Places::from_env(), &mut io::stdout()),
        (Some(Command::Effects(args)), _) => effects::list(&args),
        (Some(Command::Completions(args)), _) => completions::write(&args, Cli::command()),
        (Some(Command::Adapters), _) => adapters::list(),
        (Some(Command::Devices(args)), _) => devices::list(args),
        (Some(Command::Doctor(args)), _) => doctor::run(args),
        (None, Some(run)) => run.run(),
        (None, None) => unreachable!("no subcommand is a run"),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::BrokenPipe) => ExitCode::SUCCESS,
        Err(error) => {
            console::print_error(format_args!("gpucam: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

fn init_logging(verbose: u8) {
    let level = ["warn", "info", "debug"][usize::from(verbose.min(2))];
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| format!("warn,gpucam={level}").into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .without_time()
        .with_target(false)
        .init();
}
