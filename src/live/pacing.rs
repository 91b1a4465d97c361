//! What is given up while frames take longer than the camera's interval, and when it is taken back. Pure code: times
//! go in, what to give up comes out.
//!
//! Only what is left to gpucam is ever given up, one thing after the other, and the last one is taken back first. What
//! a thing costs is measured when it goes: the time of a frame with it over the time without it. Later, when the GPU
//! has become faster, that ratio tells what a frame would take with it. A GPU also lowers its clocks because it has less
//! to do, which no ratio tells; so now and then it is tried. What had to go again soon stays away longer each time.

use std::time::Duration;

/// Something that may be given up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Luxury {
    /// What it is, as in "without the second look".
    pub name: &'static str,
    /// The time of a frame with it over that without it, where it was measured before.
    pub ratio: Option<f64>,
    /// The share of the camera's interval that a frame may take with it when it is taken back.
    pub share: f64,
}

/// What a processor may give up, in this order, and what it has given up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Luxuries {
    /// All, at most 32.
    pub all: Vec<Luxury>,
    /// A bit for each that is given up; bit 0 is the first.
    pub given_up: u32,
}

impl Luxuries {
    /// Names of what is given up, as in "the second look and the learnt room"; empty if nothing is.
    pub fn words(&self) -> String {
        let names: Vec<_> =
            (0..self.all.len()).filter(|i| self.is_given_up(*i)).map(|i| self.all[i].name).collect();
        match names.split_last() {
            None => String::new(),
            Some((last, [])) => (*last).into(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
        }
    }

    fn is_given_up(&self, index: usize) -> bool {
        self.given_up & 1 << index != 0
    }
}

/// How fast to decide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PacingRules {
    /// Frames are judged together for this long.
    pub window: Duration,
    /// The share of the camera's interval that a frame may take.
    pub share: f64,
    /// Something is given up when frames took longer for so long.
    pub overrun: Duration,
    /// It is taken back when there was time for it for so long; twice as long after each time that it had to go again.
    pub headroom: Duration,
    /// It is tried, whatever is known of it, when frames took less than half of the interval for so long; twice as long
    /// after each time that it had to go again.
    pub trial: Duration,
    /// Longest of the two times above.
    pub longest: Duration,
    /// What had to go again within this time came back too early. What stayed for five times as long did not.
    pub relapse: Duration,
}

impl Default for PacingRules {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            window: seconds(1),
            share: 0.9,
            overrun: seconds(3),
            headroom: seconds(10),
            trial: seconds(120),
            longest: seconds(3600),
            relapse: seconds(60),
        }
    }
}

/// What saves less than a tenth of a frame's time is not worth giving up.
const WORTHWHILE: f64 = 1.0 / 0.9;

/// What is known of a luxury.
#[derive(Clone, Copy, Debug)]
struct Known {
    luxury: Luxury,
    /// The time of a frame when it was given up last.
    left_at: Option<Duration>,
    /// How long there must be time for it, or little to do, before it comes back.
    headroom: Duration,
    trial: Duration,
    /// When it was taken back last.
    taken_back: Option<Duration>,
    /// Not given up before this time, since that gained nothing; and for how long that holds the next time.
    worthless_until: Duration,
    worthless: Duration,
}

/// Frames since the window began.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    since: Option<Duration>,
    frames: u32,
    work: Duration,
    intervals: Duration,
}

/// The state machine.
#[derive(Clone, Debug)]
pub struct Pacing {
    rules: PacingRules,
    /// The interval that the camera promises.
    interval: Duration,
    known: Vec<Known>,
    given_up: u32,
    window: Window,
    /// When the frame before was captured.
    last: Option<Duration>,
    /// Since when frames have taken too long; there has been time; there has been little to do.
    overrun_since: Option<Duration>,
    headroom_since: Option<Duration>,
    idle_since: Option<Duration>,
    /// What was given up last and is to be measured now.
    to_measure: Option<usize>,
    /// What is being prepared.
    asked: Option<u32>,
    /// Time and interval of a frame in the last window.
    judged: (Duration, Duration),
}

impl Pacing {
    /// From `now` on, for a camera that promises this interval.
    pub fn new(now: Duration, luxuries: &Luxuries, interval: Duration, rules: PacingRules) -> Self {
        let known = |luxury: &Luxury| Known {
            luxury: *luxury,
            left_at: None,
            headroom: rules.headroom,
            trial: rules.trial,
            taken_back: None,
            worthless_until: match luxury.ratio {
                Some(ratio) if ratio < WORTHWHILE => now + rules.longest,
                _ => Duration::ZERO,
            },
            worthless: rules.relapse,
        };
        Self {
            rules,
            interval,
            known: luxuries.all.iter().map(known).collect(),
            given_up: luxuries.given_up,
            window: Window::default(),
            last: None,
            overrun_since: None,
            headroom_since: None,
            idle_since: None,
            to_measure: None,
            asked: None,
            judged: (Duration::ZERO, interval),
        }
    }

    /// Whether this is about the same things.
    pub fn is_of(&self, luxuries: &Luxuries) -> bool {
        let names = |luxury: &Luxury| luxury.name;
        self.known.iter().map(|known| known.luxury.name).eq(luxuries.all.iter().map(names))
    }

    /// What is given up now.
    pub fn given_up(&self) -> u32 {
        self.given_up
    }

    /// Mean time and interval of the last frames that were judged.
    pub fn judged(&self) -> (Duration, Duration) {
        self.judged
    }

