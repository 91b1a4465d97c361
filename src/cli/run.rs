//! `gpucam --effect … --input … --output …`: processes every frame of a video; live, if the output is a
//! device.

use std::{num::NonZeroU64, path::PathBuf};

use clap::{ArgMatches, Args, FromArgMatches, ValueHint};

use super::{
    args::{EngineArgs, InputArgs, PictureArgs},
    console::{print_error, progress_bar, usage_error},
    geometry::GeometryArgs,
    live::{CameraArgs, LiveArgs, LiveRun, is_device},
};
use crate::{
    EffectError, Error, Pipeline, Result, Settings, Size,
    frame::geometry::Geometry,
    pipeline::InputFormat,
    video::{self, Fps, Sink, Source, VideoFormat},
};

/// Processes a video or a camera.
#[derive(Args, Debug)]
pub(super) struct RunArgs {
    #[command(flatten)]
    picture: PictureArgs,
    #[command(flatten)]
    geometry: GeometryArgs,
    #[command(flatten)]
    camera: CameraArgs,
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
    /// The output: a loopback device, a picture (.png, .jpg, .webp), .y4m, raw .yuyv, or - for raw YUYV on
    /// standard output [default: the first loopback].
    #[arg(long, value_name = "DEV|FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
    /// Output size, such as 1280x720: the frame is scaled to cover it and cropped [default: the frame's
    /// size].
    #[arg(long, value_name = "WxH")]
    output_size: Option<Size>,
    /// Number of the frame to write as a picture, counted from 1.
    #[arg(long, value_name = "N", default_value = "1")]
    frame: NonZeroU64,
    /// Stop after this many frames. A picture is repeated; without this, the test card is endless.
    #[arg(long, value_name = "N")]
    frames: Option<NonZeroU64>,
    /// Also write the test card's exact alpha for that frame, as .png (16-bit grey) or .npy (float32).
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output_alpha: Option<PathBuf>,
    /// Print the GPU time of each pass on standard error.
    #[arg(long)]
    timings: bool,
    #[command(flatten)]
    live: LiveArgs,
}

/// The run, if there is no subcommand. clap's own `Option` does not work with flattened arguments.
#[derive(Debug)]
pub(super) struct OptionalRunArgs(pub(super) Option<RunArgs>);

impl Args for OptionalRunArgs {
    fn augment_args(command: clap::Command) -> clap::Command {
        RunArgs::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        RunArgs::augment_args_for_update(command)
    }
}

