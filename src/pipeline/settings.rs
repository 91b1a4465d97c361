//! The settings of the picture: plain data with defaults.

use super::{calibration::CalibrationDesk, keeper::RoomShelf};
use crate::{
    Gpu, Size,
    effects::Effects,
    frame::geometry::Geometry,
    passes::{Exposure, LearnRoom, People, Refine, Shape, Smooth},
};

/// The resolution of the person's edge. Either quality hides the same: the model sees every whole frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum Quality {
    /// At the frame's size.
    #[default]
    High,
    /// From 960x540 on at half of it: mask, alpha and blurred room. The person stays as sharp.
    Low,
}

impl Quality {
    /// Pixels of the smallest frame that is halved: smaller frames have little work that depends on their
    /// size.
    const SMALLEST: usize = 960 * 540;

    /// Whether a frame of this size is halved.
    #[doc(hidden)]
    pub fn halves(self, frame: Size) -> bool {
        self == Self::Low && frame.area() >= Self::SMALLEST
    }
}

/// Whether the shown picture is exposed and balanced for the person. The mask is made from the camera's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum Light {
    /// Brightness by the person, white balance by the room's grey and the skin; slowly, without clipping.
    Auto,
    /// As the camera sees it.
    #[default]
    Off,
}

/// Whether noise is taken out of the shown picture. The mask is made from the camera's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum Denoise {
    /// Over time where nothing moves, as far as the camera is noisy: most in dark rooms.
    Auto,
    /// Not at all.
    #[default]
    Off,
}

/// How often the model looks at a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum Look {
    /// Twice on a GPU that keeps the rate with it, once without a GPU.
    #[default]
    Auto,
    /// Once, at the whole frame.
    Once,
    /// A second time at the person alone, with another model, which sees them larger.
    Twice,
}

/// All settings of the picture.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The effects, in drawing order. Default: blur.
    pub effects: Effects,
    /// How to compute alpha from the model's output. Default: guided.
    pub refine: Refine,
    /// Who is the person, where there are several. Default: everybody.
    pub people: People,
    /// Whether to brighten a dark frame for the model. Default: auto.
    pub exposure: Exposure,
    /// How often the model looks at a frame: twice needs a segmenter with a second model
    /// ([`Segmenter::with_second`](crate::Segmenter::with_second)) and guided refinement. Default: auto.
    pub look: Look,
    /// Whether to average alpha over time. Default: auto.
    pub smooth: Smooth,
    /// Whether to learn the room behind the person. Default: auto.
    pub learn_room: LearnRoom,
    /// Changes of alpha: thresholds, grow or shrink, a softer edge, no islands. Default: none.
    pub shape: Shape,
    /// The resolution of the person's edge. Default: high.
    pub quality: Quality,
    /// Whether the shown picture is exposed and balanced for the person. Default: off.
    pub light: Light,
    /// Whether noise is taken out of the shown picture. Default: off.
    pub denoise: Denoise,
    /// How to rotate, mirror and crop the camera's picture. Default: not at all.
    pub geometry: Geometry,
    /// Where somebody may ask for the empty room to be learnt.
    #[doc(hidden)]
    pub calibration: CalibrationDesk,
    /// Where the learnt room is kept between starts, if it is. Default: nowhere.
    #[doc(hidden)]
    pub keep_room: Option<RoomShelf>,
}

impl Settings {
    /// Whether a model is needed.
    pub fn needs_model(&self) -> bool {
        let is_developed = self.light != Light::Off || self.denoise != Denoise::Off;
        !self.effects.is_identity() || self.geometry.follow.is_some() || is_developed
    }

    /// Whether frames on this GPU are looked at twice, if there is a model for it.
    #[doc(hidden)]
    pub fn looks_twice(&self, gpu: &Gpu) -> bool {
        let wanted = match self.look {
            Look::Auto => gpu.tuning().look_twice,
            Look::Once => false,
            Look::Twice => true,
        };
        // The person's box comes from the guided method's mask.
        wanted && self.refine == Refine::Guided
    }
}
