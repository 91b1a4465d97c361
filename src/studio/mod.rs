//! `gpucam studio`: a window on the picture, to look, to choose and to save.
//!
//! ```text
//! window   StudioState ─▶ view ─▶ StudioState ─▶ Command ─┐        ▲ textures, times, faults
//! worker   LiveSource ─▶ Pipeline::draw ─▶ Display ───────┴▶ Event ┘
//!                                └▶ Cards, one at a time
//! ```
//! Both use one device, so the picture is drawn where it was made. The view is a function of the state; what a person
//! changes in it becomes commands to the worker, which owns camera and pipeline. The camera's own picture is shown to the
//! person before the screen only: nothing of this is an output.

mod app;
mod cards;
pub mod choice;
mod display;
pub mod editor;
pub mod flags;
pub mod history;
pub mod message;
pub mod preferences;
pub mod preset;
pub mod service;
pub mod settings;
pub mod source;
pub mod state;
pub mod view;
pub mod worker;

pub use self::app::{Screenshot, Start, run};
