//! Tests of the command line: each runs the program as a process.

mod bad;
mod bad_model;
mod config;
#[cfg(feature = "control")]
mod control;
mod doctor;
mod encode;
mod engine;
mod files;
mod geometry;
mod growth;
mod help;
mod man;
mod mask;
mod measure;
mod readme;
mod streams;
mod typed;

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::Trial;

use crate::support::files::models;

/// All trials of this folder.
pub fn trials() -> Vec<Trial> {
    let all = [
        bad::trials(),
        bad_model::trials(),
        config::trials(),
        #[cfg(feature = "control")]
        control::trials(),
        doctor::trials(),
        encode::trials(),
        engine::trials(),
        files::trials(),
        geometry::trials(),
        growth::trials(),
        help::trials(),
        man::trials(),
        mask::trials(),
        measure::trials(),
        readme::trials(),
        streams::trials(),
        typed::trials(),
    ];
    all.into_iter().flatten().collect()
}

/// A program that runs longer counts as hung: it is killed and the test fails.
const LIMIT: Duration = Duration::from_secs(120);

/// A temporary folder, which is also the program's home.
struct Workspace(tempfile::TempDir);

impl Workspace {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file in the folder.
    fn put(&self, name: &str, bytes: &[u8]) -> &Self {
        fs::write(self.at(name), bytes).unwrap();
        self
    }

