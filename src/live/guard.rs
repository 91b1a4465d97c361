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
//! In every state, [`GuardEvent::Stop`] shows the slate for good, and [`GuardEvent::Pause`] until
//! [`GuardEvent::Resume`].
//!
//! Effects may change while frames are under way. A frame says whether what it was drawn with hides the
//! background; one that shows it is safe only while nothing hides it and no change that was asked for would. So
//! hiding holds from the moment when it is asked for, and showing from the moment when it is done.

use std::{collections::VecDeque, time::Duration};

/// When a live run shows frames, and when it shows the slate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GuardRules {
    /// Whether the effects of the start hide the background.
    pub hides_background: bool,
    /// The longest time between the capture of a frame and of the frame its mask came from.
    pub max_mask_age: Duration,
    /// How long the camera stays open after the last consumer left. None: always open.
    pub grace: Option<Duration>,
    /// Something is shown at least this often; browsers give up after a second without a frame.
    pub heartbeat: Duration,
    /// A frame is repeated for no longer than this, and one that comes later than this is not shown, unless the one before
    /// it was as late.
    pub longest_repeat: Duration,
    /// A frame may be in the GPU's driver for no longer than this; then the run ends, so that whoever started it
    /// can start it again. Opening the GPU again may take six times as long.
    pub longest_call: Duration,
    /// How long the camera is closed before the GPU is released. None: never.
    pub release: Option<Duration>,
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
            release: None,
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
        /// Whether the effects that it was drawn with hide the background; otherwise it needs no mask.
        hides: bool,
        /// How long ago it was taken from the source. The time in which the machine was suspended counts.
        age: Duration,
    },
    /// Other effects are asked for, which hide the background or not. [`GuardEvent::Adopted`] or
    /// [`GuardEvent::Refused`] answers each of these events, in their order.
    Asked {
        /// Whether they hide it.
        hides: bool,
    },
    /// The effects that were asked for first are drawn from the next frame on.
    Adopted,
    /// The effects that were asked for first cannot be drawn; those before them are drawn on.
    Refused,
    /// The user wants the slate, and the camera closed.
    Pause,
    /// The user wants the picture again.
    Resume,
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
    /// Whether to release the GPU until the camera is opened again.
    pub release: bool,
}

