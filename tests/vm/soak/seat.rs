//! A place from which a program watches, and what it has seen from there.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use super::{
    judge::{Judge, Verdict},
    monotonic,
    picture::{Picture, later, number_at},
};

/// What was seen from a seat, over all programs that sat there.
#[derive(Debug, Default)]
pub struct Seen {
    pub frames: BTreeMap<Verdict, u64>,
    /// Faults that nobody has taken notice of yet.
    pub faults: Vec<String>,
    /// The longest that a picture was repeated.
    pub longest_repeat: Duration,
    /// The oldest frame that came as a new one, by the number in it.
    pub oldest: Duration,
    /// What the last frame was.
    pub last: Option<Verdict>,
    /// The last picture that came again after a slate.
    pub resent: String,
    judge: Judge,
}

impl Seen {
    pub fn count(&self, verdict: Verdict) -> u64 {
        self.frames.get(&verdict).copied().unwrap_or_default()
    }

    /// Takes a line of the program that watches.
    fn line(&mut self, line: &str) {
        let words: Vec<_> = line.split_whitespace().collect();
        let [arrival, shown, picture] = words[..] else {
            self.judge = Judge::default();
            return;
        };
        let time = |word: &str| word.parse().map(Duration::from_micros);
        let (Ok(arrival), Ok(shown), Ok(picture)) = (time(arrival), time(shown), picture.parse::<Picture>())
        else {
            self.faults.push(format!("not understood: {line}"));
            return;
        };
        let verdict = self.judge.judge(picture, shown, arrival);
        *self.frames.entry(verdict).or_default() += 1;
        self.last = Some(verdict);
        self.longest_repeat = self.longest_repeat.max(self.judge.longest);
        if let (Verdict::Fresh, Picture::Number(number)) = (verdict, picture) {
            let age = later(number_at(arrival.as_micros() as u64), number).max(0) as u64;
            self.oldest = self.oldest.max(Duration::from_millis(50 * age));
        }
        let longest = self.judge.longest.as_secs_f64();
        let words = || {
            let (arrival, shown) = (arrival.as_secs_f64(), shown.as_secs_f64());
            format!(
                "{verdict:?}: {picture} at {arrival:.3} s, shown at {shown:.3} s, repeated for {longest:.3} s at most"
            )
        };
        match verdict {
            Verdict::Resent => self.resent = words(),
            _ if verdict.is_fault() => self.faults.push(words()),
            _ => {}
        }
    }
}

/// A seat, taken or not.
#[derive(Debug)]
pub struct Seat {
    pub name: &'static str,
    command: Vec<String>,
    child: Option<Child>,
    seen: Arc<Mutex<Seen>>,
}

impl Seat {
    pub fn new(name: &'static str, command: Vec<String>) -> Self {
        Self { name, command, child: None, seen: Arc::default() }
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process that watches.
    pub fn process(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Somebody sits down, if it is free.
    pub fn come(&mut self) {
        if self.child.is_some() {
            return;
        }
        let mut child = Command::new(&self.command[0])
            .args(&self.command[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a program that watches");
        let lines: ChildStdout = child.stdout.take().expect("a pipe");
        let seen = self.seen.clone();
        thread::spawn(move || {
            for line in BufReader::new(lines).lines().map_while(Result::ok) {
                seen.lock().unwrap_or_else(PoisonError::into_inner).line(&line);
            }
        });
        self.child = Some(child);
    }

    /// Leaves: ended by SIGTERM, or killed.
    pub fn go(&mut self, killed: bool) {
        let Some(mut child) = self.child.take() else { return };
        if !killed {
            super::signal(child.id(), "TERM");
            let end = monotonic() + Duration::from_secs(2);
            while monotonic() < end && matches!(child.try_wait(), Ok(None)) {
                thread::sleep(Duration::from_millis(10));
            }
        }
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.go(true);
    }
}
