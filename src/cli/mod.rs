//! The command line. The binary calls [`main`] and does nothing else.

mod adapters;
mod args;
mod bench;
pub(crate) mod camera;
mod completions;
pub(crate) mod config;
mod config_command;
mod console;
#[cfg(feature = "control")]
mod control;
#[cfg(feature = "control")]
mod controller;
mod controls;
mod devices;
pub mod doctor;
mod effects;
mod format_lines;
mod geometry;
pub mod hint;
#[cfg(feature = "control")]
pub mod layers;
#[cfg(feature = "control")]
mod learn;
mod live;
mod live_pipeline;
mod man;
mod mask;
mod measure;
pub mod models;
#[cfg(feature = "pipewire")]
mod nodes;
mod outputs;
mod parse;
mod pipewire;
mod room;
pub(crate) mod run;
mod sandbox;
#[cfg(feature = "control")]
mod service;
mod session;
mod stop;
#[cfg(feature = "studio")]
mod studio;
pub mod system;
mod tune;
mod wait;

use std::{
    env,
    ffi::OsString,
    io::{self, IsTerminal},
    panic,
    path::Path,
    process::ExitCode,
    time::Instant,
};

use clap::{
    ArgAction, Args, CommandFactory, Parser, Subcommand,
    error::{ContextKind, ContextValue},
};

use crate::{
    Error, ModelError, Result, VideoError,
    effects::{EffectSpec, Effects, ParamType},
    gpu,
    live::{LiveControl, runtime_folder},
    model::catalogue::ModelFolders,
    video::InputKind,
};

/// Blurs or replaces the background of a video or camera, on any GPU with Vulkan.
#[derive(Debug, Parser)]
#[command(
    name = "gpucam",
    version,
    subcommand_negates_reqs = true,
    override_usage = "gpucam [OPTIONS]\n       gpucam <COMMAND>",
    after_help = "Examples:\n  \
        gpucam --effect blur\n  \
        gpucam --camera /dev/video0 --output /dev/video4 --size 1280x720 --on-demand\n  \
        gpucam --effect blur --input testcard --output card.png\n  \
        gpucam --effect none --mirror --zoom 1.5\n  \
        gpucam --effect blur:20 -i talk.mp4 -o blurred.mp4\n  \
        gpucam mask --input me.jpg --output mask.png\n\n\
        Environment:\n  \
        GPUCAM_CONFIG  other configuration files, separated by colons; none for none\n  \
        GPUCAM_MODELS  a folder of models, looked into first\n  \
        RUST_LOG       what is logged, such as gpucam=debug\n  \
        VISUAL, EDITOR the editor of gpucam config edit"
)]
struct Cli {
    // This comes first because a help heading applies to all arguments after it.
    #[command(flatten)]
    verbosity: Verbosity,
    #[command(flatten)]
    run: run::OptionalRunArgs,
    // This comes last because `run` asks whether there is one, and this takes it.
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write only the mask: the model's person probability, or alpha at the frame's size.
    Mask(mask::MaskCommand),
    /// Compare the mask with the exact alpha of test cards, beside other programs' methods.
    Measure(measure::MeasureArgs),
    /// Measure the time of every pass, the whole frame and the start, beside the adapter's limits.
    Bench(bench::BenchArgs),
    Tune(tune::TuneArgs),
    /// List or fetch the segmentation models.
    Models(models::ModelsArgs),
    /// List the effects and their parameters, or the parameters of your own shader.
    Effects(effects::EffectsArgs),
    /// Show what the configuration files say, and where each value comes from.
    Config(config_command::ConfigArgs),
    /// Change the picture of a running gpucam, with the flags of a run that can change while it runs.
    #[cfg(feature = "control")]
    Set(control::SetCommand),
    /// Show the slate and close the camera, until `gpucam resume`.
    #[cfg(feature = "control")]
    Pause(control::InstanceArgs),
    /// Show the picture again after `gpucam pause`.
    #[cfg(feature = "control")]
    Resume(control::InstanceArgs),
    /// Pause a running gpucam, or resume; for a key of your desktop.
    #[cfg(feature = "control")]
    Toggle(control::InstanceArgs),
    /// Show what a running gpucam does.
    #[cfg(feature = "control")]
    Status(control::StatusArgs),
    /// Make a running gpucam read its configuration files again. It also does so when they are saved.
    #[cfg(feature = "control")]
    Reload(control::InstanceArgs),
    /// Make a running gpucam learn the room: step out of the picture for some seconds, and the mask becomes
    /// much better.
    #[cfg(feature = "control")]
    Learn(learn::LearnArgs),
    /// End a running gpucam.
    #[cfg(feature = "control")]
    Quit(control::InstanceArgs),
    /// Start gpucam at every login, as a service of systemd.
    #[cfg(feature = "control")]
    Service(service::ServiceArgs),
    /// Open a window: look at the picture, choose effects and their parameters, save presets.
    #[cfg(feature = "studio")]
    Studio(Box<studio::StudioArgs>),
    /// Print a script that completes gpucam's arguments in a shell.
    ///
    /// bash: gpucam completions bash > ~/.local/share/bash-completion/completions/gpucam; zsh: gpucam
    /// completions zsh > DIR/_gpucam, where DIR is a folder of $fpath; fish: gpucam completions fish >
    /// ~/.config/fish/completions/gpucam.fish
    Completions(completions::CompletionsArgs),
    /// Write the manual pages into a folder, for packages.
    #[command(hide = true)]
    Man(man::ManArgs),
    /// What opens the window for a run in its sandbox.
    #[cfg(feature = "control")]
    #[command(hide = true)]
    Opener,
    /// List this machine's Vulkan adapters.
    Adapters,
    /// List the cameras with their formats, and the loopbacks with the programs that have them open.
    Devices(devices::ListArgs),
    /// Check everything gpucam needs, and print how to fix what is missing.
    Doctor(doctor::DoctorArgs),
}

