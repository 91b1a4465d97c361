use std::{
    io, mem,
    sync::mpsc::{self, Receiver, TryRecvError},
    thread,
    time::Duration,
};

use super::{
    effect::{Animated, EffectContext, HalfResolution, RecordingState},
    list::Effects,
};
use crate::{
    Error, Result,
    gpu::{Gpu, Recorder, Recording, Storage},
    passes::{Alpha, Frame, Room},
};

/// Effects recorded for a frame and its alpha: the last part of a frame's way through the pipeline.
#[derive(Debug)]
pub struct RecordedEffects {
    effects: Effects,
    recording: Recording,
    picture: Storage,
    animated: Vec<Box<dyn Animated>>,
}

impl RecordedEffects {
    /// Records `effects` in order. Any thread may do this while the pipeline runs.
    ///
    /// # Errors
    /// An effect cannot be recorded, for example because its file cannot be read.
    pub fn record(
        gpu: &Gpu,
        frame: &Frame,
        alpha: &Alpha,
        half: Option<&HalfResolution>,
        room: Option<&Room>,
        effects: &Effects,
    ) -> Result<Self> {
        let mut rec = Recorder::new(gpu);
        let (picture, animated) = (frame.clone(), Vec::new());
        let mut context =
            EffectContext { picture, alpha, half_res: half, room, animated, blocking: effects.is_blocking() };
        for instance in effects.active() {
            context.picture = instance.effect.record(&mut rec, &mut context)?;
            (context.half_res, context.room) = (None, None); // they show the camera's frame only
        }
        let EffectContext { picture, animated, .. } = context;
        Ok(Self { effects: effects.clone(), recording: rec.finish(), picture: picture.words, animated })
    }

    /// The effects that were recorded.
    pub fn effects(&self) -> &Effects {
        &self.effects
    }

    /// Their dispatches.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Their dispatches, taken out, for effects that never change.
    pub fn take_recording(&mut self) -> Recording {
        mem::take(&mut self.recording)
    }

    /// The YUYV words of the finished picture, valid once the recording has run.
    pub fn picture(&self) -> &Storage {
        &self.picture
    }

    /// Updates what changes between frames, for the frame captured at `at`.
    ///
    /// # Errors
    /// An effect can no longer be drawn.
    pub fn update(&mut self, gpu: &Gpu, at: Duration) -> Result<RecordingState> {
        let mut state = RecordingState::Current;
        for animated in &mut self.animated {
            if animated.update(gpu, at)? == RecordingState::Stale {
                state = RecordingState::Stale;
            }
        }
        Ok(state)
    }

    /// Checks the frames drawn so far; see [`Animated::check`].
    fn check(&mut self, gpu: &Gpu) -> Result<()> {
        self.animated.iter_mut().try_for_each(|animated| animated.check(gpu))
    }
}

/// The effects that are drawn, those being recorded in another thread, and those to fall back to.
#[derive(Debug)]
pub struct EffectSwitcher {
    gpu: Gpu,
    frame: Frame,
    alpha: Alpha,
    half: Option<HalfResolution>,
    room: Option<Room>,
    current: RecordedEffects,
    previous: Option<RecordedEffects>,
    pending: Option<Receiver<Result<RecordedEffects>>>,
    /// Whether the pending effects were asked for, rather than recorded again because a file changed.
    is_asked: bool,
    /// How the last switch ended.
    switched: Option<Result<()>>,
}

impl EffectSwitcher {
    /// Records `effects` and draws them from the first frame.
    ///
    /// # Errors
    /// As [`RecordedEffects::record`].
    pub fn new(
        gpu: &Gpu,
        frame: &Frame,
        alpha: &Alpha,
        half: Option<HalfResolution>,
        room: Option<Room>,
        effects: &Effects,
    ) -> Result<Self> {
        let current = RecordedEffects::record(gpu, frame, alpha, half.as_ref(), room.as_ref(), effects)?;
        Ok(Self {
            gpu: gpu.clone(),
            frame: frame.clone(),
            alpha: alpha.clone(),
            half,
            room,
            current,
            previous: None,
            pending: None,
            is_asked: false,
            switched: None,
        })
    }

