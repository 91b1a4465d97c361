//! Compares mask chains of gpucam and other programs on drawn scenes whose alpha is known exactly.
//!
//! Nine frames of each scene and presenter go through every chain. Frames 4 to 8 are scored, and the last one
//! is also composited over a blurred background and over a replacement picture. `gpucam measure` prints the
//! [`MeasureReport`]. A recorded clip whose alpha is known goes through the chains from its first frame to its
//! last ([`measure_clip`]), with the same figures.

mod chain;
pub mod clip;
mod clip_report;
mod clip_sums;
mod draw;
pub mod float_image;
mod frame_clock;
pub mod metrics;
pub mod peers;
mod plan;
pub mod render;
mod report;

pub use self::{
    chain::Chain,
    clip_report::{ClipChainReport, ClipPlan, ClipReport, measure_clip},
    clip_sums::{ClipFigures, ClipSums},
    frame_clock::FrameClock,
    plan::{FRAMES, MeasurePlan, SCORED_FROM, SIZE},
    report::{ChainReport, Figures, MeasureReport, SceneReport, StageTime},
};
use self::{
    chain::{ChainMemories, ChainRun, runs},
    draw::{DrawnScene, draw_all},
    float_image::FloatImage,
    metrics::{GroundTruth, mean_error},
    render::BlurredBackground,
};
use crate::{Colorimetry, Fps, Gpu, Result, VideoFormat, segmenter::Segmenter, video::testcard::TestCard};

/// Measures everything in `plan`. `load` loads the model onto the GPU; `done` is called after each frame.
///
/// # Errors
/// [`crate::GpuError::Lost`] and the errors of `load`.
pub fn measure(
    gpu: &Gpu,
    load: impl Fn() -> Result<Segmenter>,
    plan: &MeasurePlan,
    mut done: impl FnMut(),
) -> Result<MeasureReport> {
    let format = VideoFormat { size: SIZE, fps: Some(Fps::DEFAULT), colorimetry: Colorimetry::default() };
    let renderer = BlurredBackground::new(gpu, SIZE, format.colorimetry, None);
    let mut report = MeasureReport::new(gpu.info().name.clone(), &plan.chains);
    for &scene in &plan.scenes {
        for &presenter in &plan.presenters {
            let card = TestCard::new(scene, presenter, SIZE);
            let mut runs = runs(gpu, &load, &plan.chains, &plan.settings, format)?;
            let figures = film(&renderer, &card, plan, &mut runs, &mut done)?;
            for (chain, figures) in plan.chains.iter().zip(figures) {
                report.add(*chain, SceneReport { scene: scene.name(), presenter, figures });
            }
            for run in &mut runs {
                if plan.chains.contains(&run.chain)
                    && let Some(timings) = run.pipeline.timings()
                {
                    report.time(run.chain, timings);
                }
            }
        }
    }
    Ok(report)
}

/// Runs every frame of one card through every chain.
fn film(
    renderer: &BlurredBackground,
    card: &TestCard,
    plan: &MeasurePlan,
    runs: &mut [ChainRun],
    done: &mut impl FnMut(),
) -> Result<Vec<Figures>> {
    let mut figures = vec![Figures::default(); plan.chains.len()];
    let mut memories = ChainMemories::default();
    let mut last: Vec<Vec<f32>> = Vec::new();
    for t in 0..FRAMES {
        let card = card.frame(t);
        // Flicker needs the frame before the first scored one.
        let first = |run: &ChainRun| if run.chain.remembers() { 0 } else { SCORED_FROM - 1 };
        for run in runs.iter_mut().filter(|run| t >= first(run)) {
            if t == first(run) + 1 {
                // Drivers compile while the first frame runs.
                run.pipeline.timings().into_iter().for_each(|timings| timings.clear());
            }
            run.next(&card.yuyv)?;
        }
        let alphas: Vec<_> =
            plan.chains.iter().map(|&chain| memories.alpha(chain, runs, &card.alpha, SIZE)).collect();
        if t >= SCORED_FROM {
            let truth = GroundTruth::new(card.alpha.clone(), SIZE);
            score_all(&mut figures, &truth, &alphas, &last);
            if t == FRAMES - 1 {
                let scene = DrawnScene {
                    yuyv: &card.yuyv,
                    colorimetry: Colorimetry::default(),
                    truth: &truth,
                    person: FloatImage { size: SIZE, pixels: card.fg.clone() },
                    plate: FloatImage { size: SIZE, pixels: card.plate.to_vec() },
                };
                draw_all(&mut figures, renderer, &plan.chains, runs, &scene, &alphas)?;
            }
        }
        last = alphas;
        done();
    }
    figures.iter_mut().for_each(|figures| figures.average(f64::from(FRAMES - SCORED_FROM)));
    Ok(figures)
}

/// Adds the figures of one frame, one thread per chain.
fn score_all(figures: &mut [Figures], truth: &GroundTruth, alphas: &[Vec<f32>], last: &[Vec<f32>]) {
    std::thread::scope(|scope| {
        for ((figures, alpha), last) in figures.iter_mut().zip(alphas).zip(last) {
            scope.spawn(move || {
                figures.add(truth.score(alpha));
                figures.flicker += mean_error(alpha, last, |i| truth.in_band(i));
                figures.flicker_outside += mean_error(alpha, last, |i| !truth.in_band(i));
            });
        }
    });
}
