//! What was found, kept on disk for the next start: one file for each adapter.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::outcome::{Gain, Tuned};
use crate::{
    Error, Result, Tuning, VideoError,
    digest::hex,
    files,
    gpu::{
        limits::MOST_TEXTURES,
        space::{SPACE, Tunable},
        tuning::Profile,
    },
    passes,
    video::{self, file::AtomicFile},
};

/// What a kept tuning was measured on. Everything must be as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    adapter: String,
    vendor: u32,
    device: u32,
    driver: String,
    gpucam: String,
    /// Digest of the shaders and of the space, for builds of one version that differ.
    shaders: String,
    /// What was measured and how, in words.
    how: String,
    /// What each change brought, in words.
    gains: Vec<String>,
}

impl Measured {
    fn new(info: &wgpu::AdapterInfo) -> Self {
        Self {
            adapter: info.name.clone(),
            vendor: info.vendor,
            device: info.device,
            driver: format!("{} {}", info.driver, info.driver_info),
            gpucam: env!("CARGO_PKG_VERSION").into(),
            shaders: shaders(),
            how: String::new(),
            gains: Vec::new(),
        }
    }

    /// What is not as it was.
    fn differs_from(&self, now: &Self) -> Option<String> {
        let pairs = [
            ("the driver", &self.driver, &now.driver),
            ("gpucam", &self.gpucam, &now.gpucam),
            ("gpucam's shaders", &self.shaders, &now.shaders),
            ("the adapter", &self.adapter, &now.adapter),
        ];
        let differs = pairs.into_iter().find(|(_, then, now)| then != now);
        let of = |(what, then, now): (&str, &String, &String)| format!("{what} was {then} and is {now}");
        let ids = [self.vendor, self.device] == [now.vendor, now.device];
        differs.map(of).or((!ids).then(|| "the adapter's numbers are others".into()))
    }

    /// What was measured and how.
    pub fn how(&self) -> &str {
        &self.how
    }

    /// What each change brought.
    pub fn gains(&self) -> &[String] {
        &self.gains
    }
}

/// A kept tuning, or why there is none.
#[derive(Clone, Debug)]
pub enum Kept {
    /// Nothing was kept.
    Nothing,
    /// It holds.
    Holds(Box<Tuning>, Box<Measured>),
    /// It was measured with something else: measure again.
    Outdated(String),
    /// The file cannot be used.
    Damaged(String),
}

/// The file of an adapter; none without a cache folder.
pub fn file(info: &wgpu::AdapterInfo) -> Option<PathBuf> {
    let of = format!("{} {} {}", info.name, info.vendor, info.device);
    Some(files::cache_folder()?.join(format!("tuning-{}.toml", digest(&[&of]))))
}

/// The tuning that is kept for an adapter.
pub fn read(info: &wgpu::AdapterInfo) -> Kept {
    file(info).map_or(Kept::Nothing, |file| read_from(&file, info))
}

/// The same from a file.
pub fn read_from(file: &Path, info: &wgpu::AdapterInfo) -> Kept {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Kept::Nothing,
        Err(error) => return Kept::Damaged(format!("cannot read {}: {error}", file.display())),
    };
    let damaged = |why: String| Kept::Damaged(format!("{}: {why}", file.display()));
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(error) => return damaged(toml::de::Error::message(&error).to_owned()),
    };
    let measured = table.get("measured").cloned().ok_or("it does not say what it was measured on".to_owned());
    let measured =
        measured.and_then(|table| table.try_into().map_err(|error: toml::de::Error| error.message().into()));
    let measured: Measured = match measured {
        Ok(measured) => measured,
        Err(why) => return damaged(why),
    };
    if let Some(differs) = measured.differs_from(&Measured::new(info)) {
        return Kept::Outdated(differs);
    }
    match Tuning::from_toml(&text).map(|tuning| adopted(&tuning, info)) {
        Ok(Some(tuning)) => Kept::Holds(Box::new(tuning), Box::new(measured)),
        Ok(None) => damaged("it changes what `gpucam tune` never does".into()),
        Err(why) => damaged(why),
    }
}

/// The tuning that is kept for an adapter, for a run. Says why a file is passed over.
pub fn choose(info: &wgpu::AdapterInfo) -> Option<Tuning> {
    match read(info) {
        Kept::Nothing => None,
        Kept::Holds(tuning, _) => {
            tracing::info!("the tuning that `gpucam tune` found for {}", info.name);
            Some(*tuning)
        }
        Kept::Outdated(why) => {
            tracing::info!("the tuning of {} is outdated: {why}", info.name);
            None
        }
        Kept::Damaged(why) => {
            tracing::warn!("a kept tuning is not used: {why}; `gpucam tune` measures again");
            None
        }
    }
}

