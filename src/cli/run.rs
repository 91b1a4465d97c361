//! `gpucam --effect … --input … --output …`: every frame through the pipeline.

use std::{ops::ControlFlow, path::PathBuf};

use clap::{ArgMatches, Args, FromArgMatches, ValueHint};

use super::{EngineArgs, FrameArgs, InputArgs, PictureArgs, session};
use crate::{
    Error, Pipeline, Result,
    video::{self, Sink, Source},
};

/// Video in, video out.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(super) struct Run {
    #[command(flatten)]
    picture: PictureArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    engine: EngineArgs,
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

/// The run, where no subcommand was typed: clap's own `Option` does not see through flattened arguments.
#[derive(Debug)]
pub(super) struct Typed(pub(super) Option<Run>);

impl Args for Typed {
    fn augment_args(command: clap::Command) -> clap::Command {
        Run::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Run::augment_args_for_update(command)
    }
}

impl FromArgMatches for Typed {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let typed = matches.contains_id("output"); // required, so it is there unless a subcommand is
        typed.then(|| Run::from_arg_matches(matches)).transpose().map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Run {
    pub(super) fn run(self) -> Result<()> {
        let Self { picture, input, engine, output, frame: FrameArgs { frame }, frames, output_alpha, timings } = self;
        let wanted = input.wanted(frames);
        if let Some(path) = &output_alpha {
            video::write_card_alpha(&input.input, &wanted, frame, path)?;
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
        let mut sink = video::open_sink(&output, format, frame, Some(&input.input))?;
        if timings && !pipeline.time() {
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
    let mut number = 0u64;
    while let Some(input) = source.next()? {
        number += 1;
        if number == 2 {
            // Drivers compile while the first frame runs: it says nothing about the others.
            pipeline.timings().into_iter().for_each(|timings| timings.clear());
        }
        pipeline.process(input, &mut output)?;
        if let ControlFlow::Break(()) = sink.write(&output)? {
            break;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}
