use std::{
    mem,
    sync::mpsc::{self, Receiver, TryRecvError},
    thread,
    time::Duration,
};

use super::{
    effect::{Half, Moving, Scene, State},
    list::Effects,
};
use crate::{
    Result,
    gpu::{Gpu, Recorder, Recording, Storage},
    passes::{Alpha, Frame},
};

/// Effects recorded for a frame and the person in it: the second half of the way of a frame.
#[derive(Debug)]
pub struct Look {
    effects: Effects,
    recording: Recording,
    picture: Storage,
    moving: Vec<Box<dyn Moving>>,
}

impl Look {
    /// Records `effects` in their order. May be done beside a running pipeline, in any thread.
    ///
    /// # Errors
    /// What an effect needs and cannot have.
    pub fn record(
        gpu: &Gpu,
        frame: &Frame,
        alpha: &Alpha,
        half: Option<&Half>,
        effects: &Effects,
    ) -> Result<Self> {
        let mut rec = Recorder::new(gpu);
        let (picture, moving) = (frame.clone(), Vec::new());
        let mut scene = Scene { picture, alpha, half, moving, waits: effects.waits() };
        for chosen in effects.drawn() {
            scene.picture = chosen.effect.draw(&mut rec, &mut scene)?;
            scene.half = None; // it is of the camera's frame
        }
        let Scene { picture, moving, .. } = scene;
        Ok(Self { effects: effects.clone(), recording: rec.finish(), picture: picture.words, moving })
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
    pub fn step(&mut self, gpu: &Gpu, at: Duration) -> Result<State> {
        let mut state = State::Sound;
        for moving in &mut self.moving {
            if moving.step(gpu, at)? == State::Stale {
                state = State::Stale;
            }
        }
        Ok(state)
    }
}

/// The look that is drawn, the one that is being prepared beside it, and the one to fall back to.
#[derive(Debug)]
pub struct Looks {
    gpu: Gpu,
    frame: Frame,
    alpha: Alpha,
    half: Option<Half>,
    now: Look,
    before: Option<Look>,
    next: Option<Receiver<Result<Look>>>,
}

impl Looks {
    /// Begins with `effects`.
    ///
    /// # Errors
    /// What one of them needs and cannot have.
    pub fn new(
        gpu: &Gpu,
        frame: &Frame,
        alpha: &Alpha,
        half: Option<Half>,
        effects: &Effects,
    ) -> Result<Self> {
        let now = Look::record(gpu, frame, alpha, half.as_ref(), effects)?;
        Ok(Self {
            gpu: gpu.clone(),
            frame: frame.clone(),
            alpha: alpha.clone(),
            half,
            now,
            before: None,
            next: None,
        })
    }

    /// What is drawn.
    pub fn now(&self) -> &Look {
        &self.now
    }

    /// Prepares `effects` in a thread of their own; what is drawn now is drawn until they are ready. A later call
    /// wins over an earlier one.
    pub fn switch(&mut self, effects: Effects) {
        let effects = if self.now.effects.waits() { effects.waiting() } else { effects };
        let (done, next) = mpsc::channel();
        let Self { gpu, frame, alpha, half, .. } = &*self;
        let (gpu, frame, alpha, half) = (gpu.clone(), frame.clone(), alpha.clone(), half.clone());
        // Nobody is left to hear of it where another was chosen meanwhile.
        thread::spawn(move || drop(done.send(Look::record(&gpu, &frame, &alpha, half.as_ref(), &effects))));
        self.next = Some(next);
    }

    /// Before the frame captured at `at`: takes what is ready, and leaves what has failed.
    ///
    /// # Errors
    /// Where nothing can be drawn at all.
    pub fn step(&mut self, at: Duration) -> Result<()> {
        self.take_next();
        loop {
            match self.now.step(&self.gpu, at) {
                Ok(State::Sound) => return Ok(()),
                Ok(State::Stale) => {
                    if self.next.is_none() {
                        self.switch(self.now.effects.clone());
                    }
                    return Ok(());
                }
                Err(error) => {
                    tracing::warn!("{error}; what was shown before is shown again");
                    // Who wanted the room hidden does not see it again because that failed.
                    let hid = self.now.effects.hides();
                    self.now = match self.before.take().filter(|look| look.effects.hides() || !hid) {
                        Some(before) => before,
                        None => {
                            let Self { gpu, frame, alpha, half, .. } = &*self;
                            Look::record(gpu, frame, alpha, half.as_ref(), &Effects::default())?
                        }
                    };
                }
            }
        }
    }

    fn take_next(&mut self) {
        let Some(next) = &self.next else { return };
        match next.try_recv() {
            Ok(Ok(look)) => self.before = Some(mem::replace(&mut self.now, look)),
            Ok(Err(error)) => tracing::warn!("{error}; what is shown stays"),
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => {
                tracing::warn!("an effect could not be prepared; what is shown stays");
            }
        }
        self.next = None;
    }
}
