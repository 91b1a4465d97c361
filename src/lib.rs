//! gpucam: a virtual webcam whose background is blurred or replaced on the GPU.

pub mod cli;
pub mod effects;
pub mod error;
pub mod frame;
pub mod gpu;
pub mod live;
pub mod model;
pub mod passes;
pub mod pipeline;
pub mod settings;
pub mod tflite;
pub mod timings;
pub mod video;

pub use error::{Error, Result};
pub use frame::{Colorimetry, Matrix, Range, Size, Yuyv};
pub use gpu::Gpu;
pub use pipeline::Pipeline;
pub use settings::{Exposure, Refine, Settings};
