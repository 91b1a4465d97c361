//! Declaring and running trials: one that cannot run says what it needs, a passing one is quiet. The device
//! tests share this file.

use std::{
    any::Any,
    cell::RefCell,
    collections::BTreeMap,
    env, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use libtest_mimic::{Arguments, Completion, Conclusion, FormatSetting, Trial};

/// Whether notes are printed at once.
static VERBOSE: AtomicBool = AtomicBool::new(false);
/// What an ignored trial needs: `a camera`.
#[derive(Clone, Debug)]
pub struct Missing {
    /// What this trial shows, with where to get it.
    pub what: String,
    /// The same for all trials that the summary counts together.
    pub group: String,
}

impl<T: Into<String>> From<T> for Missing {
    fn from(what: T) -> Self {
        let what = what.into();
        Self { group: what.clone(), what }
    }
}

/// What ignored trials needed, and how many needed it.
static MISSING: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

/// How long each trial ran.
static TIMES: Mutex<Vec<(Duration, String)>> = Mutex::new(Vec::new());

thread_local! {
    /// What the trial that runs in this thread has noted.
    static NOTES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Says what a test measured: printed with `--nocapture`, or if the test fails. Takes what `println!` takes.
/// Only for a test's own thread.
macro_rules! note {
    ($($words:tt)*) => { $crate::support::trials::take_note(format!($($words)*)) };
}

/// What [`note!`] calls.
pub fn take_note(line: String) {
    if VERBOSE.load(Relaxed) {
        println!("{line}");
    }
    NOTES.with_borrow_mut(|notes| notes.push(line));
}

/// A trial. It shows as ignored if something that it needs is missing, which `ready` then names.
pub fn trial(
    name: impl Into<String>,
    ready: impl FnOnce() -> Result<(), Missing> + Send + 'static,
    run: impl FnOnce() + Send + 'static,
) -> Trial {
    let name = name.into();
    Trial::ignorable_test(name.clone(), move || match ready() {
        Ok(()) => {
            let start = Instant::now();
            let outcome = noting(run);
            TIMES.lock().unwrap().push((start.elapsed(), name));
            Ok(outcome.map(|()| Completion::Completed)?)
        }
        Err(Missing { what, group }) => {
            *MISSING.lock().unwrap().entry(group).or_default() += 1;
            Ok(Completion::ignored_with(format!("needs {what}")))
        }
    })
}

/// Runs a test. The error is what it panicked with, and its notes.
pub fn noting(run: impl FnOnce()) -> Result<(), String> {
    let outcome = catch_unwind(AssertUnwindSafe(run));
    let notes = NOTES.with_borrow_mut(mem::take);
    outcome.map_err(|panic| {
        let mut lines = vec![format!("test panicked: {}", message(&*panic))];
        if !notes.is_empty() {
            lines.push("before that:".into());
            lines.extend(notes.into_iter().map(|note| format!("  {note}")));
        }
        lines.join("\n")
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

/// Runs trials, then says in one line what the ignored ones needed.
pub fn run(arguments: &Arguments, trials: Vec<Trial>) -> Conclusion {
    let is_asked = env::var_os("RUST_TEST_NOCAPTURE").is_some_and(|value| value != "0");
    VERBOSE.store(arguments.nocapture || is_asked, Relaxed);
    let conclusion = libtest_mimic::run(arguments, trials);
    let is_text = arguments.format != Some(FormatSetting::Json);
    if let Some(line) = summary(&MISSING.lock().unwrap()).filter(|_| is_text) {
        println!("{line}\n");
    }
    if is_text && VERBOSE.load(Relaxed) {
        println!("{}\n", slowest(&mut TIMES.lock().unwrap()));
    }
    conclusion
}

/// The trials that took longest.
fn slowest(times: &mut [(Duration, String)]) -> String {
    times.sort_by_key(|&(time, _)| std::cmp::Reverse(time));
    let some = times.iter().take(15).map(|(time, name)| format!("{name} {:.0} s", time.as_secs_f64()));
    format!("the slowest: {}", some.collect::<Vec<_>>().join(", "))
}

/// What ignored trials needed, the most frequent first.
pub fn summary(missing: &BTreeMap<String, usize>) -> Option<String> {
    let mut groups: Vec<_> = missing.iter().map(|(what, &count)| (count, what)).collect();
    groups.sort_by_key(|&(count, what)| (usize::MAX - count, what));
    let verb = |count| if count == 1 { "needs" } else { "need" };
    let parts = groups.iter().map(|&(count, what)| format!("{count} {} {what}", verb(count)));
    let parts = parts.collect::<Vec<_>>().join("; ");
    let all: usize = missing.values().sum();
    (all > 0).then(|| format!("{all} ignored: {parts}"))
}
