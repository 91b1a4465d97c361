//! A report as a page for people who look at shaders: one file, nothing else needed. And as a short block of text.

use std::fmt::Write as _;

use super::{
    charts::{self, COLOURS, Roof, escape, ms},
    report::{BenchReport, BenchRow, digits},
};

/// The case of the adapter's measured rates, and their names.
pub(super) const LIMITS: &str = "the adapter's limits";
pub(super) const COPY: &str = "copy in a shader, read + written";
pub(super) const ARITHMETIC: &str = "products and sums of f32";
/// The row of a whole frame on the GPU, after those of its passes.
const FRAME: &str = "whole frame, GPU";
/// Time between two frames at 60 a second, in milliseconds.
const INTERVAL: f64 = 1e3 / 60.0;

const STYLE: &str = include_str!("page.css");

/// The page; with an earlier run, both are compared.
pub fn page(report: &BenchReport, before: Option<&BenchReport>) -> String {
    let mut html = String::new();
    let adapter = escape(&report.adapter);
    let _ = writeln!(
        html,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>gpucam bench: {adapter}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <h1>gpucam bench</h1>\n<p class=\"lead\">{adapter}</p>"
    );
    facts(&mut html, report);
    let roof = roof(report);
    let cases = cases(report);
    let _ = writeln!(html, "<p>{LEGEND}</p>");
    for (case, rows) in &cases {
        match rows.iter().position(|row| row.name == FRAME) {
            Some(at) => frame(&mut html, case, rows, at, &roof),
            None if *case == LIMITS => {}
            None => table(&mut html, case, rows),
        }
    }
    if let Some(before) = before {
        comparison(&mut html, report, before);
    }
    html + "</body>\n</html>\n"
}

/// What all pictures have in common.
const LEGEND: &str = "Times are of the GPU, in milliseconds. The <b class=\"limit\">line in a bar</b> is the least that the \
    pass could take on this adapter: the bytes that it reads and writes at the rate of a plain copy, or its operations at \
    the rate of bare arithmetic, whichever is longer. A thin line reaches to the 95th percentile. Point at anything for its \
    figures.";

/// The rows of each case, in their order.
fn cases(report: &BenchReport) -> Vec<(&str, Vec<&BenchRow>)> {
    let mut cases: Vec<(&str, Vec<&BenchRow>)> = Vec::new();
    for row in &report.rows {
        match cases.iter_mut().find(|(case, _)| *case == row.case) {
            Some((_, rows)) => rows.push(row),
            None => cases.push((&row.case, vec![row])),
        }
    }
    cases
}

fn roof(report: &BenchReport) -> Roof {
    let rate = |name: &str| {
        let row = report.rows.iter().find(|row| row.case == LIMITS && row.name == name);
        row.map_or(0.0, |row| 1e9 * row.p50)
    };
    Roof { bytes: rate(COPY), operations: rate(ARITHMETIC) }
}

