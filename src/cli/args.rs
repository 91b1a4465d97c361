//! The arguments that several commands share.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum, ValueHint};

use super::{console::usage_error, parse};
use crate::{
    Denoise, Exposure, Gpu, Light, Look, Matrix, People, Range, Refine, Result, Settings, Size, Smooth,
    effects::Effects,
    gpu::{Ask, small_adapters::SmallAdapter, tuning::Profile},
    live::quality::QualityMode,
    model::{OutputDecoding, OutputGrid, Reading, catalogue},
    passes::{LearnRoom, Shape},
    segmenter::InferenceEngine,
    tune::kept,
    video::{Fit, Fps, InputOptions},
};

/// How the picture looks.
#[derive(Args, Debug)]
#[command(next_help_heading = "Picture")]
pub(super) struct PictureArgs {
    /// The effect; `gpucam effects` lists all effects and their parameters. Several are applied in order.
    ///
    /// In a value, put a backslash before a comma, a colon or an equals sign, or the value in double quotes.
    #[arg(long, value_name = "NAME[:VALUE][,KEY=VALUE…]", default_value = "blur")]
    pub(super) effect: Vec<String>,
    /// Show the mask instead of the effects: as grey, over the picture, or beside it. The last two show the
    /// background.
    #[arg(long, value_name = "mask|overlay|side", conflicts_with = "effect", value_parser = ["mask", "overlay", "side"],
        ignore_case = true)]
    pub(super) mask_view: Option<String>,
    /// Whether to stabilise the mask from frame to frame (with --refine guided).
    #[arg(long, value_enum, ignore_case = true, default_value = "auto")]
    pub(super) smooth: Smooth,
    /// Whether to learn what the room looks like where nobody is, which makes the mask much better there (with --refine
    /// guided, without --follow). `gpucam learn` learns it at once. The picture of the room stays in memory, unless
    /// --keep-room keeps it.
    #[arg(long, value_enum, ignore_case = true, default_value = "auto")]
    pub(super) learn_room: LearnRoom,
    /// How much quality to give up for speed. The background is hidden just as reliably.
    #[arg(long, value_enum, ignore_case = true, default_value = "auto")]
    pub(super) quality: QualityMode,
    /// Whether to light the picture for the person: brightness, soft highlights and white balance.
    #[arg(long, value_enum, ignore_case = true, default_value = "off")]
    pub(super) light: Light,
    /// Whether to take the camera's noise out of the picture.
    #[arg(long, value_enum, ignore_case = true, default_value = "off")]
    pub(super) denoise: Denoise,
    #[command(flatten)]
    pub(super) mask: MaskArgs,
}

/// How the mask is made.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Mask")]
pub(super) struct MaskArgs {
    /// How the model's mask is fitted to the edges in the frame.
    #[arg(long, value_enum, ignore_case = true, default_value = "guided")]
    pub(super) refine: Refine,
    /// Whether to brighten a dark frame for the model. The picture itself stays as it is.
    #[arg(long, value_enum, ignore_case = true, default_value = "auto")]
    pub(super) exposure: Exposure,
    /// Whether a second model looks at the person alone, larger than in the frame (with --refine guided and --engine
    /// fast): a sharper mask for about twice the model's work.
    #[arg(long, value_enum, ignore_case = true, default_value = "auto")]
    pub(super) look: Look,
    /// Who is the person, where several people are in the picture. Hands and held things stay with them.
    #[arg(long, value_enum, ignore_case = true, default_value = "all")]
    pub(super) people: People,
    /// Alpha up to LOW becomes background, from HIGH on person; 0..1 changes nothing.
    #[arg(long, value_name = "LOW..HIGH", value_parser = parse::threshold, allow_hyphen_values = true)]
    pub(super) threshold: Option<(f64, f64)>,
    /// Grow the person by this many pixels of a 720p frame, 0..20.
    #[arg(long, value_name = "PX", value_parser = parse::up_to(20), conflicts_with = "shrink",
        allow_negative_numbers = true)]
    pub(super) grow: Option<f64>,
    /// Shrink the person by this many pixels of a 720p frame, 0..20.
    #[arg(long, value_name = "PX", value_parser = parse::up_to(20), allow_negative_numbers = true)]
    pub(super) shrink: Option<f64>,
    /// Blur the mask's edge: σ in pixels of a 720p frame, 0..10.
    #[arg(long, value_name = "PX", value_parser = parse::up_to(10), allow_negative_numbers = true)]
    pub(super) feather: Option<f64>,
    /// Remove parts of the mask that cover less than this percentage of the frame, 0..10.
    #[arg(long, value_name = "PERCENT", value_parser = parse::up_to(10), allow_negative_numbers = true)]
    pub(super) islands: Option<f64>,
}

