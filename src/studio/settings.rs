//! What a person sets besides the effects: plain data.

use std::path::PathBuf;

use crate::{
    Look, Matrix, Range, Settings, Size,
    effects::Effects,
    frame::geometry::Geometry,
    live::quality::QualityMode,
    passes::{Exposure, LearnRoom, People, Refine, Shape, Smooth},
    pipeline::{Denoise, Light},
    video::Fps,
};

/// How the mask is made, and how the frame is turned and cropped.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PictureSettings {
    /// How alpha is made from the model's output.
    pub refine: Refine,
    /// Whether a dark frame is brightened for the model.
    pub exposure: Exposure,
    /// How often the model looks at a frame.
    pub look: Look,
    /// Who is the person, where there are several.
    pub people: People,
    /// Whether alpha is averaged over time.
    pub smooth: Smooth,
    /// Whether the room is learnt where nobody is.
    pub learn_room: LearnRoom,
    /// Thresholds, growth and softness of the edge.
    pub shape: Shape,
    /// The resolution of the edge.
    pub quality: QualityMode,
    /// Whether the shown picture is exposed and balanced for the person.
    pub light: Light,
    /// Whether noise is taken out of the shown picture.
    pub denoise: Denoise,
    /// How the frame is turned, cropped and scaled.
    pub geometry: Geometry,
}

impl PictureSettings {
    /// The pipeline's settings with these effects. `is_slow` is an adapter for which low quality is worth it.
    pub fn settings(&self, effects: Effects, is_slow: bool) -> Settings {
        let Self {
            refine,
            exposure,
            look,
            people,
            smooth,
            learn_room,
            shape,
            quality,
            light,
            denoise,
            geometry,
        } = *self;
        let quality = match (quality, is_slow) {
            (QualityMode::Low, _) | (QualityMode::Auto, true) => crate::Quality::Low,
            _ => crate::Quality::High,
        };
        Settings {
            effects,
            refine,
            exposure,
            look,
            people,
            smooth,
            learn_room,
            shape,
            quality,
            light,
            denoise,
            geometry,
            ..Settings::default()
        }
    }
}

/// Where frames come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A camera by its device, index or name; none for the first.
    Camera(Option<String>),
    /// The virtual camera of the gpucam that runs: the window shows what it shows.
    Running(String),
    /// A file, or `testcard:SCENE`.
    File(PathBuf),
}

/// The input, and the size and rate to ask of it.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceChoice {
    /// Where frames come from.
    pub input: Input,
    /// The size to ask for.
    pub size: Option<Size>,
    /// The rate to ask for.
    pub fps: Option<Fps>,
    /// The matrix of its colours; none for what the input states.
    pub matrix: Option<Matrix>,
    /// The range of its codes; none for what the input states.
    pub range: Option<Range>,
}

impl SourceChoice {
    /// This input as it comes.
    pub fn new(input: Input) -> Self {
        Self { input, size: None, fps: None, matrix: None, range: None }
    }
}

/// What the window shows of the mask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MaskView {
    /// Nothing: the picture.
    #[default]
    Picture,
    /// Alpha as grey.
    Mask,
    /// The picture with the background in red.
    Overlay,
}

impl MaskView {
    /// All views.
    pub const ALL: [Self; 3] = [Self::Picture, Self::Mask, Self::Overlay];

    /// Its name in the window.
    pub fn name(self) -> &'static str {
        match self {
            Self::Picture => "Picture",
            Self::Mask => "Mask",
            Self::Overlay => "Overlay",
        }
    }

    /// The effect that draws it.
    pub fn effect(self) -> Option<&'static str> {
        match self {
            Self::Picture => None,
            Self::Mask => Some("mask:mask"),
            Self::Overlay => Some("mask:overlay"),
        }
    }
}
