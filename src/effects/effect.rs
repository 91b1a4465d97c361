//! What an effect implements: recording its picture, and updating it between frames.

use std::{fmt, time::Duration};

use crate::{
    Result,
    gpu::{Gpu, Plane, Recorder, WeightedRgb},
    passes::{self, Alpha, Frame, Room},
};

/// An effect with its parameters, ready to be recorded.
pub trait Effect: fmt::Debug + Send + Sync {
    /// Whether it changes no byte of the picture. If so, it is not recorded.
    fn is_identity(&self) -> bool {
        false
    }

    /// Whether its picture makes the background unrecognisable. The live guard relies on the result.
    fn hides_background(&self) -> bool;

    /// Whether it hides the background so weakly that whoever looks for it recognises it. The guard treats it like any
    /// that hides; the user is told.
    fn hides_weakly(&self) -> bool {
        false
    }

    /// Whether it may show the background where the person is. What comes after it and leaves the person alone hides
    /// nothing there, so it does not count as hiding.
    fn moves_background(&self) -> bool {
        false
    }

    /// Whether its output keeps the frame's alpha. Such an effect must be the last one.
    fn is_transparent(&self) -> bool {
        false
    }

    /// Records the dispatches that draw its picture, and returns that picture.
    ///
    /// # Errors
    /// For example, a file of the effect cannot be read.
    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame>;
}

/// What an effect draws from, and where it registers what changes between frames.
#[derive(Debug)]
pub struct EffectContext<'a> {
    /// The camera's frame, or the picture of the effect before.
    pub picture: Frame,
    /// How much of each pixel is person.
    pub alpha: &'a Alpha,
    /// The camera's frame and its alpha at half the size, for passes that blur: at low quality, and only for
    /// the first effect.
    pub half_res: Option<&'a HalfResolution>,
    /// The room as far as it was learnt: only for the first effect, whose picture is the camera's frame.
    pub room: Option<&'a Room>,
    /// What to update before each frame. An effect that changes with time pushes itself here.
    pub animated: Vec<Box<dyn Animated>>,
    /// Whether updates may block: yes for files, no for cameras.
    pub blocking: bool,
}

/// A frame at half its size ([`crate::passes::halve`]) with its alpha.
#[derive(Clone, Debug)]
pub struct HalfResolution {
    /// The frame.
    pub frame: Frame,
    /// How much of each pixel is person.
    pub alpha: Alpha,
}

impl EffectContext<'_> {
    /// The picture and alpha to blur: at half size if available, which suffices for a blur.
    pub fn blur_source(&self) -> (&Frame, &Alpha) {
        self.half_res.map_or((&self.picture, self.alpha), |half| (&half.frame, &half.alpha))
    }

    /// The room, if it was learnt at the size of the picture.
    pub fn room_of_frame(&self) -> Option<&Room> {
        self.room.filter(|room| room.frame == self.picture.size)
    }

    /// The picture to take `backdrop` out of, bilinear, which leaves the person alone: where the room is learnt at the
    /// size of the picture, its own colours are taken out with that.
    pub fn unmixed(&self, rec: &mut Recorder<'_>, backdrop: &Plane<WeightedRgb>) -> Frame {
        match self.room_of_frame() {
            Some(room) => passes::unmix(rec, &self.picture, self.alpha, backdrop, room),
            None => self.picture.clone(),
        }
    }

    /// How many times larger the picture is than [`Self::blur_source`], 1 or 2.
    pub fn blur_scale(&self) -> u32 {
        if self.half_res.is_some() { 2 } else { 1 }
    }
}

/// The part of an effect that changes between frames: the next picture of a video, the clock of a shader.
pub trait Animated: fmt::Debug + Send {
    /// Updates the effect's buffers for the frame captured at `at`. Blocks only if
    /// [`EffectContext::blocking`].
    ///
    /// # Errors
    /// The effect can no longer be drawn; the effects shown before it take over.
    fn update(&mut self, gpu: &Gpu, at: Duration) -> Result<RecordingState>;

    /// Checks the frames drawn so far, and waits for the GPU if it has to. Called after each frame of a file;
    /// for cameras, [`Animated::update`] finds the same some frames later.
    ///
    /// # Errors
    /// A frame was not drawn as it should be.
    fn check(&mut self, gpu: &Gpu) -> Result<()> {
        let _ = gpu;
        Ok(())
    }
}

/// Whether a recording still matches what it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingState {
    /// It does.
    Current,
    /// Something that it was made from has changed, such as a shader's file: record it again.
    Stale,
}
