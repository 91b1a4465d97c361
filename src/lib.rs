//! gpucam: a virtual webcam for Linux whose background is blurred on the GPU.
//!
//! YUYV bytes go up to the GPU once, and YUYV bytes come back once; all between is compute shaders and one neural
//! network on the same wgpu device.
//!
//! ```text
//! bytes ─upload▶ camera's words
//!                    │ unpack: only where they are no YUYV
//!                    │ reframe: only where the picture is turned, cut or scaled
//!                YUYV words ───guide▶ small picture ──────┐ expose
//!                    │                     │              │ model
//!                    │                     │           output
//!                    │                     │              │ softmax
//!                    │                     └──▶ refine ◀──┘
//!                    │                            │
//!                    ├──────────────────────▶ alpha
//!                    └───▶ effects ◀──────────────┘  what is behind; each gives YUYV words
//! bytes ◀─readback── YUYV words
//! ```
//!
//! At low quality, all between reframe and alpha sees the frame at half its size.
//!
//! **A pass is a function from planes to a plane. A pipeline is the composition of passes, run once to record a flat
//! list of dispatches. A frame replays the list.** No graph, no scheduler, no allocation in a frame. The colour space
//! is in the plane's type, its size travels with it.
//!
//! | where | what |
//! |---|---|
//! | [`pipeline`] | the whole story of a frame, in one file |
//! | [`passes`], `shaders/` | one pass: a `.rs`, a `.wgsl` and a test of one name |
//! | [`effects`] | what becomes of the picture: blur, … |
//! | [`gpu`] | the device shared with burn, planes, recordings, readback, timestamps |
//! | [`tflite`], [`model`] | the file format; its lowering to a graph, the network on burn, the catalogue |
//! | [`segmenter`] | the model on the GPU, by either engine, between the passes |
//! | [`engine`] | the same graph as generated kernels: rewrites, groups, templates |
//! | [`live`] | camera to loopback: who is shown what when |
//! | [`video`] | sources and sinks: cameras, loopbacks, test card, pictures, .y4m, raw YUYV, ffmpeg |
//! | [`measure`] | the mask against exact alpha, beside other programs' chains |
//! | [`frame::geometry`] | how the camera's picture is turned, and which part of it is the frame |
//! | [`mod@bench`] | where the time goes, and how far that is from what the adapter could do |
//! | [`pipeline::InputFormat`], [`frame::layout`] | what comes in: frames of a camera that are not packed YUYV yet |
//! | [`frame`], [`Settings`], [`error`], [`pipeline::timings`] | sizes and colour, what is asked for, every way to fail, how long it took |
//!
//! # Example
//!
//! ```no_run
//! use gpucam::model::{Model, catalogue};
//! use gpucam::segmenter::{InferenceEngine, Segmenter};
//! use gpucam::{Colorimetry, Gpu, Pipeline, Settings, Size};
//!
//! # fn main() -> gpucam::Result<()> {
//! let gpu = Gpu::open(None)?; // the first adapter of `gpucam adapters`
//! let entry = catalogue::default(); // selfie-landscape; `gpucam models fetch selfie-landscape` brings it
//! let folder = catalogue::ModelFolders::from_env();
//! let file = folder.find(entry)?.expect("fetched before");
//! let segmenter = Segmenter::load(&gpu, &Model::open(&file)?, entry.reading, InferenceEngine::Fast);
//!
//! let size = Size::new(1280, 720);
//! let settings = Settings { effects: "blur,strength=20".parse()?, ..Settings::default() };
//! let mut pipeline = Pipeline::new(&gpu, segmenter, size, Colorimetry::default(), &settings)?;
//!
//! let camera = vec![128; size.yuyv_bytes()]; // Y0 Cb Y1 Cr of each pair of pixels
//! let mut shown = vec![0; size.yuyv_bytes()];
//! pipeline.process(&camera, std::time::Duration::ZERO, &mut shown)?;
//! # Ok(())
//! # }
//! ```

pub mod bench;
#[doc(hidden)]
pub mod cli;
pub mod effects;
pub mod engine;
pub mod error;
pub mod frame;
pub mod gpu;
pub mod live;
pub mod measure;
pub mod model;
pub mod passes;
pub mod pipeline;
pub mod segmenter;
pub mod tflite;
pub mod video;

pub use error::{Error, FrameError, GpuError, Result};
pub use frame::{Colorimetry, Matrix, Range, Size, Yuyv};
pub use gpu::Gpu;
pub use passes::{Exposure, Refine, Smooth};
pub use pipeline::{Pipeline, Quality, Settings};
