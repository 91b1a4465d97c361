//! A running loop that is told to show something else.

use std::{
    os::fd::BorrowedFd,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use gpucam::internals::{
    Colorimetry, DeviceError, Effects, Error, FrameError, Result, Size,
    live::{
        self, Change, Claim, FrameProcessor, GuardRules, LiveCommand, LiveHandle, LiveLoop, LiveObserver,
        LiveSource, LiveStatus, Output, ProcessorFactory, SourceEvent,
    },
    pipeline::InputFormat,
    sys,
    video::{Fps, VideoFormat},
};
use libtest_mimic::Trial;

use super::{HIDDEN, RAW, SIZE, SLATE, live_loop, ms};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("live::changes::effects_are_switched", effects_are_switched),
        test(
            "live::changes::frames_go_on_while_a_processor_is_prepared",
            frames_go_on_while_a_processor_is_prepared,
        ),
        test("live::changes::what_fails_changes_nothing", what_fails_changes_nothing),
        test("live::changes::only_what_is_shown_is_adopted", only_what_is_shown_is_adopted),
        test("live::changes::no_raw_frame_after_hiding_is_asked_for", no_raw_frame_after_hiding_is_asked_for),
        test("live::changes::pause_and_resume", pause_and_resume),
        test("live::changes::another_camera", another_camera),
        test("live::changes::while_idle", while_idle),
        test("live::changes::the_gpu_is_released_and_opened", the_gpu_is_released_and_opened),
        test("live::changes::a_handle_that_is_gone", a_handle_that_is_gone),
    ]
}

/// The mark of the effect `pixelate`; `blur` has [`HIDDEN`] and `none` [`RAW`].
pub(super) const OTHER: u8 = 101;

fn mark(effects: &Effects) -> u8 {
    match effects.names().next() {
        Some("none") => RAW,
        Some("pixelate") => OTHER,
        _ => HIDDEN,
    }
}

/// Sends [`RAW`] every two milliseconds while it is open.
pub(super) struct Camera {
    size: Size,
    /// How many cameras are open.
    open: Arc<AtomicU32>,
    is_open: bool,
}

impl LiveSource for Camera {
    fn format(&self) -> VideoFormat {
        VideoFormat { size: self.size, fps: Fps::new(500, 1), colorimetry: Colorimetry::default() }
    }

    fn open(&mut self) {
        assert!(!std::mem::replace(&mut self.is_open, true), "it is open already");
        self.open.fetch_add(1, Relaxed);
    }

    fn close(&mut self) {
        if std::mem::take(&mut self.is_open) {
            self.open.fetch_sub(1, Relaxed);
        }
    }

    fn next(&mut self, _: BorrowedFd<'_>) -> SourceEvent<'_> {
        assert!(self.is_open);
        thread::sleep(ms(2));
        SourceEvent::Frame { bytes: &[RAW; SIZE.yuyv_bytes()], at: sys::now(), dropped: 0 }
    }
}

/// Draws its mark, and takes 20 frames for a switch; one to `edges` fails.
struct Marker {
    mark: u8,
    pending: Option<(Effects, u32)>,
    ended: Option<Result<()>>,
    alive: Arc<AtomicU32>,
    adopted: Arc<Mutex<Vec<u32>>>,
    /// The change that is given up at the moment when it switches.
    given_up: Arc<Mutex<Option<Claim>>>,
}

impl FrameProcessor for Marker {
    fn process(&mut self, _: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
        if let Some((effects, left)) = &mut self.pending {
            *left -= 1;
            if *left == 0 {
                self.given_up.lock().unwrap().take().into_iter().for_each(|claim| assert!(claim.take()));
                self.ended = Some(match effects.names().next() {
                    Some("edges") => Err(refusal()),
                    _ => {
                        self.mark = mark(effects);
                        Ok(())
                    }
                });
                self.pending = None;
            }
        }
        output.fill(self.mark);
        Ok(Some(at))
    }

