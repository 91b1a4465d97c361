//! From nothing to the first frame, in processes of their own.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use serde::{Deserialize, Serialize};

use super::{process, report::BenchRow};
use crate::{Error, Pipeline, Result, Size};

/// What a process says after its first frame, in milliseconds since it began.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StartupTimes {
    /// The model is read.
    pub model: f64,
    /// The device is open.
    pub device: f64,
    /// Everything is recorded.
    pub recorded: f64,
    /// The first frame came out.
    pub first: f64,
    /// MiB resident after some frames more.
    pub resident: Option<f64>,
    /// The most MiB resident at any time.
    pub resident_most: Option<f64>,
}

impl StartupTimes {
    /// The first frame and some more, of a grey picture.
    ///
    /// # Errors
    /// [`Error::GpuLost`].
    pub fn frames(&mut self, pipeline: &mut Pipeline, began: Instant) -> Result<()> {
        /// Frames after which nothing new is touched.
        const MORE: u64 = 30;
        let input = vec![128; pipeline.size().yuyv_bytes()];
        let mut output = vec![0; input.len()];
        for number in 0..=MORE {
            pipeline.process(&input, crate::video::Fps::DEFAULT.time(number), &mut output)?;
            if number == 0 {
                self.first = began.elapsed().as_secs_f64() * 1e3;
                // Whoever started this process takes the time now.
                println!("first frame");
            }
        }
        (self.resident, self.resident_most) = process::resident_mib().unzip();
        Ok(())
    }
}

/// Runs `program` with `arguments` that make it print [`StartupTimes`], with its caches under `cache`; what it said, with
/// its first frame as seen from here.
fn child(program: &Path, arguments: &[String], cache: &Path, own_only: bool) -> Result<StartupTimes> {
    let failed = |reason: String| Error::System { what: "a process of its own", reason };
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::piped());
    // Where drivers keep what they compiled: Mesa, and NVIDIA's.
    command.env("XDG_CACHE_HOME", cache).env("MESA_SHADER_CACHE_DIR", cache.join("mesa"));
    command.env("__GL_SHADER_DISK_CACHE_PATH", cache);
    if own_only {
        command.env("MESA_SHADER_CACHE_DISABLE", "true").env("__GL_SHADER_DISK_CACHE", "0");
    }
    let start = Instant::now();
    let mut child = command.spawn().map_err(|e| failed(e.to_string()))?;
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let first = lines.next();
    let seen = start.elapsed().as_secs_f64() * 1e3;
    let said = lines.next();
    let status = child.wait().map_err(|e| failed(e.to_string()))?;
    let (Some(Ok(_)), Some(Ok(said)), true) = (first, said, status.success()) else {
        return Err(failed(format!("it ended with {status}")));
    };
    let said = serde_json::from_str(&said).map_err(|e| failed(e.to_string()))?;
    Ok(StartupTimes { first: seen, ..said })
}

/// Cold, warm, and warm with what gpucam itself keeps alone.
///
/// # Errors
/// [`Error::System`] where no process can be started.
pub fn measure(program: &Path, arguments: &[String], size: Size) -> Result<Vec<BenchRow>> {
    let failed = |e: std::io::Error| Error::System { what: "a folder for caches", reason: e.to_string() };
    let folder = tempfile::tempdir().map_err(failed)?;
    let alone = tempfile::tempdir().map_err(failed)?;
    let mut rows = Vec::new();
    let case = format!("start to first frame, {size}");
    let mut put = |name: &str, said: &StartupTimes| {
        let parts = [
            ("first frame", said.first),
            ("  model read", said.model),
            ("  device open", said.device - said.model),
            ("  all recorded", said.recorded - said.device),
            ("  first frame run", said.first - said.recorded),
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
