//! One line about how it goes, on a terminal.

use std::{
    collections::VecDeque,
    fmt,
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

/// Latencies that count towards the percentiles.
const KEPT: usize = 300;
/// Time between two lines.
const PERIOD: Duration = Duration::from_secs(1);

/// Counts, and says.
#[derive(Debug)]
pub struct LiveStats {
    on: bool,
    since: Instant,
    frames_in: u64,
    frames_out: u64,
    /// Since the start.
    dropped: u64,
    shown: u64,
    consumers: u32,
    took: Duration,
    latencies: VecDeque<Duration>,
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
            took: Duration::ZERO,
            latencies: VecDeque::new(),
        }
    }
}

impl LiveStats {
    /// Whether anybody sees it.
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// A picture came out of the pipeline, which took so long.
    pub fn processed(&mut self, took: Duration) {
        self.frames_in += 1;
        self.took = took;
    }

    /// A picture was shown, so long after it was captured.
    pub fn shown(&mut self, latency: Duration) {
        self.frames_out += 1;
        self.shown += 1;
        if self.latencies.len() == KEPT {
            self.latencies.pop_front();
        }
        self.latencies.push_back(latency);
    }

    /// Frames came to nothing.
    pub fn dropped(&mut self, frames: u64) {
        self.frames_in += frames;
        self.dropped += frames;
    }

    /// So many programs watch.
    pub fn consumers(&mut self, count: u32) {
        self.consumers = count;
    }

    /// Latency at a fraction of the last ones, the least at 0.
    pub fn latency(&self, fraction: f64) -> Option<Duration> {
        let mut sorted: Vec<_> = self.latencies.iter().copied().collect();
        sorted.sort();
        sorted.get(((sorted.len().saturating_sub(1)) as f64 * fraction).round() as usize).copied()
    }

    /// Writes the line when it is time.
    pub fn tick(&mut self, what: &str) {
        let elapsed = self.since.elapsed();
        if !self.on || elapsed < PERIOD {
            return;
        }
        let rate = |frames: u64| frames as f64 / elapsed.as_secs_f64();
        let mut line =
            format!("{what}: {:.1} fps in, {:.1} out", rate(self.frames_in), rate(self.frames_out));
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        if let (Some(half), Some(most)) = (self.latency(0.5), self.latency(0.95)) {
            line += &format!(", work {:.1} ms, latency {:.0}/{:.0} ms", ms(self.took), ms(half), ms(most));
        }
        line += &format!(", {} dropped, {} watching", self.dropped, self.consumers);
        // Nobody is left to tell where standard error is closed.
        let _ = write!(io::stderr(), "\r\x1b[K{line}");
        (self.since, self.frames_in, self.frames_out) = (Instant::now(), 0, 0);
    }

    /// Makes room for something else.
    pub fn clear(&self) {
        if self.on {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

impl fmt::Display for LiveStats {
    /// The whole run in one line.
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
