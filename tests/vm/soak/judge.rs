//! Judges what a consumer gets, frame by frame. Plain code: pictures and times go in, verdicts come out.

use std::time::Duration;

use super::picture::{Picture, later};

/// A frame may be repeated for two seconds. The rest is for a busy machine: a consumer may get its frame late.
pub const LONGEST_REPEAT: Duration = Duration::from_millis(2000 + 700);

/// What a frame is to who watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    Fresh,
    Repeated,
    Slate,
    /// A colour stands for the whole room: which of the camera's frames it is cannot be seen.
    Replaced,
    // Faults.
    /// The room is seen.
    Raw,
    /// Repeated for too long.
    Stale,
    /// Older than the one before.
    Older,
    /// Neither the room, hidden or not, nor the slate.
    Wrong,
}

impl Verdict {
    pub const ALL: [Self; 8] = [
        Self::Fresh,
        Self::Repeated,
        Self::Slate,
        Self::Replaced,
        Self::Raw,
        Self::Stale,
        Self::Older,
        Self::Wrong,
    ];

    pub fn is_fault(self) -> bool {
        matches!(self, Self::Raw | Self::Stale | Self::Older | Self::Wrong)
    }
}

/// What one consumer has seen since it opened the device.
#[derive(Debug, Default)]
pub struct Judge {
    /// The last picture of the room, and when it first arrived.
    last: Option<(Picture, Duration)>,
    /// The latest number of a frame, and when it came: after half an hour, numbers begin anew.
    number: Option<(u16, Duration)>,
    /// The longest that a picture was repeated, also with slates between.
    pub longest: Duration,
}

impl Judge {
    /// `shown` is when the producer put the frame onto the device, as far as it says so; `arrival` is when it came.
    pub fn judge(&mut self, picture: Picture, shown: Duration, arrival: Duration) -> Verdict {
        match picture {
            Picture::Raw => return Verdict::Raw,
            Picture::Wrong => return Verdict::Wrong,
            Picture::Slate => return Verdict::Slate,
            Picture::Colour => return Verdict::Replaced,
            Picture::Number(number) => {
                let before = self.number.replace((number, arrival));
                let is_recent = |at: Duration| arrival.saturating_sub(at) < Duration::from_secs(1200);
                if before.is_some_and(|(before, at)| is_recent(at) && later(number, before) < 0) {
                    self.last = Some((picture, arrival));
                    return Verdict::Older;
                }
            }
            Picture::Hidden(_) => {}
        }
        match self.last {
            Some((last, since)) if last == picture => {
                // A consumer that stood still gets late what was shown in time.
                let age = shown.min(arrival).saturating_sub(since);
                self.longest = self.longest.max(age);
                if age > LONGEST_REPEAT { Verdict::Stale } else { Verdict::Repeated }
            }
            _ => {
                self.last = Some((picture, arrival));
                Verdict::Fresh
            }
        }
    }
}