fn facts(html: &mut String, report: &BenchReport) {
    let _ = writeln!(html, "<dl class=\"facts\">");
    let own = [("gpucam", report.version.as_str()), ("passes timed by", report.clock.as_str())];
    let measured = report.rows.iter().filter(|row| row.case == LIMITS);
    let measured: Vec<_> =
        measured.map(|row| (row.name.clone(), format!("{} {}", digits(row.p50), row.unit))).collect();
    let facts = report.facts.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let measured = measured.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in own.into_iter().chain(facts).chain(measured) {
        let _ = writeln!(html, "<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value));
    }
    let _ = writeln!(html, "</dl>");
}

/// A case with frames: pictures, and the figures in a table that can be opened.
fn frame(html: &mut String, case: &str, rows: &[&BenchRow], at: usize, roof: &Roof) {
    let passes: Vec<&BenchRow> =
        rows[..at].iter().copied().filter(|row| row.dispatches.is_some() && row.p50 > 0.0).collect();
    let whole = rows[at];
    let _ = writeln!(html, "<section>\n<h2>{}</h2>", escape(case));
    let share = 100.0 * whole.p50 / INTERVAL;
    let dispatches: u64 = passes.iter().filter_map(|row| row.dispatches).sum();
    let _ = writeln!(
        html,
        "<p>A frame takes <b>{} ms</b> of the GPU, {share:.0} % of what 60 frames a second allow, in {dispatches} \
         dispatches.</p>",
        ms(whole.p50)
    );
    let mut figure = |title: &str, svg: String| {
        let _ = writeln!(html, "<h3>{title}</h3>\n{svg}");
    };
    if !passes.is_empty() {
        figure("The frame", charts::timeline(&passes, whole, INTERVAL));
        figure("Its passes", charts::bars(&passes, roof));
    }
    if let Some(svg) = charts::roofline(&passes, roof) {
        figure("Roofline", svg);
    }
    let frames: Vec<_> =
        rows.iter().copied().filter(|row| [FRAME, "bytes to bytes"].contains(&row.name.as_str())).collect();
    figure("Least, p50, p95, p99", charts::percentiles(&frames));
    let _ = writeln!(html, "<details><summary>All figures</summary>");
    table(html, "", rows);
    let _ = writeln!(html, "</details>\n</section>");
}

fn table(html: &mut String, case: &str, rows: &[&BenchRow]) {
    if !case.is_empty() {
        let _ = writeln!(html, "<h2>{}</h2>", escape(case));
    }
    let _ = writeln!(
        html,
        "<table><tr><th></th><th>unit</th><th>min</th><th>p50</th><th>p95</th><th>p99</th><th>MB</th><th>Mop</th>\
         <th>copy</th><th>arith</th></tr>"
    );
    for row in rows {
        let is_one = row.min == row.p99;
        let number = |value: f64| if is_one { String::new() } else { digits(value) };
        let millions = |amount: Option<f64>| amount.map_or(String::new(), |amount| digits(1e-6 * amount));
        let percent =
            |share: Option<f64>| share.map_or(String::new(), |share| format!("{:.0}%", 100.0 * share));
        let _ = writeln!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>\
             <td>{}</td></tr>",
            escape(row.name.trim()),
            escape(&row.unit),
            number(row.min),
            digits(row.p50),
            number(row.p95),
            number(row.p99),
            millions(row.bytes),
            millions(row.operations),
            percent(row.of_copy),
            percent(row.of_arithmetic)
        );
    }
    let _ = writeln!(html, "</table>");
}

/// The milliseconds that two runs share, by case.
fn comparison(html: &mut String, report: &BenchReport, before: &BenchReport) {
    let _ = writeln!(
        html,
        "<section>\n<h2>Against the other run</h2>\n<p>{} of gpucam {} above, this run below. Where half of the frames \
         differ by more than the two runs do, they count as the same.</p>",
        escape(&before.adapter),
        escape(&before.version)
    );
    let mut is_empty = true;
    for (case, rows) in cases(report) {
        let same = |row: &&BenchRow| {
            let found = before
                .rows
                .iter()
                .find(|other| (&other.case, &other.name, &other.unit) == (&row.case, &row.name, &row.unit));
            found.filter(|other| row.unit == "ms" && other.p50 > 0.0)
        };
        let pairs: Vec<_> = rows.iter().filter_map(|row| Some((same(row)?, *row))).collect();
        if !pairs.is_empty() {
            is_empty = false;
            let _ = writeln!(html, "<h3>{}</h3>\n{}", escape(case), charts::compared(&pairs));
        }
    }
    if is_empty {
        let _ = writeln!(html, "<p>The two runs have no time in common.</p>");
    }
    let _ = writeln!(html, "</section>");
}

/// A short block for an issue: the adapter, and for each case the frame and its five longest passes.
pub fn block(report: &BenchReport) -> String {
    let mut text = String::from("```text\n");
    let _ = writeln!(text, "gpucam {} on {}, timed by {}", report.version, report.adapter, report.clock);
    let roof = roof(report);
    let _ = writeln!(
        text,
        "copy {} GB/s, arithmetic {} GFLOP/s",
        digits(1e-9 * roof.bytes),
        digits(1e-9 * roof.operations)
    );
    for (case, rows) in cases(report) {
        let Some(at) = rows.iter().position(|row| row.name == FRAME) else { continue };
        let frame = rows[at];
        let _ = writeln!(text, "{case}: {} ms p50, {} ms p95", ms(frame.p50), ms(frame.p95));
        let mut passes: Vec<_> = rows[..at].iter().filter(|row| row.dispatches.is_some()).collect();
        passes.sort_by(|a, b| b.p50.total_cmp(&a.p50));
        let longest: Vec<_> =
            passes.iter().take(5).map(|row| format!("{} {}", row.name, ms(row.p50))).collect();
        let _ = writeln!(text, "  {}", longest.join(", "));
    }
    text + "```\n"
}

/// That every colour of the charts is in the style.
#[doc(hidden)]
pub fn colours() -> (usize, &'static str) {
    (COLOURS, STYLE)
}
