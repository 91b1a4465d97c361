//! The results as JSON and as the tables of `docs/PICTURE.md`.

use std::fmt;

use serde::Serialize;

use super::{
    Chain,
    metrics::Score,
    plan::{FRAMES, SCORED_FROM, SIZE},
};
use crate::{pipeline::timings::Timings, video::testcard::Scene};

/// All results.
#[derive(Clone, Debug, Serialize)]
pub struct MeasureReport {
    /// The Vulkan adapter.
    pub adapter: String,
    /// Frame size.
    pub size: String,
    /// Number of frames per scene.
    pub frames: u32,
    /// First scored frame, counted from 0.
    pub scored_from: u32,
    /// One report per chain.
    pub chains: Vec<ChainReport>,
}

/// One chain on every card.
#[derive(Clone, Debug, Serialize)]
pub struct ChainReport {
    /// The chain.
    #[serde(skip)]
    pub chain: Chain,
    /// Its name in the tables.
    pub title: &'static str,
    /// One report per scene and presenter.
    pub cards: Vec<SceneReport>,
    /// GPU time of each stage; empty if the chain shares a pipeline or the adapter has no timestamps.
    pub stages: Vec<StageTime>,
}

/// One card.
#[derive(Clone, Debug, Serialize)]
pub struct SceneReport {
    /// The scene.
    pub scene: &'static str,
    /// The presenter.
    pub presenter: u32,
    /// Means over the scored frames.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Figures of a chain on a card, as fractions of full scale. 0 is best, except for `iou` and `f`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Intersection over union of the person pixels.
    pub iou: f64,
    /// Mean |alpha error| over the whole picture.
    pub error: f64,
    /// Mean |alpha error| within 16 pixels of the edge.
    pub band: f64,
    /// Boundary F at 2 pixels.
    pub f: f64,
    /// Mean |change of alpha| between frames within 16 pixels of the edge; flicker if nothing moves.
    pub flicker: f64,
    /// The same outside this band.
    pub flicker_outside: f64,
    /// Mean colour error of the blurred background within 28 pixels around the person, last frame.
    pub ring: f64,
    /// The same with an equal blur σ for all chains.
    pub ring_wide: f64,
    /// Mean colour error of the composite over the blurred background within 8 pixels of the edge, last
    /// frame.
    pub rim_blur: f64,
    /// The same over a replacement picture.
    pub rim_picture: f64,
}

/// A stage of a frame on the GPU.
#[derive(Clone, Debug, Serialize)]
pub struct StageTime {
    /// The pass.
    pub name: String,
    /// Dispatches per frame.
    pub dispatches: u64,
    /// Milliseconds: median over the frames of a card, minimum over the cards, as other programs may load the
    /// machine.
    pub milliseconds: f64,
}

impl Figures {
    pub(super) fn add(&mut self, score: Score) {
        self.iou += score.iou;
        self.error += score.error;
        self.band += score.band;
        self.f += score.f;
    }

    /// Divides sums over `frames` to means. Figures of the last frame alone stay.
    pub(super) fn average(&mut self, frames: f64) {
        let sums = [&mut self.iou, &mut self.error, &mut self.band, &mut self.f];
        sums.into_iter().for_each(|sum| *sum /= frames);
        self.flicker /= frames;
        self.flicker_outside /= frames;
    }
}

impl MeasureReport {
    pub(super) fn new(adapter: String, chains: &[Chain]) -> Self {
        let chain = |&chain: &Chain| ChainReport {
            chain,
            title: chain.title(),
            cards: Vec::new(),
            stages: Vec::new(),
        };
        let chains = chains.iter().map(chain).collect();
        Self { adapter, size: SIZE.to_string(), frames: FRAMES, scored_from: SCORED_FROM, chains }
    }

    fn chain_mut(&mut self, chain: Chain) -> &mut ChainReport {
        self.chains.iter_mut().find(|c| c.chain == chain).expect("a chain of the plan")
    }

    pub(super) fn add(&mut self, chain: Chain, card: SceneReport) {
        self.chain_mut(chain).cards.push(card);
    }

    pub(super) fn time(&mut self, chain: Chain, timings: &Timings) {
        let stages = &mut self.chain_mut(chain).stages;
        for (name, dispatches, quantiles) in timings.rows() {
            match stages.iter_mut().find(|stage| stage.name == name) {
                Some(stage) => stage.milliseconds = stage.milliseconds.min(quantiles.p50),
                None => stages.push(StageTime { name: name.into(), dispatches, milliseconds: quantiles.p50 }),
            }
        }
    }
}

/// A figure with its title and format.
struct Column {
    title: &'static str,
    value: fn(&Figures) -> f64,
    factor: f64,
    digits: usize,
}

const BAND: Column = Column { title: "Band error (x1000)", value: |f| f.band, factor: 1e3, digits: 1 };
const PER_SCENE: [Column; 7] = [
    BAND,
    Column { title: "Boundary F at 2 pixels", value: |f| f.f, factor: 1.0, digits: 2 },
    Column { title: "IoU", value: |f| f.iou, factor: 1.0, digits: 3 },
    Column { title: "Ring error after blur (x1000)", value: |f| f.ring, factor: 1e3, digits: 1 },
    Column { title: "Ring error at equal blur (x1000)", value: |f| f.ring_wide, factor: 1e3, digits: 1 },
    Column {
        title: "Rim error before the blurred room (x1000)",
        value: |f| f.rim_blur,
        factor: 1e3,
        digits: 1,
    },
    Column {
        title: "Rim error before a new picture (x1000)",
        value: |f| f.rim_picture,
        factor: 1e3,
        digits: 1,
    },
];

