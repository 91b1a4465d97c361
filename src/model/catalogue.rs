//! The catalogue: the models that gpucam knows by name, and where to find their files.
//!
//! `models/catalogue.toml` is compiled in; `models/README.md` documents its fields.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use etcetera::BaseStrategy;
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};

use super::error::{ModelError, Result};
use super::reading::{OutputDecoding, OutputGrid, Reading};
use crate::{Size, digest::hex};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    // The file is compiled in and a test reads all of it, so this cannot fail at run time.
    toml::from_str(include_str!("../../models/catalogue.toml")).expect("models/catalogue.toml is well-formed")
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    default: String,
    second: String,
    model: Vec<CatalogueEntry>,
}

/// A model of the catalogue.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "CatalogueRow")]
pub struct CatalogueEntry {
    /// The name that `--model` and `gpucam models fetch` take.
    pub name: String,
    /// A description of one line.
    pub about: String,
    /// The file name under which it is stored.
    pub file: String,
    /// Size of the published file in bytes.
    pub bytes: u64,
    /// SHA-256 of the published file, in lower-case hexadecimal.
    pub sha256: String,
    /// The licence: its SPDX identifier, or else a word or two.
    pub licence: String,
    /// Terms to read before fetching, beyond those of `licence`.
    pub terms: Option<String>,
    /// Size of the network's input in pixels.
    pub input: Size,
    /// How to interpret input and output.
    pub reading: Reading,
    /// URLs of the published file, tried in order.
    #[doc(hidden)]
    pub addresses: Vec<String>,
    /// A second source, for when no URL can be reached.
    #[doc(hidden)]
    pub wheel: Option<Wheel>,
}

/// A model inside a Python wheel, which is a zip.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[doc(hidden)]
pub struct Wheel {
    /// The package's name in the Python package index.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// The Python version of the wheel, independent of the local one.
    pub python: String,
    /// The platform tag of the wheel, independent of the local one.
    pub platform: String,
    /// Path of the model in the wheel.
    pub member: String,
    /// Size of the member in bytes.
    pub bytes: u64,
    /// SHA-256 of the member, in lower-case hexadecimal.
    pub sha256: String,
}

/// A `[[model]]` table of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueRow {
    name: String,
    about: String,
    file: String,
    bytes: u64,
    sha256: String,
    licence: String,
    terms: Option<String>,
    #[serde(deserialize_with = "size")]
    input: Size,
    scale: f32,
    offset: f32,
    #[serde(with = "OutputDecodingRow")]
    person: OutputDecoding,
    #[serde(with = "OutputGridRow")]
    grid: OutputGrid,
    addresses: Vec<String>,
    wheel: Option<Wheel>,
}

#[derive(Deserialize)]
#[serde(remote = "OutputDecoding", rename_all = "lowercase")]
enum OutputDecodingRow {
    Probability,
    Logit,
    Softmax { channel: u32 },
    Background { channel: u32 },
}

#[derive(Deserialize)]
#[serde(remote = "OutputGrid", rename_all = "lowercase")]
enum OutputGridRow {
    Centres,
    Corners,
}

fn size<'de, D: Deserializer<'de>>(text: D) -> Result<Size, D::Error> {
    String::deserialize(text)?.parse().map_err(serde::de::Error::custom)
}

impl From<CatalogueRow> for CatalogueEntry {
    fn from(row: CatalogueRow) -> Self {
        let CatalogueRow {
            name, about, file, bytes, sha256, licence, terms, input, addresses, wheel, ..
        } = row;
        let reading = Reading { scale: row.scale, offset: row.offset, person: row.person, grid: row.grid };
        Self { name, about, file, bytes, sha256, licence, terms, input, reading, addresses, wheel }
    }
}

impl CatalogueEntry {
    /// Whether the file is this model: size and SHA-256 match the published file's or the wheel member's.
    fn is(&self, path: &Path) -> Result<bool> {
        let (sizes, sums) = match &self.wheel {
            Some(wheel) => (vec![self.bytes, wheel.bytes], vec![&self.sha256, &wheel.sha256]),
            None => (vec![self.bytes], vec![&self.sha256]),
        };
        Ok(sizes.contains(&length(path)?) && sums.contains(&&checksum(path)?))
    }

    /// The model's file in `folder`, if it exists.
    ///
    /// # Errors
    /// [`ModelError::Checksum`] if another file has its name, [`ModelError::Compare`] if it cannot be read.
    pub fn in_folder(&self, folder: &Path) -> Result<Option<PathBuf>> {
        let path = folder.join(&self.file);
        if !path.exists() {
            return Ok(None);
        }
        if self.is(&path)? {
            Ok(Some(path))
        } else {
            Err(ModelError::Checksum { path, name: self.name.clone() })
        }
    }
}

