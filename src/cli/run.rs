//! `gpucam --effect … --input … --output …`: processes every frame of a video; live, if the output is a
//! device.

use std::{
    num::NonZeroU64,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use clap::{ArgMatches, Args, FromArgMatches, ValueHint};

use super::{
    args::{EngineArgs, InputArgs, PictureArgs},
    camera::CameraArgs,
    console::{leave, print_error, progress_bar, usage_error},
    geometry::GeometryArgs,
    live::{Attach, LiveArgs, LiveRun, warn_if_weak},
    outputs::is_live,
    parse,
    room::{self, RoomArgs},
    sandbox::{RunFiles, SandboxArgs},
    stop::{STOPPED, stop_at_signal},
};
use crate::{
    EffectError, Error, Pipeline, Result, Settings, Size,
    frame::{geometry::Geometry, packed::PackedFrame},
    pipeline::InputFormat,
    video::{self, Fps, Sink, Source, StreamFormat, VideoFormat},
};

/// Processes a video or a camera.
#[derive(Args, Debug)]
pub(super) struct RunArgs {
    /// The preset of the configuration file to use; `gpucam config` shows what the files say.
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    #[command(flatten)]
    pub(super) picture: PictureArgs,
    #[command(flatten)]
    pub(super) geometry: GeometryArgs,
    #[command(flatten)]
    pub(super) camera: CameraArgs,
    #[command(flatten)]
    pub(super) input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    pub(super) engine: EngineArgs,
    #[command(flatten)]
    sandbox: SandboxArgs,
    #[command(flatten)]
    pub(super) room: RoomArgs,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
struct OutputArgs {
    /// The output: a loopback device, pipewire or pipewire:NAME for a virtual camera of PipeWire, a picture (.png,
    /// .jpg, .webp), a video (.mp4, .mkv, .webm through ffmpeg; .y4m, raw .yuyv), or - for standard output [default:
    /// the first loopback that nobody else writes to, else pipewire].
    ///
    /// Give it once for each of several virtual cameras: from version 0.14 on, v4l2loopback streams to one program
    /// at a time. Any number of programs read one of PipeWire.
    #[arg(short, long, value_name = "DEV|pipewire|FILE", value_hint = ValueHint::FilePath)]
    output: Vec<PathBuf>,
    /// Output size, such as 1280x720: the frame is scaled to cover it and cropped [default: the frame's
    /// size].
    #[arg(long, value_name = "WxH")]
    output_size: Option<Size>,
    /// With --output -: y4m, which ffmpeg, mpv and encoders read as it is, or raw yuyv [default: y4m].
    #[arg(long, value_name = "y4m|yuyv", value_enum, ignore_case = true, hide_possible_values = true)]
    output_format: Option<StreamFormat>,
    /// Number of the frame to write as a picture, counted from 1 [default: 1].
    #[arg(long, value_name = "N", value_parser = parse::count::<NonZeroU64>, allow_negative_numbers = true)]
    frame: Option<NonZeroU64>,
    /// Stop after this many frames. A picture is repeated; without this, the test card is endless.
    #[arg(long, value_name = "N", value_parser = parse::count::<NonZeroU64>, allow_negative_numbers = true)]
    frames: Option<NonZeroU64>,
    /// Also write the test card's exact alpha for that frame, as .png (16-bit grey) or .npy (float32).
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output_alpha: Option<PathBuf>,
    /// Print the GPU time of each pass on standard error at the end, or after Ctrl-C.
    #[arg(long)]
    timings: bool,
    #[command(flatten)]
    live: LiveArgs,
}

/// The run, if there is no subcommand. clap's own `Option` does not work with flattened arguments.
#[derive(Debug)]
pub(super) struct OptionalRunArgs(pub(super) Option<RunArgs>);

/// The flags of a run, for the configuration files.
pub(crate) fn flags() -> clap::Command {
    RunArgs::augment_args(clap::Command::new("gpucam"))
}

/// Reads arguments as [`flags`], as `gpucam set` and the bus do.
pub(crate) fn try_flags(
    flags: &mut clap::Command,
    arguments: impl Iterator<Item = String>,
) -> std::result::Result<(), clap::Error> {
    RunArgs::from_arg_matches(&flags.try_get_matches_from_mut(arguments)?).map(drop)
}

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
        let Some(command) = matches.subcommand_name() else {
            return RunArgs::from_arg_matches(matches).map(|run| Self(Some(run)));
        };
        // clap's args_conflicts_with_subcommands would refuse -v too.
        let run = flags();
        let is_typed = |arg: &&clap::Arg| {
            let source = matches.value_source(arg.get_id().as_str());
            source == Some(clap::parser::ValueSource::CommandLine)
        };
        match run.get_arguments().find(is_typed) {
            None => Ok(Self(None)),
            Some(arg) => {
                let flag = arg.get_long().unwrap_or_default();
                let sentence = format!(
                    "--{flag} stands before the command {command}; write it after it, if it is for it\n"
                );
                Err(clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, sentence))
            }
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl RunArgs {
    /// Runs; `attach` begins to control a live run.
    pub(super) fn run(self, attach: Attach) -> Result<()> {
        self.output.live.check();
        let outputs = &self.output.output;
        if let ([_, _, ..], Some(file)) = (&outputs[..], outputs.iter().find(|path| !is_live(path))) {
            usage_error(&format!(
                "--output is given {} times and {} is no virtual camera: name one file, or several virtual cameras",
                outputs.len(),
                file.display()
            ));
        }
        let settings = self.settings()?;
        match self.output.output.first().cloned().filter(|path| !is_live(path)) {
            Some(output) => self.run_to_file(&output, settings),
            None => {
                self.output.refuse_what_is_for_files();
                self.output.live.before_sandbox();
                self.enter_sandbox(&settings)?;
                self.live(settings).run(attach)
            }
        }
    }

    /// Gives up what the run has no use for: what it reads and writes is known, and nothing is opened yet.
    fn enter_sandbox(&self, settings: &Settings) -> Result<()> {
        let given = [
            self.input.input.as_deref(),
            self.engine.model.as_deref().map(Path::new),
            self.engine.adapter.tuning(),
        ];
        let reads = given.into_iter().flatten().chain(settings.effects.files()).map(PathBuf::from).collect();
        let writes = self.output.output.iter().chain(&self.output.output_alpha).cloned().collect();
        let engine = settings.needs_model().then_some(&self.engine);
        let keeps_room = settings.keep_room.is_some();
        let files = RunFiles { reads, writes, look: settings.look, keeps_room, ..RunFiles::default() };
        self.sandbox.enter(Some(&flags()), engine, files)
    }

    /// The picture's settings.
    ///
    /// # Errors
    /// Those of the effects.
    pub(super) fn settings(&self) -> Result<Settings> {
        let effects = self.picture.effects()?;
        let geometry = Geometry { size: self.output.output_size, ..self.geometry.geometry() };
        let settings = Settings {
            smooth: self.picture.smooth,
            learn_room: self.picture.learn_room,
            calibration: room::desk(),
            keep_room: self.room.shelf(),
            quality: self.picture.quality.for_file(),
            light: self.picture.light,
            denoise: self.picture.denoise,
            geometry,
            ..self.picture.mask.settings(effects)
        };
        if settings.effects.is_transparent()
            && !self.output.output.first().is_some_and(|path| video::carries_alpha(path))
        {
            let output = self.output.output.first();
            let output = output.map_or("a virtual camera".into(), |path| path.display().to_string());
            let what = format!("{output} cannot carry alpha; name a .png or .webp file with --output");
            return Err(Error::Effect(EffectError::Parameter { effect: "transparent".into(), what }));
        }
        Ok(settings)
    }

    /// The same run with a virtual camera as its output.
    pub(super) fn live(self, settings: Settings) -> LiveRun {
        let Self { picture, camera, input, output, engine, .. } = self;
        let wanted = input.wanted(output.frames.map(NonZeroU64::get));
        let (input, live, quality, timings) = (input.input, output.live, picture.quality, output.timings);
        let outputs = output.output;
        LiveRun { camera, live, input, wanted, outputs, engine, settings, quality, timings }
    }

    fn run_to_file(self, output: &Path, settings: Settings) -> Result<()> {
        self.output.refuse_what_does_nothing(output, self.room);
        if self.input.input.is_none() && !self.camera.is_given() {
            usage_error("a file as --output needs --input, or --camera");
        }
        if let Some(path) = &self.output.output_alpha {
            if !settings.geometry.is_identity() {
                usage_error(
                    "--output-alpha is of the test card as it is drawn: leave it out with --mirror and the like",
                );
            }
            video::check_card_alpha(self.input.file(), path)?;
            if path == output {
                usage_error("--output-alpha and --output are the same file: name another one for alpha");
            }
        }
        video::check_output(output)?;
        for written in [output].into_iter().chain(self.output.output_alpha.as_deref()) {
            video::check_is_no_input(
                written,
                self.input.input.as_deref().into_iter().chain(settings.effects.files()),
            )?;
        }
        self.enter_sandbox(&settings)?;
        warn_if_weak(&settings.effects);
        let Self { camera, input, engine, output: args, .. } = self;
        let wanted = input.wanted(args.frames.map(NonZeroU64::get));
        let settings = Settings { effects: settings.effects.blocking(), ..settings };
        let mut source = match &input.input {
            Some(input) => video::open_source(input, &wanted)?,
            None => camera.source(&wanted)?,
        };
        let format = source.format();
        tracing::info!("the input gives frames of {format}");
        let mut pipeline = engine.pipeline(&settings, InputFormat::yuyv(format.size, format.colorimetry))?;
        let shown = VideoFormat { size: pipeline.size(), ..format };
        let frame = args.frame.unwrap_or(video::FIRST_FRAME);
        let mut sink = match (video::is_standard_stream(output), &input.input) {
            (true, _) => video::open_stdout(shown, args.output_format.unwrap_or_default())?,
            (false, None) => video::open_recording(output, shown, frame)?,
            (false, Some(input)) => video::open_sink(output, shown, frame, Some(input))?,
        };
        if args.timings && !pipeline.enable_timing() {
            print_error(format_args!(
                "gpucam: no timings: nothing runs on the GPU, or the adapter has no timestamps\n"
            ));
        }
        // No frames in flight: a stream's reader waits for every frame, timings are per frame, and alpha is
        // the last frame's.
        let is_stream = input.input.is_none_or(|path| video::is_standard_stream(&path));
        let transparent = settings.effects.is_transparent();
        let ahead = if is_stream || args.timings || transparent { 0 } else { Pipeline::IN_FLIGHT - 1 };
        let run = FileRun { ahead, transparent, timings: args.timings, stop: stop_at_signal()? };
        let worked = run.every_frame(&mut *source, &mut pipeline, &mut *sink);
        let is_stopped = run.stop.load(Ordering::Relaxed);
        // Only an input with an end can be stopped before it; a camera's recording is complete whenever it stops.
        let is_part = is_stopped && source.frames().is_some();
        // The sink is always ended, so that what was written stays even if a later frame fails.
        let ended = if worked.is_ok() && !is_part { sink.finish() } else { sink.abandon() };
        if let Some(timings) = pipeline.timings() {
            print_error(format_args!("{timings}"));
        }
        worked?;
        if is_part {
            print_error(format_args!("gpucam: stopped before the end of the input\n"));
            leave(STOPPED);
        }
        ended?;
        if let (Some(path), Some(alpha)) = (&args.output_alpha, source.alpha(frame)) {
            video::mask::write(path, format.size, &alpha)?;
        }
        Ok(())
    }
}

impl OutputArgs {
    /// Ends the program if a flag is for files and the output is a virtual camera.
    fn refuse_what_is_for_files(&self) {
        let for_files = [
            ("--output-alpha", self.output_alpha.is_some()),
            ("--output-format", self.output_format.is_some()),
            ("--frame", self.frame.is_some()),
        ];
        if let Some((flag, _)) = for_files.into_iter().find(|(_, is_given)| *is_given) {
            usage_error(&format!("{flag} needs a file after --output; a virtual camera has no use for it"));
        }
    }

    /// Ends the program if a flag has no effect on this output.
    fn refuse_what_does_nothing(&self, output: &Path, room: RoomArgs) {
        let (is_stdout, is_picture) = (video::is_standard_stream(output), video::is_picture_name(output));
        let name = output.display();
        if let Some(flag) = self.live.given().or(room.keep_room.then_some("--keep-room")) {
            usage_error(&format!(
                "{flag} is for a virtual camera, and --output {name} is a file: leave it out"
            ));
        }
        if self.output_format.is_some() && !is_stdout {
            usage_error(&format!(
                "--output-format is for --output -; a file's format is its ending, as in --output {name}"
            ));
        }
        if self.frame.is_some() && !is_picture && self.output_alpha.is_none() {
            usage_error(&format!(
                "--frame chooses the frame of a picture, and --output {name} takes every frame: leave it out, or name a \
                 .png file"
            ));
        }
    }
}

/// How the frames of a file are processed.
struct FileRun {
    /// Up to so many further frames are in flight while one is finished.
    ahead: usize,
    transparent: bool,
    timings: bool,
    /// Set by a signal.
    stop: Arc<AtomicBool>,
}

impl FileRun {
    /// Processes all frames, until the input ends, the output needs no more, or a signal comes.
    fn every_frame(
        &self,
        source: &mut dyn Source,
        pipeline: &mut Pipeline,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let fps = source.format().fps.unwrap_or(Fps::DEFAULT);
        let mut output = PackedFrame::new(pipeline.size());
        let total = source.frames();
        // The first frame runs alone: drivers compile during it.
        let Some(input) = source.next()? else { return Ok(()) };
        let first = if self.timings { input.to_vec() } else { Vec::new() };
        match total == Some(1) || sink.is_still() {
            true => pipeline.process_still(input, fps.time(0), output.parts_mut().0)?,
            false => pipeline.process_frame(input, fps.time(0), &mut output)?,
        }
        let bar = progress_bar(total);
        let after_first = pipeline.gpu().map(|gpu| (gpu.created(), gpu.live()));
        let mut show = |pipeline: &Pipeline, output: &[u8]| -> Result<bool> {
            let flow = match self.transparent {
                true => sink.write_cutout(output, &|| pipeline.alpha())?,
                false => sink.write(output)?,
            };
            bar.inc(1);
            Ok(flow.is_continue() && !self.stop.load(Ordering::Relaxed))
        };
        let mut more = show(pipeline, output.yuyv())?;
        // Every other frame begins before the one before it is finished.
        let mut worked = Ok(());
        let mut frames = 1;
        while more {
            match source.next() {
                Ok(Some(input)) => worked = pipeline.begin(input, fps.time(frames)),
                Ok(None) => break,
                Err(error) => worked = Err(error),
            }
            if worked.is_err() {
                break;
            }
            if frames == 1 {
                // Its time is the drivers' compiling.
                pipeline.timings().into_iter().for_each(|timings| timings.clear());
            }
            frames += 1;
            if pipeline.in_flight() > self.ahead {
                pipeline.finish_frame(&mut output)?;
                more = show(pipeline, output.yuyv())?;
            }
        }
        while more && pipeline.in_flight() > 0 {
            pipeline.finish_frame(&mut output)?;
            more = show(pipeline, output.yuyv())?;
        }
        worked?;
        bar.finish_and_clear();
        if self.timings && frames == 1 {
            // A single frame is timed by doing it once more.
            pipeline.timings().into_iter().for_each(|timings| timings.clear());
            pipeline.process_frame(&first, fps.time(1), &mut output)?;
        }
        if let (Some(gpu), Some((made, alive))) = (pipeline.gpu(), after_first) {
            tracing::debug!(
                "made by our passes, after the first frame: {made:?}, after the last: {:?}",
                gpu.created()
            );
            tracing::debug!(
                "on the device with burn's, after the first frame: {alive:?}, after the last: {:?}",
                gpu.live()
            );
        }
        Ok(())
    }
}
