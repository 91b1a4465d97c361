//! `gpucam tune`: measures what is fastest on an adapter, and keeps it.

use std::{
    io::{self, IsTerminal},
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

use clap::Args;

use super::{
    args::{AdapterArgs, EngineArgs, ReadingArgs},
    console::{clear_status, leave, print_error, print_line},
    doctor::tuning_in_words,
    stop::{STOPPED, stop_at_signal},
};
use crate::{
    Gpu, Result, Settings, Size, Tuning,
    gpu::space::{SPACE, Tunable},
    model::catalogue,
    segmenter::InferenceEngine,
    tune::{
        self, Case, End, Event, TuneOptions, Tuned,
        kept::{self, Kept},
    },
};

/// Measure which of gpucam's choices are fastest on this adapter, and keep them for the next start.
///
/// Every candidate is compared with the best so far in turns, frame by frame, and must make the same picture. The
/// result holds until the driver or gpucam changes. Ctrl-C ends it and keeps what was found. docs/TUNING.md says
/// more.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  gpucam tune\n  gpucam tune --seconds 60 --adapter speed\n  gpucam tune --show\n  \
    gpucam tune --reset"
)]
pub(super) struct TuneArgs {
    /// The longest that it takes, compiling included, 1..=3600.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds, allow_negative_numbers = true)]
    seconds: Duration,
    /// Frame size to measure.
    #[arg(long, value_name = "WxH", default_value = "1280x720")]
    size: Size,
    /// A model's name (`gpucam models` lists them) or a .tflite file [default: selfie-landscape].
    #[arg(long, value_name = "NAME|FILE")]
    model: Option<String>,
    /// Show what holds on this adapter and what it brought, and measure nothing.
    #[arg(long, conflicts_with_all = ["reset", "seconds", "size", "model"])]
    show: bool,
    /// Forget what was kept for this adapter.
    #[arg(long, conflicts_with_all = ["seconds", "size", "model"])]
    reset: bool,
    /// Change only these fields, such as passes.tiles.
    #[arg(long, value_name = "FIELD", hide = true, value_delimiter = ',', value_parser = field,
        conflicts_with_all = ["show", "reset"])]
    field: Vec<Tunable>,
    /// Never fetch a model.
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    adapter: AdapterArgs,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (1.0..=3600.0).contains(seconds));
    let seconds = seconds.map(Duration::from_secs_f64);
    seconds.ok_or_else(|| format!("'{text}' is no number of seconds: write 1 to 3600"))
}

fn field(text: &str) -> Result<Tunable, String> {
    let names = || SPACE.iter().map(|tunable| tunable.name).collect::<Vec<_>>().join(", ");
    let found = SPACE.iter().find(|tunable| tunable.name == text);
    found.copied().ok_or_else(|| format!("there is no field '{text}' to tune; choose some of {}", names()))
}

