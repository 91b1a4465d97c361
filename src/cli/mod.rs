//! The command line: what was typed, and what it means. The binary is [`main`] and nothing else.

mod adapters;
mod bench;
mod completions;
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
    fmt,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use clap::{ArgAction, Args, Parser, Subcommand, ValueHint};

use crate::{
    Error, Exposure, Matrix, Range, Refine, Settings, Size, Smooth,
    effects::Effects,
    model::{Grid, Person, catalogue::Places},
    passes::Shape,
    segmenter::Engine,
    video::{Fit, Fps, Wanted},
};

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
    run: run::Typed,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the mask alone: the model's person probability, or alpha at the frame's size.
    Mask(mask::Mask),
    /// Measure the mask on test cards whose alpha is known, beside other programs' chains.
    Measure(measure::MeasureArgs),
    /// Measure: every pass, the whole frame, the start, beside what the adapter can do.
    Bench(bench::Bench),
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

/// What the picture looks like.
#[derive(Args, Debug)]
#[command(next_help_heading = "Picture")]
struct PictureArgs {
    /// What becomes of the picture; `gpucam effects` lists all with their parameters. Several are applied in order.
    ///
    /// A backslash before a comma, a colon or an equals sign makes it a part of the value.
    #[arg(long, value_name = "NAME[:VALUE][,KEY=VALUE…]", default_value = "blur")]
    effect: Vec<String>,
    /// Show the mask in place of the effects: as grey, over the picture, or beside it; the last two show the room.
    #[arg(long, value_name = "mask|overlay|side", conflicts_with = "effect", value_parser = ["mask", "overlay", "side"])]
    mask_view: Option<String>,
    /// Whether the mask is steadied from frame to frame (with --refine guided).
    #[arg(long, value_enum, default_value = "auto")]
    smooth: Smooth,
    /// What may be given up for speed; the room is hidden as surely.
    #[arg(long, value_enum, default_value = "auto")]
    quality: quality::Wanted,
    #[command(flatten)]
    mask: MaskArgs,
}

/// How the person is found.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Mask")]
struct MaskArgs {
    /// How the model's mask is drawn to the frame's edges.
    #[arg(long, value_enum, default_value = "guided")]
    refine: Refine,
    /// Whether a dark frame is brightened for the model; the picture itself never is.
    #[arg(long, value_enum, default_value = "auto")]
    exposure: Exposure,
    /// Alpha up to LOW is room and from HIGH on person; 0..1 leaves it as it is found.
    #[arg(long, value_name = "LOW..HIGH", value_parser = parse::threshold)]
    threshold: Option<(f64, f64)>,
    /// Grow the person by so many pixels of a 720p frame, 0..20.
    #[arg(long, value_name = "PX", value_parser = parse::up_to(20), conflicts_with = "shrink")]
    grow: Option<f64>,
    /// Shrink the person by so many pixels of a 720p frame, 0..20.
    #[arg(long, value_name = "PX", value_parser = parse::up_to(20))]
    shrink: Option<f64>,
    /// Blur the mask's edge: σ in pixels of a 720p frame, 0..10.
    #[arg(long, value_name = "PX", value_parser = parse::up_to(10))]
    feather: Option<f64>,
    /// Leave out parts of the mask that cover less than this percentage of the frame, 0..10.
    #[arg(long, value_name = "PERCENT", value_parser = parse::up_to(10))]
    islands: Option<f64>,
}

/// Where frames come from.
#[derive(Args, Debug)]
#[command(next_help_heading = "Input")]
struct InputArgs {
    /// testcard[:SCENE[,PRESENTER]], a picture, .y4m, raw .yuyv, or any video that ffmpeg reads; - is standard
    /// input, raw YUYV or .y4m.
    ///
    /// Scenes: still, slow, fast, edge, hair, dark, clutter, jpeg, foliage, white, two. A presenter is a number from 0.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    input: Option<PathBuf>,
    /// Frame size, such as 1280x720: what raw YUYV has, what a camera is asked for; all else is scaled to cover it
    /// and cropped.
    #[arg(long, value_name = "WxH")]
    size: Option<Size>,
    /// Frames a second, such as 30 or 30000/1001: what a picture or raw YUYV is said to have, what a camera is asked
    /// for; a video is converted to it.
    #[arg(long)]
    fps: Option<Fps>,
    /// Luma weights of the input's codes [default: what the input says, else 601].
    #[arg(long, value_enum)]
    matrix: Option<Matrix>,
    /// Range of the input's codes [default: what the input says, else limited].
    #[arg(long, value_enum)]
    range: Option<Range>,
}

