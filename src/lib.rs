//! gpucam: the background of a webcam's picture, blurred or replaced on the GPU.
//!
//! A frame's YUYV bytes are uploaded to the GPU once and read back once; between, compute shaders and a
//! neural network run on the same wgpu device. `ARCHITECTURE.md` in the repository shows the path of a frame
//! and describes each folder.
//!
//! A [`Pipeline`] processes frames. It needs a [`Gpu`], a [`Segmenter`] with a [`Model`], and [`Settings`],
//! whose [`Effects`] have the syntax of the command line. In live use, its input is a [`Camera`] and its
//! output a [`Loopback`]; [`open_source`] reads files and the test card. The examples `blur_image`,
//! `custom_effect`, `live_loopback` and `your_own_frames` show all of these.
//!
//! # Features
//! - `cli` (default): the `gpucam` command, and the two features that it needs: `fetch` (downloads models) and
//!   `bench` (measures speed and masks).
//! - `control` (default): a running `gpucam` is controlled over D-Bus, as a service, from the tray.
//! - `pipewire` (default): cameras and virtual cameras of PipeWire, whose library is opened at run time; without the
//!   feature they are [`PipeWireError::NotBuilt`].
//! - `studio`: the window of `gpucam studio`.
//!
//! The library needs none of them, nor clap and an HTTP client: `default-features = false`. It never
//! downloads a model: run `gpucam models fetch` once, or ship the `.tflite` file and open it with
//! [`Model::open`].
//!
//! # Example
//!
//! ```no_run
//! use gpucam::{Colorimetry, Gpu, Pipeline, Segmenter, Settings, Size};
//!
//! # fn main() -> gpucam::Result<()> {
//! let gpu = Gpu::open(None)?; // the first adapter of `gpucam adapters`
//! let segmenter = Segmenter::open(&gpu, "selfie-landscape")?; // `gpucam models fetch` downloads it
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

#[cfg(feature = "bench")]
mod bench;
#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "control")]
mod control;
mod digest;
mod effects;
mod engine;
mod error;
mod files;
mod frame;
#[cfg(feature = "cli")]
mod fuzz;
mod gpu;
mod live;
#[cfg(feature = "bench")]
mod measure;
mod model;
mod passes;
mod pipeline;
#[cfg(feature = "cli")]
mod sandbox;
mod segmenter;
#[cfg(feature = "studio")]
mod studio;
mod sys;
mod tflite;
#[cfg(feature = "cli")]
mod tune;
mod video;
mod words;

use crate::gpu::{shader, uniform};
pub use crate::{
    effects::Effects,
    error::{
        ControlError, DeviceError, DeviceFault, EffectError, Error, FormatError, FrameError, GpuError,
        ModelError, PipeWireError, Result, VideoError,
    },
    frame::{
        Colorimetry, Matrix, Range, Size, Yuyv,
        geometry::{Crop, Cut, Geometry, Rotate},
        layout::PixelLayout,
        pixel_format::PixelFormat,
    },
    gpu::{AdapterLine, Gpu, adapters},
    live::{
        FrameProcessor, GuardRules, LiveCamera, LiveFile, LiveLoop, LiveSource, LiveStats, Output,
        ProcessorFactory, SourceEvent,
    },
    model::{Model, OutputDecoding, OutputGrid, Reading, catalogue},
    passes::{Exposure, LearnRoom, People, Refine, Shape, Smooth},
    pipeline::{Denoise, InputFormat, Light, Look, Pipeline, Quality, Settings},
    segmenter::{InferenceEngine, Segmenter},
    sys::Signals,
    video::{
        Fit, Fps, InputOptions, Source, VideoFormat,
        camera::{Camera, CameraRequest, name::find as find_camera},
        device::{Device, Devices},
        loopback::{Loopback, find as find_loopback},
        open_source,
    },
};

#[doc(hidden)]
pub use crate::gpu::{Tuning, tuning};

/// The command's main function.
#[cfg(feature = "cli")]
#[doc(hidden)]
pub use crate::cli::main;

/// The internals, for this project's tests, benchmarks and examples. Not part of the API; they change without
/// notice.
#[doc(hidden)]
pub mod internals {
    macro_rules! open {
        ($($(#[$attribute:meta])* $module:ident),* $(,)?) => {$(
            $(#[$attribute])*
            pub mod $module {
                pub use crate::$module::*;
            }
        )*};
    }
    open! {
        #[cfg(feature = "bench")] bench,
        #[cfg(feature = "cli")] cli,
        #[cfg(feature = "control")] control,
        effects,
        engine,
        error,
        files,
        frame,
        #[cfg(feature = "cli")] fuzz,
        gpu,
        live,
        #[cfg(feature = "bench")] measure,
        model,
        passes,
        pipeline,
        #[cfg(feature = "cli")] sandbox,
        segmenter,
        #[cfg(feature = "studio")] studio,
        sys,
        tflite,
        #[cfg(feature = "cli")] tune,
        video,
    }
    pub use super::*;
}