impl TuneArgs {
    pub(super) fn run(self, began: Instant) -> Result<()> {
        if self.show || self.reset {
            let gpu = self.adapter.open_untuned()?;
            return if self.show { self.show(&gpu) } else { reset(&gpu) };
        }
        self.size.check_frame()?;
        let engine = EngineArgs {
            model: self.model.clone(),
            reading: ReadingArgs { model_input: None, model_output: None, model_grid: None },
            engine: InferenceEngine::Fast,
            offline: self.offline,
            adapter: self.adapter.clone(),
        };
        let gpu = self.adapter.open_untuned()?;
        // A download does not count.
        let waited = Instant::now();
        let (first, second) = (engine.read()?, engine.second(&gpu, &Settings::default()));
        let until = began + self.seconds + waited.elapsed();
        // From now on a signal keeps what was found; until then nothing is, and it ends the program.
        let stop = stop_at_signal()?;
        let model_name = self.model.clone().unwrap_or_else(|| catalogue::default().name.clone());
        let mut options = TuneOptions { until, stop, ..TuneOptions::for_time(self.seconds) };
        if !self.field.is_empty() {
            options.space.clone_from(&self.field);
        }
        let case = Case::new(first, second, self.size);
        let adapter = &gpu.info().name;
        print_line(format_args!(
            "{adapter}, {} {}: {}, {model_name}",
            gpu.info().driver,
            gpu.info().driver_info,
            self.size
        ))?;
        let mut failed = Ok(());
        let tuned = tune::run(&gpu, &case, &options, |event| {
            clear_status();
            match event {
                Event::Won(_) if failed.is_ok() => failed = print_line(event),
                _ => tracing::info!("{event}"),
            }
            if io::stderr().is_terminal() && options.until > Instant::now() {
                let left = options.until.saturating_duration_since(Instant::now()).as_secs();
                print_error(format_args!("\r{left} s left \r"));
            }
        })?;
        let took = began.elapsed();
        let [_, no_better, ..] = tuned.counts;
        let is_measured = !tuned.gains.is_empty() || no_better > 0;
        let holds = matches!(kept::read(gpu.info()), Kept::Holds(..));
        // What was kept was measured for longer than a run that was ended early and found nothing.
        let is_kept = is_measured && (!tuned.gains.is_empty() || tuned.end == End::Finished || !holds);
        let how = format!("{}, {model_name}, {}, in {:.0} s", self.size, tuned.clock, took.as_secs_f64());
        // Kept before anything is printed: the terminal may be closed.
        let file = is_kept.then(|| kept::write(gpu.info(), &tuned, &how)).transpose()?;
        failed?;
        report(&tuned, took)?;
        if !is_measured {
            if options.stop.load(Relaxed) {
                print_line("stopped before anything was measured, so nothing is kept")?;
                leave(STOPPED);
            }
            print_line("nothing was measured, so nothing is kept: give it more time with --seconds")?;
            return Ok(());
        }
        match file {
            Some(file) => print_line(format_args!("kept in {}", file.display())),
            None => print_line("it did not come to its end, so what was kept before stays"),
        }
    }

    fn show(&self, gpu: &Gpu) -> Result<()> {
        let info = gpu.info();
        print_line(format_args!("{}, {}", info.name, info.driver_info))?;
        let table = Tuning::for_adapter(info);
        let (tuning, from) = match (self.adapter.given_tuning(), kept::read(info)) {
            (Some(name), _) => (*gpu.tuning(), format!("--tuning {name}")),
            (None, Kept::Holds(tuning, measured)) => {
                for gain in measured.gains() {
                    print_line(gain)?;
                }
                let file = kept::file(info).unwrap_or_default();
                (*tuning, format!("measured at {}; {}", measured.how(), file.display()))
            }
            (None, kept) => (table, tuning_in_words(&kept)),
        };
        print_line(format_args!("what holds: {from}"))?;
        for tunable in SPACE {
            let (holds, usual) = (tunable.of(&tuning), tunable.of(&table));
            let note = if holds == usual { String::new() } else { format!("  (the table: {usual})") };
            print_line(format_args!("  {:26} {holds}{note}", tunable.name))?;
        }
        Ok(())
    }
}

fn reset(gpu: &Gpu) -> Result<()> {
    let name = &gpu.info().name;
    match kept::reset(gpu.info())? {
        true => print_line(format_args!("what was kept for {name} is removed; the table holds")),
        false => print_line(format_args!("nothing was kept for {name}; the table holds")),
    }
}

fn report(tuned: &Tuned, took: Duration) -> Result<()> {
    let [won, no_better, refused, no_time] = tuned.counts;
    if let Some([first, best]) = tuned.frame {
        let percent = 100.0 * (best / first - 1.0);
        let kept = if tuned.gains.is_empty() { ": no gain, so nothing is changed" } else { "" };
        print_line(format_args!("whole frame: {first:.2} → {best:.2} ms ({percent:+.1} %), in turns{kept}"))?;
    } else if tuned.gains.is_empty() && no_better > 0 {
        print_line("nothing that was measured is faster than the table's choices")?;
    }
    print_line(format_args!(
        "{:.1} s, {}; {} candidates: {won} faster, {no_better} not, {refused} refused, {no_time} without time; {}",
        took.as_secs_f64(),
        tuned.end,
        won + no_better + refused + no_time,
        tuned.clock,
    ))
}
