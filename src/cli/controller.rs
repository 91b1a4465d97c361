//! The thread that controls a live run: what comes over the bus, from the tray or out of a saved configuration
//! becomes flags, the flags become a [`Change`], and the live loop makes it.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use clap::{Arg, Command, FromArgMatches};

use super::{
    args::word,
    camera::{FoundCamera, HeldCamera},
    config,
    hint::{self, refused},
    layers::{self, FlagValue, Layers, Merged},
    live::{Engines, LiveRun, Opened, processor_factory, warn_if_weak},
    room,
    run::{self, RunArgs},
};
use crate::{
    Result, Settings, Size,
    control::{
        self, Notifier, Remote, Request, Server, SetValue, Status, TrayIcon,
        flags::{EFFECTS, KEPT, MASK_AND_FRAME},
    },
    gpu,
    live::{
        self, Change, Claim, LiveCommand, LiveControl, LiveObserver, LiveStatus, SourceFactory,
        channel::Receiver,
    },
    sandbox,
    sys::{self, FolderWatcher, PollFd},
    video::{self, device::Devices},
    words,
};

/// Flags of the engine, which take another processor, as those of mask and frame do.
const ENGINE: [&str; 4] = ["model", "engine", "adapter", "offline"];
/// Flags that take another source.
const SOURCE: [&str; 8] = ["camera", "format", "camera-control", "input", "size", "fps", "matrix", "range"];

/// A change may download a model and compile shaders.
const LONGEST_CHANGE: Duration = Duration::from_secs(110);
/// A file counts as saved when nothing has happened to it for this long.
const SAVED: Duration = Duration::from_millis(100);
/// How long it may take to become quiet.
const LONGEST_SAVING: Duration = Duration::from_secs(2);

/// Whether a flag can be changed while gpucam runs.
pub(super) fn can_change(flag: &str) -> bool {
    [&EFFECTS[..], &MASK_AND_FRAME, &KEPT, &ENGINE, &SOURCE].iter().any(|flags| flags.contains(&flag))
}

fn lock(engines: &Mutex<Engines>) -> MutexGuard<'_, Engines> {
    engines.lock().unwrap_or_else(PoisonError::into_inner)
}

/// In the live loop's thread: passes its status on.
struct RunObserver {
    remote: Arc<OnceLock<Remote>>,
    /// The present ones: a change may bring others.
    engines: Arc<Mutex<Engines>>,
    notifier: Notifier,
}

impl LiveObserver for RunObserver {
    fn status(&mut self, live: &LiveStatus) {
        let Some(remote) = self.remote.get() else { return };
        let line = {
            let mut status = remote.status();
            status.update(live);
            if let Some(adapter) = lock(&self.engines).adapter() {
                status.adapter = adapter;
            }
            status.line()
        };
        self.notifier.status(&line);
        remote.ask(Request::Status);
    }

    fn turn(&mut self) {
        self.notifier.turn();
    }

    fn longest_rest(&self) -> Duration {
        self.notifier.rest()
    }
}

impl Drop for RunObserver {
    fn drop(&mut self) {
        self.notifier.stopping();
    }
}

/// Starts controlling a run whose outputs are open. What fails here, such as a missing bus, does not keep the run
/// from going on.
///
/// `typed` are the flags that were typed, `merged` those and what the configuration said when it was read.
pub(super) fn start(typed: Vec<FlagValue>, merged: Merged, opened: Opened) -> Option<LiveControl> {
    let notifier = Notifier::default();
    notifier.ready();
    let remote = Arc::<OnceLock<Remote>>::default();
    let engines = Arc::new(Mutex::new(opened.engines.clone()));
    let observer = RunObserver { remote: remote.clone(), engines: engines.clone(), notifier };
    let started = live::control(Box::new(observer)).and_then(|(handle, control)| {
        let (other, requests) = control::remote(Arc::<Mutex<Status>>::default(), handle)?;
        let _ = remote.set(other.clone());
        let mut controller = Controller::new(Layers::new(typed), merged, opened, engines, other, requests);
        thread::Builder::new().name("control".into()).spawn(move || controller.run())?;
        Ok(control)
    });
    started.inspect_err(|error| tracing::debug!("nothing controls this run: {error}")).ok()
}

