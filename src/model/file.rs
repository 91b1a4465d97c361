//! Reads a model file.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::error::{ModelError, Result};
use super::graph::Graph;
use super::lower::{self, LowerError};
use super::reading::Reading;
use crate::tflite;

/// Size limit of a model file in bytes: a hundred times the largest model of the catalogue.
const MAX_BYTES: u64 = 256 << 20;

/// A network read from a file.
#[derive(Clone, Debug)]
pub struct Model {
    /// The network.
    #[doc(hidden)]
    pub graph: Graph,
    /// How to interpret its input and output, inferred from the graph. For models of the catalogue, the
    /// catalogue decides.
    pub inferred: Option<Reading>,
}

impl Model {
    /// Reads a `.tflite` file.
    ///
    /// # Errors
    /// [`ModelError::Read`] if it cannot be read, [`ModelError::NotAModel`] and [`ModelError::Unsupported`] as for
    /// [`Self::from_bytes`].
    pub fn open(path: &Path) -> Result<Self> {
        let unreadable = |source| ModelError::Read { path: path.into(), source };
        let mut bytes = Vec::new();
        let file = fs::File::open(path).map_err(unreadable)?;
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(ModelError::TooLarge { path: path.into(), most: MAX_BYTES });
        }
        Self::from_bytes(path, &bytes)
    }

    /// Reads the bytes of a `.tflite` file; `path` names it in errors.
    ///
    /// # Errors
    /// [`ModelError::NotAModel`] if the bytes are something else or damaged, [`ModelError::Unsupported`] if they contain an
    /// operator, version, option or tensor type that gpucam does not support.
    pub fn from_bytes(path: impl Into<PathBuf>, bytes: &[u8]) -> Result<Self> {
        let graph = lower::read(bytes).map_err(|refusal| refuse(path.into(), refusal))?;
        let inferred = Reading::infer(&graph);
        Ok(Self { graph, inferred })
    }
}

fn refuse(path: PathBuf, refusal: LowerError) -> ModelError {
    match refusal {
        LowerError::Format(source @ (tflite::ParseError::Identifier | tflite::ParseError::Version(_))) => {
            ModelError::NotAModel { path, source }
        }
        source => ModelError::Unsupported { path, source },
    }
}
