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
//! From each of them, [`GuardEvent::Stop`] leads to the slate for good.

use std::time::Duration;

/// The settings of a [`Guard`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GuardRules {
    /// Whether the effect hides the room; else frames need no mask.
    pub hides_background: bool,
    /// `--max-mask-age`: how far the frame shown and the frame its mask came from may be apart.
    pub max_mask_age: Duration,
    /// `--on-demand`: how long the camera stays open after the last consumer. None: always open.
    pub grace: Option<Duration>,
    /// Something is shown at least this often: browsers give up after a second.
    pub heartbeat: Duration,
    /// A picture is not repeated for longer.
    pub longest_repeat: Duration,
}

impl Default for GuardRules {
    fn default() -> Self {
        Self {
            hides_background: true,
            max_mask_age: Duration::from_millis(200),
            grace: None,
            heartbeat: Duration::from_millis(500),
            longest_repeat: Duration::from_secs(2),
        }
    }
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GuardEvent {
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
pub struct Action {
    /// What is shown now; nothing new where none.
    pub show: Option<Show>,
    /// Whether the camera is opened or closed now.
    pub camera: Option<bool>,
}

/// Decides about every picture.
#[derive(Clone, Debug)]
pub struct Guard {
    rules: GuardRules,
    open: bool,
    stopped: bool,
    /// When the last consumer left.
    unwatched_since: Option<Duration>,
    /// When the last frame was shown, if that is what the device shows.
    frame_shown: Option<Duration>,
    /// When anything was shown.
    last_shown: Duration,
}

impl Guard {
    /// At time `now`, with the slate on the device; the action say whether the camera opens at once.
    pub fn new(rules: GuardRules, now: Duration) -> (Self, Action) {
        let open = rules.grace.is_none();
        let guard =
            Self { rules, open, stopped: false, unwatched_since: None, frame_shown: None, last_shown: now };
        (guard, Action { show: None, camera: open.then_some(true) })
    }

    /// Takes an event at time `now`.
    pub fn handle(&mut self, now: Duration, event: GuardEvent) -> Action {
        let mut action = Action::default();
        if self.stopped {
            return action;
        }
        match event {
            // A frame that was under way when the camera closed.
            GuardEvent::Frame { .. } if !self.open => {}
            GuardEvent::Frame { at, mask } if self.is_safe(at, mask) => {
                self.frame_shown = Some(now);
                action.show = Some(Show::Frame);
            }
            GuardEvent::Frame { .. } | GuardEvent::Failed | GuardEvent::Lost => {
                action.show = Some(self.slate())
            }
            GuardEvent::Consumers(0) => {
                if self.open && self.rules.grace.is_some() {
                    self.unwatched_since.get_or_insert(now);
                }
            }
            GuardEvent::Consumers(_) => {
                self.unwatched_since = None;
                if !self.open {
                    self.open = true;
                    action.camera = Some(true);
                }
            }
            GuardEvent::Tick => action = self.tick(now),
            GuardEvent::Stop => {
                self.stopped = true;
                action = Action { show: Some(self.slate()), camera: self.open.then_some(false) };
                self.open = false;
            }
        }
        if action.show.is_some() {
            self.last_shown = now;
        }
        action
    }

    fn tick(&mut self, now: Duration) -> Action {
        if self.camera_closes().is_some_and(|at| at <= now) {
            (self.open, self.unwatched_since) = (false, None);
            return Action { show: Some(self.slate()), camera: Some(false) };
        }
        if self.repeat_ends().is_some_and(|at| at <= now) {
            return Action { show: Some(self.slate()), camera: None };
        }
        let due = self.last_shown + self.rules.heartbeat <= now;
        let show = if self.frame_shown.is_some() { Show::Again } else { Show::Slate };
        Action { show: due.then_some(show), camera: None }
    }

    fn slate(&mut self) -> Show {
        self.frame_shown = None;
        Show::Slate
    }

    fn is_safe(&self, at: Duration, mask: Option<Duration>) -> bool {
        !self.rules.hides_background || mask.is_some_and(|mask| at.abs_diff(mask) <= self.rules.max_mask_age)
    }

    fn camera_closes(&self) -> Option<Duration> {
        Some(self.unwatched_since? + self.rules.grace?)
    }

    fn repeat_ends(&self) -> Option<Duration> {
        Some(self.frame_shown? + self.rules.longest_repeat)
    }

    /// When the next [`GuardEvent::Tick`] is due.
    pub fn next_tick(&self) -> Duration {
        let heartbeat = Some(self.last_shown + self.rules.heartbeat);
        [heartbeat, self.camera_closes(), self.repeat_ends()].into_iter().flatten().min().unwrap_or_default()
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
    pub fn is_showing_frames(&self) -> bool {
        self.frame_shown.is_some()
    }
}