struct Controller {
    flags: Command,
    layers: Layers,
    /// What holds.
    merged: Merged,
    settings: Option<Settings>,
    engines: Arc<Mutex<Engines>>,
    size: Size,
    camera: Option<HeldCamera>,
    on_demand: bool,
    timings: bool,
    remote: Remote,
    requests: Receiver<Request>,
    server: Option<Server>,
    wants_tray: bool,
    tray: Option<TrayIcon>,
}

impl Controller {
    fn new(
        layers: Layers,
        merged: Merged,
        opened: Opened,
        engines: Arc<Mutex<Engines>>,
        remote: Remote,
        requests: Receiver<Request>,
    ) -> Self {
        let Opened { size, camera, outputs, on_demand, timings, tray, .. } = opened;
        let flags = run::flags();
        {
            let mut status = remote.status();
            (status.size, status.outputs) = (size.to_string(), outputs);
            (status.pid, status.version) = (std::process::id(), env!("CARGO_PKG_VERSION").into());
            status.state = if on_demand { "idle" } else { "slate" }.into();
        }
        let mut controller = Self {
            flags,
            layers,
            merged,
            settings: None,
            engines,
            size,
            camera,
            on_demand,
            timings,
            remote,
            requests,
            server: None,
            wants_tray: tray,
            tray: None,
        };
        if let Ok(run) = controller.parse(&controller.merged) {
            controller.settings = run.settings().ok();
            controller.describe(&run);
        }
        controller
    }

    /// Handles requests until the process ends.
    fn run(&mut self) {
        let server = Server::start(self.remote.clone());
        self.server = server.inspect_err(|error| tracing::debug!("no control over the bus: {error}")).ok();
        if self.wants_tray {
            let tray = TrayIcon::show(self.remote.clone());
            self.tray = tray.inspect_err(|error| tracing::debug!("no tray: {error}")).ok();
        }
        let mut watcher = FolderWatcher::new(&config::folders()).ok();
        // What was saved between the start and now.
        self.saved();
        loop {
            let mut waits = vec![PollFd::to_read(self.requests.fd())];
            waits.extend(watcher.iter().map(|watcher| PollFd::to_read(watcher.fd())));
            if sys::poll(&mut waits, Duration::MAX).is_err() {
                return;
            }
            if waits.get(1).is_some_and(PollFd::is_ready) {
                // Until it is quiet: an editor writes in several steps. A folder in which others write is never quiet.
                let until = Instant::now() + LONGEST_SAVING;
                while watcher.as_ref().is_some_and(FolderWatcher::drain) && Instant::now() < until {
                    thread::sleep(SAVED);
                }
                // A folder may be a new one. Watched before: what is saved meanwhile counts, too.
                watcher = FolderWatcher::new(&config::folders()).ok();
                self.saved();
            }
            loop {
                match self.requests.try_recv() {
                    Ok(Some(request)) => self.handle(request),
                    Ok(None) => break,
                    Err(_) => return,
                }
            }
        }
    }

    fn handle(&mut self, request: Request) {
        let (result, answer) = match request {
            Request::Set(values, answer) => (self.set(values), Some(answer)),
            Request::Preset(name, answer) => (self.choose(&name), Some(answer)),
            Request::Reload(answer) => (self.apply(self.layers.clone()), Some(answer)),
            Request::Learn(answer) => (room::learn(), Some(answer)),
            Request::ForgetRoom(answer) => (room::forget(), Some(answer)),
            Request::Status => (Ok(()), None),
        };
        // Who has an answer reads what was answered.
        self.tell();
        if let Some(answer) = answer {
            answer.give(result.map_err(|error| hint::sentence(&error)));
        }
    }

