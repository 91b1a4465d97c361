//! What each GPU pass computes, in float64: the specification the shaders are compared with.
//!
//! Written from the sources (the standards, docs/PICTURE.md), not from the shaders. A pass is a function from
//! planes to a plane. Pixel centres lie at half pixels, coordinates beyond an edge are clamped to it, values
//! are gamma-coded R'G'B' or a person probability in 0..1, and a plane is rounded only where the GPU stores
//! it in fewer bits ([`store`]).

// Nothing is outside a test binary.
#![allow(unreachable_pub)]

pub mod alpha;
pub mod backdrop;
pub mod chain;
pub mod checks;
pub mod composite;
pub mod cutout;
pub mod denoise;
pub mod disc;
pub mod expose;
pub mod follow;
pub mod half;
pub mod light;
pub mod look;
pub mod overlay;
pub mod people;
pub mod person;
pub mod plane;
pub mod preprocess;
pub mod refine;
pub mod reframe;
pub mod replace;
pub mod room;
pub mod shape;
pub mod store;
pub mod temporal;
pub mod yuyv;

pub use plane::{Coefficients, Mask, Plane, Rgb};

/// GLSL's and WGSL's smoothstep: 0 below `low`, 1 above `high`, 3t² − 2t³ between.
pub fn smoothstep(low: f64, high: f64, v: f64) -> f64 {
    let t = ((v - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// `a` at t = 0, `b` at t = 1.
pub fn mix(a: f64, b: f64, t: f64) -> f64 {
    a + (b - a) * t
}

/// Luma of R'G'B' with BT.601's weights, which the exposure gain is measured on, whatever the frame's matrix.
pub fn luma([r, g, b]: [f64; 3]) -> f64 {
    0.299 * r + 0.587 * g + 0.114 * b
}
