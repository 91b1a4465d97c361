//! `gpucam mask`: the mask alone, for other programs and for checking.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum, ValueHint};

use super::{EngineArgs, FrameArgs, InputArgs, MaskArgs, usage};
use crate::{
    Error, Exposure, Pipeline, Result, Size,
    model::{Answer, Segmenter},
    settings::Refine,
    video::{self, mask, npy, picture},
};

/// The mask alone.
#[derive(Args, Debug)]
pub(super) struct Mask {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    mask: MaskArgs,
    #[command(flatten)]
    output: MaskOutput,
    #[command(flatten)]
    engine: EngineArgs,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
struct MaskOutput {
    /// .npy for float32 [height, width], or .png for 16-bit grey.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: PathBuf,
    /// net: the model's probability, on its own grid, without exposure or refinement. frame: alpha at the
    /// frame's size, as --refine and --exposure say [default: net for .npy, frame for .png].
    #[arg(long, value_enum)]
    at: Option<At>,
    /// The model's raw output, [height, width, channels], as .npy.
    #[arg(long)]
    logits: bool,
    #[command(flatten)]
    frame: FrameArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum At {
    Net,
    Frame,
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending))
}

impl Mask {
    pub(super) fn run(self) -> Result<()> {
        let output = &self.output.output;
        let is_npy = has_ending(output, "npy");
        let at = self.output.at.unwrap_or(if is_npy { At::Net } else { At::Frame });
        if !is_npy && !has_ending(output, "png") {
            return Err(Error::OutputEnding { path: output.clone(), endings: mask::ENDINGS });
        }
        if self.output.logits && (at == At::Frame || !is_npy) {
            usage("--logits is the model's raw output: write it with --at net to an .npy file");
        }
        match at {
            At::Net => self.write_answer(),
            At::Frame => {
                let (size, mut pipeline) = self.pipeline(self.mask.settings(Default::default()))?;
                self.show(&mut pipeline)?;
                mask::write(output, size, &pipeline.alpha()?)
            }
        }
    }

    /// What the model says of the net's own picture, or of the frame as the model sees it.
    fn write_answer(&self) -> Result<()> {
        let answer = match self.tensor()? {
            Some(answer) => answer,
            None => {
                let plain = MaskArgs { refine: Refine::None, exposure: Exposure::Off };
                let (_, mut pipeline) = self.pipeline(plain.settings(Default::default()))?;
                self.show(&mut pipeline)?;
                pipeline.answer()?.expect("blur asks the model")
            }
        };
        let Answer { size, channels, logits, person } = answer;
        match self.output.logits {
            true => {
                let shape = [size.height, size.width, channels].map(|n| n as usize);
                npy::write(&self.output.output, &shape, &logits)
            }
            false => mask::write(&self.output.output, size, &person),
        }
    }

    /// An .npy file is the model's input as it is; a picture of the model's own size is not resampled either.
    fn tensor(&self) -> Result<Option<Answer>> {
        let path = self.input.file();
        let sized = self.input.size.is_some();
        if has_ending(path, "npy") {
            let array = npy::read_picture(path)?;
            let (gpu, mut segmenter) = self.engine.open()?;
            let size = Size::new(array.shape[1] as u32, array.shape[0] as u32);
            if size != segmenter.input_size() {
                let reason = format!("holds {size}, but the model's input is {}", segmenter.input_size());
                return Err(Error::Npy { path: path.into(), reason });
            }
            return segmenter.answer(&gpu, &array.data).map(Some);
        }
        if sized || !["png", "jpg", "jpeg", "webp"].iter().any(|e| has_ending(path, e)) {
            return Ok(None);
        }
        let rgb = picture::read(path)?;
        let (gpu, mut segmenter) = self.engine.open()?;
        if Size::new(rgb.width(), rgb.height()) != segmenter.input_size() {
            return Ok(None);
        }
        let input = tensor_of(&segmenter, &rgb);
        segmenter.answer(&gpu, &input).map(Some)
    }

    fn pipeline(&self, settings: crate::Settings) -> Result<(Size, Pipeline)> {
        let format = video::open_source(self.input.file(), &self.input.wanted(None))?.format();
        let (gpu, segmenter) = self.engine.open()?;
        Ok((format.size, Pipeline::new(&gpu, segmenter, format.size, format.colorimetry, &settings)?))
    }

    /// Puts frame number `--frame` through the pipeline.
    fn show(&self, pipeline: &mut Pipeline) -> Result<()> {
        let number = self.output.frame.frame.get();
        let mut source = video::open_source(self.input.file(), &self.input.wanted(Some(number)))?;
        let mut output = vec![0; pipeline.size().yuyv_bytes()];
        let mut seen = 0;
        while let Some(frame) = source.next()? {
            seen += 1;
            if seen == number {
                return pipeline.process(frame, &mut output);
            }
        }
        Err(Error::NoSuchFrame { path: self.output.output.clone(), frame: number, frames: seen })
    }
}

/// 8-bit R'G'B' as the model's input.
fn tensor_of(segmenter: &Segmenter, rgb: &[u8]) -> Vec<f32> {
    let reading = segmenter.reading();
    rgb.iter().map(|&v| reading.scale * (f32::from(v) / 255.0) + reading.offset).collect()
}
