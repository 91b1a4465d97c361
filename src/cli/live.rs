//! `gpucam` with a loopback as its output: the camera, or a file at its own pace, live.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;

use super::{
    EngineArgs,
    quality::{Choice, Chooser, Wanted as Quality},
};
use crate::{
    Error, Result, Settings,
    live::{CameraFeed, Engine, Feed, FileFeed, Hide, Live, Rules},
    pipeline::InputFormat,
    segmenter::Segmenter,
    video::{
        self, Source, VideoFormat, Wanted,
        camera::{self, Camera, CameraSource, Packing, Wish, name},
        device::{self, Device, Devices},
        loopback::{self, Loopback},
        module::Module,
        sys::Signals,
    },
};

/// Which camera.
#[derive(Args, Debug)]
#[command(next_help_heading = "Input")]
pub(super) struct CameraArgs {
    /// A camera: its device (/dev/v4l/by-id/… survives replugging), its place in `gpucam devices`, or a part of its
    /// name [default: the first, where there is no --input].
    #[arg(long, value_name = "DEV|INDEX|NAME", conflicts_with = "input")]
    camera: Option<String>,
    /// The camera's format: auto, yuyv, mjpg, nv12, …; auto takes what reaches --fps at --size.
    #[arg(long, value_name = "FORMAT", default_value = "auto", value_parser = packing)]
    format: Format,
}

/// `--format`.
#[derive(Clone, Copy, Debug)]
struct Format(Option<Packing>);

fn packing(text: &str) -> Result<Format, String> {
    match text {
        "auto" => Ok(Format(None)),
        text => text.parse().map(|packing| Format(Some(packing))),
    }
}

/// How a virtual camera behaves.
#[derive(Args, Debug)]
#[command(next_help_heading = "Virtual camera")]
pub(super) struct LiveArgs {
    /// Open the camera only while a program watches; its lamp is off else.
    #[arg(long)]
    on_demand: bool,
    /// With --on-demand: seconds that the camera stays open after the last program left.
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    grace: Duration,
    /// The oldest mask that may hide a frame, in milliseconds between the frame and the one its mask came from.
    #[arg(long, value_name = "MS", default_value = "200", value_parser = milliseconds)]
    max_mask_age: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|s| (0.0..=3600.0).contains(s));
    seconds
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("'{text}' is no time: write seconds, 0 to 3600"))
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    let time = text.parse().ok().filter(|ms| *ms <= 10_000).map(Duration::from_millis);
    time.ok_or_else(|| format!("'{text}' is no age: write milliseconds, 0 to 10000"))
}

/// Whether an output is a video device, not a file.
pub(super) fn is_device(path: &Path) -> bool {
    /// Of Video4Linux: Documentation/admin-guide/devices.txt.
    const MAJOR: u32 = 81;
    let named = ["/dev/video", "/dev/v4l/"].iter().any(|start| path.to_string_lossy().starts_with(start));
    named || device::number(path).is_some_and(|number| libc::major(number) == MAJOR)
}

impl CameraArgs {
    /// Whether a camera was asked for.
    pub(super) fn is_given(&self) -> bool {
        self.camera.is_some()
    }

    fn wish(&self, wanted: &Wanted) -> Wish {
        Wish { size: wanted.size, fps: wanted.fps, packing: self.format.0 }
    }

    fn find<'a>(&self, devices: &'a Devices) -> Result<&'a Device> {
        name::find(devices, self.camera.as_deref())
    }

    fn open(&self, device: &Device, wanted: &Wanted) -> Result<Camera> {
        Camera::open(device, self.camera.as_deref(), self.wish(wanted), wanted)
    }

    /// The camera as any other source, for an output that is a file.
    pub(super) fn source(&self, wanted: &Wanted) -> Result<Box<dyn Source>> {
        let devices = Devices::list();
        let camera = self.open(self.find(&devices)?, wanted)?;
        Ok(Box::new(CameraSource::start(camera, wanted.frames)?))
    }
}

