//! `gpucam mask`: writes only the mask, for other programs and for tests.

use std::{
    num::NonZeroU64,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, ValueEnum, ValueHint};

use super::{
    args::{EngineArgs, InputArgs, MaskArgs},
    console::usage_error,
    parse,
    sandbox::{RunFiles, SandboxArgs},
};
use crate::{
    Error, Exposure, Gpu, Pipeline, Result, Size, VideoError,
    passes::Refine,
    segmenter::{ModelOutput, Segmenter},
    video::{self, VideoFormat, mask, npy, picture},
};

/// Writes only the mask.
#[derive(Args, Debug)]
pub(super) struct MaskCommand {
    #[command(flatten)]
    mask: MaskArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: MaskOutput,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    sandbox: SandboxArgs,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
struct MaskOutput {
    /// The output: .npy for float32 [height, width], or .png for 16-bit grey.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: PathBuf,
    /// The mask's size [default: net for .npy, frame for .png].
    #[arg(long, value_enum, ignore_case = true)]
    at: Option<MaskSize>,
    /// Write the model's raw output instead, [height, width, channels], as .npy.
    #[arg(long)]
    logits: bool,
    /// Number of the input frame to use, counted from 1.
    #[arg(long, value_name = "N", default_value = "1", value_parser = parse::count::<NonZeroU64>)]
    frame: NonZeroU64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum MaskSize {
    /// The model's probability at its own output size, without exposure or refinement.
    Net,
    /// Alpha at the frame's size, made with --refine and --exposure.
    Frame,
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending))
}

fn is_picture(path: &Path) -> bool {
    ["png", "jpg", "jpeg", "webp"].iter().any(|ending| has_ending(path, ending))
}

/// A GPU with a model on it.
type LoadedModel = (Gpu, Segmenter);

impl MaskCommand {
    pub(super) fn run(self) -> Result<()> {
        let output = &self.output.output;
        let (to_npy, from_npy) = (has_ending(output, "npy"), has_ending(self.input.file(), "npy"));
        let at = self.output.at.unwrap_or(if to_npy || from_npy { MaskSize::Net } else { MaskSize::Frame });
        if !to_npy && !has_ending(output, "png") {
            return Err(Error::Video(VideoError::OutputEnding {
                path: output.clone(),
                endings: mask::ENDINGS,
            }));
        }
        video::file::check_writable(output)?;
        video::check_is_no_input(output, [self.input.file()])?;
        if self.output.logits && (at == MaskSize::Frame || !to_npy) {
            usage_error("--logits is the model's raw output: write it with --at net to an .npy file");
        }
        if from_npy && at == MaskSize::Frame {
            usage_error(
                "--at frame needs a frame, and an .npy input is the model's own: leave --at out, or say net",
            );
        }
        let given = [
            Some(self.input.file()),
            self.engine.model.as_deref().map(Path::new),
            self.engine.adapter.tuning(),
        ];
        let reads = given.into_iter().flatten().map(PathBuf::from).collect();
        self.sandbox.enter(
            None,
            Some(&self.engine),
            RunFiles { reads, writes: vec![output.clone()], ..RunFiles::default() },
        )?;
        match at {
            MaskSize::Net => self.write_answer(),
            MaskSize::Frame => {
                let pipeline =
                    self.shown(|| self.engine.open(&self.mask.settings(Default::default())), &self.mask)?;
                mask::write(output, pipeline.size(), &pipeline.alpha()?)
            }
        }
    }

    /// Writes the model's output for an input of its own size, or for the frame as the model sees it.
    fn write_answer(&self) -> Result<()> {
        let ModelOutput { size, channels, logits, person } = self.model_output()?;
        match self.output.logits {
            true => {
                let shape = [size.height, size.width, channels].map(|n| n as usize);
                npy::write(&self.output.output, &shape, &logits)
            }
            false => mask::write(&self.output.output, size, &person),
        }
    }

    /// Runs the model. An .npy file is its input as it is, and a picture of its input size is not resampled
    /// either.
    fn model_output(&self) -> Result<ModelOutput> {
        let path = self.input.file();
        if has_ending(path, "npy") {
            let array = npy::read_picture(path)?;
            let (gpu, mut segmenter) = self.engine.open_exact()?;
            let size = Size::new(array.shape[1] as u32, array.shape[0] as u32);
            if size != segmenter.input_size() {
                let reason = format!("holds {size}, but the model's input is {}", segmenter.input_size());
                return Err(Error::Video(VideoError::Npy { path: path.into(), reason }));
            }
            return segmenter.infer(&gpu, &array.data);
        }
        let mut engine = None;
        if self.input.size.is_none() && is_picture(path) {
            let rgb = picture::read(path)?;
            let (gpu, mut segmenter) = self.engine.open_exact()?;
            if Size::new(rgb.width(), rgb.height()) == segmenter.input_size() {
                return segmenter.infer(&gpu, &tensor_of(&segmenter, &rgb));
            }
            engine = Some((gpu, segmenter));
        }
        let plain = MaskArgs { refine: Refine::None, exposure: Exposure::Off, ..MaskArgs::default() };
        let engine = || engine.map_or_else(|| self.engine.open_exact(), Ok);
        Ok(self.shown(engine, &plain)?.model_output()?.expect("blur asks the model"))
    }

    /// A pipeline that has just processed frame number `--frame`. The input is opened only once, as it may be
    /// a pipe.
    fn shown(&self, engine: impl FnOnce() -> Result<LoadedModel>, mask: &MaskArgs) -> Result<Pipeline> {
        let number = self.output.frame.get();
        let mut source = video::open_source(self.input.file(), &self.input.wanted(Some(number)))?;
        let VideoFormat { size, colorimetry, .. } = source.format();
        let (gpu, segmenter) = engine()?;
        let settings = mask.settings(Default::default());
        let mut pipeline = Pipeline::new(&gpu, segmenter, size, colorimetry, &settings)?;
        let mut output = vec![0; size.yuyv_bytes()];
        let mut frames = 0;
        while let Some(frame) = source.next()? {
            frames += 1;
            if frames == number {
                return pipeline.process_still(frame, Duration::ZERO, &mut output).map(|()| pipeline);
            }
        }
        Err(Error::Video(VideoError::NoSuchFrame { path: self.output.output.clone(), frame: number, frames }))
    }
}

/// Converts 8-bit R'G'B' to the model's input.
fn tensor_of(segmenter: &Segmenter, rgb: &[u8]) -> Vec<f32> {
    let reading = segmenter.reading();
    rgb.iter().map(|&v| reading.scale * (f32::from(v) / 255.0) + reading.offset).collect()
}
