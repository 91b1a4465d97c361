//! Judges what a consumer gets, frame by frame. Plain code: pictures and times go in, verdicts come out.

use std::time::Duration;

use super::picture::{Picture, later};

/// A frame may be repeated for two seconds. The rest is for a busy machine: a consumer may get its frame late.
pub const LONGEST_REPEAT: Duration = Duration::from_millis(2000 + 700);

/// A consumer this late may read a buffer that the producer fills again: it has four, camera frames come every 66 ms, and
/// a slate may come between two of them.
const LATE: Duration = Duration::from_millis(130);

/// Without a frame for so long, a consumer stood still: even a slate comes twice a second.
const STOOD_STILL: Duration = Duration::from_millis(1500);

/// Without a frame for so long, a consumer may have missed as many frames as there are buffers. It reads the rest at
/// once, in whatever order and state they are.
const MISSED: Duration = Duration::from_millis(250);
const AT_ONCE: Duration = Duration::from_millis(100);

/// What a frame is to who watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    Fresh,
    Repeated,
    Slate,
    /// A colour or one grey stands for the whole room: which of the camera's frames it is cannot be seen.
    Replaced,
    /// The same picture again after a slate: a v4l2loopback that stands still gives its last frame anew whenever it is
    /// opened. Right only if the camera stands still.
    Resent,
    /// Parts of two pictures that may both be shown, at a consumer that is late.
    Torn,
    /// Older than the one before, at a consumer that has just gone on: PipeWire's buffers were filled again while it
    /// stood still, and it finds them in the order in which it was owed them.
    Backlog,
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
    pub const ALL: [Self; 11] = [
        Self::Fresh,
        Self::Repeated,
        Self::Slate,
        Self::Replaced,
        Self::Resent,
        Self::Torn,
        Self::Backlog,
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
    /// Whether there was a slate since.
    slated: bool,
    /// The latest number of a frame, and when it came: after half an hour, numbers begin anew.
    number: Option<(u16, Duration)>,
    /// When the last frame arrived, and until when what arrives is what a consumer that stood still was owed.
    arrived: Option<Duration>,
    backlog: Duration,
    /// The same for one that missed frames.
    missed: Duration,
    /// The longest that a picture was repeated.
    pub longest: Duration,
}

impl Judge {
    /// `shown` is when the producer put the frame onto the device, as far as it says so; `arrival` is when it came.
    pub fn judge(&mut self, picture: Picture, shown: Duration, arrival: Duration) -> Verdict {
        // Before its first frame, a consumer may have stood still, too.
        let before = self.arrived.replace(arrival);
        let pause = before.map_or(Duration::MAX, |before| arrival.saturating_sub(before));
        if pause > STOOD_STILL {
            self.backlog = arrival + LATE;
        }
        // The first frame after the pause may be one that is being filled; it is older than none before it.
        let follows = arrival < self.missed;
        if pause > MISSED {
            self.missed = arrival + AT_ONCE;
        }
        let is_backlog = arrival < self.backlog;
        match picture {
            Picture::Raw => return Verdict::Raw,
            Picture::Wrong => return Verdict::Wrong,
            Picture::Torn
                if arrival < self.missed.max(self.backlog) || arrival.saturating_sub(shown) > LATE =>
            {
                return Verdict::Torn;
            }
            Picture::Torn => return Verdict::Wrong,
            Picture::Slate => {
                self.slated = true;
                return Verdict::Slate;
            }
            Picture::Colour | Picture::Hidden => return Verdict::Replaced,
            Picture::Number(number) => {
                let before = self.number.replace((number, arrival));
                let is_recent = |at: Duration| arrival.saturating_sub(at) < Duration::from_secs(1200);
                if before.is_some_and(|(before, at)| is_recent(at) && later(number, before) < 0) {
                    self.last = Some((picture, arrival));
                    return if is_backlog || follows { Verdict::Backlog } else { Verdict::Older };
                }
            }
        }
        let slated = std::mem::take(&mut self.slated);
        match self.last {
            Some((last, _)) if last == picture && slated => {
                self.last = Some((picture, arrival));
                Verdict::Resent
            }
            Some((last, since)) if last == picture => {
                // A consumer that stood still gets late what was shown in time.
                let age = shown.min(arrival).saturating_sub(since);
                self.longest = self.longest.max(age);
                if age > LONGEST_REPEAT && !is_backlog { Verdict::Stale } else { Verdict::Repeated }
            }
            _ => {
                self.last = Some((picture, arrival));
                Verdict::Fresh
            }
        }
    }
}