/// How much is logged.
#[derive(Args, Debug)]
struct Verbosity {
    /// Log more on standard error; give it twice for every step. RUST_LOG=gpucam=trace logs everything.
    #[arg(short, long, action = ArgAction::Count, global = true)]
    verbose: u8,
}

/// Reads the command line and runs the command. Never returns: see `console::leave`.
pub fn main() -> ExitCode {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |about| {
        if !gpu::is_loss(about.payload()) {
            usual(about);
        }
    }));
    console::leave(run_command())
}

/// Runs the command; its exit code.
fn run_command() -> u8 {
    let began = Instant::now();
    name_runtime_folder();
    let cli = match with_config(env::args_os().collect()) {
        Ok(cli) => cli,
        // What the configuration says is as wrong at the next start.
        Err(error) => {
            console::print_error(format_args!("gpucam: {}\n", hint::sentence(&error)));
            return hint::USAGE;
        }
    };
    init_logging(cli.verbosity.verbose);
    let result = match (cli.command, cli.run.0) {
        (Some(Command::Mask(mask)), _) => mask.run(),
        (Some(Command::Measure(args)), _) => args.run(),
        (Some(Command::Bench(bench)), _) => bench.run(began),
        (Some(Command::Tune(args)), _) => args.run(began),
        (Some(Command::Models(args)), _) => models::run(&args, &ModelFolders::from_env(), &mut io::stdout()),
        (Some(Command::Effects(args)), _) => effects::list(&args),
        (Some(Command::Config(args)), _) => args.run(&run::flags()),
        #[cfg(feature = "control")]
        (Some(Command::Set(command)), _) => command.run(),
        #[cfg(feature = "control")]
        (Some(Command::Pause(args)), _) => args.pause(),
        #[cfg(feature = "control")]
        (Some(Command::Resume(args)), _) => args.resume(),
        #[cfg(feature = "control")]
        (Some(Command::Toggle(args)), _) => args.toggle(),
        #[cfg(feature = "control")]
        (Some(Command::Status(args)), _) => args.run(),
        #[cfg(feature = "control")]
        (Some(Command::Reload(args)), _) => args.reload(),
        #[cfg(feature = "control")]
        (Some(Command::Learn(args)), _) => args.run(),
        #[cfg(feature = "control")]
        (Some(Command::Quit(args)), _) => args.quit(),
        #[cfg(feature = "control")]
        (Some(Command::Service(args)), _) => args.run(),
        #[cfg(feature = "control")]
        (Some(Command::Opener), _) => {
            crate::control::run_opener();
            Ok(())
        }
        #[cfg(feature = "studio")]
        (Some(Command::Studio(args)), _) => args.run(),
        (Some(Command::Completions(args)), _) => completions::write(&args, Cli::command()),
        (Some(Command::Man(args)), _) => man::write(&args, Cli::command()),
        (Some(Command::Adapters), _) => adapters::list(),
        (Some(Command::Devices(args)), _) => devices::list(args),
        (Some(Command::Doctor(args)), _) => match doctor::run(args) {
            Ok(code) => return code,
            Err(error) => Err(error),
        },
        (None, Some(run)) => run.run(attach),
        (None, None) => unreachable!("no subcommand is a run"),
    };
    console::clear_status();
    match result {
        Ok(()) | Err(Error::Video(VideoError::BrokenPipe)) => 0,
        Err(Error::Model(error @ (ModelError::NoChannel { .. } | ModelError::SeveralChannels { .. }))) => {
            console::usage_error(&error.to_string())
        }
        Err(error) => {
            console::print_error(format_args!("gpucam: {}\n", hint::sentence(&error)));
            hint::exit_code(&error)
        }
    }
}

