//! Compares mask chains of gpucam and other programs on drawn scenes whose alpha is known exactly.
//!
//! Nine frames of each scene and presenter go through every chain. Frames 4 to 8 are scored, and the last one
//! is also composited over a blurred background and over a replacement picture. `gpucam measure` prints the
//! [`MeasureReport`].

mod chain;
pub mod float_image;
pub mod metrics;
pub mod peers;
mod plan;
pub mod render;
mod report;

pub use self::{
    chain::Chain,
    plan::{FRAMES, MeasurePlan, SCORED_FROM, SIZE},
    report::{ChainReport, Figures, MeasureReport, SceneReport, StageTime},
};
use self::{
    chain::{ChainMemories, ChainRun},
    float_image::FloatImage,
    metrics::{GroundTruth, mean_colour_error, mean_error},
    render::BlurredBackground,
};
use crate::{
    Colorimetry, Gpu, Pipeline, Result, Yuyv,
    segmenter::Segmenter,
    video::testcard::{CardFrame, TestCard},
};

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
    let renderer = BlurredBackground::new(gpu, SIZE, Colorimetry::default());
    let mut report = MeasureReport::new(gpu.info().name.clone(), &plan.chains);
    for &scene in &plan.scenes {
        for &presenter in &plan.presenters {
            let card = TestCard::new(scene, presenter, SIZE);
            let mut runs = runs(gpu, &load, plan)?;
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

/// Creates the pipelines that the chains need, each once.
fn runs(gpu: &Gpu, load: impl Fn() -> Result<Segmenter>, plan: &MeasurePlan) -> Result<Vec<ChainRun>> {
    let mut runs: Vec<ChainRun> = Vec::new();
    for chain in plan.chains.iter().map(|chain| chain.pipeline()) {
        let Some(settings) = chain.settings(&plan.settings) else { continue };
        if !runs.iter().any(|run| run.chain == chain) {
            let mut pipeline = Pipeline::new(gpu, load()?, SIZE, Colorimetry::default(), &settings)?;
            pipeline.enable_timing();
            runs.push(ChainRun::new(chain, pipeline));
        }
    }
    Ok(runs)
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
                draw_all(&mut figures, renderer, plan, runs, (&card, &truth), &alphas)?;
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

/// Composites the frame with every chain and scores the blurred background alone, the person over it, and the
/// person over a replacement picture.
fn draw_all(
    figures: &mut [Figures],
    renderer: &BlurredBackground,
    plan: &MeasurePlan,
    runs: &[ChainRun],
    (card, truth): (&CardFrame, &GroundTruth),
    alphas: &[Vec<f32>],
) -> Result<()> {
    let frame = FloatImage::from_yuyv(&card.yuyv, Colorimetry::default());
    let plate = FloatImage { size: SIZE, pixels: card.plate.to_vec() };
    let person = FloatImage { size: SIZE, pixels: card.fg.clone() };
    let exact = FloatImage::from_mask(SIZE, &card.alpha);
    let nothing = vec![0.0; SIZE.area()];
    let pixel = |x: u32, y: u32| card.plate[(y * SIZE.width + x) as usize].map(f64::from);
    let ideal_background = renderer.render(&Yuyv::from_rgb(SIZE, Colorimetry::default(), pixel), &nothing)?;
    let whole = renderer.render(&card.yuyv, &nothing)?;
    let new = render::replacement_picture(SIZE);
    let ideal = |shown: &FloatImage<3>| {
        let behind = shown.zip(&exact, |r, [a]| r.map(|v| (1.0 - a) * v));
        person.zip(&behind, |p, r| std::array::from_fn(|c| p[c] + r[c]))
    };
    for ((figures, &chain), alpha) in figures.iter_mut().zip(&plan.chains).zip(alphas) {
        let ring = |background: &FloatImage<3>, ideal: &FloatImage<3>| {
            mean_colour_error(&background.pixels, &ideal.pixels, |i| truth.in_ring(i))
        };
        let mut wide = None;
        let (background, ideal_background) = if chain.is_volcomix() {
            let run = runs.iter().find(|run| run.chain == chain).expect("a run for each chain");
            let mask = peers::volcomix_filter(&frame, &run.person);
            let nobody = FloatImage::from_mask(SIZE, &nothing);
            let blurs =
                |n| (peers::volcomix_blur(&frame, &mask, n), peers::volcomix_blur(&plate, &nobody, n));
            let (background, ideal) = blurs(peers::VOLCOMIX_TIMES_WIDE);
            wide = Some(ring(&background, &ideal));
            blurs(peers::VOLCOMIX_TIMES)
        } else if chain.is_ours() {
            (renderer.render(&card.yuyv, alpha)?, ideal_background.clone())
        } else {
            (whole.clone(), ideal_background.clone())
        };
        let mask = FloatImage::from_mask(SIZE, alpha);
        let drawn = |shown: &FloatImage<3>| match chain.is_ours() {
            true => render::composite_decontaminated(&frame, &mask, &background, shown),
            false => render::composite_over(&frame, &mask, shown),
        };
        let rim = |shown: &FloatImage<3>, behind: &FloatImage<3>| {
            mean_colour_error(&drawn(shown).pixels, &ideal(behind).pixels, |i| truth.in_rim(i))
        };
        figures.ring = ring(&background, &ideal_background);
        figures.ring_wide = wide.unwrap_or(figures.ring);
        figures.rim_blur = rim(&background, &ideal_background);
        figures.rim_picture = rim(&new, &new);
    }
    Ok(())
}