    /// Reads a file in the folder.
    fn get(&self, name: &str) -> Vec<u8> {
        fs::read(self.at(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Prepares a run with these arguments, separated by spaces; without models, proxies and the
    /// environment's settings.
    fn gpucam(&self, arguments: &str) -> Invocation {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gpucam"));
        command.args(arguments.split_whitespace()).current_dir(self.0.path());
        for name in ["HOME", "XDG_RUNTIME_DIR"] {
            command.env(name, self.0.path());
        }
        // The driver's compiled kernels are kept from test to test.
        let home = std::env::var_os("HOME").unwrap_or_default();
        let cache =
            std::env::var_os("XDG_CACHE_HOME").unwrap_or_else(|| Path::new(&home).join(".cache").into());
        command.env("XDG_CACHE_HOME", cache).env("XDG_DATA_HOME", self.at("data")).env("RUST_BACKTRACE", "1");
        for name in ["GPUCAM_MODELS", "GPUCAM_CONFIG", "XDG_CONFIG_HOME", "RUST_LOG"] {
            command.env_remove(name);
        }
        for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
            command.env_remove(name).env_remove(name.to_uppercase());
        }
        command.env("GPUCAM_TUNING", crate::support::tuning());
        Invocation { command, stdin: Vec::new(), line: format!("gpucam {arguments}") }
    }
}

/// A run that has not started.
struct Invocation {
    command: Command,
    stdin: Vec<u8>,
    line: String,
}

impl Invocation {
    fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Uses the models that tests have.
    fn models(self) -> Self {
        self.env("GPUCAM_MODELS", models())
    }

    /// Simulates a machine without a Vulkan driver.
    fn without_adapter(self) -> Self {
        self.env("VK_DRIVER_FILES", "/nonexistent").env("VK_ICD_FILENAMES", "/nonexistent")
    }

    fn stdin(mut self, bytes: &[u8]) -> Self {
        self.stdin = bytes.to_vec();
        self
    }

    /// Runs the program to its end.
    fn run(self) -> Outcome {
        self.run_to(Stdio::piped())
    }

    /// The same, with another standard output.
    fn run_to(mut self, stdout: impl Into<Stdio>) -> Outcome {
        self.command.stdin(Stdio::piped()).stdout(stdout).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("the program starts");
        // Our copy of its standard output would keep a pipe open.
        drop(self.command);
        let (mut input, bytes) = (child.stdin.take().unwrap(), self.stdin);
        thread::spawn(move || input.write_all(&bytes)); // the program may end before it has read everything
        let out = child.stdout.take().map(|pipe| thread::spawn(|| drain(pipe)));
        let err = child.stderr.take().map(|pipe| thread::spawn(|| drain(pipe)));
        let status = wait(&mut child, &self.line);
        let all = |reader: Option<thread::JoinHandle<Vec<u8>>>| reader.map_or(vec![], |r| r.join().unwrap());
        let err = String::from_utf8(all(err)).expect("messages are text");
        let outcome = Outcome { code: status.code(), out: all(out), err, line: self.line };
        assert!(!outcome.err.contains("panicked") && !outcome.err.contains("stack backtrace"), "{outcome}");
        assert!(outcome.code.is_some(), "ended by a signal: {outcome}");
        outcome
    }
}

fn drain(mut pipe: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    pipe.read_to_end(&mut bytes).unwrap();
    bytes
}

fn wait(child: &mut Child, line: &str) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if start.elapsed() > LIMIT {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{line}: not done after {LIMIT:?}");
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Exit code and output of a run.
struct Outcome {
    code: Option<i32>,
    out: Vec<u8>,
    err: String,
    line: String,
}

impl Outcome {
    /// Fails unless the run succeeded. Returns standard error.
    #[track_caller]
    fn fine(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self}");
        &self.err
    }

    /// Fails unless the run succeeded and standard error is empty.
    #[track_caller]
    fn silent(&self) -> &Self {
        assert_eq!(self.fine(), "", "{self}");
        self
    }

    /// Fails unless the run succeeded. Returns standard output as text.
    #[track_caller]
    fn text(&self) -> &str {
        self.fine();
        std::str::from_utf8(&self.out).expect("text")
    }

    /// Fails unless the exit code is 1 and standard error is one sentence with these words and a next step.
    #[track_caller]
    fn refused(&self, words: &[&str]) {
        assert_eq!(self.code, Some(1), "{self}");
        assert!(self.out.is_empty(), "something on standard output: {self}");
        assert_eq!(self.err.lines().count(), 1, "not one line: {self}");
        sentence(&self.err, words);
    }

    /// Fails unless the exit code is 2 and standard error is one sentence with these words and a next step: the value of
    /// a flag that can never be right.
    #[track_caller]
    fn unusable(&self, words: &[&str]) {
        assert_eq!(self.code, Some(2), "{self}");
        assert!(self.out.is_empty(), "something on standard output: {self}");
        assert_eq!(self.err.lines().count(), 1, "not one line: {self}");
        sentence(&self.err, words);
    }

    /// Fails unless the exit code is 2 and clap's message or ours contains these words.
    #[track_caller]
    fn misused(&self, words: &[&str]) {
        assert_eq!(self.code, Some(2), "{self}");
        assert!(self.out.is_empty() && self.err.starts_with("error: "), "{self}");
        words.iter().for_each(|word| assert!(self.err.contains(word), "no '{word}' in: {self}"));
    }
}

/// Fails unless the line is a sentence with these words and a next step.
#[track_caller]
fn sentence(line: &str, words: &[&str]) {
    let text = line.strip_prefix("gpucam: ").unwrap_or_else(|| panic!("does not begin with gpucam: {line}"));
    let text = text.trim_end_matches('\n');
    assert!(text.len() < 400 && !text.ends_with('.'), "no clear sentence: {line}");
    assert!(text.contains([';', ':', ',']), "no next step: {line}");
    words.iter().for_each(|word| assert!(text.contains(word), "no '{word}' in: {line}"));
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, out, err, line } = self;
        write!(f, "`{line}` ended with {code:?}, {} bytes on standard output, and: {err}", out.len())
    }
}

/// Pseudorandom bytes, always the same.
fn noise(count: usize, seed: u64) -> Vec<u8> {
    (0..count).map(|i| (256.0 * crate::support::gpu::noise(seed, i)) as u8).collect()
}
