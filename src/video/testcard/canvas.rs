//! The canvas that the presenter is drawn on: its size, and positions on it.

use super::raster::Point;

/// Size in units of 1/720 of the height that the presenter fills. The presenter stands in the middle.
pub(super) const CANVAS: Point = (760.0, 780.0);

/// A point on the canvas; `x` to the right of the middle and `y` down from the top, in heights of the
/// presenter.
pub(super) fn at(x: f32, y: f32) -> Point {
    (CANVAS.0 / 2.0 + 720.0 * x, 720.0 * y)
}

/// Half axes of an ellipse, given in heights of the presenter.
pub(super) fn at_size(rx: f32, ry: f32) -> Point {
    (720.0 * rx, 720.0 * ry)
}

/// Scales the brightness of a colour.
pub(super) fn tint(colour: [f32; 3], factor: f32) -> [f32; 3] {
    colour.map(|c| c * factor)
}
