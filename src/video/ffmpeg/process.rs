//! An ffmpeg or ffprobe that runs beside gpucam.

use std::{
    ffi::OsString,
    io::{self, BufRead, BufReader, Read},
    os::{fd::AsFd, unix::process::CommandExt},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::sys::{self, PollFd};

/// Number of error lines kept from ffmpeg; the last ones matter.
const ERROR_LINES: usize = 8;

/// A child process that is killed and reaped when dropped.
pub(super) struct FfmpegProcess {
    pub(super) child: Child,
    errors: Option<JoinHandle<Vec<String>>>,
}

impl FfmpegProcess {
    /// Starts it, with its output in pipes. It may read `reads` and write below `writes`, where gpucam is in its
    /// sandbox.
    pub(super) fn start(command: &mut Command, reads: &[&Path], writes: &[&Path]) -> io::Result<Self> {
        #[cfg(feature = "cli")]
        crate::sandbox::confine(command, reads, writes);
        #[cfg(not(feature = "cli"))]
        let _ = (reads, writes);
        // Ctrl-C is for gpucam, which then ends or kills it in its own time.
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn()?;
        let errors = child.stderr.take().map(|pipe| thread::spawn(move || last_lines(pipe)));
        Ok(Self { child, errors })
    }

    /// Waits for the process to end and returns its error output, as an error if it failed; nothing on a
    /// second call.
    pub(super) fn end(&mut self) -> Result<String, String> {
        let Some(errors) = self.errors.take() else { return Ok(String::new()) };
        let status = self.child.wait();
        let lines = errors.join().unwrap_or_default();
        match status {
            Ok(status) if status.success() => Ok(lines.join("; ")),
            // The first of the last lines names the cause, the others its effects.
            Ok(status) => Err(lines.into_iter().next().unwrap_or_else(|| format!("it ended with {status}"))),
            Err(e) => Err(e.to_string()),
        }
    }
}

impl Drop for FfmpegProcess {
    fn drop(&mut self) {
        if self.errors.is_some() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The last lines of a pipe without ffmpeg's prefix `[decoder @ 0x…]`.
fn last_lines(pipe: impl Read) -> Vec<String> {
    let mut lines = Vec::new();
    for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
        let text = String::from_utf8_lossy(&line);
        let text = text.strip_prefix('[').and_then(|t| t.split_once("] ")).map_or(&*text, |(_, t)| t);
        let text = text.trim().trim_end_matches('.');
        if !text.is_empty() {
            lines.push(text.to_owned());
        }
        if lines.len() > ERROR_LINES {
            lines.remove(0);
        }
    }
    lines
}

/// A pipe whose reads fail after a timeout.
pub(super) struct TimeoutReader {
    pub(super) pipe: ChildStdout,
    pub(super) timeout: Duration,
}

impl Read for TimeoutReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let start = Instant::now();
        loop {
            let Some(rest) = self.timeout.checked_sub(start.elapsed()) else {
                let seconds = self.timeout.as_secs_f64();
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("ffmpeg gave nothing for {seconds} seconds"),
                ));
            };
            let mut wait = [PollFd::to_read(self.pipe.as_fd())];
            sys::poll(&mut wait, rest)?;
            if wait[0].revents != 0 {
                return self.pipe.read(buffer);
            }
        }
    }
}

/// The file name for ffmpeg's command line, so that it cannot pass for an option or another protocol.
pub(super) fn name(path: &Path) -> OsString {
    let mut name = OsString::from("file:");
    name.push(path);
    name
}