    fn adopted(&mut self) {
        self.adopted.lock().unwrap().push(self.alive.load(Relaxed));
    }

    fn switch(&mut self, effects: &Effects) -> bool {
        self.pending = Some((effects.clone(), 20));
        true
    }

    fn switched(&mut self) -> Option<Result<()>> {
        self.ended.take()
    }

    fn hides_background(&self) -> Option<bool> {
        Some(self.mark != RAW)
    }
}

impl Drop for Marker {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Relaxed);
    }
}

fn refusal() -> Error {
    Error::Frame(FrameError::Size { size: SIZE, why: "is a made-up failure" })
}

/// What the device showed, and who watches it.
#[derive(Clone, Default)]
pub(super) struct Device {
    shown: Arc<Mutex<Vec<u8>>>,
    pub(super) consumers: Arc<AtomicU32>,
}

impl Output for Device {
    fn show(&mut self, yuyv: &[u8], _: Duration) -> Result<()> {
        self.shown.lock().unwrap().push(yuyv[0]);
        Ok(())
    }

    fn show_slate(&mut self) -> Result<()> {
        self.shown.lock().unwrap().push(SLATE);
        Ok(())
    }

    fn consumers(&mut self) -> u32 {
        self.consumers.load(Relaxed)
    }
}

struct Watcher(Arc<Mutex<Vec<LiveStatus>>>);

impl LiveObserver for Watcher {
    fn status(&mut self, status: &LiveStatus) {
        self.0.lock().unwrap().push(status.clone());
    }
}

/// A run and what a test sees of it.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) handle: LiveHandle,
    pub(super) device: Device,
    pub(super) statuses: Arc<Mutex<Vec<LiveStatus>>>,
    /// Cameras that are open.
    pub(super) cameras: Arc<AtomicU32>,
    /// Processors that were made, and those that are alive.
    made: Arc<AtomicU32>,
    alive: Arc<AtomicU32>,
    /// For each that was adopted, how many were alive then.
    adopted: Arc<Mutex<Vec<u32>>>,
    /// See [`Marker`].
    pub(super) given_up: Arc<Mutex<Option<Claim>>>,
}

impl Run {
    fn new(handle: LiveHandle) -> Self {
        Self {
            handle,
            device: Device::default(),
            statuses: Arc::default(),
            cameras: Arc::default(),
            made: Arc::default(),
            alive: Arc::default(),
            adopted: Arc::default(),
            given_up: Arc::default(),
        }
    }

    pub(super) fn camera(&self, size: Size) -> Camera {
        Camera { size, open: self.cameras.clone(), is_open: false }
    }

    /// A factory for these effects; `edges` cannot be drawn.
    pub(super) fn factory(&self, effects: &str) -> ProcessorFactory {
        let effects: Effects = effects.parse().unwrap();
        let (made, alive) = (self.made.clone(), self.alive.clone());
        let (adopted, given_up) = (self.adopted.clone(), self.given_up.clone());
        Box::new(move |_: InputFormat| {
            if effects.names().next() == Some("edges") {
                return Err(refusal());
            }
            made.fetch_add(1, Relaxed);
            alive.fetch_add(1, Relaxed);
            let (mark, alive) = (mark(&effects), alive.clone());
            let (adopted, given_up) = (adopted.clone(), given_up.clone());
            Ok(Box::new(Marker { mark, pending: None, ended: None, alive, adopted, given_up }))
        })
    }

    pub(super) fn change(&self, effects: &str) -> Change {
        let parsed: Effects = effects.parse().unwrap();
        let hides = mark(&parsed) != RAW;
        let (make_processor, claim) = (self.factory(effects), Claim::default());
        Change { hides, make_processor, effects: Some(parsed), source: None, claim }
    }

    /// Makes a change and waits for its end.
    pub(super) fn make(&self, change: Change) -> Result<()> {
        let (sender, ended) = mpsc::channel();
        let reply = Box::new(move |result| sender.send(result).unwrap());
        assert!(self.handle.send(LiveCommand::Change(change, reply)));
        ended.recv_timeout(ms(20_000)).expect("an answer")
    }

