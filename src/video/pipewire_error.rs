//! What can be wrong with PipeWire.

/// Why a camera or a virtual camera of PipeWire cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PipeWireError {
    /// The library is not there, or not of a version that works.
    #[error(
        "PipeWire's library cannot be loaded ({reason}); install it with: sudo apt install libpipewire-0.3-0 \
         libspa-0.2-modules"
    )]
    Library {
        /// The dynamic linker's words.
        reason: String,
    },
    /// No daemon answers.
    #[error(
        "PipeWire does not answer ({reason}); start it with: systemctl --user start pipewire wireplumber"
    )]
    NoDaemon {
        /// The system's words.
        reason: String,
    },
    /// The library or the daemon refuses something.
    #[error(
        "PipeWire refuses {what} ({reason}); restart it with: systemctl --user restart pipewire wireplumber"
    )]
    Refused {
        /// What.
        what: &'static str,
        /// The library's or the daemon's words.
        reason: String,
    },
    /// The daemon has ended during the run.
    #[error("PipeWire has ended; gpucam connects again as soon as it is back")]
    Gone,
    /// There is no camera portal.
    #[error(
        "there is no camera portal ({reason}); install xdg-desktop-portal and your desktop's part of it, such as \
             xdg-desktop-portal-gtk, or name a camera after --camera"
    )]
    NoPortal {
        /// The session bus's words.
        reason: String,
    },
    /// The portal knows no camera.
    #[error("the camera portal sees no camera; plug one in")]
    PortalWithoutCamera,
    /// The person, or the desktop's settings, said no.
    #[error(
        "gpucam may not use cameras, says the camera portal; allow it in the desktop's settings (Privacy), then try again"
    )]
    PortalDenied,
    /// The portal does not do what it is for.
    #[error(
        "the camera portal fails ({reason}); restart it with: systemctl --user restart xdg-desktop-portal"
    )]
    PortalFailed {
        /// Its words, or the session bus's.
        reason: String,
    },
    /// A camera whose buffers cannot be mapped.
    #[error(
        "its pictures lie in memory that cannot be read here (DMA-BUF); choose another --format, or its own device of V4L2"
    )]
    Unmapped,
    /// gpucam was built without the feature `pipewire`.
    #[error("this gpucam was built without PipeWire; build it with: cargo build --features pipewire")]
    NotBuilt,
}
