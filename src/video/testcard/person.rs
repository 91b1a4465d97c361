//! Draws the presenter as one layer, part by part.

use super::{
    canvas::{CANVAS, at, at_size, tint},
    hair, held,
    optics::blur,
    raster::{CoverageLayer, Paint, ellipse, half_ellipse, lines, polygon},
    rng::{Rng, exp, sin_cos},
    rows::for_rows,
    scene::{Cloth, Hair, SceneSetup},
    texture::{add, around_one},
};

/// Relative width of the shoulders by presenter.
const BUILD: [f32; 5] = [0.99, 1.07, 0.89, 1.07, 1.08];
const SKIN: [[f32; 3]; 5] =
    [[0.86, 0.66, 0.54], [0.55, 0.38, 0.28], [0.93, 0.76, 0.66], [0.40, 0.27, 0.20], [0.76, 0.57, 0.43]];
const HAIR: [[f32; 3]; 5] =
    [[0.20, 0.13, 0.09], [0.10, 0.08, 0.08], [0.62, 0.47, 0.28], [0.13, 0.10, 0.09], [0.42, 0.22, 0.12]];
const SHIRT: [[f32; 3]; 5] =
    [[0.18, 0.25, 0.45], [0.62, 0.15, 0.17], [0.85, 0.85, 0.82], [0.13, 0.14, 0.16], [0.25, 0.45, 0.33]];
const EYE: [f32; 3] = [0.95; 3];
const IRIS: [f32; 3] = [0.25, 0.16, 0.10];
const LIPS: [f32; 3] = [0.70, 0.33, 0.32];

/// The colours of a presenter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    pub(super) skin: [f32; 3],
    pub(super) hair: [f32; 3],
    pub(super) shirt: [f32; 3],
}

/// The presenter's colours. Steps of 7, 3 and 2 through the lists combine them differently.
pub(super) fn palette(presenter: u32) -> Palette {
    let i = presenter as usize % 5 * 7;
    Palette { skin: SKIN[i % 5], hair: HAIR[(i + 3) % 5], shirt: SHIRT[(i + 2) % 5] }
}

/// Draws the presenter with `scale` dots per unit and a lens blur of `lens` dots.
pub(super) fn draw(presenter: u32, setup: &SceneSetup, scale: f32, lens: f32) -> CoverageLayer {
    let &SceneSetup { hair: style, cloth, held, .. } = setup;
    let dots = |units: f32| ((units * scale).round() as usize).max(2);
    let mut layer = CoverageLayer::empty(dots(CANVAS.0), dots(CANVAS.1), scale);
    let mut rng = Rng::new(&[1000, presenter.into()]);
    let mut palette = palette(presenter);
    if cloth == Cloth::White {
        let white = 0.02 * (presenter % 3) as f32;
        palette.shirt = [0.90 - white, 0.90 - white, 0.91 - white];
    }
    let folds = folds(&mut rng, &layer, cloth);
    let mut pores = around_one(&mut rng, &layer, 0.03, (20.0, 20.0));
    add(&mut pores, &mut rng, &layer, 0.015, (2.0, 2.0));
    let grain = around_one(&mut rng, &layer, 0.22, (1.5, 20.0));

    if style == Hair::Long {
        hair::behind(&mut layer, Paint::textured(palette.hair, &grain));
    }
    let build = BUILD[presenter as usize % 5];
    layer.fill(ellipse(at(0.0, 1.12), at_size(0.46 * build, 0.42)), Paint::textured(palette.shirt, &folds));
    head(&mut layer, &palette, &pores, &grain);
    match style {
        Hair::Short => hair::short(&mut layer, palette.hair, &mut rng),
        Hair::Long => hair::long(&mut layer, palette.hair, &mut rng),
    }
    held::draw(&mut layer, held, [palette.skin, palette.shirt], &pores, &folds);
    light(&mut layer);
    blur(&layer, lens)
}