    /// Waits until the last mark shown is this one.
    #[track_caller]
    pub(super) fn shows(&self, mark: u8) {
        self.until(|run| run.device.shown.lock().unwrap().last() == Some(&mark));
    }

    #[track_caller]
    pub(super) fn until(&self, holds: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !holds(self) {
            assert!(start.elapsed() < ms(20_000), "{:?}", self.marks());
            thread::sleep(ms(1));
        }
    }

    /// The marks shown so far, each once for as long as it was shown.
    pub(super) fn marks(&self) -> Vec<u8> {
        let mut marks = self.device.shown.lock().unwrap().clone();
        marks.dedup();
        marks
    }
}

/// Runs a loop with these effects, and `test` beside it. Returns the marks and the run.
pub(super) fn run(effects: &str, rules: GuardRules, test: impl FnOnce(&Run)) -> (Vec<u8>, Run) {
    let statuses = Arc::default();
    let (handle, control) = live::control(Box::new(Watcher(Arc::clone(&statuses)))).unwrap();
    let device = Device::default();
    device.consumers.store(1, Relaxed);
    let run = Run { device, statuses, ..Run::new(handle) };
    let mut output = run.device.clone();
    let hides_background = effects != "none";
    let (source, make_processor) = (Box::new(run.camera(SIZE)), run.factory(effects));
    thread::scope(|scope| {
        let live = scope.spawn(|| {
            let rules = GuardRules { hides_background, ..rules };
            let (output, signals) = (&mut output, None);
            LiveLoop { source, make_processor, output, size: SIZE, rules, frames: None, signals }
                .run_controlled(Some(control))
        });
        let end = super::EndsRun(&run.handle);
        test(&run);
        drop(end);
        live.join().unwrap().unwrap();
    });
    (run.marks(), run)
}

/// The picture goes from one effect to the other, with nothing between, on the same processor.
fn effects_are_switched() {
    let (marks, run) = run("blur", GuardRules::default(), |run| {
        run.shows(HIDDEN);
        run.make(run.change("pixelate")).unwrap();
        run.shows(OTHER);
        run.make(run.change("none")).unwrap();
        run.shows(RAW);
        run.make(run.change("blur")).unwrap();
        run.shows(HIDDEN);
    });
    assert_eq!(marks, [HIDDEN, OTHER, RAW, SLATE, HIDDEN, SLATE], "a slate while hiding is prepared");
    assert_eq!(run.made.load(Relaxed), 1, "one processor");
    let states: Vec<_> = run.statuses.lock().unwrap().iter().map(|status| status.state).collect();
    assert!(states.contains(&"live"), "{states:?}");
    // With other settings it takes another processor.
    let (marks, run) = self::run("blur", GuardRules::default(), |run| {
        run.shows(HIDDEN);
        run.make(Change { effects: None, ..run.change("pixelate") }).unwrap();
        run.shows(OTHER);
    });
    assert_eq!((marks, run.made.load(Relaxed)), (vec![HIDDEN, OTHER, SLATE], 3), "and one to prepare it");
}

/// What takes long the first time is done beside the frames; where the source is closed for it, the slate is shown.
fn frames_go_on_while_a_processor_is_prepared() {
    let rules = GuardRules { longest_repeat: ms(100), ..GuardRules::default() };
    for is_beside in [true, false] {
        let (marks, _) = run("blur", rules, |run| {
            run.shows(HIDDEN);
            let (mut make, mut pause) = (run.factory("pixelate"), ms(500));
            let make_processor: ProcessorFactory = Box::new(move |input| {
                thread::sleep(std::mem::take(&mut pause));
                make(input)
            });
            let other = run.camera(SIZE);
            let other: live::SourceFactory = Box::new(move || Ok(Box::new(other)));
            let source = (!is_beside).then_some(other);
            run.make(Change { make_processor, effects: None, source, ..run.change("pixelate") }).unwrap();
            run.shows(OTHER);
        });
        let want = if is_beside { vec![HIDDEN, OTHER, SLATE] } else { vec![HIDDEN, SLATE, OTHER, SLATE] };
        assert_eq!(marks, want);
    }
}

