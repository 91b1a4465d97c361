use std::{
    mem,
    sync::mpsc::{self, Receiver, TryRecvError},
    thread,
    time::Duration,
};

use super::{
    effect::{Animated, EffectContext, HalfResolution, RecordingState},
    list::Effects,
};
use crate::{
    Result,
    gpu::{Gpu, Recorder, Recording, Storage},
    passes::{Alpha, Frame},
};

/// Effects recorded for a frame and the person in it: the second half of the way of a frame.
#[derive(Debug)]
pub struct RecordedEffects {
    effects: Effects,
    recording: Recording,
    picture: Storage,
    animated: Vec<Box<dyn Animated>>,
}

impl RecordedEffects {
    /// Records `effects` in their order. May be done beside a running pipeline, in any thread.
    ///
    /// # Errors
    /// What an effect needs and cannot have.
    pub fn record(
        gpu: &Gpu,
        frame: &Frame,
        alpha: &Alpha,
        half: Option<&HalfResolution>,
        effects: &Effects,
    ) -> Result<Self> {
        let mut rec = Recorder::new(gpu);
        let (picture, animated) = (frame.clone(), Vec::new());
        let mut context =
            EffectContext { picture, alpha, half_res: half, animated, blocking: effects.is_blocking() };
        for instance in effects.active() {
            context.picture = instance.effect.record(&mut rec, &mut context)?;
            context.half_res = None; // it is of the camera's frame
        }
        let EffectContext { picture, animated, .. } = context;
        Ok(Self { effects: effects.clone(), recording: rec.finish(), picture: picture.words, animated })
    }

    /// What it was recorded from.
    pub fn effects(&self) -> &Effects {
        &self.effects
    }

    /// The dispatches.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// YUYV words of the picture, once the recording has run.
    pub fn picture(&self) -> &Storage {
        &self.picture
    }

    /// Before the frame captured at `at`.
    ///
    /// # Errors
    /// What keeps an effect from being drawn any longer.
    pub fn update(&mut self, gpu: &Gpu, at: Duration) -> Result<RecordingState> {
        let mut state = RecordingState::Current;
        for animated in &mut self.animated {
            if animated.update(gpu, at)? == RecordingState::Stale {
                state = RecordingState::Stale;
            }
        }
        Ok(state)
    }
}

/// The look that is drawn, the one that is being prepared beside it, and the one to fall back to.
#[derive(Debug)]
pub struct EffectSwitcher {
    gpu: Gpu,
    frame: Frame,
    alpha: Alpha,
    half: Option<HalfResolution>,
    current: RecordedEffects,
    previous: Option<RecordedEffects>,
    pending: Option<Receiver<Result<RecordedEffects>>>,
}

impl EffectSwitcher {
    /// Begins with `effects`.
    ///
    /// # Errors
    /// What one of them needs and cannot have.
    pub fn new(
        gpu: &Gpu,
        frame: &Frame,
        alpha: &Alpha,
        half: Option<HalfResolution>,
        effects: &Effects,
    ) -> Result<Self> {
        let current = RecordedEffects::record(gpu, frame, alpha, half.as_ref(), effects)?;
        Ok(Self {
            gpu: gpu.clone(),
            frame: frame.clone(),
            alpha: alpha.clone(),
            half,
            current,
            previous: None,
            pending: None,
        })
    }

    /// What is drawn.
    pub fn current(&self) -> &RecordedEffects {
        &self.current
    }

    /// Prepares `effects` in a thread of their own; what is drawn now is drawn until they are ready. A later call
    /// wins over an earlier one.
    pub fn switch(&mut self, effects: Effects) {
        let effects = if self.current.effects.is_blocking() { effects.blocking() } else { effects };
        let (sender, pending) = mpsc::channel();
        let Self { gpu, frame, alpha, half, .. } = &*self;
        let (gpu, frame, alpha, half) = (gpu.clone(), frame.clone(), alpha.clone(), half.clone());
        // Nobody is left to hear of it where another was chosen meanwhile.
        thread::spawn(move || {
            drop(sender.send(RecordedEffects::record(&gpu, &frame, &alpha, half.as_ref(), &effects)))
        });
        self.pending = Some(pending);
    }

    /// Before the frame captured at `at`: takes what is ready, and leaves what has failed.
    ///
    /// # Errors
    /// Where nothing can be drawn at all.
    pub fn update(&mut self, at: Duration) -> Result<()> {
        self.adopt_pending();
        loop {
            match self.current.update(&self.gpu, at) {
                Ok(RecordingState::Current) => return Ok(()),
                Ok(RecordingState::Stale) => {
                    if self.pending.is_none() {
                        self.switch(self.current.effects.clone());
                    }
                    return Ok(());
                }
                Err(error) => {
                    tracing::warn!("{error}; what was shown before is shown again");
                    // Who wanted the room hidden does not see it again because that failed.
                    let hid_background = self.current.effects.hides_background();
                    self.current = match self
                        .previous
                        .take()
                        .filter(|recorded| recorded.effects.hides_background() || !hid_background)
                    {
                        Some(previous) => previous,
                        None => {
                            let Self { gpu, frame, alpha, half, .. } = &*self;
                            RecordedEffects::record(gpu, frame, alpha, half.as_ref(), &Effects::default())?
                        }
                    };
                }
            }
        }
    }

    fn adopt_pending(&mut self) {
        let Some(pending) = &self.pending else { return };
        match pending.try_recv() {
            Ok(Ok(recorded)) => self.previous = Some(mem::replace(&mut self.current, recorded)),
            Ok(Err(error)) => tracing::warn!("{error}; what is shown stays"),
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => {
                tracing::warn!("an effect could not be prepared; what is shown stays");
            }
        }
        self.pending = None;
    }
}