/// What was typed for this run, and what held when the configuration was read: until the run is controlled it may wait
/// for its camera, while files are saved.
#[cfg(feature = "control")]
static STARTED_WITH: std::sync::OnceLock<(Vec<layers::FlagValue>, layers::Merged)> =
    std::sync::OnceLock::new();

/// Reads the command line, and for a run the configuration files.
fn with_config(typed: Vec<OsString>) -> Result<Cli> {
    if cfg!(not(feature = "studio")) && typed.get(1).is_some_and(|word| word == "studio") {
        console::usage_error(
            "this gpucam was built without its window: install gpucam's package, or type `cargo install gpucam --features \
             studio`",
        );
    }
    let matches =
        Cli::command().try_get_matches_from(&typed).unwrap_or_else(|error| with_tip(error, &typed).exit());
    let (configured, at) = match matches.subcommand() {
        None => {
            #[cfg(feature = "control")]
            {
                let flags = run::flags();
                let typed = layers::typed(&flags, &matches);
                let merged = layers::Layers::new(typed.clone()).merged(&flags)?;
                let _ = STARTED_WITH.set((typed, merged));
            }
            (config::arguments(&run::flags(), &matches)?, 1)
        }
        #[cfg(feature = "studio")]
        Some((name @ "studio", own)) => {
            let preset = own.get_one::<String>("preset").map(String::as_str);
            let configured = config::arguments_for(&studio::flags(), &run::flags(), own, preset)?;
            (configured, 1 + typed.iter().position(|word| word == name).unwrap_or_default())
        }
        Some(_) => (Vec::new(), 1),
    };
    let (before, typed) = typed.split_at(at.min(typed.len()));
    let all = before.iter().chain(&configured).chain(typed);
    Ok(Cli::try_parse_from(all).unwrap_or_else(|mut error| {
        if !configured.is_empty() {
            let tip = "some flags come from a configuration file; `gpucam config` shows them";
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
        }
        error.exit()
    }))
}

/// Begins to control a live run, which was started with this process's arguments.
#[cfg(feature = "control")]
fn attach(opened: live::Opened) -> Option<LiveControl> {
    let (typed, merged) = STARTED_WITH.get().cloned().unwrap_or_default();
    controller::start(typed, merged, opened)
}

#[cfg(not(feature = "control"))]
fn attach(_: live::Opened) -> Option<LiveControl> {
    None
}

/// What clap says of these arguments, the program's name included; for the test of the README's commands.
///
/// # Errors
/// clap's message.
pub fn check(arguments: &[String]) -> std::result::Result<(), String> {
    Cli::try_parse_from(arguments).map(drop).map_err(|error| error.to_string())
}

/// The arguments of the process whose start `gpucam bench` with these ones measures, for the test that none is lost.
///
/// # Errors
/// clap's message.
pub fn arguments_of_start(arguments: &[&str]) -> std::result::Result<Vec<String>, String> {
    let typed = ["gpucam", "bench"].iter().chain(arguments);
    match Cli::try_parse_from(typed).map_err(|error| error.to_string())?.command {
        Some(Command::Bench(bench)) => Ok(bench.first_arguments(crate::Size::new(320, 180))),
        _ => Ok(Vec::new()),
    }
}

