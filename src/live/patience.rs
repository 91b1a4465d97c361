//! How long to wait for a camera. Pure code: times go in, a verdict comes out.

use std::time::Duration;

use crate::video::camera::BrokenFrame;

/// A camera that is known to be faster and delivers nothing for this long was suspended or hangs. It is also the
/// longest series of broken frames alone, and the silence after which a slow camera is mentioned.
const SILENCE: Duration = Duration::from_secs(2);
/// Longest wait for a picture of a camera of which little is known; some need five seconds for the first.
const FIRST_PICTURES: Duration = Duration::from_secs(10);
/// As many pictures make a camera known.
const KNOWN: usize = 4;
/// A camera may be this many times slower than its slowest recent picture.
const SLOWER: u32 = 4;
/// Longest wait of all, and the longest pause before a camera is opened again.
const LONGEST: Duration = Duration::from_secs(60);
/// Pictures for this long without trouble, and earlier trouble is forgotten.
const STEADY: Duration = Duration::from_secs(30);
/// Number of intervals that are remembered.
const INTERVALS: usize = 8;

/// What to do about a camera that gives no picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Wait on, and mention it.
    Slow,
    /// Open it again: it has been silent for too long.
    Silent(Duration),
    /// Open it again: it has sent only broken frames.
    Broken(BrokenFrame),
}

/// Tells a slow camera from one that hangs or lost its stream during suspend, and a broken frame from a camera
/// that sends nothing else. The more often opening it again did not help, the longer it waits.
#[derive(Clone, Debug)]
pub struct Patience {
    /// Since when a picture is awaited.
    since: Duration,
    /// The last waits for a picture; none before the first picture of a stream.
    waits: Vec<Duration>,
    /// When the series of broken frames began, and the last of them.
    broken: Option<(Duration, BrokenFrame)>,
    /// How often the camera was given up since it was last steady.
    failures: u32,
    /// Whether its slowness was mentioned since it was last steady.
    mentioned: bool,
    /// Since when all has been well.
    steady_since: Duration,
}

impl Patience {
    /// A camera of which nothing is known.
    pub fn new(now: Duration) -> Self {
        let (waits, broken) = (Vec::new(), None);
        Self { since: now, waits, broken, failures: 0, mentioned: false, steady_since: now }
    }

    /// Its stream begins.
    pub fn started(&mut self, now: Duration) {
        (self.since, self.steady_since) = (now, now);
        (self.waits, self.broken) = (Vec::new(), None);
    }

    /// A picture came.
    pub fn picture(&mut self, now: Duration) {
        let wait = now.saturating_sub(self.since);
        if self.waits.len() == INTERVALS {
            self.waits.remove(0);
        }
        self.waits.push(wait);
        (self.since, self.broken) = (now, None);
        if wait >= SILENCE {
            self.steady_since = now;
        } else if now.saturating_sub(self.steady_since) >= STEADY {
            (self.failures, self.mentioned) = (0, false);
        }
    }

    /// The wait for the next picture begins: the time since the last one was not the camera's.
    pub fn resume(&mut self, now: Duration) {
        self.since = now;
    }

    /// A broken frame came.
    pub fn broken_frame(&mut self, now: Duration, frame: BrokenFrame) {
        let since = self.broken.take().map_or(now, |(since, _)| since);
        self.broken = Some((since, frame));
        // It is not silent, and not steady either.
        (self.since, self.steady_since) = (now, now);
    }

    /// The camera is given up. Returns the pause before it is opened again: 0.5, 1, 2, … seconds.
    pub fn failed(&mut self) -> Duration {
        let pause = Self::doubled(Duration::from_millis(500), self.failures);
        self.failures = self.failures.saturating_add(1);
        pause
    }

    /// Whether opening it again is not, or no longer, known to have failed.
    pub fn is_steady(&self) -> bool {
        self.failures == 0
    }

    fn doubled(time: Duration, times: u32) -> Duration {
        time.saturating_mul(1 << times.min(16)).min(LONGEST)
    }

    /// The longest silence that is accepted now.
    fn limit(&self) -> Duration {
        let least = if self.waits.len() < KNOWN { FIRST_PICTURES } else { SILENCE };
        let slowest = self.waits.iter().max().copied().unwrap_or_default();
        Self::doubled(least.max(SLOWER * slowest), self.failures)
    }

    /// Whether its slowness was mentioned since it was last steady.
    pub fn is_known_as_slow(&self) -> bool {
        self.mentioned
    }

    /// How much longer to wait for a frame before asking for the verdict. After a suspend during which the clock
    /// stood still the camera has the rest of its time; if the clock went on, it is opened again at once.
    pub fn remaining(&self, now: Duration) -> Duration {
        let silence = now.saturating_sub(self.since);
        let next = if self.mentioned { self.limit() } else { self.limit().min(SILENCE) };
        next.saturating_sub(silence)
    }

    /// What to do now, if anything.
    pub fn verdict(&mut self, now: Duration) -> Option<Verdict> {
        if let Some((since, frame)) = &self.broken
            && now.saturating_sub(*since) >= SILENCE
        {
            return Some(Verdict::Broken(frame.clone()));
        }
        let silence = now.saturating_sub(self.since);
        if silence >= self.limit() {
            return Some(Verdict::Silent(self.limit()));
        }
        if silence >= SILENCE && !self.mentioned {
            self.mentioned = true;
            return Some(Verdict::Slow);
        }
        None
    }
}
