//! `gpucam` with a virtual camera as its output: a camera, or a file at its own frame rate, live.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use clap::Args;

use super::{
    args::EngineArgs,
    camera::{CameraArgs, FoundCamera, HeldCamera, LiveInput},
    console::{clear_status, say, show_compiling, usage_error},
    hint::refused,
    live_pipeline::LivePipeline,
    outputs::{self, NodeArgs},
    room, wait,
};
use crate::{
    DeviceError, Effects, Error, Gpu, Pipeline, Result, Settings, Size,
    gpu::{self, LiveResources, WeakGpu},
    live::{
        FrameProcessor, GuardRules, LiveControl, LiveLoop, LiveSource, Output, ProcessorFactory,
        auto_adapter::AutoAdapter,
        idle_tune::IdleTuning,
        paced::PacedProcessor,
        pacing::Luxuries,
        quality::{QualityDecision, QualityMode, QualitySelector},
    },
    pipeline::InputFormat,
    sys::Signals,
    video::{Fps, InputOptions, VideoFormat, device::Devices, loopback_module::LoopbackModule},
};

/// The behaviour of the virtual camera.
#[derive(Args, Debug)]
#[command(next_help_heading = "Virtual camera")]
pub(super) struct LiveArgs {
    /// Open the camera only while a program reads the virtual camera; otherwise its light is off.
    #[arg(long)]
    on_demand: bool,
    /// With --on-demand: seconds for which the camera stays open after the last program left [default: 3].
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    grace: Option<Duration>,
    /// Seconds with the camera closed after which the GPU is released, until a program comes [default: 60 with
    /// --on-demand].
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    release_idle: Option<Duration>,
    /// Wait for the camera and the virtual camera where they are not there yet, instead of ending: for a service.
    #[arg(long)]
    wait: bool,
    /// Show an icon in the desktop's tray, with pause, presets and quit; none where the desktop has no tray.
    #[cfg(feature = "control")]
    #[arg(long)]
    tray: bool,
    /// Show the slate if a frame's mask was made more than so many milliseconds before it. gpucam makes each mask of the
    /// frame itself, so this guards against a fault [default: 200].
    #[arg(long, value_name = "MS", value_parser = milliseconds, allow_negative_numbers = true)]
    max_mask_age: Option<Duration>,
    #[command(flatten)]
    node: NodeArgs,
}

impl LiveArgs {
    const GRACE: Duration = Duration::from_secs(3);
    const MAX_MASK_AGE: Duration = Duration::from_millis(200);
    const RELEASE_IDLE: Duration = Duration::from_secs(60);

    /// Ends the program if a flag lacks the one that it is for.
    pub(super) fn check(&self) {
        if self.grace.is_some() && !self.on_demand {
            usage_error("--grace is for --on-demand, without which the camera stays open anyway: give both");
        }
    }

    /// Starts what cannot be started from inside the sandbox.
    pub(super) fn before_sandbox(&self) {
        #[cfg(feature = "control")]
        if self.tray {
            crate::control::prepare_opener();
        }
    }

    /// The first of these flags that was given.
    pub(super) fn given(&self) -> Option<&'static str> {
        let flags = [
            ("--on-demand", self.on_demand),
            ("--grace", self.grace.is_some()),
            ("--release-idle", self.release_idle.is_some()),
            ("--wait", self.wait),
            ("--max-mask-age", self.max_mask_age.is_some()),
            #[cfg(feature = "control")]
            ("--tray", self.tray),
        ];
        flags.into_iter().find(|(_, is_given)| *is_given).map(|(flag, _)| flag).or(self.node.given())
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|s| (0.0..=3600.0).contains(s));
    seconds
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("'{text}' is not a time: write seconds, 0 to 3600"))
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    let time = text.parse().ok().filter(|ms| *ms <= 10_000).map(Duration::from_millis);
    time.ok_or_else(|| format!("'{text}' is not an age: write milliseconds, 0 to 10000"))
}

/// A run with a virtual camera as its output.
pub(super) struct LiveRun {
    pub(super) camera: CameraArgs,
    pub(super) live: LiveArgs,
    pub(super) input: Option<PathBuf>,
    pub(super) wanted: InputOptions,
    /// Virtual cameras; none for the first free loopback, or PipeWire.
    pub(super) outputs: Vec<PathBuf>,
    pub(super) engine: EngineArgs,
    pub(super) settings: Settings,
    pub(super) quality: QualityMode,
    pub(super) timings: bool,
}

