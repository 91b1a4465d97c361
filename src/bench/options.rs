//! What to measure, and how.

use std::fmt;

use super::{Clock, ModelAlone};
use crate::{
    Settings, Size,
    segmenter::{InferenceEngine, Segmenter},
    video::Fps,
};

/// A case to measure.
#[derive(Debug)]
pub struct CaseOptions {
    /// Size of the frames.
    pub size: Size,
    /// The model on the GPU.
    pub segmenter: Segmenter,
    /// Effects and the settings of the mask.
    pub settings: Settings,
    /// Names of the model and the effects.
    pub label: String,
    /// The network alone, to run after the frames of a round.
    pub alone: Option<ModelAlone>,
}

/// Identifies a case.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CaseName {
    pub(super) size: Size,
    pub(super) label: String,
    pub(super) engine: InferenceEngine,
}

impl CaseName {
    pub(super) fn new(options: &CaseOptions) -> Self {
        Self { size: options.size, label: options.label.clone(), engine: options.segmenter.engine() }
    }
}

impl fmt::Display for CaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, {}", self.size, self.label, format!("{:?}", self.engine).to_lowercase())
    }
}

/// How to measure.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Total number of frames per case; `None` for a number that takes a few seconds.
    pub frames: Option<usize>,
    /// Number of rounds; each round measures every case.
    pub rounds: usize,
    /// What times the passes.
    pub clock: Clock,
    /// Rates of cameras with whose gaps to measure frames, too: between two frames clocks fall.
    pub paced: Vec<Fps>,
    /// Whether to run other programs' shader sequences between the frames.
    pub peers: bool,
}