/// Shading of the cloth: a factor per dot.
fn folds(rng: &mut Rng, layer: &CoverageLayer, cloth: Cloth) -> Vec<f32> {
    let mut folds = around_one(rng, layer, 0.10, (60.0, 60.0));
    add(&mut folds, rng, layer, 0.05, (9.0, 9.0));
    if cloth == Cloth::Quilt {
        let mut seams = vec![1.0; folds.len()];
        add(&mut seams, rng, layer, 0.18, (5.0, 5.0));
        // A dark seam every 46 units, waving by 20.
        let wave: Vec<f32> =
            (0..layer.width).map(|x| 20.0 * sin_cos(x as f32 / layer.scale / 60.0).0).collect();
        for_rows(&mut folds, layer.width, |y, row| {
            let finer = &seams[y * layer.width..];
            for ((fold, wave), finer) in row.iter_mut().zip(&wave).zip(finer) {
                let off = (y as f32 / layer.scale + wave).rem_euclid(46.0) - 23.0;
                *fold *= finer - 0.45 * exp(-off * off / 18.0);
            }
        });
    }
    folds
}

/// Draws neck, head, ears, face and the hair on the head.
fn head(layer: &mut CoverageLayer, palette: &Palette, pores: &[f32], grain: &[f32]) {
    let skin = |factor| Paint::textured(tint(palette.skin, factor), pores);
    let hair = |factor| Paint::textured(tint(palette.hair, factor), grain);
    let neck = [at(-0.098, 0.55), at(0.098, 0.55), at(0.133, 0.74), at(-0.133, 0.74)];
    layer.fill(polygon(&neck), skin(0.9));
    layer.fill(ellipse(at(0.0, 0.73), at_size(0.135, 0.06)), skin(0.9));
    layer.fill(ellipse(at(0.0, 0.33), at_size(0.205, 0.25)), hair(1.0));
    for side in [-1.0, 1.0] {
        layer.fill(ellipse(at(side * 0.171, 0.40), at_size(0.03, 0.05)), skin(0.93));
    }
    layer.fill(ellipse(at(0.0, 0.39), at_size(0.165, 0.225)), skin(1.0));
    layer.fill(polygon(&half_ellipse(at(0.0, 0.29), at_size(0.175, 0.13), true)), hair(1.08));
    for side in [-1.0, 1.0] {
        let x = side * 0.0676;
        layer.fill(ellipse(at(x, 0.375), at_size(0.028, 0.014)), Paint::flat(EYE));
        layer.fill(ellipse(at(x, 0.375), at_size(0.013, 0.013)), Paint::flat(IRIS));
        let brow = half_ellipse(at(x, 0.345), at_size(0.036, 0.012), true);
        layer.stroke(lines(&[brow]), 5.0, Paint::flat(palette.hair));
    }
    let nose = vec![at(0.0, 0.39), at(0.021, 0.45)];
    layer.stroke(lines(&[nose]), 5.5, Paint::flat(tint(palette.skin, 0.85)));
    let mouth = half_ellipse(at(0.0, 0.50), at_size(0.06, 0.022), false);
    layer.stroke(lines(&[mouth]), 10.0, Paint::flat(LIPS));
}

/// Lights the layer from the upper left. Premultiplied colour stays at most the coverage.
fn light(layer: &mut CoverageLayer) {
    const WIDTH: f32 = 1280.0;
    let (width, scale) = (layer.width, layer.scale);
    for_rows(&mut layer.dots, width, |y, row| {
        let down = y as f32 / scale / 720.0 - 0.35;
        for (x, [r, g, b, cover]) in row.iter_mut().enumerate() {
            let right = (x as f32 / scale - CANVAS.0 / 2.0 + 0.14 * 720.0) / WIDTH;
            let light = (1.08 - 0.45 * (6.0 * right * right + 0.9 * down * down)).clamp(0.5, 1.1);
            for colour in [r, g, b] {
                *colour = (*colour * light).min(*cover);
            }
        }
    });
}
