//! The results: rows as a table, as JSON, and compared with another run.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use crate::pipeline::timings::Quantiles;

/// Version of the form in which results are written; docs/BENCH.md has it. A higher one may lack what this one has.
pub const FORMAT: u32 = 1;

/// The results of one run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BenchReport {
    /// [`FORMAT`]; 0 for reports from before it was written.
    #[serde(default)]
    pub format: u32,
    /// What there is to know of the adapter: names and values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(String, String)>,
    /// gpucam's version.
    pub version: String,
    /// The adapter, as `gpucam adapters` prints it.
    pub adapter: String,
    /// The clock that timed the passes.
    pub clock: String,
    /// The adapter's peak throughput and the figures of all cases.
    pub rows: Vec<BenchRow>,
}

/// One figure of one case.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BenchRow {
    /// Size, model, effects and engine; or the subject of a measurement outside the frame.
    pub case: String,
    /// Name of the pass or the figure.
    pub name: String,
    /// Unit of the values.
    pub unit: String,
    /// Dispatches per frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispatches: Option<u64>,
    /// The camera's rate, in frames a second, for frames that came with its gaps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paced: Option<f64>,
    /// Minimum.
    pub min: f64,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Interquartile range as a fraction of p50.
    pub spread: f64,
    /// Bytes read and written per frame: each buffer and texture bound counts once if read and once if
    /// written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<f64>,
    /// Floating-point operations per frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operations: Option<f64>,
    /// Loads and stores per frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accesses: Option<f64>,
    /// Throughput of these bytes in p50 as a fraction of the measured copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_copy: Option<f64>,
    /// Rate of these operations in p50 as a fraction of the measured arithmetic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_arithmetic: Option<f64>,
}

impl BenchRow {
    /// The statistics of at least one value.
    pub fn new(case: &str, name: &str, unit: &str, values: &[f64]) -> Self {
        let Quantiles { p50, p95, p99 } = Quantiles::from_values(values);
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |q: f64| sorted[((sorted.len() - 1) as f64 * q).round() as usize];
        let spread = if p50 > 0.0 { (at(0.75) - at(0.25)) / p50 } else { 0.0 };
        let (case, name, unit) = (case.into(), name.into(), unit.into());
        Self { case, name, unit, min: sorted[0], p50, p95, p99, spread, ..Self::default() }
    }

    /// The ratios of `theirs` to `ours`, by median and by minimum.
    pub fn ratios(case: &str, what: &str, theirs: &Self, ours: &Self) -> [Self; 2] {
        let ratio = |by: &str, value| Self::one(case, &format!("{what}, {by}"), "×", value);
        [ratio("p50", theirs.p50 / ours.p50), ratio("min", theirs.min / ours.min)]
    }

    /// A row with a single value.
    pub fn one(case: &str, name: &str, unit: &str, value: f64) -> Self {
        Self::new(case, name, unit, &[value])
    }
}

impl BenchReport {
    /// A table of ratios for the rows that this run shares with an earlier one.
    pub fn compared_with(&self, before: &Self) -> String {
        let mut text = String::new();
        if before.adapter != self.adapter {
            let _ = writeln!(text, "the other run was on another adapter: {}", before.adapter);
        }
        let mut case = "";
        for row in &self.rows {
            let same = |other: &&BenchRow| {
                (&other.case, &other.name, &other.unit) == (&row.case, &row.name, &row.unit)
            };
            let Some(other) = before.rows.iter().find(same) else { continue };
            if row.case != case {
                case = &row.case;
                let _ = writeln!(
                    text,
                    "\n{case}, against the other run\n{:<34} {:>10} {:>10} {:>7} {:>7} {:>8}",
                    "", "before", "now", "ratio", "spread", ""
                );
            }
            let ratio = row.p50 / other.p50;
            let spread = row.spread.max(other.spread);
            // Half of the frames lie within the spread, so a smaller difference is not significant.
            let verdict = if (ratio - 1.0).abs() <= spread { "the same" } else { "" };
            let _ = writeln!(
                text,
                "{:<34} {:>10} {:>10} {ratio:>7.3} {:>6.0}% {verdict:>8}",
                format!("{}, {}", row.name, row.unit),
                digits(other.p50),
                digits(row.p50),
                100.0 * spread,
            );
        }
        if text.is_empty() { "the two runs have no row in common\n".into() } else { text }
    }
}

/// A number with four significant digits.
pub(super) fn digits(value: f64) -> String {
    match value.abs() {
        v if v >= 1000.0 => format!("{value:.0}"),
        v if v >= 100.0 => format!("{value:.1}"),
        v if v >= 10.0 => format!("{value:.2}"),
        v if v >= 0.1 || v == 0.0 => format!("{value:.3}"),
        _ => format!("{value:.4}"),
    }
}

fn percent(share: Option<f64>) -> String {
    share.map_or(String::new(), |share| format!("{:.0}%", 100.0 * share))
}

/// In millions.
fn millions(amount: Option<f64>) -> String {
    amount.map_or(String::new(), |amount| digits(amount * 1e-6))
}

/// What the columns mean.
const LEGEND: &str = "
disp.  dispatches a frame                   p50, p95, p99  50, 95, 99 of 100 frames take no longer
MB     megabytes read and written           copy   their rate in p50, as a share of a plain copy's
Mop    millions of arithmetic operations    arith  their rate in p50, as a share of bare arithmetic's
Macc   millions of memory accesses          docs/PERFORMANCE.md says more
";

impl fmt::Display for BenchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "gpucam {} on {}; passes are timed by {}", self.version, self.adapter, self.clock)?;
        let mut case = "";
        for row in &self.rows {
            if row.case != case {
                case = &row.case;
                writeln!(f, "\n{case}")?;
                writeln!(
                    f,
                    "{:<34} {:>5} {:>9} {:>9} {:>9} {:>9} {:>8} {:>8} {:>8} {:>5} {:>5}",
                    "", "disp.", "min", "p50", "p95", "p99", "MB", "Mop", "Macc", "copy", "arith"
                )?;
            }
            let name = format!("{}, {}", row.name, row.unit);
            write!(f, "{name:<34} {:>5}", row.dispatches.map_or(String::new(), |n| n.to_string()))?;
            if row.min == row.p99 {
                writeln!(f, " {:>9} {:>9}", "", digits(row.p50))?;
                continue;
            }
            let [min, p50, p95, p99] = [row.min, row.p50, row.p95, row.p99].map(digits);
            let line = format!(
                " {min:>9} {p50:>9} {p95:>9} {p99:>9} {:>8} {:>8} {:>8} {:>5} {:>5}",
                millions(row.bytes),
                millions(row.operations),
                millions(row.accesses),
                percent(row.of_copy),
                percent(row.of_arithmetic),
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        f.write_str(LEGEND)
    }
}
