//! Layers of premultiplied colour and coverage, and antialiased shapes composited over them.
//!
//! Shapes are given in units of 1/720 of the height they are drawn for (pixels at 720p); a layer stores
//! `scale` dots per unit. Colours are gamma-coded R'G'B' in 0..1 and are mixed gamma-coded, as video programs
//! do.

use tiny_skia::{FillRule, LineCap, LineJoin, Mask, Path, PathBuilder, Rect, Stroke, Transform};

use super::rng::sin_cos;

/// Premultiplied R'G'B' and coverage of each dot. All operations are linear and treat the four channels
/// alike, so that colour and coverage stay consistent to float precision.
#[derive(Clone, Debug)]
pub(super) struct CoverageLayer {
    /// Dots per row.
    pub(super) width: usize,
    /// Rows of dots.
    pub(super) height: usize,
    /// Dots per unit.
    pub(super) scale: f32,
    /// Row by row.
    pub(super) dots: Vec<[f32; 4]>,
}

/// The fill of a shape.
#[derive(Clone, Copy)]
pub(super) struct Paint<'a> {
    colour: [f32; 3],
    opacity: f32,
    texture: Option<&'a [f32]>,
}

impl<'a> Paint<'a> {
    /// One opaque colour.
    pub(super) fn flat(colour: [f32; 3]) -> Self {
        Self { colour, opacity: 1.0, texture: None }
    }

    /// The colour times a factor per dot of the layer.
    pub(super) fn textured(colour: [f32; 3], texture: &'a [f32]) -> Self {
        Self { texture: Some(texture), ..Self::flat(colour) }
    }

    /// The same paint with an opacity.
    pub(super) fn opacity(self, opacity: f32) -> Self {
        Self { opacity, ..self }
    }
}

impl CoverageLayer {
    /// A transparent layer.
    pub(super) fn empty(width: usize, height: usize, scale: f32) -> Self {
        Self { width, height, scale, dots: vec![[0.0; 4]; width * height] }
    }

    /// Composites the inside of `shape` over the layer.
    pub(super) fn fill(&mut self, shape: Option<Path>, paint: Paint) {
        let scale = Transform::from_scale(self.scale, self.scale);
        if let Some(path) = shape.and_then(|s| s.transform(scale)) {
            self.cover(&path, paint);
        }
    }

    /// Composites the line `shape`, `width` units wide and with round ends, over the layer.
    pub(super) fn stroke(&mut self, shape: Option<Path>, width: f32, paint: Paint) {
        let pen = Stroke {
            width: width * self.scale,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Default::default()
        };
        let scale = Transform::from_scale(self.scale, self.scale);
        if let Some(path) = shape.and_then(|s| s.transform(scale)?.stroke(&pen, 1.0)) {
            self.cover(&path, paint);
        }
    }

    /// Composites the antialiased shape over the layer ("over" operator), within the shape's bounds.
    fn cover(&mut self, path: &Path, paint: Paint) {
        let bounds = path.bounds();
        let side = |low: f32, high: f32, end: usize| {
            let clamp = |v: f32| (v as i64).clamp(0, end as i64) as usize;
            (clamp(low.floor() - 1.0), clamp(high.ceil() + 1.0))
        };
        let (left, right) = side(bounds.left(), bounds.right(), self.width);
        let (top, bottom) = side(bounds.top(), bounds.bottom(), self.height);
        let size = (right.saturating_sub(left), bottom.saturating_sub(top));
        let Some(mut mask) = Mask::new(size.0 as u32, size.1 as u32) else { return };
        mask.fill_path(
            path,
            FillRule::Winding,
            true,
            Transform::from_translate(-(left as f32), -(top as f32)),
        );
        for (y, row) in mask.data().chunks_exact(size.0).enumerate() {
            let start = (top + y) * self.width + left;
            for (x, &cover) in row.iter().enumerate().filter(|(_, cover)| **cover > 0) {
                let m = f32::from(cover) / 255.0 * paint.opacity;
                let shade = paint.texture.map_or(1.0, |t| t[start + x]);
                let [r, g, b] = paint.colour.map(|c| c * shade);
                let dot = &mut self.dots[start + x];
                for (below, over) in dot.iter_mut().zip([r, g, b, 1.0]) {
                    *below = *below * (1.0 - m) + over * m;
                }
            }
        }
    }

    /// Interpolates bilinearly at (u, v), where dot centres are at integers. Edge dots are replicated
    /// outside.
    pub(super) fn sample(&self, u: f32, v: f32) -> [f32; 4] {
        let (u, v) = (u.clamp(0.0, (self.width - 1) as f32), v.clamp(0.0, (self.height - 1) as f32));
        let (x, y) = (u as usize, v as usize);
        let (fx, fy) = (u - x as f32, v - y as f32);
        let (upper, right) = (y * self.width, (x + 1).min(self.width - 1));
        let lower = (y + 1).min(self.height - 1) * self.width;
        let [a, b, c, d] = [upper + x, upper + right, lower + x, lower + right].map(|i| self.dots[i]);
        let weights = [(1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy];
        std::array::from_fn(|i| a[i] * weights[0] + b[i] * weights[1] + c[i] * weights[2] + d[i] * weights[3])
    }
}

/// A point in units.
pub(super) type Point = (f32, f32);

/// An upright rectangle.
pub(super) fn rectangle((left, top): Point, (right, bottom): Point) -> Option<Path> {
    Some(PathBuilder::from_rect(Rect::from_ltrb(left, top, right, bottom)?))
}

/// An ellipse with these half axes.
pub(super) fn ellipse((x, y): Point, (rx, ry): Point) -> Option<Path> {
    PathBuilder::from_oval(Rect::from_ltrb(x - rx, y - ry, x + rx, y + ry)?)
}

/// An ellipse turned clockwise about its centre.
pub(super) fn turned_ellipse((x, y): Point, radii: Point, degrees: f32) -> Option<Path> {
    let (sin, cos) = sin_cos(degrees.to_radians());
    ellipse((0.0, 0.0), radii)?.transform(Transform::from_row(cos, sin, -sin, cos, x, y))
}

/// The upper or the lower half of an ellipse's outline, from left to right.
pub(super) fn half_ellipse((x, y): Point, (rx, ry): Point, upper: bool) -> Vec<Point> {
    const SEGMENTS: u32 = 48;
    let side = if upper { -1.0 } else { 1.0 };
    let point = |i| {
        let (sin, cos) = sin_cos(std::f32::consts::PI * i as f32 / SEGMENTS as f32);
        (x - rx * cos, y + side * ry * sin)
    };
    (0..=SEGMENTS).map(point).collect()
}

/// A closed polygon.
pub(super) fn polygon(points: &[Point]) -> Option<Path> {
    let mut path = PathBuilder::new();
    trace(&mut path, points);
    path.close();
    path.finish()
}

/// Open polylines as a single shape, so that coverage does not add up where they cross.
pub(super) fn lines(curves: &[Vec<Point>]) -> Option<Path> {
    let mut path = PathBuilder::new();
    curves.iter().for_each(|points| trace(&mut path, points));
    path.finish()
}

fn trace(path: &mut PathBuilder, points: &[Point]) {
    for (i, &(x, y)) in points.iter().enumerate() {
        if i == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
}
