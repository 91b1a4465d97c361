//! Time from the start of a process to its first frame.

use std::{
    fs,
    io::{self, BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use serde::{Deserialize, Serialize};

use super::{process, report::BenchRow};
use crate::{Error, Pipeline, Result, Size, files};

/// Times that a child process prints after its first frame, in milliseconds since its start.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StartupTimes {
    /// The model was read.
    pub model: f64,
    /// The device was open.
    pub device: f64,
    /// The pipeline was recorded.
    pub recorded: f64,
    /// The first frame was complete.
    pub first: f64,
    /// Resident memory in MiB after some more frames.
    pub resident: Option<f64>,
    /// Peak resident memory in MiB.
    pub resident_most: Option<f64>,
}

impl StartupTimes {
    /// Runs the first frame and some more, all of them grey.
    ///
    /// # Errors
    /// [`GpuError::Lost`](crate::GpuError::Lost).
    pub fn frames(&mut self, pipeline: &mut Pipeline, began: Instant) -> Result<()> {
        /// Number of frames after which memory no longer grows.
        const MORE: u64 = 30;
        let input = vec![128; pipeline.size().yuyv_bytes()];
        let mut output = vec![0; input.len()];
        for number in 0..=MORE {
            pipeline.process(&input, crate::video::Fps::DEFAULT.time(number), &mut output)?;
            if number == 0 {
                self.first = began.elapsed().as_secs_f64() * 1e3;
                // The parent process takes the time now.
                println!("first frame");
            }
        }
        (self.resident, self.resident_most) = process::resident_mib().unzip();
        Ok(())
    }
}

/// Runs `program`, which prints [`StartupTimes`], with its caches in the folder `cache`. Returns what it
/// printed, with the time of its first frame as seen from this process.
fn child(program: &Path, arguments: &[String], cache: &Path, own_only: bool) -> Result<StartupTimes> {
    let failed = |source: io::Error| Error::System { what: "a process of its own", source };
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::piped());
    // Shader caches of Mesa and of NVIDIA's driver.
    command.env("XDG_CACHE_HOME", cache).env("MESA_SHADER_CACHE_DIR", cache.join("mesa"));
    command.env("__GL_SHADER_DISK_CACHE_PATH", cache);
    if own_only {
        command.env("MESA_SHADER_CACHE_DISABLE", "true").env("__GL_SHADER_DISK_CACHE", "0");
    }
    let start = Instant::now();
    let mut child = command.spawn().map_err(failed)?;
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let first = lines.next();
    let first_frame = start.elapsed().as_secs_f64() * 1e3;
    let reported = lines.next();
    let status = child.wait().map_err(failed)?;
    let (Some(Ok(_)), Some(Ok(reported)), true) = (first, reported, status.success()) else {
        return Err(failed(io::Error::other(format!("it ended with {status}"))));
    };
    let reported = serde_json::from_str(&reported).map_err(|e| failed(e.into()))?;
    Ok(StartupTimes { first: first_frame, ..reported })
}

/// A new folder in gpucam's own cache folder, in which it may make others inside the sandbox, too.
fn new_folder() -> io::Result<tempfile::TempDir> {
    let within = files::cache_folder().ok_or(io::ErrorKind::NotFound)?;
    fs::create_dir_all(&within)?;
    tempfile::Builder::new().prefix("start-").tempdir_in(within)
}

/// Copies what `gpucam tune` kept, if it kept anything, to where a process with this cache looks for it.
fn copy_tuning(tuning: Option<&Path>, cache: &Path) -> io::Result<()> {
    let Some((path, name)) =
        tuning.filter(|path| path.exists()).and_then(|path| Some((path, path.file_name()?)))
    else {
        return Ok(());
    };
    let own = cache.join("gpucam");
    fs::create_dir_all(&own)?;
    fs::copy(path, own.join(name)).map(drop)
}

/// Measures a cold start, a warm start, and a warm start with gpucam's own cache only. The caches are new folders, to
/// which `tuning`, the file that `gpucam tune` kept, is copied.
///
/// # Errors
/// [`Error::System`] if no process can be started.
pub fn measure(
    program: &Path,
    arguments: &[String],
    size: Size,
    tuning: Option<&Path>,
) -> Result<Vec<BenchRow>> {
    let failed = |source: io::Error| Error::System { what: "a folder for caches", source };
    let (folder, alone) = (new_folder().map_err(failed)?, new_folder().map_err(failed)?);
    for cache in [&folder, &alone] {
        copy_tuning(tuning, cache.path()).map_err(failed)?;
    }
    let mut rows = Vec::new();
    let case = format!("start to first frame, {size}");
    let mut put = |name: &str, reported: &StartupTimes| {
        let parts = [
            ("first frame", reported.first),
            ("  model read", reported.model),
            ("  device open", reported.device - reported.model),
            ("  all recorded", reported.recorded - reported.device),
            ("  first frame run", reported.first - reported.recorded),
        ];
        rows.extend(
            parts.map(|(part, ms)| BenchRow::one(&case, &format!("{name}: {}", part.trim_start()), "ms", ms)),
        );
    };
    let cold = child(program, arguments, folder.path(), false)?;
    put("cold", &cold);
    let warm = child(program, arguments, folder.path(), false)?;
    put("warm", &warm);
    child(program, arguments, alone.path(), true)?;
    let own = child(program, arguments, alone.path(), true)?;
    put("warm by gpucam's cache alone", &own);
    for (name, value) in [("resident", warm.resident), ("resident at most", warm.resident_most)] {
        rows.extend(value.map(|mib| BenchRow::one(&case, &format!("warm: {name}"), "MiB", mib)));
    }
    Ok(rows)
}
