//! `gpucam measure`: compares the mask with other programs' masks, on the test cards or on a clip with known alpha.

use std::{
    num::{NonZeroU32, NonZeroU64},
    path::{Path, PathBuf},
};

use clap::{Args, ValueHint};

use super::{
    args::{EngineArgs, PictureArgs},
    console::{print_line, progress_bar, usage_error},
    parse,
    sandbox::{RunFiles, SandboxArgs},
};
use crate::{
    Result,
    measure::{
        Chain, ClipPlan, MeasurePlan, SIZE,
        clip::{Clip, ClipFiles},
        measure, measure_clip,
    },
    model::{ModelView, OutputGrid},
    pipeline::Settings,
    video::{self, file::AtomicFile, testcard::Scene},
};

/// Compares masks.
#[derive(Args, Debug)]
pub(super) struct MeasureArgs {
    #[command(flatten)]
    picture: PictureArgs,
    #[command(flatten)]
    what: SelectionArgs,
    #[command(flatten)]
    clip: ClipArgs,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    sandbox: SandboxArgs,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Measure")]
struct SelectionArgs {
    /// Scenes of the test card, separated by commas [default: all].
    #[arg(
        long,
        value_enum,
        ignore_case = true,
        value_name = "SCENE,…",
        value_delimiter = ',',
        conflicts_with = "clip"
    )]
    scenes: Vec<Scene>,
    /// Presenters, numbered from 0. gpucam was tuned on 0, 1 and 3.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [2, 4], conflicts_with = "clip")]
    presenters: Vec<u32>,
    /// The methods to compare, separated by commas [default: all].
    #[arg(long, value_enum, ignore_case = true, value_name = "CHAIN,…", value_delimiter = ',')]
    chain: Vec<Chain>,
    /// Also write all figures of all cards to this file, as JSON.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    json: Option<PathBuf>,
}

/// A clip in place of the test cards.
#[derive(Args, Debug)]
#[command(next_help_heading = "A clip with known alpha")]
struct ClipArgs {
    /// A video or a picture of a person whose exact alpha is known, such as one filmed before a green screen and
    /// placed over a room. The test cards are not measured then.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "alpha")]
    clip: Option<PathBuf>,
    /// The alpha of each of its frames: .npy of shape [frames, h, w] (uint8, or float32 0..1), or the luma of a .y4m or
    /// a picture.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "clip")]
    alpha: Option<PathBuf>,
    /// A picture of the room without the person, for the colour errors at the edge.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "clip")]
    plate: Option<PathBuf>,
    /// A picture of the room without the person that gpucam learns first, as `gpucam learn` does: 24 frames of it
    /// (with --learn-room).
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "clip")]
    room: Option<PathBuf>,
    /// The first frame to score, counted from 1; every fourth from there on is [default: 9, or 1 of a picture].
    #[arg(long, value_name = "N", value_parser = parse::count::<NonZeroU32>, requires = "clip")]
    from: Option<NonZeroU32>,
    /// Stop after this many frames.
    #[arg(long, value_name = "N", value_parser = parse::count::<NonZeroU64>, requires = "clip")]
    frames: Option<NonZeroU64>,
}

impl ClipArgs {
    /// By then chains that remember earlier frames have settled.
    const FROM: u32 = 9;

    fn files(&self) -> Option<ClipFiles> {
        let (clip, alpha) = (self.clip.clone()?, self.alpha.clone()?);
        Some(ClipFiles { clip, alpha, plate: self.plate.clone(), room: self.room.clone() })
    }

    /// The first frame to score, of so many.
    fn from(&self, frames: Option<u64>) -> u32 {
        self.from.map_or(if frames == Some(1) { 1 } else { Self::FROM }, NonZeroU32::get)
    }
}