/// Says so if the background is hidden in name only.
pub(super) fn warn_if_weak(effects: &Effects) {
    if effects.hides_weakly() {
        tracing::warn!(
            "so weak a blur leaves letters and faces in the background; --effect blur:5 and more hide them"
        );
    }
}

/// What is known of a run once its outputs are open, for what controls it.
pub(super) struct Opened {
    pub(super) engines: Engines,
    /// Size of the output's frames.
    pub(super) size: Size,
    /// The camera's device, if there is one, and the right to use it.
    pub(super) camera: Option<HeldCamera>,
    pub(super) outputs: Vec<String>,
    pub(super) on_demand: bool,
    pub(super) timings: bool,
    /// Whether an icon in the tray is wanted.
    #[cfg(feature = "control")]
    pub(super) tray: bool,
}

/// Begins to control a run; what it is given must live as long as the run.
pub(super) type Attach = fn(Opened) -> Option<LiveControl>;

impl LiveRun {
    pub(super) fn run(self, attach: Attach) -> Result<()> {
        // Before any other thread starts, so that all of them leave the signals to this one.
        let signals = Signals::block().map_err(|source| Error::System { what: "signals", source })?;
        let opened = match self.live.wait {
            true => wait::until_there(&signals, || self.open(&signals))?,
            false => Some(self.open(&signals)?),
        };
        let Some(OpenDevices { source, format, held, mut outputs, names }) = opened else { return Ok(()) };
        self.announce(&format, held.as_ref(), &names);
        let Self { live, wanted, engine, settings, quality, timings, .. } = self;
        let rules = GuardRules {
            hides_background: settings.effects.hides_background(),
            max_mask_age: live.max_mask_age.unwrap_or(LiveArgs::MAX_MASK_AGE),
            grace: live.on_demand.then_some(live.grace.unwrap_or(LiveArgs::GRACE)),
            release: live.release_idle.or(live.on_demand.then_some(LiveArgs::RELEASE_IDLE)),
            ..GuardRules::default()
        };
        let mut engines = Engines::new(quality, format.fps);
        if live.on_demand {
            engines = engines.with_idle_tuning();
        }
        let idle = engines.idle.clone();
        let source = idle.watch(source);
        let control = attach(Opened {
            engines: engines.clone(),
            size: format.size,
            camera: held,
            outputs: names,
            on_demand: live.on_demand,
            timings,
            #[cfg(feature = "control")]
            tray: live.tray,
        });
        let live = LiveLoop {
            source,
            make_processor: processor_factory(engine, settings, engines, timings),
            output: &mut outputs,
            size: format.size,
            rules,
            frames: wanted.frames,
            signals: Some(signals),
        };
        let ended = live.run_controlled(control);
        idle.end();
        let stats = ended?;
        tracing::info!("{stats}");
        Ok(())
    }

    /// Says what begins: the first picture may take seconds, while a driver compiles.
    fn announce(&self, format: &VideoFormat, camera: Option<&HeldCamera>, outputs: &[String]) {
        let source = camera.map(|(path, _)| path.as_path()).or(self.input.as_deref());
        let effects: Vec<_> = self.settings.effects.names().collect();
        let rate = format.fps.map_or_else(String::new, |fps| format!(" at {fps} frames a second"));
        let when = if self.live.on_demand { ", once a program watches" } else { "" };
        let first = if gpu::has_compiled() {
            ""
        } else {
            "; the first start on a GPU takes seconds longer, while its driver compiles"
        };
        say(format_args!(
            "{} to {}, {}{rate}, effect {}{when}{first}",
            source.map_or("the camera".into(), |path| path.display().to_string()),
            outputs.join(", "),
            format.size,
            effects.join(" "),
        ));
        if self.input.is_some() && self.settings.keep_room.is_some() {
            tracing::warn!("--keep-room keeps the room of a camera: of a file nothing is kept");
        }
        warn_if_weak(&self.settings.effects);
    }

