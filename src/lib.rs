//! gpucam: a virtual webcam whose background is blurred or replaced on the GPU.

pub mod cli;
pub mod error;
pub mod frame;
pub mod model;
pub mod tflite;
pub mod video;

pub use error::{Error, Result};
pub use frame::{Colorimetry, Matrix, Range, Size, Yuyv};
