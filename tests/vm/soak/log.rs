//! The log of a run: every event with its time, and faults with the events before them.

use std::{
    collections::{BTreeMap, VecDeque},
    fs::File,
    io::Write,
    time::Duration,
};

use super::monotonic;

/// As many lines before a fault are repeated with it.
const BEFORE: usize = 15;
/// After as many faults a run ends: the rest would say the same.
pub const MOST_FAULTS: usize = 40;

#[derive(Debug)]
pub struct Log {
    file: File,
    began: Duration,
    recent: VecDeque<String>,
    /// The time that this scheduler had: limits count by it, so that they hold in a guest that gets little of a busy
    /// machine.
    pub worked: Duration,
    pub events: BTreeMap<String, u64>,
    pub faults: Vec<String>,
}

impl Log {
    pub fn new(name: &str) -> Self {
        let file = File::create(name).expect("a log");
        Self {
            file,
            began: monotonic(),
            recent: VecDeque::new(),
            worked: Duration::ZERO,
            events: BTreeMap::new(),
            faults: Vec::new(),
        }
    }

    /// The time since the beginning.
    pub fn now(&self) -> Duration {
        monotonic().saturating_sub(self.began)
    }

    pub fn say(&mut self, what: &str) {
        let line = format!("{:10.3} {what}", self.now().as_secs_f64());
        let _ = writeln!(self.file, "{line}");
        self.recent.push_back(line);
        if self.recent.len() > BEFORE {
            self.recent.pop_front();
        }
    }

    /// Something that must not happen.
    pub fn fault(&mut self, what: &str) {
        let before: Vec<_> = self.recent.iter().map(|line| format!("    {line}")).collect();
        self.say(&format!("FAULT {what}"));
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(format!(
                "{:.3} s: {what}\n  before it:\n{}",
                self.now().as_secs_f64(),
                before.join("\n")
            ));
        }
    }

    pub fn count(&mut self, kind: String) {
        *self.events.entry(kind).or_default() += 1;
    }
}
