//! Statistics of a live run, and the line that shows them on a terminal.

use std::{
    collections::VecDeque,
    fmt,
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use super::control::LiveStatus;

/// Number of latencies kept for the percentiles.
const KEPT: usize = 300;
/// Time between two updates of the line.
const PERIOD: Duration = Duration::from_secs(1);

/// Frame counts, latencies and consumers of a live run.
#[derive(Debug)]
pub struct LiveStats {
    /// Whether standard error is a terminal.
    on: bool,
    /// Start of the period that the rates count.
    since: Instant,
    frames_in: u64,
    frames_out: u64,
    /// Since the start, as is `shown`.
    dropped: u64,
    shown: u64,
    consumers: u32,
    /// Names of consumers, as far as they are known.
    names: Vec<String>,
    took: Duration,
    latencies: VecDeque<Duration>,
    /// What is given up, and why.
    given_up: [String; 2],
    status: LiveStatus,
}

impl Default for LiveStats {
    fn default() -> Self {
        Self {
            on: io::stderr().is_terminal(),
            since: Instant::now(),
            frames_in: 0,
            frames_out: 0,
            dropped: 0,
            shown: 0,
            consumers: 0,
            names: Vec::new(),
            took: Duration::ZERO,
            latencies: VecDeque::new(),
            given_up: Default::default(),
            status: LiveStatus::default(),
        }
    }
}

impl LiveStats {
    /// Whether the line is shown.
    #[doc(hidden)]
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// Counts a frame that took `took` to process.
    #[doc(hidden)]
    pub fn processed(&mut self, took: Duration) {
        self.frames_in += 1;
        self.took = took;
    }

    /// Counts a frame that was shown `latency` after its capture.
    #[doc(hidden)]
    pub fn shown(&mut self, latency: Duration) {
        self.frames_out += 1;
        self.shown += 1;
        if self.latencies.len() == KEPT {
            self.latencies.pop_front();
        }
        self.latencies.push_back(latency);
    }

    /// Counts frames that were not processed.
    #[doc(hidden)]
    pub fn dropped(&mut self, frames: u64) {
        self.frames_in += frames;
        self.dropped += frames;
    }

    /// Sets the number of programs that read the output, and the names of those that are known.
    #[doc(hidden)]
    pub fn consumers(&mut self, count: u32, names: Vec<String>) {
        (self.consumers, self.names) = (count, names);
    }

    /// Sets what is given up while frames take too long, and why.
    #[doc(hidden)]
    pub fn given_up(&mut self, what: String, why: String) {
        self.given_up = [what, why];
    }

    /// Quantile of the last latencies: `fraction` 0 is the least, 0.5 the median.
    pub fn latency(&self, fraction: f64) -> Option<Duration> {
        let mut sorted: Vec<_> = self.latencies.iter().copied().collect();
        sorted.sort();
        sorted.get(((sorted.len().saturating_sub(1)) as f64 * fraction).round() as usize).copied()
    }

    /// Computes the status at the end of each period and when the state changes, and writes the line at the end
    /// of each period; `what` names the state. Whether the status is another one.
    #[doc(hidden)]
    pub fn tick(&mut self, what: &'static str) -> bool {
        let elapsed = self.since.elapsed();
        let moved = self.status.state != what || self.status.consumers != self.consumers;
        if elapsed < PERIOD {
            (self.status.state, self.status.consumers) = (what, self.consumers);
            return moved;
        }
        let rate = |frames: u64| (10.0 * frames as f64 / elapsed.as_secs_f64()).round() / 10.0;
        let status = LiveStatus {
            state: what,
            fps_in: rate(self.frames_in),
            fps_out: rate(self.frames_out),
            work: self.took,
            latency_p50: self.latency(0.5).unwrap_or_default(),
            latency_p95: self.latency(0.95).unwrap_or_default(),
            dropped: self.dropped,
            shown: self.shown,
            consumers: self.consumers,
            given_up: self.given_up[0].clone(),
            given_up_why: self.given_up[1].clone(),
        };
        if self.on {
            self.write(&status);
        }
        (self.since, self.frames_in, self.frames_out) = (Instant::now(), 0, 0);
        std::mem::replace(&mut self.status, status) != self.status || moved
    }

    /// How long it is until [`LiveStats::tick`] has something new to say by itself.
    pub(super) fn rest(&self) -> Duration {
        let LiveStatus { fps_in, fps_out, .. } = self.status;
        let rests = self.frames_in == 0 && self.frames_out == 0 && fps_in == 0.0 && fps_out == 0.0;
        if rests && !self.on { Duration::MAX } else { PERIOD.saturating_sub(self.since.elapsed()) }
    }

    /// The last status.
    #[doc(hidden)]
    pub fn status(&self) -> &LiveStatus {
        &self.status
    }

    fn write(&self, status: &LiveStatus) {
        let mut line = format!("{}: {:.1} fps in, {:.1} out", status.state, status.fps_in, status.fps_out);
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        if !self.latencies.is_empty() {
            let (half, most) = (ms(status.latency_p50), ms(status.latency_p95));
            line += &format!(", work {:.1} ms, latency {half:.0}/{most:.0} ms", ms(status.work));
        }
        line += &format!(", {} dropped, {} watching", self.dropped, self.consumers);
        if !status.given_up.is_empty() {
            line += &format!(", without {}", status.given_up);
        }
        if !self.names.is_empty() {
            line += &format!(" ({})", self.names.join(", "));
        }
        // If standard error is closed, there is nobody to tell.
        let _ = write!(io::stderr(), "\r\x1b[K{line}");
    }

    /// Clears the line before other output.
    #[doc(hidden)]
    pub fn clear(&self) {
        if self.on {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

impl fmt::Display for LiveStats {
    /// A summary of the whole run in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} frames shown, {} dropped", self.shown, self.dropped)?;
        if let (Some(half), Some(most)) = (self.latency(0.5), self.latency(0.95)) {
            write!(
                f,
                ", latency {:.1} ms (p50) and {:.1} ms (p95)",
                half.as_secs_f64() * 1e3,
                most.as_secs_f64() * 1e3
            )?;
        }
        Ok(())
    }
}