    /// Forgets the frames of the moment: the picture was interrupted.
    pub fn interrupted(&mut self) {
        (self.window, self.last) = (Window::default(), None);
        (self.overrun_since, self.headroom_since, self.idle_since) = (None, None, None);
    }

    /// A processor that has given up this draws from now on.
    pub fn adopted(&mut self, now: Duration, given_up: u32) {
        let (gone, back) = (given_up & !self.given_up, self.given_up & !given_up);
        for (index, known) in self.known.iter_mut().enumerate() {
            if gone & 1 << index != 0 {
                known.left_at = Some(self.judged.0).filter(|_| self.asked == Some(given_up));
                let stayed = known.taken_back.map(|at| now.saturating_sub(at));
                if stayed.is_some_and(|stayed| stayed <= self.rules.relapse) {
                    known.headroom = (2 * known.headroom).min(self.rules.longest);
                    known.trial = (2 * known.trial).min(self.rules.longest);
                } else if stayed.is_some_and(|stayed| stayed > 5 * self.rules.relapse) {
                    (known.headroom, known.trial) = (self.rules.headroom, self.rules.trial);
                }
                self.to_measure = known.left_at.map(|_| index);
            }
            if back & 1 << index != 0 {
                known.taken_back = Some(now);
                self.to_measure = None;
            }
        }
        (self.given_up, self.asked) = (given_up, None);
        self.interrupted();
        // What the driver does for new shaders is not a frame's own time.
        self.window.since = Some(now + self.rules.window);
    }

    /// What was asked for cannot be had.
    pub fn refused(&mut self, now: Duration) {
        if let Some(asked) = self.asked.take() {
            for (index, known) in self.known.iter_mut().enumerate() {
                if (asked ^ self.given_up) & 1 << index != 0 {
                    known.worthless_until = now + self.rules.longest;
                    (known.headroom, known.trial) = (self.rules.longest, self.rules.longest);
                }
            }
        }
        self.interrupted();
    }

    /// What was asked for is no longer prepared; nothing is known by that.
    pub fn cancelled(&mut self) {
        self.asked = None;
        self.interrupted();
    }

    /// A frame captured at `at` was finished at `now` and took `took`, after `dropped` others that were not processed.
    /// Returns what to give up from now on, if that is something else: then a processor is to be prepared, and
    /// [`Pacing::adopted`], [`Pacing::refused`] or [`Pacing::cancelled`] called.
    pub fn frame(&mut self, now: Duration, at: Duration, dropped: u64, took: Duration) -> Option<u32> {
        let gap = at.saturating_sub(self.last.replace(at)?);
        if gap > 2 * self.rules.window.max(3 * took) {
            self.interrupted();
            self.last = Some(at);
            return None;
        }
        if self.asked.is_some() || self.known.is_empty() {
            return None;
        }
        let since = *self.window.since.get_or_insert(now);
        if now < since {
            return None;
        }
        self.window.frames += 1;
        self.window.work += took;
        // In the dark a camera sends fewer frames, and each has more time.
        let frames = u32::try_from(dropped).unwrap_or(u32::MAX).saturating_add(1);
        self.window.intervals += (gap / frames).max(self.interval);
        if now.saturating_sub(since) < self.rules.window || self.window.frames < 3 {
            return None;
        }
        let Window { frames, work, intervals, .. } = std::mem::take(&mut self.window);
        self.judged = (work / frames, intervals / frames);
        self.asked = self.judge(now);
        self.asked
    }

    /// Judges the last window.
    fn judge(&mut self, now: Duration) -> Option<u32> {
        let (work, interval) = (self.judged.0.as_secs_f64(), self.judged.1.as_secs_f64());
        if let Some(index) = self.to_measure.take()
            && let Some(left_at) = self.known[index].left_at
        {
            let (ratio, known) = (left_at.as_secs_f64() / work.max(1e-6), &mut self.known[index]);
            known.luxury.ratio = Some(ratio);
            if ratio < WORTHWHILE {
                // Unless the GPU became slower just then; so it is tried again.
                known.worthless_until = now + known.worthless;
                known.worthless = (2 * known.worthless).min(self.rules.longest);
                return Some(self.given_up & !(1 << index));
            }
        }
        let share = work / interval;
        let lasts = |since: &mut Option<Duration>, holds: bool| {
            let began = holds.then(|| since.unwrap_or(now.saturating_sub(self.rules.window)));
            *since = began;
            began.map_or(Duration::ZERO, |began| now.saturating_sub(began))
        };
        let overrun = lasts(&mut self.overrun_since, share > self.rules.share);
        let last = (0..self.known.len()).rev().find(|index| self.given_up & 1 << index != 0);
        let back = last.map(|index| (index, self.known[index]));
        let fits = back.is_some_and(|(_, Known { luxury: Luxury { ratio, share: most, .. }, .. })| {
            ratio.is_some_and(|ratio| share * ratio <= most)
        });
        let headroom = lasts(&mut self.headroom_since, fits);
        let idle = lasts(&mut self.idle_since, back.is_some() && share < 0.5);
        if overrun >= self.rules.overrun {
            let is_next =
                |index: &usize| self.given_up & 1 << index == 0 && self.known[*index].worthless_until <= now;
            return (0..self.known.len()).find(is_next).map(|index| self.given_up | 1 << index);
        }
        let (index, known) = back?;
        let is_time = headroom >= known.headroom || idle >= known.trial;
        is_time.then_some(self.given_up & !(1 << index))
    }
}
