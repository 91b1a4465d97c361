//! Smooth random textures for folds of cloth, pores, hair and walls.

use super::{
    raster::CoverageLayer,
    rng::Rng,
    rows::{for_rows, make_rows},
};

/// A value per dot of a layer with mean 0 and a standard deviation near 1: normal numbers on a grid of cells,
/// interpolated cubically. `cell` is the size of a cell in units of the layer.
pub(super) fn smooth(rng: &mut Rng, layer: &CoverageLayer, (cell_x, cell_y): (f32, f32)) -> Vec<f32> {
    let (width, height) = (layer.width, layer.height);
    let cells =
        |dots: usize, cell: f32| ((dots as f32 / (layer.scale * cell)) as usize).clamp(2, dots.max(2));
    let (columns, rows) = (cells(width, cell_x), cells(height, cell_y));
    let grid: Vec<f32> = (0..columns * rows).map(|_| rng.normal()).collect();
    let (across, down) = (taps(columns, width), taps(rows, height));
    let wide = make_rows(width, rows, 0.0, |y, out| {
        let row = &grid[y * columns..][..columns];
        for (value, tap) in out.iter_mut().zip(&across) {
            *value = tap.iter().map(|&(i, w)| row[i] * w).sum();
        }
    });
    make_rows(width, height, 0.0, |y, out| {
        for (i, w) in down[y] {
            out.iter_mut().zip(&wide[i * width..]).for_each(|(sum, value)| *sum += value * w);
        }
    })
}

/// `1 + amount · smooth(…)`.
pub(super) fn around_one(rng: &mut Rng, layer: &CoverageLayer, amount: f32, cell: (f32, f32)) -> Vec<f32> {
    let mut texture = smooth(rng, layer, cell);
    texture.iter_mut().for_each(|v| *v = 1.0 + amount * *v);
    texture
}

/// Adds `amount · smooth(…)`.
pub(super) fn add(texture: &mut [f32], rng: &mut Rng, layer: &CoverageLayer, amount: f32, cell: (f32, f32)) {
    let finer = smooth(rng, layer, cell);
    for_rows(texture, layer.width, |y, row| {
        row.iter_mut().zip(&finer[y * layer.width..]).for_each(|(v, f)| *v += amount * f);
    });
}

/// The four cells around each of `n` samples and their weights: cubic convolution (Keys 1981) with a = −¾.
fn taps(cells: usize, n: usize) -> Vec<[(usize, f32); 4]> {
    const A: f32 = -0.75;
    let near = |d: f32| ((A + 2.0) * d - (A + 3.0)) * d * d + 1.0;
    let far = |d: f32| ((A * d - 5.0 * A) * d + 8.0 * A) * d - 4.0 * A;
    let tap = |i: usize| {
        let at = (i as f32 + 0.5) * cells as f32 / n as f32 - 0.5;
        let (cell, f) = (at.floor(), at - at.floor());
        let weights = [far(1.0 + f), near(f), near(1.0 - f), far(2.0 - f)];
        std::array::from_fn(|k| ((cell + k as f32 - 1.0).clamp(0.0, (cells - 1) as f32) as usize, weights[k]))
    };
    (0..n).map(tap).collect()
}
