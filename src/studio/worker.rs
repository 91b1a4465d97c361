//! The thread that owns camera, pipeline and cards. It does what the window's commands say and answers with events.

use std::{
    io,
    os::fd::BorrowedFd,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::mpsc,
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

use super::{
    cards::Cards,
    display::Display,
    message::{Command, Event, Place},
    settings::{MaskView, PictureSettings, SourceChoice},
    source,
};
use crate::{
    Error, GpuError, Pipeline, Result, Settings,
    cli::hint,
    effects::Effects,
    gpu::Gpu,
    live::{
        LiveSource, SourceEvent,
        channel::{Receiver, Sender, channel},
    },
    pipeline::InputFormat,
    segmenter::Segmenter,
    video::Fps,
};

/// Loads the models for these settings, and fetches them first if need be.
pub type LoadModel = Box<dyn FnMut(&Gpu, &Settings) -> Result<Segmenter> + Send>;

/// What the thread needs from the beginning.
pub struct Setup {
    /// The device, the window's own.
    pub gpu: Gpu,
    /// The models.
    pub load_model: LoadModel,
    /// Called after each event, to wake the window.
    pub wake: Box<dyn Fn() + Send>,
}

/// The running thread. It ends when this is dropped.
pub struct Worker {
    /// None at the end.
    commands: Option<Sender<Command>>,
    events: mpsc::Receiver<Event>,
    thread: Option<JoinHandle<()>>,
}

/// How long the end of the thread is waited for.
const LONGEST_END: Duration = Duration::from_secs(10);
/// Longest sleep without a command.
const REST: Duration = Duration::from_secs(3600);
/// Time between two looks at the files of shaders.
const SHADERS: Duration = Duration::from_millis(250);
/// Share of the time between two frames after which a card waits for a later frame.
const BUSY: f64 = 0.6;
/// On a busy machine, one frame of so many draws a card.
const CARD_EVERY: u64 = 8;

impl Worker {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system's, if it cannot make a pipe.
    pub fn start(setup: Setup) -> io::Result<Self> {
        let (commands, receiver) = channel()?;
        let (sender, events) = mpsc::channel();
        let thread = thread::spawn(move || {
            let mut work = Work::new(setup, sender);
            let mut receiver = receiver;
            let panicked = catch_unwind(AssertUnwindSafe(|| work.run(&mut receiver))).err();
            // Most likely the device was lost: wgpu panics then.
            if let Some(panic) = panicked {
                let words = panic.downcast_ref::<String>().map(String::as_str);
                let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
                // The window that is opened again takes the same camera.
                work.source = None;
                work.send(Event::GpuLost(words.lines().next().unwrap_or_default().into()));
                std::mem::forget(work); // what it holds may belong to a driver that hangs
            }
        });
        Ok(Self { commands: Some(commands), events, thread: Some(thread) })
    }

    /// Sends a command.
    pub fn send(&mut self, command: Command) {
        self.commands.as_mut().map(|commands| commands.send(command));
    }

    /// The next event, if there is one.
    pub fn next(&self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    /// Waits for the next event.
    pub fn wait(&self, timeout: Duration) -> Option<Event> {
        self.events.recv_timeout(timeout).ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.commands = None;
        let Some(thread) = self.thread.take() else { return };
        // No thread may use the driver when the program ends. One that hangs in it is left behind.
        let until = Instant::now() + LONGEST_END;
        while !thread.is_finished() && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
        if thread.is_finished() {
            drop(thread.join());
        }
    }
}

/// What is open now.
struct Open {
    pipeline: Pipeline,
    display: Display,
    cards: Cards,
    input: InputFormat,
    interval: Duration,
    is_timed: bool,
}

struct Work {
    setup: Setup,
    events: mpsc::Sender<Event>,
    // ---- what the window wants
    effects: Vec<String>,
    picture: PictureSettings,
    choice: Option<SourceChoice>,
    view: MaskView,
    timing: bool,
    cards: Vec<String>,
    shaders: Vec<(PathBuf, Option<SystemTime>)>,
    awake: bool,
    // ---- what there is
    source: Option<Box<dyn LiveSource>>,
    open: Option<Open>,
    /// The effects that could be parsed last.
    drawable: Effects,
    /// The effects that are drawn while others are prepared; none while nothing is.
    drawn: Option<Effects>,
    /// Whether the effects that the window wants are not drawn, for something is wrong with them.
    is_undrawn: bool,
    /// Whether opening has failed, so that it is not tried again before something changes.
    failed: bool,
    /// Whether the camera was said to be gone.
    is_lost: bool,
    frames: u64,
    shaders_due: Instant,
}

impl Work {
    fn new(setup: Setup, events: mpsc::Sender<Event>) -> Self {
        Self {
            setup,
            events,
            effects: Vec::new(),
            picture: PictureSettings::default(),
            choice: None,
            view: MaskView::Picture,
            timing: false,
            cards: Vec::new(),
            shaders: Vec::new(),
            awake: true,
            source: None,
            open: None,
            drawable: Effects::default(),
            drawn: None,
            is_undrawn: false,
            failed: false,
            is_lost: false,
            frames: 0,
            shaders_due: Instant::now(),
        }
    }

    fn send(&self, event: Event) {
        // Nobody receives it if the window is gone.
        drop(self.events.send(event));
        (self.setup.wake)();
    }

    fn fault(&self, place: Place, error: Option<&Error>) {
        self.send(Event::Fault(place, error.map(hint::sentence)));
    }

    fn run(&mut self, commands: &mut Receiver<Command>) {
        loop {
            loop {
                match commands.try_recv() {
                    Err(_) => return,
                    Ok(None) => break,
                    Ok(Some(command)) => self.apply(command),
                }
            }
            self.look_at_shaders();
            if !self.awake || self.choice.is_none() || self.failed {
                let rest = if self.awake && !self.shaders.is_empty() { SHADERS } else { REST };
                commands.wait(rest);
                continue;
            }
            if let Err(fault) = self.ensure_open() {
                let (place, error) = *fault;
                self.failed = true;
                self.fault(place, Some(&error));
                continue;
            }
            if let Err(error) = self.frame(commands.fd()) {
                match error {
                    // The window that is opened again takes the same camera.
                    Error::Gpu(GpuError::Lost { reason }) => {
                        self.source = None;
                        return self.send(Event::GpuLost(reason));
                    }
                    Error::Gpu(error @ GpuError::Hung { .. }) => {
                        self.source = None;
                        return self.send(Event::GpuLost(error.to_string()));
                    }
                    error => {
                        (self.open, self.failed) = (None, true);
                        self.fault(Place::Pipeline, Some(&error));
                    }
                }
            }
        }
    }

    fn apply(&mut self, command: Command) {
        match command {
            Command::Effects(texts) => {
                self.effects = texts;
                self.switch();
                // What could not be opened may be right with these effects.
                self.failed &= self.open.is_some();
            }
            Command::Picture(picture) => {
                self.picture = picture;
                (self.open, self.failed) = (None, false);
            }
            Command::Source(choice) => {
                self.choice = Some(choice);
                (self.source, self.open, self.failed) = (None, None, false);
            }
            Command::MaskView(view) => {
                self.view = view;
                self.open.iter_mut().for_each(|open| open.display.set_view(view));
            }
            Command::Timing(timing) => self.timing = timing,
            Command::Cards(cards) => {
                self.open.iter_mut().for_each(|open| open.cards.set(&cards));
                self.cards = cards;
            }
            Command::Shaders(paths) => {
                let known = std::mem::take(&mut self.shaders);
                let old = |path: &PathBuf| known.iter().find(|(other, _)| other == path);
                self.shaders = paths
                    .into_iter()
                    .map(|path| {
                        let time = old(&path).map_or_else(|| written(&path), |(_, time)| *time);
                        (path, time)
                    })
                    .collect();
            }
            Command::Awake(awake) => {
                self.awake = awake;
                if let Some(source) = &mut self.source {
                    if awake { source.open() } else { source.close() }
                }
            }
            Command::Retry => {
                (self.source, self.open, self.failed) = (None, None, false);
                self.switch();
            }
        }
    }

    /// Draws the effects that the window wants; what is wrong with them is said, and those before stay.
    fn switch(&mut self) {
        let before = self.drawable.clone();
        self.is_undrawn = !self.parse();
        if self.is_undrawn {
            return;
        }
        if let Some(open) = &mut self.open {
            // Those before may never have been drawn, as while a slider is moved.
            self.drawn.get_or_insert(before);
            open.pipeline.switch(self.drawable.clone());
        }
    }

    /// Parses the effects, and says what is wrong with them. True if nothing is.
    fn parse(&mut self) -> bool {
        let error = match Effects::parse_all(&self.effects) {
            Ok(effects) => {
                self.drawable = effects;
                None
            }
            Err(error) => Some(error),
        };
        self.fault(Place::Effects, error.as_ref());
        error.is_none()
    }

    /// Takes in how the last switch ended: what could not be drawn is said, for a file may be damaged.
    fn switched(&mut self, switched: Result<()>) {
        let drawn = self.drawn.take();
        if let Err(error) = switched {
            self.drawable = drawn.unwrap_or_default();
            self.is_undrawn = true;
            self.fault(Place::Effects, Some(&error));
        }
    }

    /// Tells the window of shaders that were saved.
    fn look_at_shaders(&mut self) {
        if self.shaders_due > Instant::now() {
            return;
        }
        self.shaders_due = Instant::now() + SHADERS;
        let mut saved = Vec::new();
        for (path, time) in &mut self.shaders {
            let now = written(path);
            if now.is_some() && now != *time {
                *time = now;
                saved.push(path.clone());
            }
        }
        for path in saved {
            self.open.iter_mut().for_each(|open| open.cards.try_again(&path));
            self.send(Event::Saved(path));
            // The pipeline reads again what it draws; what it could not draw may be right now.
            match self.is_undrawn {
                true => self.switch(),
                false => self.is_undrawn = !self.parse(),
            }
        }
    }

    /// Opens the source and the pipeline, unless that is done.
    fn ensure_open(&mut self) -> Result<(), Box<(Place, Error)>> {
        if self.source.is_none()
            && let Some(choice) = &self.choice
        {
            self.source = Some(source::open(choice).map_err(|error| Box::new((Place::Source, error)))?);
            self.fault(Place::Source, None);
        }
        let Some(source) = &self.source else { return Ok(()) };
        let (format, layout) = (source.format(), source.layout());
        let input = InputFormat { size: format.size, layout, colorimetry: format.colorimetry };
        if self.open.as_ref().is_some_and(|open| open.input == input) {
            return Ok(());
        }
        let wrong = |error| Box::new((Place::Pipeline, error));
        let gpu = &self.setup.gpu.clone();
        let settings = self.picture.settings(self.drawable.clone(), gpu.tuning().measure_quality);
        let segmenter = (self.setup.load_model)(gpu, &settings).map_err(wrong)?;
        let pipeline = Pipeline::with_model(gpu, segmenter, input, &settings).map_err(wrong)?;
        let Some(drawn) = pipeline.drawn() else { return Ok(()) };
        let mut display = Display::new(gpu, &drawn).map_err(wrong)?;
        display.set_view(self.view);
        let mut cards = Cards::new(gpu, &drawn);
        cards.set(&self.cards);
        let interval = Duration::from_secs_f64(1.0 / format.fps.unwrap_or(Fps::DEFAULT).value());
        let [before, after] = display.views();
        self.send(Event::Opened {
            size: drawn.before.size.into(),
            before,
            after,
            interval: 1e3 * interval.as_secs_f32(),
        });
        self.open = Some(Open { pipeline, display, cards, input, interval, is_timed: false });
        self.drawn = None;
        self.fault(Place::Pipeline, None);
        Ok(())
    }

    /// Waits for a frame, and draws it.
    fn frame(&mut self, wake: BorrowedFd<'_>) -> Result<()> {
        let (Some(source), Some(open)) = (&mut self.source, &mut self.open) else { return Ok(()) };
        if std::mem::replace(&mut open.is_timed, self.timing) != self.timing {
            match self.timing {
                false => open.pipeline.disable_timing(),
                true if open.pipeline.enable_timing() => {}
                true => drop(self.events.send(Event::NoTimestamps)),
            }
        }
        match source.next(wake) {
            SourceEvent::Frame { bytes, at, .. } => {
                let began = Instant::now();
                open.pipeline.draw(bytes, at)?;
                let took = began.elapsed();
                let drawn = open.pipeline.drawn().expect("a pipeline with a model");
                open.display.draw(&drawn)?;
                self.frames += 1;
                #[cfg(debug_assertions)]
                crate::live::fault_injection::lose_once(&self.setup.gpu, self.frames);
                let is_free = took < open.interval.mul_f64(BUSY);
                let card = match is_free || self.frames.is_multiple_of(CARD_EVERY) {
                    true => open.cards.draw_next(at),
                    false => None,
                };
                let passes = passes(&mut open.pipeline);
                if let Some(switched) = open.pipeline.switched() {
                    self.switched(switched);
                }
                card.into_iter().for_each(|event| self.send(event));
                if std::mem::take(&mut self.is_lost) {
                    self.send(Event::Fault(Place::Source, None));
                }
                self.send(Event::Frame { took: 1e3 * took.as_secs_f32(), passes });
            }
            SourceEvent::Nothing { .. } => {}
            SourceEvent::Lost(reason) => {
                let sentence = reason.as_ref().map(hint::sentence);
                if sentence.is_some() {
                    self.is_lost = true;
                    self.send(Event::Fault(Place::Source, sentence));
                }
            }
            SourceEvent::Notice(error) => {
                let sentence = hint::sentence(&error);
                self.send(Event::Notice(sentence));
            }
            SourceEvent::Shutter { closed } => {
                let sentence = closed.then(|| "the camera's shutter is closed; open it".to_owned());
                self.send(Event::Fault(Place::Source, sentence));
            }
            // A video begins again.
            SourceEvent::Ended => self.source = None,
            SourceEvent::Failed(error) => {
                self.failed = true;
                let sentence = hint::sentence(&error);
                self.send(Event::Fault(Place::Source, Some(sentence)));
            }
        }
        Ok(())
    }
}

/// The GPU milliseconds of each pass of the last frame; empty unless they are timed.
fn passes(pipeline: &mut Pipeline) -> Vec<(String, f32)> {
    /// Rows of the timings that are sums.
    const SUMS: [&str; 2] = ["whole frame, GPU", "bytes to bytes"];
    let Some(timings) = pipeline.timings() else { return Vec::new() };
    let rows = timings.samples().filter(|(name, ..)| !SUMS.contains(name));
    let last = rows.filter_map(|(name, _, ms)| Some((name.to_owned(), *ms.last()? as f32))).collect();
    timings.clear();
    last
}

fn written(path: &std::path::Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|about| about.modified()).ok()
}