impl ChainReport {
    /// Mean over the presenters of a scene; NaN if it was not measured.
    pub fn mean(&self, scene: &str, value: fn(&Figures) -> f64) -> f64 {
        let values: Vec<f64> =
            self.cards.iter().filter(|card| card.scene == scene).map(|card| value(&card.figures)).collect();
        values.iter().sum::<f64>() / values.len() as f64
    }

    /// Mean over the scenes with one person and nothing else, equally weighted.
    pub fn mean_of_scenes(&self, value: fn(&Figures) -> f64) -> f64 {
        let scenes: Vec<_> = self.scenes().into_iter().filter(|&s| is_plain(s)).collect();
        scenes.iter().map(|scene| self.mean(scene, value)).sum::<f64>() / scenes.len() as f64
    }

    /// The scenes in the order measured.
    fn scenes(&self) -> Vec<&'static str> {
        let mut scenes: Vec<_> = self.cards.iter().map(|card| card.scene).collect();
        scenes.dedup();
        scenes
    }
}

/// Whether a scene counts for means.
fn is_plain(name: &str) -> bool {
    Scene::ALL.iter().any(|scene| scene.name() == name && scene.is_plain())
}

/// Tables in Markdown.
impl fmt::Display for MeasureReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(scenes) = self.chains.first().map(ChainReport::scenes) else { return Ok(()) };
        for column in &PER_SCENE {
            writeln!(f, "### {}\n", column.title)?;
            writeln!(f, "| chain | {} | mean |", scenes.join(" | "))?;
            writeln!(f, "|---|{}", "---|".repeat(scenes.len() + 1))?;
            for chain in &self.chains {
                let cell = |v: f64| cell(column.digits, column.factor * v);
                let cells: Vec<_> =
                    scenes.iter().map(|scene| cell(chain.mean(scene, column.value))).collect();
                let mean = cell(chain.mean_of_scenes(column.value));
                writeln!(f, "| {} | {} | {mean} |", chain.title, cells.join(" | "))?;
            }
            writeln!(f)?;
        }
        self.steadiness(f)?;
        let measured = |scene: &Scene| scenes.contains(&scene.name());
        if ![Scene::Still, Scene::Dark, Scene::Slow, Scene::Fast].iter().all(measured) {
            writeln!(
                f,
                "A dash stands for scenes that were not measured: flicker needs still and dark, lag needs slow and fast \
                 beside still, and a mean needs a scene of one person with nothing in hand (--scenes names them).\n"
            )?;
        }
        self.time_table(f)
    }
}

/// A figure, or a dash for one of scenes that were not measured.
pub(super) fn cell(digits: usize, value: f64) -> String {
    if value.is_nan() { "–".into() } else { format!("{value:.digits$}") }
}

impl MeasureReport {
    fn steadiness(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### Steadiness (x1000)\n")?;
        let titles = [
            "chain",
            "whole-picture error",
            "flicker still",
            "flicker dark",
            "outside the band, dark",
            "lag: slow - still",
            "fast - still",
        ];
        writeln!(f, "| {} |", titles.join(" | "))?;
        writeln!(f, "|{}", "---|".repeat(titles.len()))?;
        for chain in &self.chains {
            let band = |scene: Scene| chain.mean(scene.name(), BAND.value);
            let values = [
                chain.mean_of_scenes(|f| f.error),
                chain.mean(Scene::Still.name(), |f| f.flicker),
                chain.mean(Scene::Dark.name(), |f| f.flicker),
                chain.mean(Scene::Dark.name(), |f| f.flicker_outside),
                band(Scene::Slow) - band(Scene::Still),
                band(Scene::Fast) - band(Scene::Still),
            ];
            let cells: Vec<_> = values.iter().map(|v| cell(2, 1e3 * v)).collect();
            writeln!(f, "| {} | {} |", chain.title, cells.join(" | "))?;
        }
        writeln!(f)
    }

    fn time_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timed: Vec<_> = self.chains.iter().filter(|chain| !chain.stages.is_empty()).collect();
        if timed.is_empty() {
            return Ok(());
        }
        writeln!(f, "### Milliseconds on {} at {}\n", self.adapter, self.size)?;
        let titles: Vec<_> = timed.iter().map(|chain| chain.title).collect();
        writeln!(f, "| stage | {} |\n|---|{}", titles.join(" | "), "---|".repeat(timed.len()))?;
        let mut names: Vec<&str> = Vec::new();
        for stage in timed.iter().flat_map(|chain| &chain.stages) {
            if !names.contains(&stage.name.as_str()) {
                names.push(&stage.name);
            }
        }
        // Sums come last, whichever chain a stage belongs to.
        names.sort_by_key(|name| name.contains(' '));
        for name in names {
            let cell = |chain: &&ChainReport| match chain.stages.iter().find(|s| s.name == name) {
                Some(stage) => format!("{:.2}", stage.milliseconds),
                None => String::new(),
            };
            writeln!(f, "| {name} | {} |", timed.iter().map(cell).collect::<Vec<_>>().join(" | "))?;
        }
        Ok(())
    }
}
