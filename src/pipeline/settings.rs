//! What the picture should look like: plain data with defaults.

use crate::{
    Size,
    effects::Effects,
    frame::geometry::Geometry,
    passes::{Exposure, Refine, Shape, Smooth},
};

/// How finely the person's edge is drawn. What is hidden is the same: the model sees every frame, whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Quality {
    /// At the frame's size.
    #[default]
    High,
    /// From 960x540 on at half of it: mask, alpha and blurred room. The person stays as sharp.
    Low,
}

impl Quality {
    /// Pixels of the smallest frame that is halved: on a smaller one, the work that depends on its size is little.
    const SMALLEST: usize = 960 * 540;

    /// Whether a frame of this size is halved.
    #[doc(hidden)]
    pub fn halves(self, frame: Size) -> bool {
        self == Self::Low && frame.area() >= Self::SMALLEST
    }
}

/// Everything about the picture.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What becomes of the picture, in order. Default: blur.
    pub effects: Effects,
    /// How alpha is found. Default: guided.
    pub refine: Refine,
    /// Whether the model sees a brightened frame. Default: auto.
    pub exposure: Exposure,
    /// Whether alpha is steadied in time. Default: auto.
    pub smooth: Smooth,
    /// Thresholds, growing, a softer edge, no islands. Default: alpha as it is found.
    pub shape: Shape,
    /// How finely the person's edge is drawn. Default: high.
    pub quality: Quality,
    /// How the picture is turned, and which part of it is shown. Default: as the camera gives it.
    pub geometry: Geometry,
}

impl Settings {
    /// Whether anybody has to be found in the picture.
    pub fn needs_model(&self) -> bool {
        !self.effects.is_identity() || self.geometry.follow.is_some()
    }
}
