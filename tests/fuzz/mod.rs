//! Fuzzing on stable Rust: every part that reads foreign bytes (`gpucam::internals::fuzz`) is given mutations of small
//! files that this folder makes. None may panic, take a second, or ask for more memory than a limit.
//!
//! A target takes one thread, and as many targets run at once as there are processors, or as `make fuzz JOBS=1` says.
//!
//! `GPUCAM_FUZZ_FILE=FILE cargo test --test main -- fuzz::NAME --nocapture` tries one file again.
//! `cargo test --test main -- fuzz::` takes a few seconds a target; `make fuzz TIME=600 SEED=7` as long as asked. With
//! a seed and a number of inputs, a run is the same again. `fuzz/` has the same targets for cargo-fuzz.

mod memory;
mod mutate;
mod on_gpu;
mod seeds;

use std::{
    collections::HashSet,
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use gpucam::internals::fuzz::{TARGETS, Target};
use libtest_mimic::Trial;

use crate::support::{gpu_test, test};
use mutate::Mutator;

pub use memory::Counting;

/// Longest time of a processor for one input.
const LONGEST: Duration = Duration::from_secs(1);
/// Most memory that one input may have asked for at a time, in bytes: four frames of the largest size that gpucam
/// takes (8192x8192) in the widest layout that its readers hold. A picture's decoder has a limit of its own.
const MOST_MEMORY: usize = 1 << 30;
/// Longest input that is kept for that, in bytes; a third of all are made longer.
const KEPT: usize = 4096;
/// Most inputs that are kept because they led to new words.
const CORPUS: usize = 512;

pub fn trials() -> Vec<Trial> {
    let targets = TARGETS.iter().map(|target| test(&format!("fuzz::{}", target.name), || run(target)));
    targets
        .chain([
            test("fuzz::faults_are_found", faults_are_found),
            gpu_test("fuzz::kernels_run_once_on_the_gpu", on_gpu::kernels_run_once_on_the_gpu),
        ])
        .collect()
}

/// Seconds for each target, and the seed.
fn plan() -> (Duration, u64) {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<f64>().ok());
    let time = number("GPUCAM_FUZZ_TIME").unwrap_or(2.0);
    (Duration::from_secs_f64(time), number("GPUCAM_FUZZ_SEED").unwrap_or(1.0) as u64)
}

/// What was seen of a target.
#[derive(Debug, Default)]
struct Seen {
    inputs: u64,
    /// Time of a processor for all of them, with making them.
    took: Duration,
    words: usize,
    slowest: Duration,
    slowest_input: Vec<u8>,
    largest: usize,
    largest_input: Vec<u8>,
}

/// Why an input is refused.
#[derive(Debug, PartialEq)]
enum Fault {
    Panic,
    Slow,
    Large,
}

fn run(target: &Target) {
    if let Some(file) = env::var_os("GPUCAM_FUZZ_FILE") {
        let input = fs::read(file).unwrap();
        let (outcome, _, memory) = once(target, &input);
        note!("{outcome:?} in {:?} with {memory} bytes of memory", work_of(target, &input));
        return;
    }
    let (time, seed) = plan();
    let seen = fuzz(target, time, seed).unwrap_or_else(|(fault, input)| {
        let file = env::temp_dir().join(format!("gpucam-fuzz-{}", target.name));
        fs::write(&file, &input).unwrap();
        panic!(
            "{}: {fault:?} with {} bytes, in {}: {}",
            target.name,
            input.len(),
            file.display(),
            hex(&input)
        );
    });
    let (slowest, largest) = (seen.slowest, seen.largest);
    let line = format!(
        "{}: {} inputs, {:.0} in a second of a processor, {} outcomes, slowest {:.1} ms ({} bytes), most memory {:.1} MB ({} bytes)",
        target.name,
        seen.inputs,
        seen.inputs as f64 / seen.took.as_secs_f64().max(1e-3),
        seen.words,
        1e3 * slowest.as_secs_f64(),
        seen.slowest_input.len(),
        largest as f64 / 1e6,
        seen.largest_input.len()
    );
    note!("{line}");
    if let Some(folder) = env::var_os("GPUCAM_FUZZ_REPORT").map(std::path::PathBuf::from) {
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(target.name), line + "\n").unwrap();
        fs::write(folder.join(format!("{}-slowest", target.name)), seen.slowest_input).unwrap();
        fs::write(folder.join(format!("{}-largest", target.name)), seen.largest_input).unwrap();
    }
}

/// The start of an input, to be read in a log.
fn hex(input: &[u8]) -> String {
    input.iter().take(200).map(|byte| format!("{byte:02x}")).collect()
}

