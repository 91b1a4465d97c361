//! What the window tells the thread that owns the pipeline, and what that thread answers.

use std::path::PathBuf;

use super::settings::{MaskView, PictureSettings, SourceChoice};

/// From the window.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Draw these effects: the texts after `--effect`, in order.
    Effects(Vec<String>),
    /// Make the mask and cut the frame like this.
    Picture(PictureSettings),
    /// Take frames from there.
    Source(SourceChoice),
    /// Show this of the mask.
    MaskView(MaskView),
    /// Time every pass, or stop that.
    Timing(bool),
    /// Draw these cards: the texts of their effects.
    Cards(Vec<String>),
    /// Watch these shaders.
    Shaders(Vec<PathBuf>),
    /// Work, or rest because nobody sees the window. At rest the camera is closed.
    Awake(bool),
    /// Try again what failed.
    Retry,
}

/// Where something is wrong, and where the window says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The camera or the file.
    Source,
    /// The model or the pipeline.
    Pipeline,
    /// The effects that were chosen.
    Effects,
    /// A user's shader.
    Shader(PathBuf),
    /// The card of this effect.
    Card(String),
    /// What was saved, copied or sent.
    Action,
}

/// To the window.
#[derive(Clone, Debug)]
pub enum Event {
    /// The pipeline is there, with textures of this size: the frame as it came, and as it is shown.
    Opened {
        /// Width and height.
        size: [u32; 2],
        /// The camera's picture.
        before: wgpu::TextureView,
        /// The picture with effects, or the mask.
        after: wgpu::TextureView,
        /// Time between two frames in milliseconds.
        interval: f32,
    },
    /// A frame was drawn.
    Frame {
        /// Milliseconds from its bytes to its picture.
        took: f32,
        /// GPU milliseconds of each pass, if they are timed.
        passes: Vec<(String, f32)>,
    },
    /// A card has a picture, which is drawn anew from time to time.
    Card {
        /// The card's effect.
        text: String,
        /// Its picture.
        picture: wgpu::TextureView,
    },
    /// A shader was saved.
    Saved(PathBuf),
    /// The adapter has no timestamps.
    NoTimestamps,
    /// Something is wrong, in one sentence; or, without one, not any more.
    Fault(Place, Option<String>),
    /// Something that the camera did, in one sentence; frames go on.
    Notice(String),
    /// The GPU is lost and must be opened again.
    GpuLost(String),
}