fn what_fails_changes_nothing() {
    for is_switch in [true, false] {
        let (marks, run) = run("blur", GuardRules::default(), |run| {
            run.shows(HIDDEN);
            let change = run.change("edges");
            let effects = change.effects.clone().filter(|_| is_switch);
            let failed = run.make(Change { effects, ..change });
            assert!(failed.unwrap_err().to_string().contains("made-up"));
            let shown = run.device.shown.lock().unwrap().len();
            run.until(|run| run.device.shown.lock().unwrap().len() > shown + 50);
        });
        assert_eq!((marks, run.made.load(Relaxed)), (vec![HIDDEN, SLATE], 1));
    }
}

/// A processor that is prepared is not adopted, also if the change fails then; the one that takes its place is, once the
/// one before is gone.
fn only_what_is_shown_is_adopted() {
    let (_, run) = run("blur", GuardRules::default(), |run| {
        run.shows(HIDDEN);
        run.make(Change { effects: None, ..run.change("pixelate") }).unwrap();
        run.shows(OTHER);
        // It can be prepared, but not made a second time.
        let (mut make, mut fails) = (run.factory("blur"), false);
        let make_processor: ProcessorFactory =
            Box::new(
                move |input| {
                    if std::mem::replace(&mut fails, true) { Err(refusal()) } else { make(input) }
                },
            );
        run.make(Change { make_processor, effects: None, ..run.change("blur") }).unwrap_err();
        run.shows(OTHER);
    });
    assert_eq!(run.made.load(Relaxed), 4);
    assert_eq!(*run.adopted.lock().unwrap(), [1, 1], "how many were alive then");
}

/// From the moment when the loop knows of it: the slate, then the hidden frames. Without a switch that hides,
/// frames go on, which is the control.
fn no_raw_frame_after_hiding_is_asked_for() {
    for (effects, want) in
        [("blur", vec![RAW, SLATE, HIDDEN, SLATE]), ("edges", vec![RAW, SLATE, RAW, SLATE])]
    {
        let (marks, _) = run("none", GuardRules::default(), |run| {
            run.shows(RAW);
            let ended = run.make(run.change(effects));
            assert_eq!(ended.is_ok(), effects == "blur");
            run.shows(if ended.is_ok() { HIDDEN } else { RAW });
        });
        assert_eq!(marks, want);
    }
    let (marks, _) = run("none", GuardRules::default(), |run| {
        run.shows(RAW);
        run.make(run.change("none")).unwrap();
    });
    assert_eq!(marks, [RAW, SLATE], "control");
}

fn pause_and_resume() {
    for grace in [None, Some(ms(3000))] {
        let (marks, _) = run("blur", GuardRules { grace, ..GuardRules::default() }, |run| {
            run.shows(HIDDEN);
            run.handle.send(LiveCommand::Pause(true));
            run.shows(SLATE);
            run.until(|run| run.cameras.load(Relaxed) == 0);
            thread::sleep(ms(300));
            assert_eq!(run.device.shown.lock().unwrap().last(), Some(&SLATE));
            assert_eq!(run.statuses.lock().unwrap().last().unwrap().state, "paused");
            run.handle.send(LiveCommand::Pause(false));
            run.shows(HIDDEN);
        });
        assert_eq!(marks.last_chunk(), Some(&[HIDDEN, SLATE, HIDDEN, SLATE]), "{marks:?}");
    }
}