    /// Opens its camera or file, and its virtual cameras.
    fn open(&self, signals: &Signals) -> Result<OpenDevices> {
        let Self { camera, live, input, wanted, outputs, settings, .. } = self;
        let devices = Devices::list();
        let found = match input {
            None => Some(camera.find(&devices, wanted, Some(signals))?),
            Some(_) => None,
        };
        let number = found.as_ref().and_then(FoundCamera::number);
        let held = found.as_ref().map(FoundCamera::hold).transpose()?;
        room::set_camera(found.as_ref().map(FoundCamera::lasting_name).unwrap_or_default());
        let is_named = !outputs.is_empty();
        let outputs = outputs::plan(&devices, outputs, &live.node, number).map_err(|error| match (&error, input) {
            (Error::Device(DeviceError::NoLoopback), Some(input)) if !is_named => refused(format!(
                "there is no virtual camera to show {} in: name a file with --output, such as --output out.mp4; for a \
                 virtual camera `gpucam doctor` says what is missing",
                input.display()
            )),
            _ => error,
        })?;
        let LiveInput { source, format } =
            camera.open_live(input.as_deref(), found, *wanted, live.on_demand)?;
        let format = VideoFormat { size: settings.geometry.framing(format.size)?.frame, ..format };
        let module = LoopbackModule::loaded();
        let opened =
            outputs.iter().map(|output| output.open(&format, &module)).collect::<Result<Vec<_>>>()?;
        let (outputs, names) = opened.into_iter().unzip();
        Ok(OpenDevices { source, format, held, outputs, names })
    }
}

/// The open devices of a live run.
struct OpenDevices {
    source: Box<dyn LiveSource>,
    /// Of the output's frames.
    format: VideoFormat,
    held: Option<HeldCamera>,
    outputs: Vec<Box<dyn Output>>,
    /// Names of the outputs.
    names: Vec<String>,
}

/// Low quality is a warning; high quality is logged only with --verbose.
fn log_decision(decision: &QualityDecision) {
    match decision.quality {
        crate::Quality::High => tracing::info!("{decision}"),
        crate::Quality::Low => tracing::warn!("{decision}"),
    }
}

/// What is decided once for all processors of a run, adapter and quality, and the GPU that they share.
#[derive(Clone, Debug)]
pub(super) struct Engines {
    decided: Arc<Mutex<Decided>>,
    gpu: Arc<Mutex<SharedGpu>>,
    idle: IdleTuning,
}

/// The GPU of a run's pipelines, with what is compiled for it.
#[derive(Debug, Default)]
struct SharedGpu {
    /// Open as long as a pipeline has it.
    open: WeakGpu,
    /// Kept open without any, where opening it again takes longer than it saves.
    _kept: Option<Gpu>,
}

impl SharedGpu {
    fn get(&self) -> Option<Gpu> {
        self.open.upgrade()
    }

    fn set(&mut self, gpu: &Gpu) {
        *self = Self { open: gpu.downgrade(), _kept: gpu.tuning().keep_open.then(|| gpu.clone()) };
    }
}

#[derive(Debug)]
struct Decided {
    selector: QualitySelector,
    adapter: AutoAdapter,
    /// Name of the adapter that was opened last.
    name: String,
}

impl Engines {
    pub(super) fn new(quality: QualityMode, fps: Option<Fps>) -> Self {
        let selector = QualitySelector::new(quality, fps);
        let adapter = AutoAdapter::new(selector.interval());
        let decided = Decided { selector, adapter, name: String::new() };
        Self { decided: Arc::new(Mutex::new(decided)), gpu: Arc::default(), idle: IdleTuning::default() }
    }

    /// The same, which tunes the adapter while nobody watches.
    fn with_idle_tuning(self) -> Self {
        let gpu = self.gpu.clone();
        let last_frame = move || gpu.lock().unwrap_or_else(PoisonError::into_inner).get()?.last_frame();
        Self { idle: IdleTuning::new(last_frame), ..self }
    }

    fn lock(&self) -> MutexGuard<'_, Decided> {
        self.decided.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shared(&self) -> MutexGuard<'_, SharedGpu> {
        self.gpu.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For the thread that controls a run.
#[cfg(feature = "control")]
impl Engines {
    /// Ends what is measured while nobody watches, for good.
    pub(super) fn stop_idle_tuning(&self) {
        self.idle.stop();
    }