/// What `gpucam` was told, for a virtual camera.
pub(super) struct Told {
    pub(super) camera: CameraArgs,
    pub(super) live: LiveArgs,
    pub(super) input: Option<PathBuf>,
    pub(super) wanted: Wanted,
    pub(super) output: Option<PathBuf>,
    pub(super) engine: EngineArgs,
    pub(super) settings: Settings,
    pub(super) quality: Quality,
}

impl Told {
    pub(super) fn run(self) -> Result<()> {
        let Self { camera, live, input, wanted, output, engine, settings, quality } = self;
        // Before any other thread is made, so that all of them leave the signals to this one.
        let signals =
            Signals::take().map_err(|e| Error::System { what: "signals", reason: e.to_string() })?;
        let devices = Devices::list();
        let source = if input.is_none() { Some(camera.find(&devices)?) } else { None };
        let number = source.and_then(|device| device::number(&device.path));
        let device = loopback::find(&devices, output.as_deref(), number)?;
        if Module::loaded().lacks_exclusive_caps(device) {
            tracing::warn!("{}: {}", device.path.display(), super::doctor::EXCLUSIVE_CAPS);
        }
        let frames = wanted.frames;
        let (feed, format): (Box<dyn Feed>, VideoFormat) = match (&input, source) {
            (Some(file), _) => {
                let mut wanted = wanted;
                if video::Input::of(file) == video::Input::Picture {
                    wanted.frames.get_or_insert(u64::MAX); // a picture stays
                }
                let source = video::open_source(file, &wanted)?;
                let format = source.format();
                (Box::new(FileFeed::new(source)), format)
            }
            (None, Some(device)) => {
                let opened = camera.open(device, &wanted)?;
                let format = opened.format();
                let wish = camera.wish(&wanted);
                let mut feed = CameraFeed::new(opened, camera.camera, wish, wanted);
                if live.on_demand {
                    feed.close();
                }
                (Box::new(feed), format)
            }
            (None, None) => return Err(Error::NoCamera),
        };
        let rules = Rules {
            hides: settings.effects.hides_background(),
            max_mask_age: live.max_mask_age,
            grace: live.on_demand.then_some(live.grace),
            ..Rules::default()
        };
        let format = VideoFormat { size: settings.geometry.framing(format.size)?.frame, ..format };
        let mut screen = Loopback::open(device, &format)?;
        say_what(&camera::fourcc(u32::from_le_bytes(*b"YUYV")), &format, screen.path());
        let live = Live {
            feed,
            engine: make(engine, settings, Chooser::new(quality, format.fps)),
            screen: &mut screen,
            size: format.size,
            rules,
            frames,
            signals: Some(signals),
        };
        let status = live.run()?;
        tracing::info!("{status}");
        Ok(())
    }
}

fn say_what(fourcc: &str, format: &VideoFormat, path: &Path) {
    let fps = format.fps.map_or(String::new(), |fps| format!(", {fps} frames a second"));
    tracing::info!("{} gives {fourcc} at {}{fps}", path.display(), format.size);
}

/// Who gets less is told; who gets all, only where more is to be said.
fn say_choice(choice: &Choice) {
    match choice.quality {
        crate::Quality::High => tracing::info!("{choice}"),
        crate::Quality::Low => tracing::warn!("{choice}"),
    }
}

/// The GPU and the model, in the thread that will use them.
fn make(engine: EngineArgs, settings: Settings, mut chooser: Chooser) -> Engine {
    let engine: Engine = Box::new(move |input_format: InputFormat| -> Result<Box<dyn Hide>> {
        if !settings.needs_model() {
            return Ok(Box::new(engine.pipeline(&settings, input_format)?));
        }
        let (gpu, model, reading) = engine.find()?;
        let load = || Segmenter::load(&gpu, &model, reading, engine.engine);
        chooser.pipeline(&gpu, load, input_format, &settings, say_choice)
    });
    #[cfg(debug_assertions)]
    let engine = crate::live::faults::into(engine);
    engine
}