/// How many models a catalogue's text lists, for the fuzzers.
#[cfg(feature = "cli")]
pub(crate) fn check(text: &str) -> Result<usize, toml::de::Error> {
    toml::from_str::<Catalogue>(text).map(|catalogue| catalogue.model.len())
}

/// All models, in the catalogue's order.
pub fn entries() -> &'static [CatalogueEntry] {
    &CATALOGUE.model
}

/// The model with this name.
#[doc(hidden)]
pub fn by_name(name: &str) -> Option<&'static CatalogueEntry> {
    entries().iter().find(|entry| entry.name == name)
}

/// The default model.
pub fn default() -> &'static CatalogueEntry {
    by_name(&CATALOGUE.default).expect("models/catalogue.toml names its default")
}

/// The model that looks at the person alone.
pub fn second() -> &'static CatalogueEntry {
    by_name(&CATALOGUE.second).expect("models/catalogue.toml names the second one")
}

/// The model with this name.
///
/// # Errors
/// [`ModelError::Unknown`], which lists the names.
pub fn named(name: &str) -> Result<&'static CatalogueEntry> {
    by_name(name).ok_or_else(|| {
        let known: Vec<_> = entries().iter().map(|entry| entry.name.as_str()).collect();
        ModelError::Unknown { name: name.into(), known: known.join(", ") }
    })
}

/// Size of a file in bytes. Anything but a regular file, such as a folder or /dev/zero, is an error.
fn length(path: &Path) -> Result<u64> {
    match fs::metadata(path) {
        Ok(meta) if meta.is_file() => Ok(meta.len()),
        Ok(_) => Err(ModelError::NotAFile { path: path.into() }),
        Err(source) => Err(ModelError::Find { path: path.into(), source }),
    }
}

/// SHA-256 of a file, in lower-case hexadecimal.
fn checksum(path: &Path) -> Result<String> {
    let unreadable = |source: io::Error| ModelError::Compare { path: path.into(), source };
    let mut hash = Sha256::new();
    io::copy(&mut fs::File::open(path).map_err(unreadable)?, &mut hash).map_err(unreadable)?;
    Ok(hex(&hash.finalize()))
}

/// The folders that hold models.
#[derive(Clone, Debug, Default)]
pub struct ModelFolders {
    /// `$GPUCAM_MODELS`: searched first, never written to.
    pub given: Option<PathBuf>,
    /// The user's data folder, where fetched models go; `None` without a home directory.
    pub data: Option<PathBuf>,
}

impl ModelFolders {
    /// Reads the environment: `$GPUCAM_MODELS`, and `gpucam/models` in `$XDG_DATA_HOME` (`~/.local/share`).
    pub fn from_env() -> Self {
        let given = env::var_os("GPUCAM_MODELS").filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let base = etcetera::choose_base_strategy().ok();
        Self { given, data: base.map(|base| base.data_dir().join("gpucam").join("models")) }
    }

    /// The model's file in the first folder that has it.
    ///
    /// # Errors
    /// As [`CatalogueEntry::in_folder`].
    pub fn find(&self, entry: &CatalogueEntry) -> Result<Option<PathBuf>> {
        for folder in [&self.given, &self.data].into_iter().flatten() {
            if let Some(path) = entry.in_folder(folder)? {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }
}

/// The meaning of `--model`.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub enum ModelChoice {
    /// A model of the catalogue, wherever its file is.
    Named(&'static CatalogueEntry),
    /// A file, and the catalogue's entry for its content, if any.
    File(PathBuf, Option<&'static CatalogueEntry>),
}

impl ModelChoice {
    /// Interprets `--model`: `None` is the default model, a catalogue name is that model, anything else is a
    /// path.
    ///
    /// # Errors
    /// [`ModelError::Unknown`], [`ModelError::Checksum`], [`ModelError::Find`], [`ModelError::NotAFile`] or
    /// [`ModelError::Compare`].
    pub fn parse(model: Option<&str>) -> Result<Self> {
        let Some(model) = model else { return Ok(Self::Named(default())) };
        if let Some(entry) = by_name(model) {
            return Ok(Self::Named(entry));
        }
        let path = PathBuf::from(model);
        let looks_like_a_path = model.contains('/') || model.ends_with(".tflite");
        if !path.exists() && !looks_like_a_path {
            return Err(named(model).unwrap_err());
        }
        for entry in entries() {
            if entry.is(&path)? {
                return Ok(Self::File(path, Some(entry)));
            }
        }
        // Otherwise a damaged catalogue file would pass as the user's own model, with an inferred reading.
        let name = path.file_name().unwrap_or_default();
        match entries().iter().find(|entry| name == entry.file.as_str()) {
            Some(entry) => Err(ModelError::Checksum { path, name: entry.name.clone() }),
            None => Ok(Self::File(path, None)),
        }
    }
}