    /// Other decisions, for the same GPU.
    pub(super) fn decide_again(&self, quality: QualityMode, fps: Option<Fps>) -> Self {
        Self { gpu: self.gpu.clone(), idle: self.idle.clone(), ..Self::new(quality, fps) }
    }

    /// Objects alive on the GPU; none while no GPU is open, or while it is being opened.
    pub(super) fn objects(&self) -> Option<LiveResources> {
        let shared = self.gpu.try_lock().ok()?.get();
        shared.map(|gpu| gpu.live())
    }

    /// Name of the adapter that was opened last; none while it is being opened.
    pub(super) fn adapter(&self) -> Option<String> {
        self.decided.try_lock().map(|decided| decided.name.clone()).ok()
    }
}

/// Opens the GPU and the model in the worker thread, which uses them.
pub(super) fn processor_factory(
    engine: EngineArgs,
    settings: Settings,
    engines: Engines,
    timings: bool,
) -> ProcessorFactory {
    Picture { engine: Arc::new(engine), settings, engines, timings }.factory(None)
}

/// What a live run shows.
#[derive(Clone)]
struct Picture {
    engine: Arc<EngineArgs>,
    settings: Settings,
    engines: Engines,
    timings: bool,
}

impl Picture {
    /// A factory of processors that give up this, or what was measured at the start.
    fn factory(self, given_up: Option<u32>) -> ProcessorFactory {
        // Kept while the GPU is released: it is small, and need not be read again.
        let (mut read, mut read_second) = (None, None);
        let factory: ProcessorFactory =
            Box::new(move |input_format: InputFormat| -> Result<Box<dyn FrameProcessor>> {
                let Self { engine, settings, engines, timings } = &self;
                let mut luxuries = Luxuries::default();
                let mut pipeline = if settings.needs_model() {
                    if read.is_none() {
                        read = Some(engine.read()?);
                    }
                    let first = read.as_ref().expect("it was read");
                    let load_on = |gpu: &Gpu| engine.load(gpu, first, None);
                    let effects: Vec<_> = settings.effects.names().collect();
                    let work =
                        format!("{}, {}, {}", input_format.size, engine.model_name(), effects.join(" "));
                    let Decided { selector, adapter, name } = &mut *engines.lock();
                    let time = |gpu: &Gpu| selector.time(gpu, load_on(gpu), input_format, settings);
                    let shared = engines.shared().get();
                    let gpu = match shared {
                        Some(gpu) => gpu,
                        None if engine.adapter.is_auto() => {
                            adapter.open(|index| engine.adapter.open_index(index), &work, time)?
                        }
                        None => engine.adapter.open()?,
                    };
                    engines.shared().set(&gpu);
                    show_compiling(&gpu);
                    name.clone_from(&gpu.info().name);
                    let second = read_second.get_or_insert_with(|| engine.second(&gpu, settings)).as_ref();
                    let load = || engine.load(&gpu, first, second);
                    let made = selector.paced(&gpu, load, input_format, settings, given_up, log_decision)?;
                    // Only now: while the first pipeline compiles, nobody watches because nothing is shown yet.
                    if engine.adapter.may_be_tuned() {
                        engines.idle.begin(&gpu, first, second, engine.model_name(), input_format.size);
                    }
                    luxuries = made.1;
                    made.0
                } else if settings.geometry.framing(input_format.size)?.is_identity() {
                    Pipeline::passthrough(input_format)?
                } else {
                    let shared = engines.shared().get();
                    let gpu = match shared {
                        Some(gpu) => gpu,
                        None => engine.adapter.open()?,
                    };
                    engines.shared().set(&gpu);
                    Pipeline::reframe_only(&gpu, input_format, settings)?
                };
                clear_status();
                if *timings {
                    pipeline.enable_timing();
                }
                let processor = Box::new(LivePipeline::new(pipeline, settings.clone()));
                let picture = self.clone();
                let remake = Box::new(move |effects, given_up| {
                    let settings = Settings { effects, ..picture.settings.clone() };
                    Self { settings, ..picture.clone() }.factory(Some(given_up))
                });
                Ok(Box::new(PacedProcessor::new(processor, luxuries, settings.effects.clone(), remake)))
            });
        #[cfg(debug_assertions)]
        let factory = crate::live::fault_injection::inject(factory);
        factory
    }
}