/// The adapter's table with the fields of the space as a file has them; none if the file changes others.
fn adopted(tuning: &Tuning, info: &wgpu::AdapterInfo) -> Option<Tuning> {
    let (profile, table) = (Profile::for_adapter(info).tuning(), Tuning::for_adapter(info));
    // It was measured on this adapter, so its limits allow it.
    let limits =
        wgpu::Limits { max_storage_textures_per_shader_stage: MOST_TEXTURES, ..wgpu::Limits::default() };
    let with_space_of = |of: &Tuning, tuning: Tuning| {
        let set = |tuning: Tuning, tunable: &Tunable| {
            tunable.set(&tuning, tunable.of(of), &limits).unwrap_or(tuning)
        };
        // Twice, because some fields limit others.
        SPACE.iter().chain(SPACE).fold(tuning, set)
    };
    (with_space_of(&profile, *tuning) == profile).then(|| with_space_of(tuning, table))
}

/// The text of a file for what was found.
pub fn text(info: &wgpu::AdapterInfo, tuned: &Tuned, how: &str) -> String {
    let percent = |ratio: f64| format!("{:+.1} %", 100.0 * (ratio - 1.0));
    let gain = |Gain { field, from, to, ratio }: &Gain| {
        let part = if field.starts_with("kernels.") { "network" } else { "passes" };
        format!("{field} {from} → {to}: {part} {}", percent(*ratio))
    };
    let gains: Vec<String> = tuned.gains.iter().map(gain).collect();
    let Measured { adapter, vendor, device, driver, gpucam, shaders, .. } = Measured::new(info);
    let mut text = format!(
        "# What `gpucam tune` found; `gpucam tune --reset` removes it. docs/TUNING.md explains it.\nprofile = \"{}\"\n",
        Profile::for_adapter(info)
    );
    // Compared with what the file begins from, which is not the whole table of every adapter.
    let start = Profile::for_adapter(info).tuning();
    for part in ["passes", "kernels"] {
        let fields = SPACE.iter().filter(|tunable| tunable.path().0 == part);
        let changed = fields.map(|tunable| (tunable, tunable.of(&tuned.tuning)));
        let changed: Vec<_> = changed.filter(|(tunable, choice)| *choice != tunable.of(&start)).collect();
        if !changed.is_empty() {
            text += &format!("\n[{part}]\n");
        }
        for (tunable, choice) in changed {
            text += &format!("{} = {}\n", tunable.path().1, choice.to_toml_text());
        }
    }
    // JSON's strings and lists of strings are TOML's, too.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    text += &format!("\n[measured]\nadapter = {}\nvendor = {vendor}\ndevice = {device}\n", quoted(&adapter));
    for (key, value) in [("driver", &*driver), ("gpucam", &gpucam), ("shaders", &shaders), ("how", how)] {
        text += &format!("{key} = {}\n", quoted(value));
    }
    text + &format!("gains = {}\n", serde_json::Value::from(gains))
}

/// Keeps what was found for the next start, and returns the file.
///
/// # Errors
/// [`VideoError::Write`] if there is no cache folder, or it cannot be written.
pub fn write(info: &wgpu::AdapterInfo, tuned: &Tuned, how: &str) -> Result<PathBuf> {
    let file = file(info).ok_or_else(|| refused("gpucam's cache folder", "there is none".into()))?;
    let folder = file.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder).map_err(|error| refused(&folder.display().to_string(), error.to_string()))?;
    AtomicFile::create(&file)?.write(text(info, tuned, how).as_bytes())?;
    Ok(file)
}

/// Removes what was kept for an adapter. False if nothing was.
///
/// # Errors
/// [`VideoError::Write`] if the file cannot be removed.
pub fn reset(info: &wgpu::AdapterInfo) -> Result<bool> {
    let Some(path) = file(info) else { return Ok(false) };
    video::file::remove(&path).map_err(|error| refused(&path.display().to_string(), error.to_string()))
}

fn refused(path: &str, reason: String) -> Error {
    Error::Video(VideoError::Write { path: path.into(), reason })
}

/// Identifies the shaders, the space, the table, and the program itself by its time: a build of the same version may
/// make other kernels.
fn shaders() -> String {
    let space = format!("{SPACE:?} {:?}", Profile::ALL.map(Profile::tuning));
    let program = std::env::current_exe().and_then(fs::metadata).and_then(|data| data.modified()).ok();
    let program = format!("{program:?}");
    let texts: Vec<&str> =
        passes::SHADERS.iter().map(|shader| shader.wgsl).chain([&*space, &*program]).collect();
    digest(&texts)
}

fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    texts.iter().for_each(|text| hash.update(text.as_bytes()));
    hex(&hash.finalize()[..8])
}
