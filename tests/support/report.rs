//! What comparisons find, for the table of `make test-drivers`: a line each, in the file that
//! `GPUCAM_TEST_REPORT` names.

use std::{env, fmt, fs::OpenOptions, io::Write};

/// The unit of a difference.
#[derive(Clone, Copy, Debug)]
pub enum Unit {
    /// 8-bit codes of a picture.
    Codes,
    /// Values of a plane or a buffer.
    Value,
    /// The share of pixels or bytes that differ.
    Share,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Codes => "codes",
            Self::Value => "value",
            Self::Share => "share",
        })
    }
}

/// Appends the largest difference of one comparison, and its tolerance.
pub fn compared(unit: Unit, what: &str, found: f64, tolerance: f64) {
    write(&format!("{unit}\t{found:e}\t{tolerance:e}\t{what}\n"));
}

/// From now on, appends a line with its label for each pipeline that is compiled.
pub fn compiled_pipelines() {
    let Some(path) = env::var_os("GPUCAM_TEST_REPORT") else { return };
    tracing_subscriber::fmt()
        .with_env_filter("gpucam::gpu=trace")
        .without_time()
        .with_ansi(false)
        .with_writer(move || OpenOptions::new().create(true).append(true).open(&path).expect("a file"))
        .init();
}

/// Appends a line if `GPUCAM_TEST_REPORT` is set.
pub fn write(line: &str) {
    let Some(path) = env::var_os("GPUCAM_TEST_REPORT") else { return };
    let file = OpenOptions::new().create(true).append(true).open(&path);
    // Tests run in parallel: a single write keeps a line whole.
    let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
    written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