/// The state machine.
#[derive(Clone, Debug)]
pub struct Guard {
    rules: GuardRules,
    open: bool,
    stopped: bool,
    paused: bool,
    /// Whether there are consumers.
    watched: bool,
    /// Whether nobody would see it if the same were shown again.
    quiet: bool,
    /// Whether the effects that are drawn hide the background.
    hides: bool,
    /// The same of those that are asked for, in order.
    asked: VecDeque<bool>,
    /// Since when the camera has been closed; none while it is open or once the GPU is released.
    closed_since: Option<Duration>,
    /// Whether the last frame shown was drawn with effects that show the background.
    shows_background: bool,
    /// When the last consumer left; none while there are consumers.
    unwatched_since: Option<Duration>,
    /// Whether the last frame was late. At first, and while a GPU is slow, all are.
    was_late: bool,
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
        let guard = Self {
            rules,
            open,
            stopped: false,
            paused: false,
            watched: false,
            quiet: false,
            hides: rules.hides_background,
            asked: VecDeque::new(),
            closed_since: (!open).then_some(now),
            shows_background: false,
            unwatched_since: None,
            was_late: true,
            frame_shown: None,
            last_shown: now,
        };
        (guard, Action { camera: open.then_some(true), ..Action::default() })
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
            GuardEvent::Frame { at, mask, hides, age } if self.is_safe(at, mask, hides) => {
                // If one is late, the process stood still or the driver compiled: the next one shows what is there now.
                let is_late = age > self.rules.longest_repeat;
                let was_late = std::mem::replace(&mut self.was_late, is_late);
                if was_late || !is_late {
                    self.frame_shown = Some(now);
                    self.shows_background = !hides;
                    action.show = Some(Show::Frame);
                }
            }
            GuardEvent::Frame { .. } | GuardEvent::Failed | GuardEvent::Lost => {
                action.show = Some(self.slate())
            }
            GuardEvent::Asked { hides } => {
                self.asked.push_back(hides);
                action.show = self.cover();
            }
            GuardEvent::Adopted => {
                self.hides = self.asked.pop_front().unwrap_or(true);
                action.show = self.cover();
            }
            GuardEvent::Refused => {
                self.asked.pop_front();
            }
            GuardEvent::Pause => {
                if !std::mem::replace(&mut self.paused, true) {
                    action = self.close(now);
                }
            }
            GuardEvent::Resume => {
                self.paused = false;
                if self.watched || self.is_always_on() {
                    action.camera = self.open_camera();
                }
            }
            GuardEvent::Consumers(0) => {
                self.watched = false;
                if self.open && self.rules.grace.is_some() {
                    self.unwatched_since.get_or_insert(now);
                }
            }
            GuardEvent::Consumers(_) => {
                self.watched = true;
                self.unwatched_since = None;
                if !self.paused {
                    action.camera = self.open_camera();
                }
            }
            GuardEvent::Tick => action = self.tick(now),
            GuardEvent::Stop => {
                self.stopped = true;
                action = self.close(now);
            }
        }
        if action.show.is_some() {
            self.last_shown = now;
        }
        action
    }

    fn tick(&mut self, now: Duration) -> Action {
        if self.camera_closes().is_some_and(|at| at <= now) {
            return self.close(now);
        }
        if self.repeat_ends().is_some_and(|at| at <= now) {
            return Action { show: Some(self.slate()), ..Action::default() };
        }
        let release = self.release_due().is_some_and(|at| at <= now);
        if release {
            self.closed_since = None;
        }
        let due = !self.quiet && self.last_shown + self.rules.heartbeat <= now;
        let show = if self.frame_shown.is_some() { Show::Again } else { Show::Slate };
        Action { show: due.then_some(show), camera: None, release }
    }

    /// The slate, and the camera closed if it is open.
    fn close(&mut self, now: Duration) -> Action {
        let camera = self.open.then_some(false);
        if self.open {
            self.closed_since = Some(now);
        }
        (self.open, self.unwatched_since) = (false, None);
        Action { show: Some(self.slate()), camera, release: false }
    }

    fn open_camera(&mut self) -> Option<bool> {
        self.closed_since = None;
        (!std::mem::replace(&mut self.open, true)).then_some(true)
    }

    fn slate(&mut self) -> Show {
        self.frame_shown = None;
        Show::Slate
    }

    /// Whether a frame that shows the background must not be shown.
    fn must_hide(&self) -> bool {
        self.hides || self.asked.contains(&true)
    }

    /// The slate instead of a frame that shows the background, if that must be hidden now.
    fn cover(&mut self) -> Option<Show> {
        let shows = self.frame_shown.is_some() && self.shows_background;
        (shows && self.must_hide()).then(|| self.slate())
    }

    fn is_safe(&self, at: Duration, mask: Option<Duration>, hides: bool) -> bool {
        match hides {
            true => mask.is_some_and(|mask| at.abs_diff(mask) <= self.rules.max_mask_age),
            false => !self.must_hide(),
        }
    }

    fn camera_closes(&self) -> Option<Duration> {
        Some(self.unwatched_since? + self.rules.grace?)
    }

    fn repeat_ends(&self) -> Option<Duration> {
        Some(self.frame_shown? + self.rules.longest_repeat)
    }

    fn release_due(&self) -> Option<Duration> {
        Some(self.closed_since? + self.rules.release?)
    }

    /// When the next [`GuardEvent::Tick`] is due; [`Duration::MAX`] if none is.
    pub fn next_tick(&self) -> Duration {
        let heartbeat = (!self.quiet).then_some(self.last_shown + self.rules.heartbeat);
        let others = [self.camera_closes(), self.repeat_ends(), self.release_due()];
        [heartbeat].into_iter().chain(others).flatten().min().unwrap_or(Duration::MAX)
    }

    /// Whether nobody would see it if the same were shown again, as with PipeWire while nobody is linked. Then it is
    /// not.
    pub fn set_quiet(&mut self, quiet: bool) {
        self.quiet = quiet;
    }

    /// Whether the camera should be open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Whether the user wants the slate.
    pub fn is_paused(&self) -> bool {
        self.paused
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
