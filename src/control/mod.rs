//! Controlling a running gpucam over D-Bus: the interface, its client, and systemd's notifications.
//! `docs/CONTROL.md` describes the interface for users.
//!
//! ```text
//! D-Bus, tray ─▶ server, tray ─requests▶ cli/controller.rs ─commands▶ live loop
//!                     ▲                                                │
//!                     └──────────────── Status ◀─── LiveObserver ──────┘
//! ```
//! The live loop waits for nobody here: it writes the status into a mutex and a byte into a pipe.

mod answer;
pub mod client;
pub(crate) mod flags;
mod interface;
mod notify;
mod request;
mod server;
mod status;
mod tray;
mod value;

pub use answer::Answer;
pub use client::Client;
pub use notify::Notifier;
pub(crate) use request::remote;
pub use request::{Remote, Request, SetValue};
pub use server::Server;
pub use status::Status;
pub use tray::TrayIcon;
pub(crate) use tray::{prepare_opener, run_opener};

/// The name on the session bus of the gpucam that was started first.
pub const NAME: &str = "org.gpucam.Gpucam";
/// The object.
pub const PATH: &str = "/org/gpucam/Gpucam";
/// The interface.
pub const INTERFACE: &str = "org.gpucam.Gpucam1";

/// The name that each process has besides [`NAME`].
pub fn process_name(pid: u32) -> String {
    format!("{NAME}.pid{pid}")
}
