//! Frames: sizes, layouts and geometry.

mod geometry;

use libtest_mimic::Trial;

pub fn trials() -> Vec<Trial> {
    geometry::trials()
}