/// Where frames come from.
#[derive(Args, Debug)]
#[command(next_help_heading = "Input")]
#[allow(rustdoc::broken_intra_doc_links)] // clap prints these texts: their brackets are no links
pub(super) struct InputArgs {
    /// testcard[:SCENE[,PRESENTER]], a picture, .y4m, raw .yuyv, or any video that ffmpeg reads; - is
    /// standard input: a picture, .y4m, or raw YUYV.
    ///
    /// Scenes: still, slow, fast, edge, hair, dark, clutter, jpeg, foliage, white, two, hands, mug,
    /// chair, headset, behind. A presenter is a number from 0.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) input: Option<PathBuf>,
    /// Frame size, such as 1280x720: the size of raw YUYV, or the size to request from a camera. Other inputs
    /// are scaled to cover it and cropped.
    #[arg(long, value_name = "WxH")]
    pub(super) size: Option<Size>,
    /// Frames per second, such as 30 or 30000/1001: the rate of a picture or raw YUYV, or the rate to request
    /// from a camera. A video is converted to it.
    #[arg(long, allow_negative_numbers = true)]
    pub(super) fps: Option<Fps>,
    /// YCbCr matrix of the input [default: as the input states, else 601].
    #[arg(long, value_enum, ignore_case = true)]
    pub(super) matrix: Option<Matrix>,
    /// Range of the input's codes [default: as the input states, else limited].
    #[arg(long, value_enum, ignore_case = true)]
    pub(super) range: Option<Range>,
}

impl InputArgs {
    /// The input file, for commands that need one.
    pub(super) fn file(&self) -> &Path {
        self.input.as_deref().unwrap_or_else(|| usage_error("the input is missing: name it with --input"))
    }

    pub(super) fn wanted(&self, frames: Option<u64>) -> InputOptions {
        InputOptions {
            size: self.size,
            fit: Fit::Cover,
            fps: self.fps,
            frames,
            matrix: self.matrix,
            range: self.range,
        }
    }
}

/// The model and the GPU.
#[derive(Args, Debug)]
#[command(next_help_heading = "Model and GPU")]
pub(super) struct EngineArgs {
    /// A model's name (`gpucam models` lists them) or a .tflite file [default: selfie-landscape].
    #[arg(long, value_name = "NAME|FILE")]
    pub(super) model: Option<String>,
    #[command(flatten)]
    pub(super) reading: ReadingArgs,
    /// The engine that runs the model.
    #[arg(long, value_enum, ignore_case = true, default_value = "fast")]
    pub(super) engine: InferenceEngine,
    /// Never fetch a model.
    #[arg(long)]
    pub(super) offline: bool,
    #[command(flatten)]
    pub(super) adapter: AdapterArgs,
}

impl EngineArgs {
    /// The model as it was typed, or the default's name.
    pub(super) fn model_name(&self) -> &str {
        self.model.as_deref().unwrap_or_else(|| &catalogue::default().name)
    }
}

