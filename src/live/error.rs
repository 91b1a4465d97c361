//! Errors about another process of gpucam.

use std::path::PathBuf;

/// Another process of gpucam is missing, in the way, or refuses.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstanceError {
    /// Nothing to control.
    #[error("no gpucam runs; start it with `gpucam`, or at every login with `gpucam service install`")]
    NotRunning,
    /// There is none with this process ID.
    #[error(
        "process {pid} is no gpucam that can be controlled; `gpucam status` shows the one that was started first"
    )]
    NotThisOne {
        /// Process ID.
        pid: u32,
    },
    /// The camera belongs to another process of gpucam.
    #[error(
        "gpucam already runs with the camera {camera} (process {pid}): `gpucam status` shows it, and `gpucam set --effect \
         blur:20` changes its picture"
    )]
    CameraTaken {
        /// The camera.
        camera: String,
        /// Process ID.
        pid: String,
    },
    /// What is to be this user's folder may be another user's.
    #[error(
        "{} is not a folder of yours alone, so gpucam keeps nothing there: remove it, or name one that is in XDG_RUNTIME_DIR",
        folder.display()
    )]
    ForeignFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The other process refuses a request, in its own words.
    #[error("{sentence}")]
    Refused {
        /// A sentence.
        sentence: String,
    },
    /// There is no session bus, or it does not work.
    #[error(
        "the session bus does not answer ({reason}); a running gpucam is controlled over it: log in to a desktop, or use \
         `dbus-run-session`"
    )]
    Bus {
        /// Why.
        reason: String,
    },
}
