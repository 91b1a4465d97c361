//! Segmentation models: the catalogue, the import, and the network on burn.
//!
//! ```text
//! bytes ─ tflite::Model::read ▶ tflite::Model ─ lower ▶ Graph ─ BurnNetwork::new ▶ BurnNetwork ─ forward ▶ [1, h, w, c]
//!         the file, faithfully                  plain data        weights on the device
//! ```
//! [`crate::engine`] runs the same graph as our own kernels; [`crate::segmenter`] chooses.
//! [`lower`] has the table of the operators that gpucam knows.

pub mod catalogue;
pub mod fetch;
mod file;
pub mod graph;
mod infer;
pub mod lower;
mod network;
mod ops;
mod reading;
mod view;
mod wheel;

pub use self::{
    file::Model,
    graph::Graph,
    network::BurnNetwork,
    reading::{OutputDecoding, OutputGrid, Reading},
    view::ModelView,
};
