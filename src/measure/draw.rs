//! Composites a frame with the alpha of every chain, and scores the pictures.

use super::{
    Chain, Figures,
    chain::ChainRun,
    float_image::FloatImage,
    metrics::{GroundTruth, mean_colour_error},
    peers,
    render::{self, BlurredBackground},
};
use crate::{Colorimetry, Result, Yuyv};

/// A frame whose person and room are known.
pub(super) struct DrawnScene<'a> {
    pub(super) yuyv: &'a Yuyv,
    pub(super) colorimetry: Colorimetry,
    pub(super) truth: &'a GroundTruth,
    /// R'G'B' of the person, multiplied by alpha.
    pub(super) person: FloatImage<3>,
    /// R'G'B' of the room without the person.
    pub(super) plate: FloatImage<3>,
}

/// Composites the frame with every chain and scores the blurred background alone, the person over it, and the
/// person over a replacement picture.
pub(super) fn draw_all(
    figures: &mut [Figures],
    outer: &BlurredBackground,
    chains: &[Chain],
    runs: &[ChainRun],
    scene: &DrawnScene<'_>,
    alphas: &[Vec<f32>],
) -> Result<()> {
    let DrawnScene { yuyv, colorimetry, truth, person, plate } = scene;
    let size = truth.size;
    let frame = FloatImage::from_yuyv(yuyv, *colorimetry);
    let exact = FloatImage::from_mask(size, &truth.alpha);
    let nothing = vec![0.0; size.area()];
    let pixel = |x: u32, y: u32| plate.pixels[(y * size.width + x) as usize].map(f64::from);
    let ideal_background = outer.render(&Yuyv::from_rgb(size, *colorimetry, pixel), &nothing)?;
    let whole = outer.render(yuyv, &nothing)?;
    let new = render::replacement_picture(size);
    let ideal = |shown: &FloatImage<3>| {
        let behind = shown.zip(&exact, |r, [a]| r.map(|v| (1.0 - a) * v));
        person.zip(&behind, |p, r| std::array::from_fn(|c| p[c] + r[c]))
    };
    let run_of = |chain| runs.iter().find(|run| run.chain == chain);
    for ((figures, &chain), alpha) in figures.iter_mut().zip(chains).zip(alphas) {
        let ring = |background: &FloatImage<3>, ideal: &FloatImage<3>| {
            mean_colour_error(&background.pixels, &ideal.pixels, |i| truth.in_ring(i))
        };
        let mut wide = None;
        let (background, ideal_background) = if chain.is_volcomix() {
            let run = run_of(chain).expect("a run for each chain");
            let mask = peers::volcomix_filter(&frame, &run.person);
            let nobody = FloatImage::from_mask(size, &nothing);
            let blurs = |n| (peers::volcomix_blur(&frame, &mask, n), peers::volcomix_blur(plate, &nobody, n));
            let (background, ideal) = blurs(peers::VOLCOMIX_TIMES_WIDE);
            wide = Some(ring(&background, &ideal));
            blurs(peers::VOLCOMIX_TIMES)
        } else if chain.is_ours() {
            let renderer = run_of(chain).and_then(|run| run.renderer.as_ref()).unwrap_or(outer);
            (renderer.render(yuyv, alpha)?, ideal_background.clone())
        } else {
            (whole.clone(), ideal_background.clone())
        };
        let mask = FloatImage::from_mask(size, alpha);
        let behind = run_of(chain).map_or_else(|| Ok(background.clone()), |run| run.behind(&background))?;
        let drawn = |shown: &FloatImage<3>, own: &FloatImage<3>| match chain.is_ours() {
            true => render::composite_decontaminated(&frame, &mask, own, shown),
            false => render::composite_over(&frame, &mask, shown),
        };
        let rim = |shown: &FloatImage<3>, own: &FloatImage<3>, wanted: &FloatImage<3>| {
            mean_colour_error(&drawn(shown, own).pixels, &ideal(wanted).pixels, |i| truth.in_rim(i))
        };
        figures.ring = ring(&background, &ideal_background);
        figures.ring_wide = wide.unwrap_or(figures.ring);
        figures.rim_blur = rim(&background, &behind, &ideal_background);
        // Before a picture the room behind the edge is the blurred one, but where it is known.
        let blurred = if chain.is_ours() { outer.render(yuyv, alpha)? } else { background };
        let behind = run_of(chain).map_or_else(|| Ok(blurred.clone()), |run| run.behind(&blurred))?;
        figures.rim_picture = rim(&new, &behind, &new);
    }
    Ok(())
}
