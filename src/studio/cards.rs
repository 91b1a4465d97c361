//! The small pictures on the cards: every effect drawn on the frame of the moment, one card at a time.

use std::{
    path::Path,
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    Size,
    cli::hint,
    effects::{Effects, ParamValue, RecordedEffects},
    frame::geometry::{Framing, Region, Turn},
    gpu::{Gpu, Plane, Recorder, Recording, Rgb8},
    passes::{self, Alpha, Frame},
    pipeline::DrawnFrame,
};

use super::{
    choice::EffectChoice,
    message::{Event, Place},
};

/// Pixels of a card's picture.
const AREA: f64 = 192.0 * 108.0;

/// All cards over one small frame.
#[derive(Debug)]
pub(super) struct Cards {
    gpu: Gpu,
    frame: Frame,
    alpha: Alpha,
    /// Makes the small frame and its alpha.
    shrink: Recording,
    cards: Vec<Card>,
    /// Which card is drawn next.
    next: usize,
    /// The card that another thread records, for it may read a file: one at a time.
    recording: Option<(String, JoinHandle<Result<RecordedEffects, String>>)>,
}

#[derive(Debug)]
struct Card {
    text: String,
    state: State,
}

#[derive(Debug)]
enum State {
    Pending,
    Ready(Box<RecordedEffects>, Recording),
    Failed,
}

impl Cards {
    /// Cards of what a pipeline draws.
    pub(super) fn new(gpu: &Gpu, drawn: &DrawnFrame) -> Self {
        let size = small(drawn.before.size);
        let mut rec = Recorder::new(gpu);
        let framing = Framing {
            camera: drawn.before.size,
            turn: Turn::default(),
            region: Region::whole(drawn.before.size),
            frame: size,
        };
        let frame = passes::reframe(&mut rec, &drawn.before, &framing);
        let alpha = passes::shrink(&mut rec, &drawn.alpha, size);
        Self {
            gpu: gpu.clone(),
            frame,
            alpha,
            shrink: rec.finish(),
            cards: Vec::new(),
            next: 0,
            recording: None,
        }
    }

    /// Keeps the cards of these effects, and adds those that are new.
    pub(super) fn set(&mut self, texts: &[String]) {
        self.cards.retain(|card| texts.contains(&card.text));
        for text in texts {
            if self.cards.iter().all(|card| card.text != *text) {
                self.cards.push(Card { text: text.clone(), state: State::Pending });
            }
        }
    }

    /// Tries again those cards of this shader that could not be drawn, since it was saved.
    pub(super) fn try_again(&mut self, shader: &Path) {
        let mut choice = EffectChoice::named("custom");
        choice.values[0] = Some(ParamValue::File(shader.into()));
        let Some(text) = choice.text() else { return };
        let is_its = |card: &Card| {
            card.text.strip_prefix(&text).is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
        };
        for card in self.cards.iter_mut().filter(|card| is_its(card)) {
            if matches!(card.state, State::Failed) {
                card.state = State::Pending;
            }
        }
    }

    /// Draws the next card on the frame captured at `at`. Returns what there is to say of one that was recorded.
    pub(super) fn draw_next(&mut self, at: Duration) -> Option<Event> {
        let event = self.adopt();
        self.record_next();
        let count = self.cards.len();
        for turn in 0..count {
            let index = (self.next + turn) % count;
            if self.draw(index, at) {
                self.next = index + 1;
                break;
            }
        }
        event
    }

    /// Begins to record a card, unless one is being recorded.
    fn record_next(&mut self) {
        let pending = self.cards.iter().find(|card| matches!(card.state, State::Pending));
        let (None, Some(card)) = (&self.recording, pending) else { return };
        let (gpu, frame, alpha) = (self.gpu.clone(), self.frame.clone(), self.alpha.clone());
        let text = card.text.clone();
        let record = move || {
            let recorded = Effects::parse_all(&[&text])
                .and_then(|effects| RecordedEffects::record(&gpu, &frame, &alpha, None, None, &effects));
            recorded.map_err(|error| hint::sentence(&error))
        };
        self.recording = Some((card.text.clone(), thread::spawn(record)));
    }

    /// Takes over a recording that is finished.
    fn adopt(&mut self) -> Option<Event> {
        let (text, thread) = self.recording.take_if(|(_, thread)| thread.is_finished())?;
        let recorded = thread.join().unwrap_or_else(|_| Err("it could not be drawn".into()));
        let card = self.cards.iter_mut().find(|card| card.text == text)?;
        let (state, event) = match recorded {
            Ok(recorded) => {
                let shown = Plane::<Rgb8>::new(&self.gpu, "card", self.frame.size);
                let mut rec = Recorder::new(&self.gpu);
                let picture = self.frame.with(recorded.picture().clone());
                match recorded.effects().is_transparent() {
                    true => passes::checkered(&mut rec, &picture, &self.alpha, &shown),
                    false => passes::display(&mut rec, &picture, &shown),
                }
                let picture = shown.texture().create_view(&wgpu::TextureViewDescriptor::default());
                (State::Ready(Box::new(recorded), rec.finish()), Event::Card { text, picture })
            }
            Err(sentence) => (State::Failed, Event::Fault(Place::Card(text), Some(sentence))),
        };
        card.state = state;
        Some(event)
    }

    fn draw(&mut self, index: usize, at: Duration) -> bool {
        let State::Ready(recorded, display) = &mut self.cards[index].state else { return false };
        if recorded.update(&self.gpu, at).is_err() {
            self.cards[index].state = State::Failed;
            return false;
        }
        let mut commands =
            self.gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("card") });
        self.shrink.encode(&mut commands, None);
        recorded.recording().encode(&mut commands, None);
        display.encode(&mut commands, None);
        self.gpu.queue().submit([commands.finish()]);
        true
    }
}

impl Drop for Cards {
    fn drop(&mut self) {
        // No thread may use the driver when the program ends.
        self.recording.take().into_iter().for_each(|(_, thread)| drop(thread.join()));
    }
}

/// The size of a card's picture, of the frame's shape.
fn small(frame: Size) -> Size {
    let scale = (AREA / frame.area() as f64).sqrt().min(1.0);
    let side = |pixels: u32| ((f64::from(pixels) * scale).round() as u32).max(2);
    Size::new(side(frame.width) & !1, side(frame.height))
}
