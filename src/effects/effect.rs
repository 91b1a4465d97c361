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
    fn is_untouched(&self) -> bool {
        false
    }

    /// Whether nothing can be made out of the room behind the person in its picture.
    fn hides(&self) -> bool;

    /// Whether its picture is to be seen through the frame's alpha. No effect comes after it.
    fn is_transparent(&self) -> bool {
        false
    }

    /// Records the picture that it makes of the scene.
    ///
    /// # Errors
    /// A file of its own that cannot be read, for example.
    fn draw(&self, rec: &mut Recorder<'_>, scene: &mut Scene<'_>) -> Result<Frame>;
}

/// What an effect can work with.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The picture so far: the camera's frame for the first effect.
    pub picture: Frame,
    /// The person in it.
    pub alpha: &'a Alpha,
    /// The camera's frame and the person in it at half the size, where that is to be enough for what is blurred anyway:
    /// only for the first effect.
    pub half: Option<&'a Half>,
    /// What is to be done before each frame; an effect that changes by itself adds to it.
    pub moving: Vec<Box<dyn Moving>>,
    /// Whether what moves may wait: for files, not for cameras.
    pub waits: bool,
}

/// A frame at half its size: [`crate::passes::halve`], and what was found there.
#[derive(Clone, Debug)]
pub struct Half {
    /// The frame.
    pub frame: Frame,
    /// The person in it.
    pub alpha: Alpha,
}

impl Scene<'_> {
    /// The picture and the person in it as they are to be blurred: no finer than is needed.
    pub fn to_blur(&self) -> (&Frame, &Alpha) {
        self.half.map_or((&self.picture, self.alpha), |half| (&half.frame, &half.alpha))
    }

    /// How many times as large the picture is.
    pub fn shrunk(&self) -> u32 {
        if self.half.is_some() { 2 } else { 1 }
    }
}

/// What an effect does between two frames: the next picture of a video, the time for a shader.
pub trait Moving: fmt::Debug + Send {
    /// Before the frame captured at `at` is drawn. Waits only where [`Scene::waits`]: a camera does not.
    ///
    /// # Errors
    /// What keeps the effect from being drawn any longer; the one before it comes back.
    fn step(&mut self, gpu: &Gpu, at: Duration) -> Result<State>;
}

/// Whether what was recorded still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It does.
    Sound,
    /// Something that it was made from has changed: it is to be recorded again.
    Stale,
}
