//! gpucam in the soak: started, started again when it ended, asked, and looked after.

use std::{
    env,
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    os::unix::process::ExitStatusExt,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use super::{log::Log, picture::SIZE, report::Sample, signal};

/// A program that asks gpucam may take as long as gpucam's own limit for a change.
const LONGEST_ANSWER: Duration = Duration::from_secs(150);
/// gpucam ends within this time of a signal that asks for it, also in a fault.
const LONGEST_END: Duration = Duration::from_secs(90);

/// The process and those that ask it.
#[derive(Debug)]
pub struct Gpucam {
    child: Option<Child>,
    outputs: &'static [&'static str],
    /// Since when it is asked to end, by the time that the scheduler had.
    asked_to_end: Option<Duration>,
    pub on_demand: bool,
    pub faults: String,
    /// When it is to be started.
    start: Option<Duration>,
    asking: Vec<(Child, String, Duration)>,
    /// How much of its log was read.
    read: u64,
    /// Until when the kernel may kill it for its memory.
    short_of_memory: Duration,
    pub starts: u64,
    /// Exit codes, and how often.
    pub ends: std::collections::BTreeMap<String, u64>,
}

const LOG: &str = "gpucam.log";

impl Gpucam {
    pub fn new(outputs: &'static [&'static str], faults: &str) -> Self {
        File::create(LOG).expect("a log");
        Self {
            child: None,
            outputs,
            asked_to_end: None,
            on_demand: false,
            faults: faults.into(),
            start: Some(Duration::ZERO),
            asking: Vec::new(),
            read: 0,
            short_of_memory: Duration::ZERO,
            starts: 0,
            ends: Default::default(),
        }
    }

    pub fn process(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    fn start(&mut self, log: &mut Log) {
        let log_file = File::options().append(true).open(LOG).expect("a log");
        let program = env::var("GPUCAM").expect("GPUCAM");
        let mut command = Command::new(program);
        let size = SIZE.to_string();
        command.args(["--camera", super::world::FEED, "--size", &size, "--effect", "blur", "--offline"]);
        command.args(["--max-mask-age", "2000", "--wait"]);
        self.outputs.iter().for_each(|output| _ = command.args(["--output", output]));
        if self.on_demand {
            command.args(["--on-demand", "--grace", "1", "--release-idle", "4"]);
        }
        if !self.faults.is_empty() {
            command.env("GPUCAM_FAULTS", &self.faults);
        }
        if let Ok(crash) = fs::canonicalize("crash") {
            command.env("LD_PRELOAD", crash);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log_file);
        let child = command.spawn().expect("gpucam");
        self.starts += 1;
        log.say(&format!("gpucam starts, process {}, faults '{}'", child.id(), self.faults));
        (self.child, self.asked_to_end, self.start) = (Some(child), None, None);
    }

    /// Sends a signal, after which it is started again.
    pub fn end(&mut self, log: &mut Log, name: &str, pause: Duration) {
        let Some(process) = self.process() else { return };
        signal(process, name);
        // A stopped process sees no other.
        signal(process, "CONT");
        self.asked_to_end.get_or_insert(log.worked);
        self.start = Some(log.now().saturating_add(pause));
    }

    pub fn signal(&self, name: &str) {
        if let Some(process) = self.process() {
            signal(process, name);
        }
    }

    /// Memory is short until then: what the kernel kills has no fault.
    pub fn excuse(&mut self, until: Duration) {
        self.short_of_memory = self.short_of_memory.max(until);
    }

    /// Asks it something, without waiting for the answer. Few at a time, as a person does.
    pub fn ask(&mut self, log: &Log, words: &[&str]) {
        if self.asking.len() >= 4 {
            return;
        }
        let mut command = Command::new(env::var("GPUCAM").expect("GPUCAM"));
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.asking.push((command.spawn().expect("gpucam"), words.join(" "), log.worked));
    }

    /// What the status says, as JSON; empty if there is no answer within some seconds.
    pub fn status(&self) -> String {
        let mut command = Command::new("timeout");
        command.args(["20", &env::var("GPUCAM").expect("GPUCAM"), "status", "--json"]).stdin(Stdio::null());
        command
            .output()
            .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
            .unwrap_or_default()
    }

    pub fn sample(&self, log: &Log, status: &str) -> Option<Sample> {
        Sample::take(log.now(), self.process()?, status)
    }

    /// Notices what ended, and starts it again.
    pub fn supervise(&mut self, log: &mut Log) {
        let now = log.now();
        if let Some(child) = &mut self.child
            && let Ok(Some(status)) = child.try_wait()
        {
            self.child = None;
            self.ended(log, status);
        }
        if let (Some(since), Some(_)) = (self.asked_to_end, &self.child)
            && log.worked.saturating_sub(since) > LONGEST_END
        {
            log.fault(&format!("gpucam does not end within {} s of a signal", LONGEST_END.as_secs()));
            self.signal("KILL");
            self.asked_to_end = Some(log.worked);
        }
        if self.child.is_none() && self.start.is_some_and(|at| at <= now) {
            self.start(log);
        }
        let mut asking = std::mem::take(&mut self.asking);
        asking.retain_mut(|(child, words, since)| match child.try_wait() {
            Ok(Some(status)) => {
                let is_excused = now < self.short_of_memory;
                if !matches!(status.code(), Some(0..=2)) && !is_excused {
                    log.fault(&format!("gpucam {words} ended with {status}"));
                }
                false
            }
            _ if log.worked.saturating_sub(*since) > LONGEST_ANSWER => {
                log.fault(&format!("gpucam {words} does not end within {} s", LONGEST_ANSWER.as_secs()));
                let _ = child.kill();
                let _ = child.wait();
                false
            }
            _ => true,
        });
        self.asking = asking;
        self.read_log(log);
    }

    fn ended(&mut self, log: &mut Log, status: ExitStatus) {
        let words = match (status.code(), status.signal()) {
            (Some(code), _) => format!("exit code {code}"),
            (_, signal) => format!("signal {}", signal.unwrap_or_default()),
        };
        log.say(&format!("gpucam has ended: {words}"));
        *self.ends.entry(words.clone()).or_default() += 1;
        let is_asked = self.asked_to_end.is_some();
        let is_excused = log.now() < self.short_of_memory;
        let is_good = match (status.code(), status.signal()) {
            (Some(0), _) => is_asked,
            // A sentence is in the log, such as that the GPU has not answered, or that the configuration is wrong.
            (Some(1 | 2), _) => true,
            // A signal that comes before gpucam has begun to handle it ends it as it ends any program.
            (_, Some(1 | 2 | 9 | 15)) => is_asked || is_excused,
            _ => is_excused,
        };
        if !is_good {
            let text = fs::read(LOG).unwrap_or_default();
            let text = String::from_utf8_lossy(&text[text.len().saturating_sub(6000)..]).into_owned();
            log.fault(&format!("gpucam ended by itself: {words}; its last words:\n{text}"));
        }
        // As systemd would.
        self.start.get_or_insert(log.now() + Duration::from_secs(1));
    }

    /// Looks for panics that nobody caused on purpose.
    fn read_log(&mut self, log: &mut Log) {
        let Ok(mut file) = File::open(LOG) else { return };
        let mut text = Vec::new();
        if file.seek(SeekFrom::Start(self.read)).is_err() || file.read_to_end(&mut text).is_err() {
            return;
        }
        // Whole lines alone.
        let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        self.read += end as u64;
        for line in String::from_utf8_lossy(&text[..end]).lines() {
            if line.contains("panicked at") && !line.contains("fault_injection.rs") {
                log.fault(&format!("a panic: {line}"));
            }
        }
    }
}

impl Drop for Gpucam {
    fn drop(&mut self) {
        for child in self.child.iter_mut().chain(self.asking.iter_mut().map(|(child, ..)| child)) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
