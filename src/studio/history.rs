//! The frame times of the last seconds, by pass, for the plot.

use std::collections::VecDeque;

/// How far back the plot goes, in seconds.
pub const SPAN: f64 = 10.0;
/// Passes that have a colour of their own; the others share one.
pub const SHOWN: usize = 7;

/// Times of frames, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct History {
    frames: VecDeque<FrameTime>,
}

/// The times of one frame.
#[derive(Clone, Debug)]
pub struct FrameTime {
    /// When it was drawn, in seconds on the window's clock.
    pub at: f64,
    /// Milliseconds from its bytes to its picture.
    pub took: f32,
    /// GPU milliseconds of each pass.
    pub passes: Vec<(String, f32)>,
}

impl History {
    /// Adds a frame, and drops those that are too old.
    pub fn add(&mut self, frame: FrameTime) {
        let oldest = frame.at - SPAN;
        self.frames.push_back(frame);
        while self.frames.front().is_some_and(|first| first.at < oldest) {
            self.frames.pop_front();
        }
    }

    /// The frames, the oldest first.
    pub fn frames(&self) -> impl DoubleEndedIterator<Item = &FrameTime> {
        self.frames.iter()
    }

    /// Frames a second over the last two seconds.
    pub fn rate(&self) -> Option<f64> {
        let last = self.frames.back()?.at;
        let recent: Vec<f64> =
            self.frames.iter().map(|frame| frame.at).filter(|at| *at > last - 2.0).collect();
        let span = last - recent.first()?;
        (recent.len() > 2 && span > 0.0).then(|| (recent.len() - 1) as f64 / span)
    }

    /// The median time of a frame.
    pub fn median(&self) -> Option<f32> {
        let mut times: Vec<f32> = self.frames.iter().map(|frame| frame.took).collect();
        times.sort_by(f32::total_cmp);
        times.get(times.len() / 2).copied()
    }

    /// The mean milliseconds of each pass over the timed frames, the longest first.
    pub fn means(&self) -> Vec<(String, f32)> {
        let mut sums: Vec<(String, f32)> = Vec::new();
        let timed = self.frames.iter().filter(|frame| !frame.passes.is_empty());
        let count = timed.clone().count().max(1) as f32;
        for (name, ms) in timed.flat_map(|frame| &frame.passes) {
            match sums.iter_mut().find(|(known, _)| known == name) {
                Some((_, sum)) => *sum += ms,
                None => sums.push((name.clone(), *ms)),
            }
        }
        sums.iter_mut().for_each(|(_, sum)| *sum /= count);
        sums.sort_by(|a, b| b.1.total_cmp(&a.1));
        sums
    }
}
