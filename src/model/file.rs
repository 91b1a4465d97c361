//! Reads a model file.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::graph::Graph;
use super::lower::{self, LowerError};
use super::reading::Reading;
use crate::{Error, tflite};

/// Size limit of a model file in bytes: a hundred times the largest model of the catalogue.
const MAX_BYTES: u64 = 256 << 20;

/// A network read from a file.
#[derive(Clone, Debug)]
pub struct Model {
    /// The network.
    pub graph: Graph,
    /// How to interpret its input and output, inferred from the graph. For models of the catalogue, the
    /// catalogue decides.
    pub inferred: Option<Reading>,
}

impl Model {
    /// Reads a `.tflite` file.
    ///
    /// # Errors
    /// [`Error::Read`] if it cannot be read, [`Error::NotAModel`] and [`Error::Model`] as for
    /// [`Self::from_bytes`].
    pub fn open(path: &Path) -> crate::Result<Self> {
        let next = "give a .tflite file with --model, or a name that `gpucam models` lists";
        let refuse = |why: String| Error::Read { path: path.into(), reason: format!("{why}; {next}") };
        let mut bytes = Vec::new();
        let file = fs::File::open(path).map_err(|e| refuse(e.to_string()))?;
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| refuse(e.to_string()))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(refuse(format!("it has more than the {MAX_BYTES} bytes of any model")));
        }
        Self::from_bytes(path, &bytes)
    }

    /// Reads the bytes of a `.tflite` file; `path` names it in errors.
    ///
    /// # Errors
    /// [`Error::NotAModel`] if the bytes are something else or damaged, [`Error::Model`] if they contain an
    /// operator, version, option or tensor type that gpucam does not support.
    pub fn from_bytes(path: impl Into<PathBuf>, bytes: &[u8]) -> crate::Result<Self> {
        let graph = lower::read(bytes).map_err(|refusal| refuse(path.into(), refusal))?;
        let inferred = Reading::infer(&graph);
        Ok(Self { graph, inferred })
    }
}

fn refuse(path: PathBuf, refusal: LowerError) -> Error {
    match refusal {
        LowerError::Format(why @ (tflite::ParseError::Identifier | tflite::ParseError::Version(_))) => {
            Error::NotAModel { path, reason: why.to_string() }
        }
        other => Error::Model { path, reason: other.to_string() },
    }
}
