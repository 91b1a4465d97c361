//! Tuning while nobody watches: with --on-demand, on hardware that was never tuned.

use std::{
    os::fd::BorrowedFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use super::source::{LiveSource, SourceEvent};
use crate::{
    Gpu, Model, PixelLayout, Reading, Result, Size,
    tune::{
        self, Case, End, TuneOptions,
        kept::{self, Kept},
        slack::Slack,
    },
    video::VideoFormat,
};

/// How long it measures, besides waiting.
const TIME: Duration = Duration::from_secs(15);
/// How often it is asked whether there is slack, and how long the end of the run waits for a measurement to stop.
const POLL: Duration = Duration::from_millis(250);

/// Tunes beside a run, at most once.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdleTuning(Option<Arc<Shared>>);

#[derive(Debug)]
struct Shared {
    slack: Slack,
    stop: Arc<AtomicBool>,
    has_begun: AtomicBool,
    runs: AtomicBool,
}

impl IdleTuning {
    /// For a run that closes its camera while nobody watches; `frames` says when the last frame ran.
    pub(crate) fn new(frames: impl Fn() -> Option<Instant> + Send + Sync + 'static) -> Self {
        let slack = Slack::when_quiet(Instant::now(), frames);
        let (stop, has_begun, runs) = (Arc::default(), AtomicBool::new(false), AtomicBool::new(false));
        Self(Some(Arc::new(Shared { slack, stop, has_begun, runs })))
    }

    /// The source, whose opening ends what is measured.
    pub(crate) fn watch(&self, source: Box<dyn LiveSource>) -> Box<dyn LiveSource> {
        match &self.0 {
            None => source,
            Some(shared) => Box::new(WatchedSource { source, slack: shared.slack.clone() }),
        }
    }

    /// Begins on the adapter of `gpu`, if it wants that and nothing is kept for it. `model_name` is the first model's.
    pub(crate) fn begin(
        &self,
        gpu: &Gpu,
        first: &(Model, Reading),
        second: Option<&(Model, Reading)>,
        model_name: &str,
        size: Size,
    ) {
        let Some(shared) = &self.0 else { return };
        let is_new = || matches!(kept::read(gpu.info()), Kept::Nothing | Kept::Outdated(_));
        if !gpu.tuning().tune_idle || shared.has_begun.swap(true, Relaxed) || !is_new() {
            return;
        }
        let (shared, adapter) = (shared.clone(), gpu.index());
        let (first, second, model_name) = (first.clone(), second.cloned(), model_name.to_owned());
        let work = move || {
            while !shared.slack.allows(Instant::now()) {
                if shared.stop.load(Relaxed) {
                    return;
                }
                thread::sleep(POLL);
            }
            shared.runs.store(true, Relaxed);
            if let Err(error) = tune(&shared, adapter, &Case::new(first, second, size), &model_name, size) {
                tracing::debug!("tuning while nobody watches: {error}");
            }
            shared.runs.store(false, Relaxed);
        };
        drop(thread::Builder::new().name("idle tuning".into()).spawn(work));
    }

    /// Stops it for good.
    pub(crate) fn stop(&self) {
        self.0.iter().for_each(|shared| shared.stop.store(true, Relaxed));
    }

    /// Stops it, and waits a moment for it.
    pub(crate) fn end(&self) {
        self.stop();
        let Some(shared) = &self.0 else { return };
        let until = Instant::now() + Duration::from_secs(1);
        while shared.runs.load(Relaxed) && Instant::now() < until {
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// On a device of its own, so that a candidate that loses it takes no frame along.
fn tune(shared: &Shared, adapter: usize, case: &Case, model_name: &str, size: Size) -> Result<()> {
    let gpu = Gpu::open(Some(&adapter.to_string()))?;
    tracing::info!("nobody watches: tuning {}", gpu.info().name);
    let mut options = TuneOptions::for_time(TIME);
    (options.until, options.stop) = (Instant::now() + Duration::from_secs(24 * 3600), shared.stop.clone());
    options.slack = shared.slack.clone();
    let began = Instant::now();
    let tuned = tune::run(&gpu, case, &options, |event| tracing::debug!("{event}"))?;
    let [won, no_better, ..] = tuned.counts;
    if matches!(tuned.end, End::Stopped | End::LeftBehind | End::Lost(_) | End::Broken)
        || won + no_better == 0
    {
        return Ok(()); // the next time begins again
    }
    let how = format!(
        "{size}, {model_name}, {}, while nobody watched, in {:.0} s",
        tuned.clock,
        began.elapsed().as_secs_f64()
    );
    let file = kept::write(gpu.info(), &tuned, &how)?;
    tracing::info!(
        "tuned, from the next start on: {} changes, kept in {}",
        tuned.gains.len(),
        file.display()
    );
    Ok(())
}

/// A source that says when it is opened.
struct WatchedSource {
    source: Box<dyn LiveSource>,
    slack: Slack,
}

impl LiveSource for WatchedSource {
    fn format(&self) -> VideoFormat {
        self.source.format()
    }

    fn layout(&self) -> Option<PixelLayout> {
        self.source.layout()
    }

    fn open(&mut self) {
        self.slack.want(Instant::now());
        self.source.open();
    }

    fn warm_up(&mut self) {
        self.source.warm_up();
    }

    fn close(&mut self) {
        self.source.close();
    }

    fn wait_at_most(&mut self, longest: Duration) {
        self.source.wait_at_most(longest);
    }

    fn next(&mut self, wake: BorrowedFd<'_>) -> SourceEvent<'_> {
        self.slack.want(Instant::now());
        self.source.next(wake)
    }
}