    fn tell(&mut self) {
        let objects = lock(&self.engines).objects();
        let (progress, room_file) = (room::desk().progress(), room::file());
        let status = {
            let mut status = self.remote.status();
            status.gpu_objects = objects.map(Into::into).unwrap_or_default();
            status.gpu_devices = gpu::devices_opened();
            (status.room, status.room_known) = (progress.text(), progress.known);
            status.room_file = if status.keep_room { room_file } else { String::new() };
            status.clone()
        };
        self.server.iter_mut().for_each(|server| server.tell(&status));
        self.tray.iter().for_each(|tray| tray.update(&status));
    }

    /// A configuration file was saved.
    fn saved(&mut self) {
        match self.layers.merged(&self.flags) {
            Ok(merged) if merged == self.merged => return,
            _ => {}
        }
        match self.apply(self.layers.clone()) {
            Ok(()) => tracing::info!("the configuration was read again"),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "what held before holds on")
            }
        }
        self.tell();
    }

    fn set(&mut self, values: Vec<(String, SetValue)>) -> Result<()> {
        let (presets, values): (Vec<_>, Vec<_>) =
            values.into_iter().partition(|(flag, _)| words::same(flag, config::PRESETS));
        let values = values.into_iter().map(|(flag, value)| self.flag_value(&flag, value));
        let values = values.collect::<Result<Vec<_>>>()?;
        if let Some((flag, other)) = layers::conflict(&self.flags, values.iter().map(|(value, _)| value)) {
            return Err(refused(format!("--{flag} and --{other} exclude each other; send one of them")));
        }
        let mut layers = self.layers.clone();
        // The preset first, and together with the rest: in between it might show what the rest hides.
        for (_, preset) in presets {
            match preset {
                SetValue::Text(name) => layers.choose(&self.flags, &name)?,
                SetValue::List(names) if names.is_empty() => layers.unset(config::PRESETS),
                _ => return Err(refused("the value of 'preset' is a preset's name; send a string")),
            }
        }
        values.into_iter().for_each(|value| match value {
            (value, false) => layers.set(&self.flags, [value]),
            (value, true) => layers.unset(&value.flag),
        });
        self.apply(layers)
    }

    fn choose(&mut self, name: &str) -> Result<()> {
        let mut layers = self.layers.clone();
        layers.choose(&self.flags, name)?;
        self.apply(layers)
    }

    /// A value from the bus as the arguments of its flag, and whether it takes back what was set.
    fn flag_value(&self, name: &str, value: SetValue) -> Result<(FlagValue, bool)> {
        let known = || self.flags.get_arguments().filter_map(Arg::get_long);
        let arg =
            self.flags.get_arguments().find(|arg| arg.get_long().is_some_and(|flag| words::same(flag, name)));
        let Some(arg) = arg else {
            let hint = words::did_you_mean(name, known());
            return Err(refused(format!("there is no flag '{name}'{hint} `gpucam set --help` lists them")));
        };
        let flag = arg.get_long().unwrap_or_default().to_owned();
        if !can_change(&flag) {
            return Err(refused(format!(
                "--{flag} cannot be changed while gpucam runs; end it with Ctrl-C or `gpucam quit`, and start it \
                 with that"
            )));
        }
        let is_switch = matches!(arg.get_action(), clap::ArgAction::SetTrue);
        let is_unset = matches!(&value, SetValue::List(items) if items.is_empty());
        let arguments = match value {
            SetValue::Switch(false) => Vec::new(),
            SetValue::Switch(true) => vec![format!("--{flag}")],
            SetValue::Text(text) if is_switch => {
                return Err(refused(format!("--{flag} is on or off, not '{text}'; send true or false")));
            }
            SetValue::Text(text) => vec![format!("--{flag}={text}")],
            SetValue::List(items) => items.iter().map(|item| format!("--{flag}={item}")).collect(),
        };
        Ok((FlagValue { flag, arguments }, is_unset))
    }

    fn parse(&self, merged: &Merged) -> Result<RunArgs> {
        let arguments = ["gpucam"].into_iter().chain(merged.arguments());
        let matches = self.flags.clone().try_get_matches_from(arguments);
        matches.and_then(|matches| RunArgs::from_arg_matches(&matches)).map_err(|error| {
            let text = error.to_string();
            refused(text.lines().next().unwrap_or_default().trim_start_matches("error: "))
        })
    }

    /// Makes what these layers say hold. If that fails, all stays as it was.
    fn apply(&mut self, layers: Layers) -> Result<()> {
        let mut merged = layers.merged(&self.flags)?;
        let fixed: Vec<_> = merged
            .differences(&self.merged)
            .into_iter()
            .filter(|flag| !can_change(flag))
            .map(str::to_owned)
            .collect();
        merged.keep(&self.merged, |flag| !can_change(flag));
        let run = self.parse(&merged)?;
        let changed: Vec<_> = merged.differences(&self.merged).into_iter().map(str::to_owned).collect();
        if !changed.is_empty() {
            self.change(&merged, &changed)?;
        }
        (self.layers, self.merged) = (layers, merged);
        self.describe(&run);
        for flag in fixed {
            tracing::warn!("the configuration's {flag} counts from the next start on");
        }
        Ok(())
    }

    /// Makes the live loop change what these flags say.
    fn change(&mut self, merged: &Merged, changed: &[String]) -> Result<()> {
        let any = |flags: &[&str]| changed.iter().any(|flag| flags.contains(&flag.as_str()));
        let mut settings = self.parse(merged)?.settings()?;
        // The outputs keep their size, whatever is cut or turned.
        settings.geometry.size = Some(self.size);
        let run = self.parse(merged)?.live(settings.clone());
        let named = [run.input.as_deref(), run.engine.model.as_deref().map(Path::new)];
        let files = || named.into_iter().flatten().chain(settings.effects.files());
        if let Some(path) = files().find(|path| video::is_stream(path)) {
            return Err(refused(format!(
                "{} is a pipe, which can only be given at the start; save it to a file first",
                path.display()
            )));
        }
        if let Some(path) = files().find(|path| sandbox::keeps_from(path)) {
            return Err(refused(format!(
                "the sandbox of this gpucam keeps it from reading {}; move it to your folder of pictures or videos, or \
                 name it in a preset and start gpucam again",
                path.display()
            )));
        }
        if settings.keep_room.is_some() && any(&KEPT) {
            room::check_folder()?;
        }
        let present = lock(&self.engines).clone();
        let engines = if any(&["adapter"]) {
            // Another device, of whose frames this would not know.
            present.stop_idle_tuning();
            Engines::new(run.quality, run.wanted.fps)
        } else if any(&["quality"]) || any(&SOURCE) {
            // On the same device, since another takes memory that drivers keep; at its next start the rate counts.
            present.decide_again(run.quality, run.wanted.fps)
        } else {
            present
        };
        // The camera whose room was seen before, once the change sees another one's.
        let seen = Arc::new(OnceLock::new());
        let (source, camera) = match any(&SOURCE) {
            true => self.source(&run, seen.clone())?,
            false => (None, None),
        };
        let needs_model = |settings: &Settings| settings.needs_model();
        let is_switch = !any(&MASK_AND_FRAME)
            && !any(&KEPT)
            && !any(&ENGINE)
            && !any(&SOURCE)
            && needs_model(&settings)
            && self.settings.as_ref().is_some_and(needs_model);
        warn_if_weak(&settings.effects);
        let claim = Claim::default();
        let change = Change {
            hides: settings.effects.hides_background(),
            effects: is_switch.then(|| settings.effects.clone()),
            make_processor: processor_factory(run.engine, settings.clone(), engines.clone(), self.timings),
            source,
            claim: claim.clone(),
        };
        let (sender, ended) = mpsc::channel();
        let reply = Box::new(move |result: Result<()>| {
            if let (Err(_), Some(seen)) = (&result, seen.get()) {
                room::set_camera(String::clone(seen));
            }
            // Whoever asked may have given up.
            let _ = sender.send(result);
        });
        self.remote.command(LiveCommand::Change(change, reply));
        claim.wait(&ended, LONGEST_CHANGE)?;
        self.settings = Some(settings);
        *lock(&self.engines) = engines;
        self.camera = camera.or(self.camera.take());
        Ok(())
    }

    /// What opens the source of a run, and the right to its camera if it is another one. It leaves in `seen` the camera
    /// whose room was seen before.
    fn source(
        &self,
        run: &LiveRun,
        seen: Arc<OnceLock<String>>,
    ) -> Result<(Option<SourceFactory>, Option<HeldCamera>)> {
        let (camera, input, wanted) = (run.camera.clone(), run.input.clone(), run.wanted);
        let mut taken = None;
        if input.is_none() {
            let devices = Devices::list();
            let found = camera.find(&devices, &wanted, None)?;
            let path = found.path();
            if self.camera.as_ref().is_none_or(|(present, _)| *present != path) {
                taken = Some(found.hold()?);
            }
        }
        let on_demand = self.on_demand;
        let source: SourceFactory = Box::new(move || {
            let devices = Devices::list();
            let found = match &input {
                Some(_) => None,
                None => Some(camera.find(&devices, &wanted, None)?),
            };
            let name = found.as_ref().map(FoundCamera::lasting_name).unwrap_or_default();
            let opened = camera.open_live(input.as_deref(), found, wanted, on_demand)?;
            let _ = seen.set(room::set_camera(name));
            Ok(opened.source)
        });
        Ok((Some(source), taken))
    }

    /// Writes into the status what holds.
    fn describe(&self, run: &RunArgs) {
        let mut status = self.remote.status();
        let RunArgs { picture, geometry, camera, input, engine, .. } = run;
        let mask = &picture.mask;
        status.effects = match picture.mask_view {
            Some(_) => Vec::new(),
            None => picture.effect.clone(),
        };
        status.mask_view = picture.mask_view.clone().unwrap_or_default();
        (status.preset, status.presets) = (self.merged.preset.clone(), self.merged.presets.clone());
        let device = self.camera.as_ref().map(|(path, _)| path.as_path());
        let file = input.input.as_deref();
        status.camera = match camera.named() {
            Some(named) => named.to_owned(),
            None => file.or(device).map_or_else(String::new, |path| path.display().to_string()),
        };
        (status.model, status.engine) = (engine.model_name().to_owned(), word(&engine.engine));
        let shape = geometry.geometry();
        (status.mirror, status.flip, status.follow) = (shape.mirror, shape.flip, shape.follow.unwrap_or(0.0));
        status.rotate = word(&shape.rotate).parse().unwrap_or_default();
        (status.zoom, status.crop) = match shape.cut {
            crate::Cut::Zoom(zoom) => (zoom, String::new()),
            crate::Cut::Crop(crop) => (1.0, crop.to_string()),
            crate::Cut::Whole => (1.0, String::new()),
        };
        (status.refine, status.exposure) = (word(&mask.refine), word(&mask.exposure));
        status.look = word(&mask.look);
        status.people = word(&mask.people);
        (status.smooth, status.quality) = (word(&picture.smooth), word(&picture.quality));
        (status.learn_room, status.keep_room) = (word(&picture.learn_room), run.room.keep_room);
        (status.light, status.denoise) = (word(&picture.light), word(&picture.denoise));
        status.threshold = mask.threshold.map_or_else(String::new, |(low, high)| format!("{low}..{high}"));
        status.grow = mask.grow.or(mask.shrink.map(|px| -px)).unwrap_or_default();
        (status.feather, status.islands) =
            (mask.feather.unwrap_or_default(), mask.islands.unwrap_or_default());
    }
}