    /// The effects that are drawn.
    pub fn current(&self) -> &RecordedEffects {
        &self.current
    }

    /// Records `effects` in another thread, and draws the current ones until they are ready. A later call
    /// replaces an earlier one that is still pending.
    pub fn switch(&mut self, effects: Effects) {
        self.prepare(effects);
        (self.is_asked, self.switched) = (true, None);
    }

    /// How the last [`EffectSwitcher::switch`] ended, once.
    pub fn switched(&mut self) -> Option<Result<()>> {
        self.switched.take()
    }

    fn prepare(&mut self, effects: Effects) {
        let effects = if self.current.effects.is_blocking() { effects.blocking() } else { effects };
        let (sender, pending) = mpsc::channel();
        let Self { gpu, frame, alpha, half, room, .. } = &*self;
        let (gpu, frame, alpha) = (gpu.clone(), frame.clone(), alpha.clone());
        let (half, room) = (half.clone(), room.clone());
        // Sending fails if a later switch has dropped the receiver.
        thread::spawn(move || {
            let (half, room) = (half.as_ref(), room.as_ref());
            drop(sender.send(RecordedEffects::record(&gpu, &frame, &alpha, half, room, &effects)))
        });
        self.pending = Some(pending);
    }

    /// Prepares the frame captured at `at`: adopts pending effects that are ready, and replaces effects that
    /// failed by the previous ones or the default.
    ///
    /// # Errors
    /// Not even the default can be recorded. Of effects that may block, which are those for files, any failure:
    /// a file without the effect that was asked for is of no use.
    pub fn update(&mut self, at: Duration) -> Result<()> {
        self.adopt_pending();
        loop {
            match self.current.update(&self.gpu, at) {
                Ok(RecordingState::Current) => return Ok(()),
                Ok(RecordingState::Stale) => {
                    if self.pending.is_none() {
                        self.prepare(self.current.effects.clone());
                    }
                    return Ok(());
                }
                Err(error) if self.current.effects.is_blocking() => return Err(error),
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "what was shown before is shown again"
                    );
                    // A failure must not reveal a background that was hidden.
                    let hid_background = self.current.effects.hides_background();
                    self.current = match self
                        .previous
                        .take()
                        .filter(|recorded| recorded.effects.hides_background() || !hid_background)
                    {
                        Some(previous) => previous,
                        None => {
                            let Self { gpu, frame, alpha, half, room, .. } = &*self;
                            let (half, room) = (half.as_ref(), room.as_ref());
                            RecordedEffects::record(gpu, frame, alpha, half, room, &Effects::default())?
                        }
                    };
                }
            }
        }
    }

    /// Checks the frames drawn so far, if the effects may block.
    ///
    /// # Errors
    /// An effect was not drawn as it should be.
    pub fn check(&mut self) -> Result<()> {
        if self.current.effects.is_blocking() { self.current.check(&self.gpu) } else { Ok(()) }
    }

    fn adopt_pending(&mut self) {
        let Some(pending) = &self.pending else { return };
        let adopted = match pending.try_recv() {
            Ok(Ok(recorded)) => {
                self.previous = Some(mem::replace(&mut self.current, recorded));
                Ok(())
            }
            Ok(Err(error)) => Err(error),
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => {
                let source = io::Error::other("it ended early");
                Err(Error::System { what: "the thread that prepares an effect", source })
            }
        };
        if let Err(error) = &adopted {
            tracing::warn!(error = error as &dyn std::error::Error, "what is shown stays");
        }
        self.pending = None;
        if mem::take(&mut self.is_asked) {
            self.switched = Some(adopted);
        }
    }
}
