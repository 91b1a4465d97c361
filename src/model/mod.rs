//! Segmentation models: catalogue, import, and execution on burn.
//!
//! ```text
//! bytes ─ tflite::Model::read ▶ tflite::Model ─ lower ▶ Graph ─ BurnNetwork::new ▶ BurnNetwork ─ forward ▶
//!         the file as it is                     plain data        weights on the device             output
//! ```
//! [`crate::engine`] compiles the same graph to kernels of its own; [`crate::segmenter`] chooses the engine.
//! [`lower`] lists the supported operators.

pub mod catalogue;
mod error;
#[cfg(feature = "fetch")]
pub mod fetch;
mod file;
pub mod graph;
mod infer;
pub mod lower;
mod network;
mod ops;
mod reading;
mod view;
#[cfg(feature = "fetch")]
pub(crate) mod wheel;

pub use self::{
    error::ModelError,
    file::Model,
    graph::Graph,
    network::BurnNetwork,
    reading::{OutputDecoding, OutputGrid, Reading},
    view::ModelView,
};
