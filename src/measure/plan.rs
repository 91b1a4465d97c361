//! What to measure: scenes, presenters and chains, and the frames of each.

use super::Chain;
use crate::{Settings, Size, video::testcard::Scene};

/// Size of every frame.
pub const SIZE: Size = Size::new(1280, 720);
/// Frames of each scene.
pub const FRAMES: u32 = 9;
/// First scored frame, counted from 0. By then temporal chains have settled.
pub const SCORED_FROM: u32 = 4;

/// What to measure.
#[derive(Clone, Debug)]
pub struct MeasurePlan {
    /// The scenes.
    pub scenes: Vec<Scene>,
    /// The presenters; 2 and 4 were never used for tuning.
    pub presenters: Vec<u32>,
    /// The chains.
    pub chains: Vec<Chain>,
    /// Picture settings for gpucam's chains.
    pub settings: Settings,
}

impl MeasurePlan {
    /// Total number of frames.
    pub fn frames(&self) -> u64 {
        self.scenes.len() as u64 * self.presenters.len() as u64 * u64::from(FRAMES)
    }
}
