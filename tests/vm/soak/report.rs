//! What a run was like: counts, curves, and whether they are flat.

use std::{collections::BTreeMap, fmt::Write, time::Duration};

use serde_json::Value;

/// What one process of gpucam held at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    pub at: Duration,
    pub process: u32,
    /// MiB in memory.
    pub memory: f64,
    /// Descriptors, threads, then objects on the GPU: buffers, bind groups, pipelines.
    pub counts: [f64; COUNTS],
}

pub const COUNTS: usize = 6;
/// The name of each, and how much more is no growth, if not a share: two descriptors or threads, which may be those of a
/// call that is under way, and the four buffers of a stream, since there may be one more program that watches.
const COUNTED: [(&str, Option<f64>); COUNTS] = [
    ("descriptors", Some(2.0)),
    ("threads", Some(2.0)),
    ("PipeWire's buffers", Some(4.0)),
    ("GPU buffers", None),
    ("GPU bind groups", None),
    ("GPU pipelines", None),
];

impl Sample {
    /// Reads /proc, and what `gpucam status --json` said.
    pub fn take(at: Duration, process: u32, status: &str) -> Option<Self> {
        let about = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let number = |name: &str| -> Option<f64> {
            about.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
        };
        let open: Vec<_> = std::fs::read_dir(format!("/proc/{process}/fd"))
            .ok()?
            .filter_map(|descriptor| std::fs::read_link(descriptor.ok()?.path()).ok())
            .collect();
        let buffers = open.iter().filter(|path| path.to_string_lossy().starts_with("/memfd:")).count();
        let status: Value = serde_json::from_str(status).unwrap_or_default();
        let objects = |name: &str| status["gpu_objects"][name].as_f64().unwrap_or_default();
        let counts = [
            (open.len() - buffers) as f64,
            number("Threads:")?,
            buffers as f64,
            objects("buffers"),
            objects("bind_groups"),
            objects("pipelines"),
        ];
        Some(Self { at, process, memory: number("VmRSS:")? / 1024.0, counts })
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<_> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// The median of the slopes between all pairs (Theil and Sen), a second: a few outliers do not move it.
fn slope(points: &[(f64, f64)]) -> f64 {
    let pairs = points.iter().enumerate().flat_map(|(i, a)| points[i + 1..].iter().map(move |b| (a, b)));
    median(pairs.filter(|(a, b)| b.0 > a.0).map(|(a, b)| (b.1 - a.1) / (b.0 - a.0)))
}

/// Fewest samples of one process by which it is judged, and the shortest time between the first and the last. In a
/// shorter time what all lives grow by, as they meet what there is, cannot be told from a leak: from 225 MiB at the
/// start to 265 or 290 after ten minutes.
const FEWEST: usize = 9;
const SHORTEST: f64 = 900.0;

/// What grows in a process that lived for long, in words. Its first third is its warm-up: effects, sizes and faults
/// that it meets for the first time.
///
/// Memory may grow by 16 MiB or a sixteenth over the rest of its life by the fitted slope, which is what an allocator's
/// pools and a driver's caches of compiled kernels differ by; what leaks a frame (0.2 MiB) at each disturbance passes
/// that in a hundred of them. Objects are counted exactly ([`COUNTED`]); those on the GPU differ with the effect that is on.
pub fn growth(samples: &[Sample]) -> Vec<String> {
    let mut lives = BTreeMap::<u32, Vec<&Sample>>::new();
    samples.iter().for_each(|sample| lives.entry(sample.process).or_default().push(sample));
    let mut grown = Vec::new();
    for (process, life) in lives {
        let settled = &life[life.len() / 3..];
        let (Some(first), Some(last)) = (settled.first(), settled.last()) else { continue };
        let span = last.at.as_secs_f64() - first.at.as_secs_f64();
        if life.len() < FEWEST || span < SHORTEST {
            continue;
        }
        let points: Vec<_> = settled.iter().map(|s| (s.at.as_secs_f64(), s.memory)).collect();
        let (more, usual) = (slope(&points) * span, median(points.iter().map(|point| point.1)));
        if more > (usual / 16.0).max(16.0) {
            grown.push(format!(
                "process {process}: {more:.1} MiB more memory in {span:.0} s, of {usual:.0} MiB"
            ));
        }
        let (early, late) = settled.split_at(settled.len() / 2);
        for (index, (name, slack)) in COUNTED.iter().enumerate() {
            let of = |part: &[&Sample]| median(part.iter().map(|sample| sample.counts[index]));
            let (before, after) = (of(early), of(late));
            let slack = slack.unwrap_or(16.0 + before / 8.0);
            if after > before + slack {
                grown.push(format!("process {process}: {name} grow from {before:.0} to {after:.0}"));
            }
        }
    }
    grown
}

/// Least, median and most memory, and median counts, of each tenth of the run.
pub fn curve(samples: &[Sample], whole: Duration) -> String {
    let mut text = String::from("tenth   memory in MiB: least median most   medians of the counts\n");
    for tenth in 0..10 {
        let of = |sample: &&Sample| (sample.at.as_secs_f64() / whole.as_secs_f64() * 10.0) as usize == tenth;
        let part: Vec<_> = samples.iter().filter(of).collect();
        if part.is_empty() {
            let _ = writeln!(text, "{:>5}   none", tenth + 1);
            continue;
        }
        let memory = || part.iter().map(|sample| sample.memory);
        let (least, most) = memory().fold((f64::MAX, 0.0f64), |(a, b), m| (a.min(m), b.max(m)));
        let _ = write!(text, "{:>5}   {least:>20.0} {:>6.0} {most:>4.0}  ", tenth + 1, median(memory()));
        for (index, (name, _)) in COUNTED.iter().enumerate() {
            let _ = write!(text, " {name} {:.0}", median(part.iter().map(|sample| sample.counts[index])));
        }
        text.push('\n');
    }
    text
}
