//! Standard output and standard error, either of which may be closed, and the progress bar.

use std::{
    fmt::{self, Display},
    io::{self, IsTerminal, Write},
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{Error, Result, VideoError};

/// Prints a line on standard output.
///
/// # Errors
/// [`VideoError::BrokenPipe`] if the reader has closed the pipe, which ends the command silently;
/// [`VideoError::Write`].
pub(super) fn print_line(line: impl Display) -> Result<()> {
    writeln!(io::stdout(), "{line}").map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Error::Video(VideoError::BrokenPipe),
        _ => Error::Video(VideoError::Write { path: "standard output".into(), reason: error.to_string() }),
    })
}

/// Writes to standard error; ignores that it may be closed.
pub(super) fn print_error(text: fmt::Arguments<'_>) {
    let _ = io::stderr().write_fmt(text);
}

/// Ends the program because of arguments that clap cannot check: one sentence, exit code 2.
pub(super) fn usage_error(sentence: &str) -> ! {
    clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, format!("{sentence}\n")).exit()
}

/// A progress bar on a terminal, nothing elsewhere. `frames` is the number of frames, if known.
pub(super) fn progress_bar(frames: Option<u64>) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match frames {
        Some(frames) => (ProgressBar::new(frames), "{bar:30} {pos}/{len} frames, {per_sec}, {eta} left"),
        None => (ProgressBar::no_length(), "{spinner} {pos} frames, {per_sec}"),
    };
    bar.with_style(ProgressStyle::with_template(template).expect("a fixed template"))
}
