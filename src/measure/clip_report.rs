//! Runs a clip through the chains, and reports the figures.

use std::fmt;

use serde::Serialize;

use super::{
    Chain, Figures,
    chain::{ChainMemories, runs},
    clip::{Clip, ClipFrame},
    clip_sums::{ClipFigures, ClipSums},
    draw::{DrawnScene, draw_all},
    float_image::FloatImage,
    metrics::GroundTruth,
    render::BlurredBackground,
    report::cell,
};
use crate::{Gpu, Result, Settings, segmenter::Segmenter};

/// A frame is scored every so often; neighbours say the same.
const EVERY: u32 = 4;
/// Flicker is measured from so many frames before the first scored one.
const FLICKER_BEFORE: u32 = 2;

/// A chain's figures on a clip.
#[derive(Clone, Debug, Serialize)]
pub struct ClipChainReport {
    /// The chain.
    #[serde(skip)]
    pub chain: Chain,
    /// Its name in the table.
    pub title: &'static str,
    /// Its figures.
    #[serde(flatten)]
    pub figures: ClipFigures,
}

/// All results of a clip.
#[derive(Clone, Debug, Serialize)]
pub struct ClipReport {
    /// The Vulkan adapter.
    pub adapter: String,
    /// The clip's file name.
    pub clip: String,
    /// Frame size.
    pub size: String,
    /// Number of frames that went through the chains.
    pub frames: u32,
    /// The frames that were scored, counted from 1.
    pub scored: Vec<u32>,
    /// One report per chain.
    pub chains: Vec<ClipChainReport>,
}

/// What to measure on a clip.
#[derive(Clone, Debug)]
pub struct ClipPlan {
    /// The chains.
    pub chains: Vec<Chain>,
    /// Picture settings for gpucam's chains.
    pub settings: Settings,
    /// The first scored frame, counted from 1; from there on, every fourth is scored.
    pub from: u32,
    /// Stop after this many frames.
    pub frames: Option<u64>,
}

/// Runs the clip through the chains, from its first frame on, so that what a chain remembers counts. `load` loads the
/// model onto the GPU; `done` is called after each frame.
///
/// # Errors
/// [`crate::GpuError::Lost`], and the errors of `load` and of reading the clip.
pub fn measure_clip(
    gpu: &Gpu,
    load: impl Fn() -> Result<Segmenter>,
    clip: &mut Clip,
    plan: &ClipPlan,
    mut done: impl FnMut(),
) -> Result<ClipReport> {
    let ClipPlan { chains, settings, from, frames } = plan;
    let format = clip.format();
    let (size, colorimetry) = (format.size, format.colorimetry);
    let renderer = BlurredBackground::new(gpu, size, colorimetry, None);
    let mut runs = runs(gpu, load, chains, settings, format)?;
    if let Some(room) = clip.room() {
        runs.iter_mut().try_for_each(|run| run.learn(room))?;
    }
    let (mut memories, mut sums) = (ChainMemories::default(), vec![ClipSums::default(); chains.len()]);
    let mut last: Option<(Vec<Vec<f32>>, Vec<f32>)> = None;
    let (mut number, mut scored_frames) = (0, Vec::new());
    while frames.as_ref().is_none_or(|most| u64::from(number) < *most) {
        let Some(ClipFrame { yuyv, alpha }) = clip.next_frame()? else { break };
        number += 1;
        let is_alone = clip.frames() == Some(1);
        runs.iter_mut().try_for_each(|run| if is_alone { run.still(&yuyv) } else { run.next(&yuyv) })?;
        let alphas: Vec<_> = chains.iter().map(|&chain| memories.alpha(chain, &runs, &alpha, size)).collect();
        let is_scored = number >= *from && (number - from).is_multiple_of(EVERY);
        if number + FLICKER_BEFORE >= *from {
            let truth = GroundTruth::new(alpha.clone(), size);
            std::thread::scope(|scope| {
                for (index, (sums, alpha)) in sums.iter_mut().zip(&alphas).enumerate() {
                    let (last, truth) = (&last, &truth);
                    scope.spawn(move || {
                        if let Some((alphas, exact)) = last {
                            sums.flicker(truth, alpha, (&alphas[index], exact));
                        }
                        if is_scored {
                            sums.score(truth, alpha);
                        }
                    });
                }
            });
            if is_scored {
                scored_frames.push(number);
                if let Some(plate) = clip.plate() {
                    let frame = FloatImage::from_yuyv(&yuyv, colorimetry);
                    let scene = DrawnScene {
                        yuyv: &yuyv,
                        colorimetry,
                        truth: &truth,
                        person: person(&frame, plate, &alpha),
                        plate: plate.clone(),
                    };
                    let mut figures = vec![Figures::default(); chains.len()];
                    draw_all(&mut figures, &renderer, chains, &runs, &scene, &alphas)?;
                    sums.iter_mut().zip(figures).for_each(|(sums, figures)| sums.colours(&figures));
                }
            }
        }
        last = Some((alphas, alpha));
        done();
    }
    let report = |(&chain, sums): (&Chain, &ClipSums)| ClipChainReport {
        chain,
        title: chain.title(),
        figures: sums.figures(),
    };
    Ok(ClipReport {
        adapter: gpu.info().name.clone(),
        clip: clip.name().into(),
        size: size.to_string(),
        frames: number,
        scored: scored_frames,
        chains: chains.iter().zip(&sums).map(report).collect(),
    })
}

/// What the person adds to the frame: the frame without its share of the room, 0..alpha.
fn person(frame: &FloatImage<3>, plate: &FloatImage<3>, alpha: &[f32]) -> FloatImage<3> {
    let pixels = frame.pixels.iter().zip(&plate.pixels).zip(alpha);
    let share = |((frame, plate), &alpha): ((&[f32; 3], &[f32; 3]), &f32)| {
        std::array::from_fn(|c| (frame[c] - (1.0 - alpha) * plate[c]).clamp(0.0, alpha))
    };
    FloatImage { size: frame.size, pixels: pixels.map(share).collect() }
}

/// A table in Markdown.
impl fmt::Display for ClipReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (frames, scored) = (self.frames, self.scored.len());
        writeln!(
            f,
            "### {}: {scored} of {frames} frames scored, {} (x1000 but F and IoU)\n",
            self.clip, self.size
        )?;
        let titles = [
            "chain",
            "band",
            "F",
            "IoU",
            "flicker",
            "rim, picture",
            "rim, blur",
            "ring",
            "whole-picture error",
        ];
        writeln!(f, "| {} |\n|{}", titles.join(" | "), "---|".repeat(titles.len()))?;
        for ClipChainReport { title, figures, .. } in &self.chains {
            let thousandths = |value: Option<f64>| cell(1, 1e3 * value.unwrap_or(f64::NAN));
            let part = |value: Option<f64>| cell(3, value.unwrap_or(f64::NAN));
            let cells = [
                thousandths(figures.band),
                part(figures.f),
                part(figures.iou),
                thousandths(figures.flicker),
                thousandths(figures.rim_picture),
                thousandths(figures.rim_blur),
                thousandths(figures.ring),
                cell(2, 1e3 * figures.error.unwrap_or(f64::NAN)),
            ];
            writeln!(f, "| {title} | {} |", cells.join(" | "))?;
        }
        Ok(())
    }
}