/// The adapter, and what is chosen for it.
#[derive(Args, Clone, Debug)]
pub(super) struct AdapterArgs {
    /// The Vulkan adapter: power (an integrated GPU, if there is one), speed (a discrete one), auto (power, unless
    /// it was measured to be slower than the camera), or its index or part of its name (`gpucam adapters`)
    /// [default: auto].
    #[arg(long, value_name = "auto|power|speed|NAME|INDEX")]
    adapter: Option<String>,
    /// How work is divided for the adapter: auto (what `gpucam tune` found, else the table's), table, a profile, or a
    /// .toml file that names one and replaces fields of it [default: auto].
    #[arg(long, value_name = "auto|table|PROFILE|FILE", hide = true, env = "GPUCAM_TUNING", hide_env = true)]
    tuning: Option<String>,
    /// Ask the adapter for no more than another one has: webgpu-default, v3d (Raspberry Pi 4), gen8 or gen9 (old Intel).
    #[arg(long, value_name = "NAME", hide = true, env = "GPUCAM_LIMITS", hide_env = true)]
    limits: Option<SmallAdapter>,
}

impl AdapterArgs {
    /// Opens the adapter.
    pub(super) fn open(&self) -> Result<Gpu> {
        self.open_wanted(self.adapter.as_deref(), Ask::Used)
    }

    /// Opens the adapter for this engine: burn is faster with all that the adapter has.
    pub(super) fn open_for(&self, engine: InferenceEngine) -> Result<Gpu> {
        let ask = if engine == InferenceEngine::Burn { Ask::Everything } else { Ask::Used };
        self.open_wanted(self.adapter.as_deref(), ask)
    }

    /// Opens the adapter with this index, whatever was typed.
    pub(super) fn open_index(&self, index: usize) -> Result<Gpu> {
        self.open_wanted(Some(&index.to_string()), Ask::Used)
    }

    /// The file that --tuning may name.
    pub(super) fn tuning(&self) -> Option<&Path> {
        self.given_tuning().map(Path::new)
    }

    /// Whether the choice is left to gpucam.
    pub(super) fn is_auto(&self) -> bool {
        self.adapter.as_deref().is_none_or(|text| text.eq_ignore_ascii_case("auto"))
    }

    /// Opens the adapter with the tuning that is given, or the table's.
    pub(super) fn open_untuned(&self) -> Result<Gpu> {
        let tuning = self.given_tuning().map(parse_tuning);
        Ok(Gpu::open_asking(self.adapter.as_deref(), tuning, self.ask(Ask::Used))?)
    }

    /// The tuning that --tuning names, which overrides what was kept and the table.
    pub(super) fn given_tuning(&self) -> Option<&str> {
        self.tuning.as_deref().filter(|text| !["auto", "table"].contains(text))
    }

    /// Whether gpucam may tune it by itself: a file that is given may ask for that; a profile that is given is for
    /// comparing.
    pub(super) fn may_be_tuned(&self) -> bool {
        self.takes_kept() || self.given_tuning().is_some_and(|text| text.parse::<Profile>().is_err())
    }

    /// Whether what `gpucam tune` kept counts.
    pub(super) fn takes_kept(&self) -> bool {
        self.tuning.as_deref().is_none_or(|text| text == "auto")
    }

    fn open_wanted(&self, wanted: Option<&str>, ask: Ask) -> Result<Gpu> {
        let given = self.given_tuning().map(parse_tuning);
        let kept = |info: &_| if self.takes_kept() { kept::choose(info) } else { None };
        let gpu = Gpu::open_as(wanted, |info| given.or_else(|| kept(info)), self.ask(ask))?;
        tracing::info!(adapter = gpu.info().name, driver = gpu.info().driver_info, "opened");
        Ok(gpu)
    }

    /// What to ask of the adapter, instead of `otherwise` if --limits says so.
    fn ask(&self, otherwise: Ask) -> Ask {
        self.limits.as_ref().map_or(otherwise, SmallAdapter::ask)
    }

