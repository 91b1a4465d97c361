//! Standard output and standard error, either of which may be closed, and the progress bar.

use std::{
    fmt::{self, Display},
    io::{self, IsTerminal, Write},
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{Error, Result};

/// Prints a line on standard output; a reader that has left ends the command without a complaint.
pub(super) fn print_line(line: impl Display) -> Result<()> {
    writeln!(io::stdout(), "{line}").map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Error::BrokenPipe,
        _ => Error::Write { path: "standard output".into(), reason: error.to_string() },
    })
}

/// Writes to standard error; nobody is left to tell where that is closed.
pub(super) fn print_error(text: fmt::Arguments<'_>) {
    let _ = io::stderr().write_fmt(text);
}

/// Refuses what clap cannot know to be wrong: one sentence, exit code 2.
pub(super) fn usage_error(sentence: &str) -> ! {
    clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, format!("{sentence}\n")).exit()
}

/// A bar on a terminal, nothing elsewhere. `frames` is how many there will be, where it is known.
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