/// Names a folder in XDG_RUNTIME_DIR where nobody has, as in a container or over ssh: without one, Mesa prints
/// "error: XDG_RUNTIME_DIR is invalid" and works all the same.
#[allow(unsafe_code)]
fn name_runtime_folder() {
    if let Ok(Some(folder)) = runtime_folder() {
        // SAFETY: this is the first thing that the program does, so no other thread reads the environment.
        unsafe { env::set_var("XDG_RUNTIME_DIR", folder) };
    }
}

/// What other programs call something that gpucam has, without dashes, and what to type here.
const OTHER_NAMES: [(&[&str], &str); 8] = [
    (&["blur", "blur-background"], "gpucam --effect blur:20"),
    (&["background", "bg", "background-image", "image", "b"], "gpucam --effect image:beach.jpg"),
    (
        &["green-screen", "greenscreen", "no-background", "chroma"],
        "gpucam --effect colour:#00b140, or --effect transparent for a picture",
    ),
    (&["list-effects", "effects", "filters"], "gpucam effects"),
    (&["list-devices", "devices", "list-cameras"], "gpucam devices"),
    (&["device", "webcam", "cam", "c", "d", "w"], "gpucam --camera NAME; `gpucam devices` lists them"),
    (&["width", "height", "resolution", "W", "H"], "gpucam --size 1280x720"),
    (&["virtual-device", "vcam", "V", "out"], "gpucam --output /dev/video10; `gpucam devices` lists them"),
];

/// Adds a tip to clap's message if the word that it does not know is an input, an effect's value, or what other
/// programs call something.
fn with_tip(mut error: clap::Error, typed: &[OsString]) -> clap::Error {
    let unknown = [ContextKind::InvalidSubcommand, ContextKind::InvalidArg]
        .into_iter()
        .find_map(|kind| error.get(kind))
        .and_then(|value| if let ContextValue::String(word) = value { Some(word.clone()) } else { None });
    let Some(word) = unknown else { return error };
    let flag =
        word.strip_prefix('-').map(|rest| rest.trim_start_matches('-').split('=').next().unwrap_or_default());
    let tip = match flag {
        Some(flag) => {
            let meant = OTHER_NAMES.iter().find(|(names, _)| names.contains(&flag));
            meant.map(|(_, here)| (*here).to_owned())
        }
        None => value_or_input(&word, typed),
    };
    if let Some(tip) = tip {
        for kind in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg] {
            error.remove(kind);
        }
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// What to type for a word that stands alone: the value of the effect before it, or an input.
fn value_or_input(word: &str, typed: &[OsString]) -> Option<String> {
    let at = typed.iter().position(|typed| typed == word)?;
    let before = |count: usize| typed.get(at.checked_sub(count)?)?.to_str();
    if let (Some("--effect"), Some(effect)) = (before(2), before(1))
        && let Ok(spec) = EffectSpec::find(effect)
        && (matches!(spec.parameters.first().map(|p| p.ty), Some(ParamType::File))
            || format!("{effect}:{word}").parse::<Effects>().is_ok())
    {
        return Some(format!("a value follows its effect after a colon: --effect {effect}:{word}"));
    }
    let (path, kind) = (Path::new(word), InputKind::from_name(Path::new(word)));
    if kind == InputKind::Video && !path.is_file() {
        return None;
    }
    let command = typed.get(1).filter(|first| *first == "mask").map_or("gpucam", |_| "gpucam mask");
    let output = if kind == InputKind::Picture { "out.png" } else { "out.mp4" };
    Some(format!("an input follows its flag: {command} --input {word} --output {output}"))
}

fn init_logging(verbose: u8) {
    let level = ["warn", "info", "debug"][usize::from(verbose.min(2))];
    // zbus warns of a session bus that ends, which is no user's business: gpucam runs on without one.
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| format!("warn,zbus=error,gpucam={level}").into());
    tracing_subscriber::fmt()
        .fmt_fields(hint::ErrorFields::default())
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .without_time()
        .with_target(false)
        // Where nobody reads standard error any more, the line is lost; to say so there would be a panic.
        .log_internal_errors(false)
        .init();
}
