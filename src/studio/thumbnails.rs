//! The small pictures on the cards: every effect drawn on the frame of the moment, one card at a time.

use std::{
    sync::mpsc::{self, Receiver, TryRecvError},
    thread,
    time::Duration,
};

use crate::{
    Size,
    cli::hint,
    effects::{Effects, RecordedEffects},
    frame::geometry::{Framing, Region, Turn},
    gpu::{Gpu, Plane, Recorder, Recording, Rgb8},
    passes::{self, Alpha, Frame},
    pipeline::DrawnFrame,
};

use super::message::{Event, Place};

/// Pixels of a card's picture.
const AREA: f64 = 192.0 * 108.0;

/// All cards over one small frame.
#[derive(Debug)]
pub(super) struct Thumbnails {
    gpu: Gpu,
    frame: Frame,
    alpha: Alpha,
    /// Makes the small frame and its alpha.
    shrink: Recording,
    cards: Vec<Card>,
    /// Which card is drawn next.
    next: usize,
}

#[derive(Debug)]
struct Card {
    text: String,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Another thread records it, for it may read a file.
    Pending(Receiver<Result<RecordedEffects, String>>),
    Ready(Box<RecordedEffects>, Recording),
    Failed,
}

impl Thumbnails {
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
        Self { gpu: gpu.clone(), frame, alpha, shrink: rec.finish(), cards: Vec::new(), next: 0 }
    }

    /// Keeps the cards of these effects and begins to record those that are new.
    pub(super) fn set(&mut self, texts: &[String]) {
        self.cards.retain(|card| texts.contains(&card.text));
        for text in texts {
            if self.cards.iter().all(|card| card.text != *text) {
                let state = State::Pending(self.record(text.clone()));
                self.cards.push(Card { text: text.clone(), state });
            }
        }
    }

    fn record(&self, text: String) -> Receiver<Result<RecordedEffects, String>> {
        let (sender, receiver) = mpsc::channel();
        let (gpu, frame, alpha) = (self.gpu.clone(), self.frame.clone(), self.alpha.clone());
        thread::spawn(move || {
            let recorded = Effects::parse_all(&[&text])
                .and_then(|effects| RecordedEffects::record(&gpu, &frame, &alpha, None, &effects));
            // Nobody receives it if the card is gone.
            drop(sender.send(recorded.map_err(|error| hint::sentence(&error))));
        });
        receiver
    }

    /// Draws the next card on the frame captured at `at`. Returns what there is to say of it.
    pub(super) fn draw_next(&mut self, at: Duration) -> Option<Event> {
        let count = self.cards.len();
        for turn in 0..count {
            let index = (self.next + turn) % count;
            let event = self.adopt(index);
            if self.draw(index, at) || event.is_some() {
                self.next = index + 1;
                return event;
            }
        }
        None
    }

    /// Takes over a recording that is finished.
    fn adopt(&mut self, index: usize) -> Option<Event> {
        let State::Pending(receiver) = &self.cards[index].state else { return None };
        let text = self.cards[index].text.clone();
        let recorded = match receiver.try_recv() {
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Err("it could not be drawn".into()),
            Ok(recorded) => recorded,
        };
        let (state, event) = match recorded {
            Ok(recorded) => {
                let shown = Plane::<Rgb8>::new(&self.gpu, "card", self.frame.size);
                let mut rec = Recorder::new(&self.gpu);
                passes::display(&mut rec, &self.frame.with(recorded.picture().clone()), &shown);
                let picture = shown.texture().create_view(&wgpu::TextureViewDescriptor::default());
                (State::Ready(Box::new(recorded), rec.finish()), Event::Card { text, picture })
            }
            Err(sentence) => (State::Failed, Event::Fault(Place::Card(text), Some(sentence))),
        };
        self.cards[index].state = state;
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

/// The size of a card's picture, of the frame's shape.
fn small(frame: Size) -> Size {
    let scale = (AREA / frame.area() as f64).sqrt().min(1.0);
    let side = |pixels: u32| ((f64::from(pixels) * scale).round() as u32).max(2);
    Size::new(side(frame.width) & !1, side(frame.height))
}
