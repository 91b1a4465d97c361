//! What an effect is, what it is given, and what it does between two frames.

use std::{fmt, time::Duration};

use crate::{
    Result,
    gpu::{Gpu, Recorder},
    passes::{Alpha, Frame},
};

/// An effect with its parameters.
pub trait Effect: fmt::Debug + Send + Sync {
    /// Whether the picture stays as it is, to the byte; then nothing is recorded.
    fn is_identity(&self) -> bool {
        false
    }

    /// Whether nothing can be made out of the room behind the person in its picture.
    fn hides_background(&self) -> bool;

    /// Whether its picture is to be seen through the frame's alpha. No effect comes after it.
    fn is_transparent(&self) -> bool {
        false
    }

    /// Records the picture that it makes of the context.
    ///
    /// # Errors
    /// A file of its own that cannot be read, for example.
    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame>;
}

/// What an effect can work with.
#[derive(Debug)]
pub struct EffectContext<'a> {
    /// The picture so far: the camera's frame for the first effect.
    pub picture: Frame,
    /// The person in it.
    pub alpha: &'a Alpha,
    /// The camera's frame and the person in it at half the size, where that is to be enough for what is blurred anyway:
    /// only for the first effect.
    pub half_res: Option<&'a HalfResolution>,
    /// What is to be done before each frame; an effect that changes by itself adds to it.
    pub animated: Vec<Box<dyn Animated>>,
    /// Whether what moves may wait: for files, not for cameras.
    pub blocking: bool,
}

/// A frame at half its size: [`crate::passes::halve`], and what was found there.
#[derive(Clone, Debug)]
pub struct HalfResolution {
    /// The frame.
    pub frame: Frame,
    /// The person in it.
    pub alpha: Alpha,
}

impl EffectContext<'_> {
    /// The picture and the person in it as they are to be blurred: no finer than is needed.
    pub fn blur_source(&self) -> (&Frame, &Alpha) {
        self.half_res.map_or((&self.picture, self.alpha), |half| (&half.frame, &half.alpha))
    }

    /// How many times as large the picture is.
    pub fn blur_scale(&self) -> u32 {
        if self.half_res.is_some() { 2 } else { 1 }
    }
}

/// What an effect does between two frames: the next picture of a video, the time for a shader.
pub trait Animated: fmt::Debug + Send {
    /// Before the frame captured at `at` is drawn. Waits only where [`EffectContext::blocking`]: a camera does not.
    ///
    /// # Errors
    /// What keeps the effect from being drawn any longer; the one before it comes back.
    fn update(&mut self, gpu: &Gpu, at: Duration) -> Result<RecordingState>;
}

/// Whether what was recorded still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingState {
    /// It does.
    Current,
    /// Something that it was made from has changed: it is to be recorded again.
    Stale,
}