    /// The same flags for another process.
    pub(super) fn flags(&self) -> Vec<String> {
        let limits = self.limits.as_ref().map(|adapter| adapter.name.to_owned());
        let flags = [("--adapter", &self.adapter), ("--tuning", &self.tuning), ("--limits", &limits)];
        let given = flags.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value.clone()?]));
        given.flatten().collect()
    }
}

/// Ends the program if a value of --tuning that is no word names no tuning.
fn parse_tuning(text: &str) -> crate::Tuning {
    text.parse()
        .unwrap_or_else(|why: String| usage_error(&format!("--tuning {text}: {why}, or auto, or table")))
}

/// Input and output of a user's own model, if its shapes do not tell.
#[derive(Args, Debug)]
pub(super) struct ReadingArgs {
    /// For your own model: range of its R'G'B' input, as LOWEST..HIGHEST [default: by its output].
    #[arg(long, value_name = "0..1|-1..1", value_parser = parse::input, allow_hyphen_values = true)]
    pub(super) model_input: Option<(f32, f32)>,
    /// For your own model: kind of its output [default: by its channels].
    #[arg(long, value_name = "probability|logit|softmax:CHANNEL|background:CHANNEL", value_parser = parse::person)]
    pub(super) model_output: Option<OutputDecoding>,
    /// For your own model: where its output's samples lie [default: by its sizes].
    #[arg(long, value_name = "centres|corners", value_parser = parse::grid)]
    pub(super) model_grid: Option<OutputGrid>,
}

impl PictureArgs {
    pub(super) fn effects(&self) -> crate::Result<Effects> {
        match &self.mask_view {
            Some(view) => format!("mask:{view}").parse(),
            None => Effects::parse_all(&self.effect),
        }
    }
}

/// How a value of a flag is typed.
pub(super) fn word<T: ValueEnum>(value: &T) -> String {
    value.to_possible_value().map(|word| word.get_name().to_owned()).unwrap_or_default()
}

impl MaskArgs {
    /// The same flags for another process.
    pub(super) fn flags(&self) -> Vec<String> {
        let Self { refine, exposure, look, people, threshold, grow, shrink, feather, islands } = self;
        let words = [word(refine), word(exposure), word(look), word(people)].map(Some);
        let numbers = [grow, shrink, feather, islands].map(|number| number.map(|number| number.to_string()));
        let threshold = threshold.map(|(low, high)| format!("{low}..{high}"));
        let names =
            ["refine", "exposure", "look", "people", "grow", "shrink", "feather", "islands", "threshold"];
        let values = words.into_iter().chain(numbers).chain([threshold]);
        names.iter().zip(values).filter_map(|(name, value)| Some(format!("--{name}={}", value?))).collect()
    }

    pub(super) fn settings(&self, effects: Effects) -> Settings {
        let shape = Shape {
            threshold: self.threshold.unwrap_or((0.0, 1.0)),
            grow: self.grow.or(self.shrink.map(|px| -px)).unwrap_or_default(),
            feather: self.feather.unwrap_or_default(),
            islands: self.islands.unwrap_or_default() / 100.0,
        };
        let Self { refine, exposure, look, people, .. } = *self;
        Settings { effects, refine, exposure, look, people, shape, ..Settings::default() }
    }
}

impl ReadingArgs {
    /// Overrides `known` with the arguments given. None if the kind of output stays unknown.
    pub(super) fn override_reading(&self, known: Option<Reading>) -> Option<Reading> {
        let person = self.model_output.or(known.map(|reading| reading.person))?;
        let (scale, offset) =
            self.model_input.or(known.map(|reading| (reading.scale, reading.offset))).unwrap_or((1.0, 0.0));
        let grid = self.model_grid.or(known.map(|reading| reading.grid)).unwrap_or(OutputGrid::Centres);
        Some(Reading { scale, offset, person, grid })
    }
}