/// Another size, with a processor of its own; the one before is closed first. One that cannot be opened leaves
/// the one before.
fn another_camera() {
    let (marks, run) = run("blur", GuardRules::default(), |run| {
        run.shows(HIDDEN);
        let (cameras, other) = (run.cameras.clone(), run.camera(Size::new(64, 36)));
        let source: live::SourceFactory = Box::new(move || {
            assert_eq!(cameras.load(Relaxed), 0, "the one before is closed");
            Ok(Box::new(other))
        });
        run.make(Change { source: Some(source), ..run.change("pixelate") }).unwrap();
        run.shows(OTHER);
        let none: live::SourceFactory = Box::new(|| Err(Error::Device(DeviceError::NoCamera)));
        let failed = run.make(Change { source: Some(none), ..run.change("blur") });
        assert!(matches!(failed, Err(Error::Device(DeviceError::NoCamera))));
        let unused = run.camera(SIZE);
        let refused: live::SourceFactory = Box::new(move || Ok(Box::new(unused)));
        run.make(Change { source: Some(refused), ..run.change("edges") }).unwrap_err();
        let shown = run.device.shown.lock().unwrap().len();
        run.until(|run| run.device.shown.lock().unwrap().len() > shown + 50);
        assert_eq!(run.cameras.load(Relaxed), 1);
    });
    assert_eq!((marks, run.made.load(Relaxed)), (vec![HIDDEN, OTHER, SLATE], 2));
}

/// Changes are made and refused while the camera is closed, too.
fn while_idle() {
    let rules = GuardRules { grace: Some(ms(100)), ..GuardRules::default() };
    let (marks, _) = run("blur", rules, |run| {
        run.shows(HIDDEN);
        run.device.consumers.store(0, Relaxed);
        run.until(|run| run.cameras.load(Relaxed) == 0);
        run.make(run.change("edges")).unwrap_err();
        run.make(run.change("pixelate")).unwrap();
        run.device.consumers.store(1, Relaxed);
        run.shows(OTHER);
    });
    assert_eq!(marks.last_chunk(), Some(&[HIDDEN, SLATE, OTHER, SLATE]), "{marks:?}");
}

fn the_gpu_is_released_and_opened() {
    let rules = GuardRules { grace: Some(ms(50)), release: Some(ms(200)), ..GuardRules::default() };
    let (marks, run) = run("blur", rules, |run| {
        run.shows(HIDDEN);
        run.device.consumers.store(0, Relaxed);
        run.until(|run| run.alive.load(Relaxed) == 0);
        // A change that comes meanwhile is tried, and leaves it released.
        run.make(run.change("edges")).unwrap_err();
        run.make(run.change("pixelate")).unwrap();
        assert_eq!((run.alive.load(Relaxed), run.made.load(Relaxed)), (0, 2));
        run.device.consumers.store(1, Relaxed);
        run.shows(OTHER);
    });
    assert_eq!(marks.last_chunk(), Some(&[HIDDEN, SLATE, OTHER, SLATE]), "{marks:?}");
    assert_eq!(run.made.load(Relaxed), 3);
    let (_, run) = self::run("blur", GuardRules { release: None, ..rules }, |run| {
        run.shows(HIDDEN);
        run.device.consumers.store(0, Relaxed);
        run.until(|run| run.cameras.load(Relaxed) == 0);
        thread::sleep(ms(600));
        assert_eq!(run.alive.load(Relaxed), 1, "control");
    });
    assert_eq!(run.made.load(Relaxed), 1);
}

/// The run goes on, and does not spin.
fn a_handle_that_is_gone() {
    let (handle, control) = live::control(Box::new(Watcher(Arc::default()))).unwrap();
    drop(handle);
    let run = Run::new(live::control(Box::new(Watcher(Arc::default()))).unwrap().0);
    let mut output = Device::default();
    let live = live_loop(run.camera(SIZE), run.factory("blur"), &mut output);
    LiveLoop { frames: Some(50), ..live }.run_controlled(Some(control)).unwrap();
    assert_eq!(output.shown.lock().unwrap().iter().filter(|&&mark| mark == HIDDEN).count(), 50);
}