/// What was given, each once and where it came first, or `all` if nothing was.
fn or_all<T: Clone + PartialEq>(given: Vec<T>, all: &[T]) -> Vec<T> {
    let mut kept = Vec::new();
    for value in given {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    if kept.is_empty() { all.to_vec() } else { kept }
}

impl MeasureArgs {
    pub(super) fn run(self) -> Result<()> {
        let Self { picture, what, clip, engine, sandbox } = self;
        let settings = Settings {
            smooth: picture.smooth,
            learn_room: picture.learn_room,
            quality: picture.quality.for_file(),
            light: picture.light,
            denoise: picture.denoise,
            ..picture.mask.settings(picture.effects()?)
        };
        if settings.effects.is_identity() {
            usage_error("--effect: nothing is hidden, so there is no mask to measure");
        }
        let chains = or_all(what.chain, &Chain::ALL);
        let files = clip.files();
        let model = engine.model.as_deref().map(Path::new);
        let of_clip = [&clip.clip, &clip.alpha, &clip.plate, &clip.room].into_iter().flatten();
        let inputs = model.into_iter().chain(settings.effects.files()).chain(of_clip.map(PathBuf::as_path));
        let reads: Vec<_> = inputs.chain(engine.adapter.tuning()).map(PathBuf::from).collect();
        if let Some(json) = &what.json {
            video::check_is_no_input(json, reads.iter().map(PathBuf::as_path))?;
        }
        let writes = what.json.iter().cloned().collect();
        let opens = RunFiles { reads, writes, look: settings.look, ..RunFiles::default() };
        sandbox.enter(None, Some(&engine), opens)?;
        // Files that cannot be read fail before the GPU is opened.
        let opened = files.as_ref().map(Clip::open).transpose()?;
        // A path that cannot be written fails before anything is measured.
        let json = what.json.as_deref().map(AtomicFile::create).transpose()?;
        let (gpu, model, reading) = engine.find()?;
        let (first, second) = ((model, reading), engine.second(&gpu, &settings));
        let load = || Ok(engine.load(&gpu, &first, second.as_ref()));
        let size = opened.as_ref().map_or(SIZE, Clip::size);
        let segmenter = load()?;
        if !ModelView::for_frame(size, segmenter.input_size()).is_whole()
            || reading.grid != OutputGrid::Centres
        {
            let is_blurred = clip.clip.is_none() || clip.plate.is_some();
            let at_frame = |chain: &Chain| match chain {
                Chain::Lfbw | Chain::Backscrub | Chain::Jitsi => true,
                // Its blur lays the model's mask over the whole frame.
                chain => is_blurred && chain.is_volcomix(),
            };
            if chains.iter().any(at_frame) {
                usage_error(
                    "--model: lfbw, backscrub, jitsi, and the blur of volcomix and volcomix-exposed are defined for a model \
                     that sees the whole frame; leave them out with --chain",
                );
            }
        }
        let (text, figures) = match opened {
            Some(mut opened) => {
                let frames = clip.frames.map(NonZeroU64::get);
                let all = opened.frames().into_iter().chain(frames).min();
                let from = clip.from(all);
                if all.is_some_and(|all| all < u64::from(from)) {
                    usage_error(&format!(
                        "{}: it has {} frames, so none is scored; name an earlier one with --from",
                        opened.name(),
                        all.unwrap_or_default()
                    ));
                }
                let bar = progress_bar(all);
                let plan = ClipPlan { chains, settings, from, frames };
                let report = measure_clip(&gpu, load, &mut opened, &plan, || bar.inc(1))?;
                bar.finish_and_clear();
                (report.to_string(), serde_json::to_string_pretty(&report))
            }
            None => {
                let scenes = or_all(what.scenes, &Scene::ALL);
                let plan = MeasurePlan { scenes, presenters: what.presenters, chains, settings };
                let bar = progress_bar(Some(plan.frames()));
                let report = measure(&gpu, load, &plan, || bar.inc(1))?;
                bar.finish_and_clear();
                (report.to_string(), serde_json::to_string_pretty(&report))
            }
        };
        if let Some(file) = json {
            let figures = figures.expect("names and numbers");
            file.write((figures + "\n").as_bytes())?;
        }
        print_line(text.trim_end())
    }
}