/// Gives a target mutations until the time is over.
fn fuzz(target: &Target, time: Duration, seed: u64) -> Result<Seen, (Fault, Vec<u8>)> {
    let mut mutator = Mutator::new(seed, target.words);
    let mut corpus = seeds::of(target.name);
    assert!(!corpus.is_empty(), "no seeds for {}", target.name);
    let (mut seen, mut outcomes) = (Seen::default(), HashSet::new());
    let (began, began_work) = (Instant::now(), memory::cpu_time());
    let watch = Watch::start(target.name);
    let first = corpus.len();
    while seen.inputs < first as u64 || began.elapsed() < time {
        let input = match usize::try_from(seen.inputs).ok().filter(|index| *index < first) {
            Some(index) => corpus[index].clone(),
            None => mutator.next(&corpus),
        };
        seen.inputs += 1;
        watch.present.lock().unwrap().clone_from(&input);
        watch.inputs.store(seen.inputs, Relaxed);
        let (outcome, took, memory) = once(target, &input);
        let Some(words) = outcome else { return Err((Fault::Panic, input)) };
        // Others may have had the processor meanwhile: the same input again, with a clock that knows.
        let took = if took > seen.slowest { work_of(target, &input) } else { took };
        if took > LONGEST && work_of(target, &input) > LONGEST {
            return Err((Fault::Slow, input));
        }
        if memory > MOST_MEMORY {
            return Err((Fault::Large, input));
        }
        let mut hasher = DefaultHasher::new();
        words.hash(&mut hasher);
        // Long ones would take most of the time from then on.
        let is_kept = input.len() <= KEPT && corpus.len() < first + CORPUS;
        if outcomes.insert(hasher.finish()) && is_kept {
            corpus.push(input.clone());
        }
        if took > seen.slowest {
            (seen.slowest, seen.slowest_input) = (took, input.clone());
        }
        if memory > seen.largest {
            (seen.largest, seen.largest_input) = (memory, input);
        }
    }
    seen.words = outcomes.len();
    seen.took = memory::cpu_time() - began_work;
    Ok(seen)
}

/// What the target says, how long that takes, and how much memory it asks for at most.
fn once(target: &Target, input: &[u8]) -> (Option<String>, Duration, usize) {
    let before = memory::begin();
    let began = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(input))).ok();
    (outcome, began.elapsed(), memory::most_since(before))
}

/// How long a processor works on it: asking for that takes a system call, which is longer than most inputs take.
fn work_of(target: &Target, input: &[u8]) -> Duration {
    let began = memory::cpu_time();
    let _ = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    memory::cpu_time().saturating_sub(began)
}

/// Says which input hangs: a target that never comes back cannot be measured by who waits for it.
struct Watch {
    inputs: Arc<AtomicU64>,
    present: Arc<Mutex<Vec<u8>>>,
    ended: Arc<AtomicBool>,
}

impl Watch {
    /// Of all threads together.
    const HANGS: Duration = Duration::from_secs(60);

    fn start(name: &'static str) -> Self {
        let (inputs, ended) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let present = Arc::<Mutex<Vec<u8>>>::default();
        let (of_thread, end, bytes) = (inputs.clone(), ended.clone(), present.clone());
        thread::spawn(move || {
            let (mut last, mut since) = (0, memory::cpu_time_of_all());
            while !end.load(Relaxed) {
                thread::sleep(Duration::from_millis(100));
                let now = of_thread.load(Relaxed);
                if now != last {
                    (last, since) = (now, memory::cpu_time_of_all());
                } else if memory::cpu_time_of_all() - since > Self::HANGS {
                    let file = env::temp_dir().join(format!("gpucam-fuzz-{name}"));
                    let _ = fs::write(&file, &*bytes.lock().unwrap());
                    eprintln!("fuzz::{name}: input {now} hangs, in {}", file.display());
                    std::process::abort();
                }
            }
        });
        Self { inputs, present, ended }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.ended.store(true, Relaxed);
    }
}

/// The control: targets with a fault each.
fn faults_are_found() {
    fn panics(bytes: &[u8]) -> String {
        assert!(!bytes.contains(&0xff), "on purpose");
        "read".into()
    }
    fn is_slow(bytes: &[u8]) -> String {
        if bytes.len() > 40 {
            let end = memory::cpu_time() + LONGEST + Duration::from_millis(50);
            while memory::cpu_time() < end {}
        }
        "read".into()
    }
    fn is_large(bytes: &[u8]) -> String {
        let bytes = vec![0_u8; if bytes.len() > 40 { MOST_MEMORY + 1 } else { 1 }];
        std::hint::black_box(bytes).len().to_string()
    }
    for (run, fault) in
        [(panics as fn(&[u8]) -> String, Fault::Panic), (is_slow, Fault::Slow), (is_large, Fault::Large)]
    {
        let target = Target { name: "effects", run, words: &[] };
        let found = fuzz(&target, Duration::from_secs(20), 1).expect_err("a fault");
        assert_eq!(found.0, fault);
    }
}
