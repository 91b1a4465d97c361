//! `gpucam measure`: compares the mask with other programs' masks, on the test cards.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::{
    args::{EngineArgs, PictureArgs},
    console::{print_line, progress_bar, usage_error},
};
use crate::{
    Result,
    measure::{Chain, MeasurePlan, SIZE, measure},
    model::{ModelView, OutputGrid},
    pipeline::Settings,
    segmenter::Segmenter,
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
    engine: EngineArgs,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Measure")]
struct SelectionArgs {
    /// Scenes of the test card, separated by commas [default: all].
    #[arg(long, value_enum, ignore_case = true, value_name = "SCENE,…", value_delimiter = ',')]
    scenes: Vec<Scene>,
    /// Presenters, numbered from 0. gpucam was tuned on 0, 1 and 3.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [2, 4])]
    presenters: Vec<u32>,
    /// The methods to compare, separated by commas [default: all].
    #[arg(long, value_enum, ignore_case = true, value_name = "CHAIN,…", value_delimiter = ',')]
    chain: Vec<Chain>,
    /// Also write all figures of all cards to this file, as JSON.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    json: Option<PathBuf>,
}

/// `given`, or `all` if it is empty.
fn or_all<T: Clone>(given: Vec<T>, all: &[T]) -> Vec<T> {
    if given.is_empty() { all.to_vec() } else { given }
}

impl MeasureArgs {
    pub(super) fn run(self) -> Result<()> {
        let Self { picture, what, engine } = self;
        let settings = Settings {
            smooth: picture.smooth,
            quality: picture.quality.for_file(),
            ..picture.mask.settings(picture.effects()?)
        };
        if settings.effects.is_identity() {
            usage_error("--effect: nothing is hidden, so there is no mask to measure");
        }
        let plan = MeasurePlan {
            scenes: or_all(what.scenes, &Scene::ALL),
            presenters: what.presenters,
            chains: or_all(what.chain, &Chain::ALL),
            settings,
        };
        if let Some(json) = &what.json {
            let model = engine.model.as_deref().map(Path::new);
            video::check_is_no_input(json, model.into_iter().chain(plan.settings.effects.files()))?;
        }
        // A path that cannot be written fails before anything is measured.
        let json = what.json.as_deref().map(AtomicFile::create).transpose()?;
        let (gpu, model, reading) = engine.find()?;
        let load = || Ok(Segmenter::load(&gpu, &model, reading, engine.engine));
        let segmenter = load()?;
        if !ModelView::for_frame(SIZE, segmenter.input_size()).is_whole()
            || reading.grid != OutputGrid::Centres
        {
            let at_frame = |chain: &Chain| matches!(chain, Chain::Lfbw | Chain::Backscrub | Chain::Jitsi);
            if plan.chains.iter().any(at_frame) {
                usage_error(
                    "--model: lfbw, backscrub and jitsi are defined for a model that sees the whole frame",
                );
            }
        }
        let bar = progress_bar(Some(plan.frames()));
        let report = measure(&gpu, load, &plan, || bar.inc(1))?;
        bar.finish_and_clear();
        if let Some(file) = json {
            let text = serde_json::to_string_pretty(&report).expect("names and numbers");
            file.write((text + "\n").as_bytes())?;
        }
        print_line(report.to_string().trim_end())
    }
}
