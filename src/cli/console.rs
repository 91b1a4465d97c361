//! Standard output and standard error, either of which may be closed, and the progress bar.

use std::{
    fmt::{self, Display},
    io::{self, IsTerminal, Write},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::{Error, Gpu, Result, VideoError};

/// The thread that says on the terminal that shaders are compiled.
static COMPILING: Mutex<Option<JoinHandle<()>>> = Mutex::new(None);

/// Says on a terminal that the driver compiles shaders, whenever it does so for longer than a moment, until
/// [`clear_status`].
pub(super) fn show_compiling(gpu: &Gpu) {
    const MOMENT: Duration = Duration::from_millis(500);
    let Ok(mut running) = COMPILING.lock() else { return };
    if !io::stderr().is_terminal() || running.is_some() {
        return;
    }
    let gpu = gpu.clone();
    *running = Some(thread::spawn(move || {
        let (mut began, mut spinner) = (None, None::<ProgressBar>);
        while !IS_CLEARED.load(Relaxed) {
            if !gpu.is_compiling() {
                began = None;
                spinner.take().inspect(ProgressBar::finish_and_clear);
            } else if began.get_or_insert_with(Instant::now).elapsed() > MOMENT {
                spinner.get_or_insert_with(|| compiling(&gpu)).tick();
            }
            thread::park_timeout(Duration::from_millis(100));
        }
        spinner.inspect(ProgressBar::finish_and_clear);
    }));
}

fn compiling(gpu: &Gpu) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}").expect("a fixed template");
    ProgressBar::no_length()
        .with_style(style)
        .with_message(format!("compiling shaders for {}, once", gpu.info().name))
}

/// Whether nothing more is said about compiling.
static IS_CLEARED: AtomicBool = AtomicBool::new(false);

/// Removes what [`show_compiling`] wrote, for good.
pub(super) fn clear_status() {
    IS_CLEARED.store(true, Relaxed);
    let running = COMPILING.lock().ok().and_then(|mut running| running.take());
    if let Some(thread) = running {
        thread.thread().unpark();
        drop(thread.join());
    }
}

/// Ends the program at once, without what C's `exit` does at the end: a thread that was not waited for may still be in a
/// driver, and llvmpipe crashes where it compiles while LLVM's own objects are destroyed.
pub(super) fn leave(code: u8) -> ! {
    let _ = io::stdout().flush();
    signal_hook::low_level::exit(code.into())
}

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
    clear_status();
    let _ = io::stderr().write_fmt(text);
}

/// Says a line on standard error, beside the lines of the log; ignores that it may be closed.
pub(super) fn say(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "gpucam: {line}");
}

/// Ends the program because of arguments that clap cannot check: one sentence, exit code 2.
pub(super) fn usage_error(sentence: &str) -> ! {
    clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, format!("{sentence}\n")).exit()
}

/// A progress bar on a terminal, nothing elsewhere. `frames` is the number of frames, if known.
pub(super) fn progress_bar(frames: Option<u64>) -> ProgressBar {
    clear_status();
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match frames {
        Some(1) => return ProgressBar::hidden(),
        Some(frames) => {
            (ProgressBar::new(frames), "{bar:30} {pos}/{len} frames, {rate} a second, {eta} left")
        }
        None => (ProgressBar::no_length(), "{spinner} {pos} frames, {rate} a second"),
    };
    let rate = |state: &ProgressState, text: &mut dyn fmt::Write| _ = write!(text, "{:.0}", state.per_sec());
    bar.with_style(ProgressStyle::with_template(template).expect("a fixed template").with_key("rate", rate))
}
