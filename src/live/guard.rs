//! What is shown when: the promise that the room is never, as plain code without a device in it.
//!
//! ```text
//!            consumer came, or always on                frame with a fresh mask
//!   ┌──────┐ ───────────────────────────▶ ┌─────────┐ ──────────────────────────▶ ┌────────┐
//!   │ idle │        camera opens          │ waiting │                             │ hiding │ ─┐ next frame;
//!   └──────┘ ◀─────────────────────────── └─────────┘ ◀────────────────────────── └────────┘ ◀┘ none for half a
//!     slate   nobody for the grace time      slate     mask missing, old; failure;  picture      second: again
//!                                                      camera lost; 2 s of nothing
//! ```
//! From each of them, [`Event::Stop`] leads to the slate for good.

use std::time::Duration;

/// The settings of a [`Guard`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Whether the effect hides the room; else frames need no mask.
    pub hides: bool,
    /// `--max-mask-age`: how far the frame shown and the frame its mask came from may be apart.
    pub max_mask_age: Duration,
    /// `--on-demand`: how long the camera stays open after the last consumer. None: always open.
    pub grace: Option<Duration>,
    /// Something is shown at least this often: browsers give up after a second.
    pub beat: Duration,
    /// A picture is not repeated for longer.
    pub stall: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            hides: true,
            max_mask_age: Duration::from_millis(200),
            grace: None,
            beat: Duration::from_millis(500),
            stall: Duration::from_secs(2),
        }
    }
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// A frame captured at `at` went through the pipeline, with a mask from the frame captured at `mask`. None where
    /// there is no sound mask.
    Frame {
        /// The frame's own timestamp.
        at: Duration,
        /// The timestamp of the frame its mask came from.
        mask: Option<Duration>,
    },
    /// The pipeline failed on a frame, or is not there.
    Failed,
    /// The camera is gone or silent.
    Lost,
    /// So many programs watch.
    Consumers(u32),
    /// Time went by.
    Tick,
    /// gpucam is to end.
    Stop,
}

/// What is put on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Black.
    Slate,
    /// The frame of this event.
    Frame,
    /// The last [`Show::Frame`] once more.
    Again,
}

/// What is to be done about an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    /// What is shown now; nothing new where none.
    pub show: Option<Show>,
    /// Whether the camera is opened or closed now.
    pub camera: Option<bool>,
}

/// Decides about every picture.
#[derive(Clone, Debug)]
pub struct Guard {
    rules: Rules,
    open: bool,
    stopped: bool,
    /// When the last consumer left.
    left: Option<Duration>,
    /// When the last frame was shown, if that is what the device shows.
    hiding: Option<Duration>,
    /// When anything was shown.
    shown: Duration,
}

impl Guard {
    /// At time `now`, with the slate on the device; the orders say whether the camera opens at once.
    pub fn new(rules: Rules, now: Duration) -> (Self, Orders) {
        let open = rules.grace.is_none();
        let guard = Self { rules, open, stopped: false, left: None, hiding: None, shown: now };
        (guard, Orders { show: None, camera: open.then_some(true) })
    }

    /// Takes an event at time `now`.
    pub fn on(&mut self, now: Duration, event: Event) -> Orders {
        let mut orders = Orders::default();
        if self.stopped {
            return orders;
        }
        match event {
            // A frame that was under way when the camera closed.
            Event::Frame { .. } if !self.open => {}
            Event::Frame { at, mask } if self.is_safe(at, mask) => {
                self.hiding = Some(now);
                orders.show = Some(Show::Frame);
            }
            Event::Frame { .. } | Event::Failed | Event::Lost => orders.show = Some(self.slate()),
            Event::Consumers(0) => {
                if self.open && self.rules.grace.is_some() {
                    self.left.get_or_insert(now);
                }
            }
            Event::Consumers(_) => {
                self.left = None;
                if !self.open {
                    self.open = true;
                    orders.camera = Some(true);
                }
            }
            Event::Tick => orders = self.tick(now),
            Event::Stop => {
                self.stopped = true;
                orders = Orders { show: Some(self.slate()), camera: self.open.then_some(false) };
                self.open = false;
            }
        }
        if orders.show.is_some() {
            self.shown = now;
        }
        orders
    }

    fn tick(&mut self, now: Duration) -> Orders {
        if self.closes().is_some_and(|at| at <= now) {
            (self.open, self.left) = (false, None);
            return Orders { show: Some(self.slate()), camera: Some(false) };
        }
        if self.stalls().is_some_and(|at| at <= now) {
            return Orders { show: Some(self.slate()), camera: None };
        }
        let due = self.shown + self.rules.beat <= now;
        let show = if self.hiding.is_some() { Show::Again } else { Show::Slate };
        Orders { show: due.then_some(show), camera: None }
    }

    fn slate(&mut self) -> Show {
        self.hiding = None;
        Show::Slate
    }

    fn is_safe(&self, at: Duration, mask: Option<Duration>) -> bool {
        !self.rules.hides || mask.is_some_and(|mask| at.abs_diff(mask) <= self.rules.max_mask_age)
    }

    fn closes(&self) -> Option<Duration> {
        Some(self.left? + self.rules.grace?)
    }

    fn stalls(&self) -> Option<Duration> {
        Some(self.hiding? + self.rules.stall)
    }

    /// When the next [`Event::Tick`] is due.
    pub fn wakes(&self) -> Duration {
        let beat = Some(self.shown + self.rules.beat);
        [beat, self.closes(), self.stalls()].into_iter().flatten().min().unwrap_or_default()
    }

    /// Whether the camera is meant to be open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Whether it never closes.
    pub fn is_always_on(&self) -> bool {
        self.rules.grace.is_none()
    }

    /// Whether a picture is shown, not the slate.
    pub fn is_hiding(&self) -> bool {
        self.hiding.is_some()
    }
}