impl InputArgs {
    /// The file; for commands that need one.
    fn file(&self) -> &Path {
        self.input.as_deref().unwrap_or_else(|| usage("the input is missing: name it with --input"))
    }

    fn wanted(&self, frames: Option<u64>) -> Wanted {
        Wanted {
            size: self.size,
            fit: Fit::Cover,
            fps: self.fps,
            frames,
            matrix: self.matrix,
            range: self.range,
        }
    }
}

/// What does the work.
#[derive(Args, Debug)]
#[command(next_help_heading = "Model and GPU")]
struct EngineArgs {
    /// A model's name (`gpucam models` lists them) or a .tflite file [default: selfie-landscape].
    #[arg(long, value_name = "NAME|FILE")]
    model: Option<String>,
    #[command(flatten)]
    reading: ReadingArgs,
    /// What runs the model.
    #[arg(long, value_enum, default_value = "fast")]
    engine: Engine,
    /// Never fetch a model.
    #[arg(long)]
    offline: bool,
    /// The Vulkan adapter, by index or by a part of its name; `gpucam adapters` lists them.
    #[arg(long, value_name = "NAME|INDEX")]
    adapter: Option<String>,
}

/// How a model of the user's own is read, where it cannot be told from its shape.
#[derive(Args, Debug)]
struct ReadingArgs {
    /// For a model of your own: what its input's R'G'B' is, as LOWEST..HIGHEST [default: by its output].
    #[arg(long, value_name = "0..1|-1..1", value_parser = parse::input, allow_hyphen_values = true)]
    model_input: Option<(f32, f32)>,
    /// For a model of your own: what its output is [default: by its channels].
    #[arg(long, value_name = "probability|logit|softmax:CHANNEL", value_parser = parse::person)]
    model_output: Option<Person>,
    /// For a model of your own: where its output's samples lie [default: by its sizes].
    #[arg(long, value_name = "centres|corners", value_parser = parse::grid)]
    model_grid: Option<Grid>,
}

impl PictureArgs {
    fn effects(&self) -> crate::Result<Effects> {
        match &self.mask_view {
            Some(view) => format!("mask:{view}").parse(),
            None => Effects::parse_all(&self.effect),
        }
    }
}

impl MaskArgs {
    fn settings(&self, effects: Effects) -> Settings {
        let shape = Shape {
            threshold: self.threshold.unwrap_or((0.0, 1.0)),
            grow: self.grow.or(self.shrink.map(|px| -px)).unwrap_or_default(),
            feather: self.feather.unwrap_or_default(),
            islands: self.islands.unwrap_or_default() / 100.0,
        };
        Settings { effects, refine: self.refine, exposure: self.exposure, shape, ..Settings::default() }
    }
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let began = Instant::now();
    let cli = Cli::parse();
    logging(cli.verbosity.verbose);
    let result = match (cli.command, cli.run.0) {
        (Some(Command::Mask(mask)), _) => mask.run(),
        (Some(Command::Measure(args)), _) => args.run(),
        (Some(Command::Bench(bench)), _) => bench.run(began),
        (Some(Command::Models(args)), _) => models::run(&args, &Places::from_env(), &mut io::stdout()),
        (Some(Command::Effects(args)), _) => effects::list(&args),
        (Some(Command::Completions(args)), _) => completions::write(&args),
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
            complain(format_args!("gpucam: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

/// Refuses what clap cannot know to be wrong: one sentence, exit code 2.
fn usage(sentence: &str) -> ! {
    clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, format!("{sentence}\n")).exit()
}

/// Writes to standard error; nobody is left to tell where that is closed.
fn complain(text: fmt::Arguments<'_>) {
    let _ = io::stderr().write_fmt(text);
}

fn logging(verbose: u8) {
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
