//! What comparisons find, for the table of `make test-drivers`: a line each, in the file that
//! `GPUCAM_TEST_REPORT` names.

use std::{env, fmt, fs::OpenOptions, io::Write};

/// What a difference is counted in.
#[derive(Clone, Copy, Debug)]
pub enum Unit {
    /// Codes of 8 bits in a picture.
    Codes,
    /// Numbers in a plane or a buffer.
    Value,
    /// Of all pixels, those that are beside.
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

/// Adds the largest difference of one comparison, and what it may be.
pub fn compared(unit: Unit, what: &str, found: f64, tolerance: f64) {
    write(&format!("{unit}\t{found:e}\t{tolerance:e}\t{what}\n"));
}

/// Adds a line for each pipeline that is compiled, with its label, from now on.
pub fn compiled_pipelines() {
    let Some(path) = env::var_os("GPUCAM_TEST_REPORT") else { return };
    tracing_subscriber::fmt()
        .with_env_filter("gpucam::gpu=trace")
        .without_time()
        .with_ansi(false)
        .with_writer(move || OpenOptions::new().create(true).append(true).open(&path).expect("a file"))
        .init();
}

/// Adds a line, if there is a file to add it to.
pub fn write(line: &str) {
    let Some(path) = env::var_os("GPUCAM_TEST_REPORT") else { return };
    let file = OpenOptions::new().create(true).append(true).open(&path);
    // Tests run at the same time: one write keeps a line whole.
    let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
    written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
