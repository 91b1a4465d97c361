//! `gpucam --effect … --input … --output …`: every frame through the pipeline.

use std::{ops::ControlFlow, path::PathBuf};

use clap::{Args, ValueHint};

use super::{EngineArgs, FrameArgs, InputArgs, PictureArgs, session};
use crate::{
    Error, Pipeline, Result,
    video::{self, Sink, Source},
};

/// Video in, video out.
#[derive(Args, Debug)]
pub(super) struct Run {
    #[command(flatten)]
    picture: PictureArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    engine: EngineArgs,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
struct OutputArgs {
    /// A picture (.png, .jpg, .webp), .y4m, raw .yuyv, or - for raw YUYV on standard output.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: PathBuf,
    #[command(flatten)]
    frame: FrameArgs,
    /// Stop after so many frames. A picture is repeated; the test card is endless without this.
    #[arg(long, value_name = "N")]
    frames: Option<u64>,
    /// The test card's exact alpha of the frame shown, as .png (16-bit grey) or .npy (float32).
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output_alpha: Option<PathBuf>,
    /// Print a table of where the time goes, by GPU timestamps.
    #[arg(long)]
    timings: bool,
}

impl Run {
    pub(super) fn run(self) -> Result<()> {
        let Self { picture, input, output, engine } = self;
        let wanted = input.wanted(output.frames);
        if let Some(path) = &output.output_alpha {
            video::write_card_alpha(&input.input, &wanted, output.frame.frame, path)?;
        }
        let mut source = video::open_source(&input.input, &wanted)?;
        let format = source.format();
        let settings = picture.mask.settings(picture.effect);
        let mut pipeline = if settings.effect.effect.is_untouched() {
            Pipeline::untouched(format.size)?
        } else {
            let (gpu, segmenter) = engine.open()?;
            Pipeline::new(&gpu, segmenter, format.size, format.colorimetry, &settings)?
        };
        let mut sink = video::open_sink(&output.output, format, output.frame.frame, Some(&input.input))?;
        if output.timings && !pipeline.time() {
            eprintln!("gpucam: no timings: nothing runs on the GPU, or the adapter has no timestamps");
        }
        // What was written stays, also when a later frame fails: the sink is always finished.
        let worked = every_frame(&mut *source, &mut pipeline, &mut *sink);
        let finished = sink.finish();
        worked.and(finished)?;
        if let Some(timings) = pipeline.timings() {
            eprint!("{timings}");
        }
        Ok(())
    }
}

fn every_frame(source: &mut dyn Source, pipeline: &mut Pipeline, sink: &mut dyn Sink) -> Result<(), Error> {
    let bar = session::progress(source.frames());
    let mut output = vec![0; pipeline.size().yuyv_bytes()];
    let mut first = true;
    while let Some(input) = source.next()? {
        pipeline.process(input, &mut output)?;
        if std::mem::take(&mut first) && source.frames() != Some(1) {
            // Drivers compile while the first frame runs: it says nothing about the others.
            pipeline.timings().into_iter().for_each(|timings| timings.clear());
        }
        if let ControlFlow::Break(()) = sink.write(&output)? {
            break;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}