impl FromArgMatches for OptionalRunArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let typed = matches.subcommand_name().is_none();
        typed.then(|| RunArgs::from_arg_matches(matches)).transpose().map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl RunArgs {
    pub(super) fn run(self) -> Result<()> {
        let Self { picture, geometry, camera, input, output, engine } = self;
        let OutputArgs { output, output_size, live, frame, frames, output_alpha, timings } = output;
        let effects = picture.effects()?;
        let geometry = Geometry { size: output_size, ..geometry.geometry() };
        let settings = Settings {
            smooth: picture.smooth,
            quality: picture.quality.for_file(),
            geometry,
            ..picture.mask.settings(effects)
        };
        if settings.effects.is_transparent() && !output.as_deref().is_some_and(video::carries_alpha) {
            let output = output.map_or("a virtual camera".into(), |path| path.display().to_string());
            let what = format!("{output} cannot carry alpha; name a .png or .webp file with --output");
            return Err(Error::Effect(EffectError::Parameter { effect: "transparent".into(), what }));
        }
        let wanted = input.wanted(frames.map(NonZeroU64::get));
        let Some(output) = output.as_deref().filter(|path| !is_device(path)) else {
            if timings || output_alpha.is_some() {
                usage_error("--timings and --output-alpha need a file as --output");
            }
            let (input, quality) = (input.input, picture.quality);
            return LiveRun { camera, live, input, wanted, output, engine, settings, quality }.run();
        };
        if let Some(path) = &output_alpha {
            if !settings.geometry.is_identity() {
                usage_error(
                    "--output-alpha is of the test card as it is drawn: leave it away with --mirror and the like",
                );
            }
            video::check_card_alpha(input.file(), path)?;
        }
        video::check_output(output)?;
        for written in [output].into_iter().chain(output_alpha.as_deref()) {
            video::check_is_no_input(
                written,
                input.input.as_deref().into_iter().chain(settings.effects.files()),
            )?;
        }
        let settings = Settings { effects: settings.effects.blocking(), ..settings };
        let mut source = match &input.input {
            Some(input) => video::open_source(input, &wanted)?,
            None if camera.is_given() => camera.source(&wanted)?,
            None => usage_error("a file as --output needs --input, or --camera"),
        };
        let format = source.format();
        let mut pipeline = engine.pipeline(&settings, InputFormat::yuyv(format.size, format.colorimetry))?;
        let shown = VideoFormat { size: pipeline.size(), ..format };
        let mut sink = video::open_sink(output, shown, frame, input.input.as_deref())?;
        if timings && !pipeline.enable_timing() {
            print_error(format_args!(
                "gpucam: no timings: nothing runs on the GPU, or the adapter has no timestamps\n"
            ));
        }
        // No frames in flight: a stream's reader waits for every frame, timings are per frame, and alpha is
        // the last frame's.
        let is_stream = input.input.is_none_or(|path| path.as_os_str() == "-");
        let ahead = if is_stream || timings || settings.effects.is_transparent() {
            0
        } else {
            Pipeline::IN_FLIGHT - 1
        };
        // The sink is always finished, so that what was written stays even if a later frame fails.
        let transparent = settings.effects.is_transparent();
        let worked = every_frame(&mut *source, &mut pipeline, &mut *sink, ahead, transparent);
        let finished = sink.finish();
        worked.and(finished)?;
        if let (Some(path), Some(alpha)) = (&output_alpha, source.alpha(frame)) {
            video::mask::write(path, format.size, &alpha)?;
        }
        if let Some(timings) = pipeline.timings() {
            print_error(format_args!("{timings}"));
        }
        Ok(())
    }
}

/// Processes all frames; up to `ahead` further frames are in flight while one is finished.
fn every_frame(
    source: &mut dyn Source,
    pipeline: &mut Pipeline,
    sink: &mut dyn Sink,
    ahead: usize,
    transparent: bool,
) -> Result<()> {
    let fps = source.format().fps.unwrap_or(Fps::DEFAULT);
    let bar = progress_bar(source.frames());
    let mut output = vec![0; pipeline.size().yuyv_bytes()];
    // The first frame runs alone and is not timed: drivers compile during it.
    let Some(input) = source.next()? else { return Ok(()) };
    pipeline.process(input, fps.time(0), &mut output)?;
    pipeline.timings().into_iter().for_each(|timings| timings.clear());
    let after_first = pipeline.gpu().map(|gpu| (gpu.created(), gpu.live()));
    let mut show = |pipeline: &Pipeline, output: &[u8]| -> Result<bool> {
        let flow = match transparent {
            true => sink.write_cutout(output, &|| pipeline.alpha())?,
            false => sink.write(output)?,
        };
        bar.inc(1);
        Ok(flow.is_continue())
    };
    let mut more = show(pipeline, &output)?;
    // Every other frame begins before the one before it is finished.
    let mut worked = Ok(());
    for number in 1.. {
        if !more {
            break;
        }
        match source.next() {
            Ok(Some(input)) => worked = pipeline.begin(input, fps.time(number)),
            Ok(None) => break,
            Err(error) => worked = Err(error),
        }
        if worked.is_err() {
            break;
        }
        if pipeline.in_flight() > ahead {
            pipeline.finish(&mut output)?;
            more = show(pipeline, &output)?;
        }
    }
    while more && pipeline.in_flight() > 0 {
        pipeline.finish(&mut output)?;
        more = show(pipeline, &output)?;
    }
    worked?;
    bar.finish_and_clear();
    if let (Some(gpu), Some((made, alive))) = (pipeline.gpu(), after_first) {
        tracing::info!(
            "made by our passes, after the first frame: {made:?}, after the last: {:?}",
            gpu.created()
        );
        tracing::info!(
            "on the device with burn's, after the first frame: {alive:?}, after the last: {:?}",
            gpu.live()
        );
    }
    Ok(())
}
