//! Decides what the virtual camera shows, so that the background is never shown unprocessed. Pure code:
//! events and times go in, actions come out.
//!
//! ```text
//!            consumer came, or always on                frame with a fresh mask
//!   ┌──────┐ ───────────────────────────▶ ┌─────────┐ ──────────────────────────▶ ┌────────┐
//!   │ idle │        camera opens          │ waiting │                             │ hiding │ ─┐ next frame;
//!   └──────┘ ◀─────────────────────────── └─────────┘ ◀────────────────────────── └────────┘ ◀┘ none for half a
//!     slate   no consumer for the grace     slate      mask missing or old; failure;  frame      second: again
//!             time                                     camera lost; 2 s without frame
//! ```
//! In every state, [`GuardEvent::Stop`] shows the slate for good.

use std::time::Duration;

/// When a live run shows frames, and when it shows the slate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GuardRules {
    /// Whether the effect hides the background; otherwise frames need no mask.
    pub hides_background: bool,
    /// The longest time between the capture of a frame and of the frame its mask came from.
    pub max_mask_age: Duration,
    /// How long the camera stays open after the last consumer left. None: always open.
    pub grace: Option<Duration>,
    /// Something is shown at least this often; browsers give up after a second without a frame.
    pub heartbeat: Duration,
    /// A frame is repeated for no longer than this.
    pub longest_repeat: Duration,
    /// A frame may be in the GPU's driver for no longer than this; then the run ends, so that whoever started it
    /// can start it again. Opening the GPU again may take six times as long.
    pub longest_call: Duration,
}

impl Default for GuardRules {
    fn default() -> Self {
        Self {
            hides_background: true,
            max_mask_age: Duration::from_millis(200),
            grace: None,
            heartbeat: Duration::from_millis(500),
            longest_repeat: Duration::from_secs(2),
            longest_call: Duration::from_secs(20),
        }
    }
}

/// An event that the guard reacts to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GuardEvent {
    /// A frame was processed.
    Frame {
        /// When it was captured.
        at: Duration,
        /// When the frame was captured that its mask came from; none if there was no valid mask.
        mask: Option<Duration>,
    },
    /// Processing failed, or there is no pipeline.
    Failed,
    /// The camera is gone or silent.
    Lost,
    /// The number of programs that read the device.
    Consumers(u32),
    /// Time has passed; see [`Guard::next_tick`].
    Tick,
    /// gpucam ends.
    Stop,
}

/// What the device shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// A black picture.
    Slate,
    /// The frame of this event.
    Frame,
    /// The last [`Show::Frame`] again.
    Again,
}

/// What to do after an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Action {
    /// What to show; `None` leaves the output unchanged.
    pub show: Option<Show>,
    /// Whether to open (true) or close (false) the camera; `None` leaves it unchanged.
    pub camera: Option<bool>,
}

/// The state machine.
#[derive(Clone, Debug)]
pub struct Guard {
    rules: GuardRules,
    open: bool,
    stopped: bool,
    /// When the last consumer left; none while there are consumers.
    unwatched_since: Option<Duration>,
    /// When the last frame was shown; none while the slate is shown.
    frame_shown: Option<Duration>,
    /// When a frame or the slate was last shown.
    last_shown: Duration,
}

impl Guard {
    /// Starts at time `now` with the slate on the device. The action opens the camera unless it opens on
    /// demand.
    pub fn new(rules: GuardRules, now: Duration) -> (Self, Action) {
        let open = rules.grace.is_none();
        let guard =
            Self { rules, open, stopped: false, unwatched_since: None, frame_shown: None, last_shown: now };
        (guard, Action { show: None, camera: open.then_some(true) })
    }

    /// Handles an event at time `now`.
    pub fn handle(&mut self, now: Duration, event: GuardEvent) -> Action {
        let mut action = Action::default();
        if self.stopped {
            return action;
        }
        match event {
            // Processing of this frame began before the camera was closed.
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

    /// Whether the camera should be open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Whether the camera stays open without consumers.
    pub fn is_always_on(&self) -> bool {
        self.rules.grace.is_none()
    }

    /// Whether the device shows a frame rather than the slate.
    pub fn is_showing_frames(&self) -> bool {
        self.frame_shown.is_some()
    }
}
