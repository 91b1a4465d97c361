//! The pictures of a report's page, as SVG. Colours come from the page's style, so that they fit light and dark.

use std::fmt::Write as _;

use super::report::BenchRow;

/// Width of a picture.
const WIDTH: f64 = 960.0;
/// Height of a line of text with its bar.
const LINE: f64 = 22.0;
/// Room for names at the left.
const NAMES: f64 = 190.0;
/// Room for numbers at the right.
const NUMBERS: f64 = 180.0;
/// Number of colours that the page has for passes.
pub(super) const COLOURS: usize = 8;

/// The highest rates of the adapter: bytes and operations a second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Roof {
    pub(super) bytes: f64,
    pub(super) operations: f64,
}

impl Roof {
    /// The milliseconds below which the adapter cannot do what a row counts, by its measured rates.
    pub(super) fn limit(&self, row: &BenchRow) -> Option<f64> {
        let time = |amount: Option<f64>, rate: f64| amount.filter(|_| rate > 0.0).map(|amount| amount / rate);
        let of = [time(row.bytes, self.bytes), time(row.operations, self.operations)];
        of.into_iter().flatten().reduce(f64::max).map(|seconds| 1e3 * seconds)
    }
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Milliseconds for people.
pub(super) fn ms(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v if v >= 0.1 => format!("{v:.2}"),
        v => format!("{v:.3}"),
    }
}

fn open(height: f64, what: &str) -> String {
    let what = escape(what);
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{what}\"><title>{what}</title>\n"
    )
}

/// A step of 1, 2 or 5 times a power of ten that divides `most` into up to ten parts.
fn step(most: f64) -> f64 {
    let rough = most / 10.0;
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|step| *step >= rough)
        .unwrap_or(power)
}

/// Lines and numbers of a scale from 0 to `most` milliseconds, between `left` and `right`.
fn scale(svg: &mut String, most: f64, (left, right): (f64, f64), height: f64) {
    let step = step(most);
    let mut at = 0.0;
    while at <= most * 1.0001 {
        let x = left + at / most * (right - left);
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{:.1}\"/><text class=\"tick\" x=\"{x:.1}\" \
             y=\"{:.1}\">{}</text>",
            height - 18.0,
            height - 4.0,
            trimmed(at)
        );
        at += step;
    }
    let _ =
        writeln!(svg, "<text class=\"unit\" x=\"{:.1}\" y=\"{:.1}\">ms</text>", right + 28.0, height - 4.0);
}

/// A number without needless zeros.
fn trimmed(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() { "0".into() } else { text.into() }
}

/// The frame from left to right: every pass for as long as it takes, then what is between them.
pub(super) fn timeline(passes: &[&BenchRow], frame: &BenchRow, interval: f64) -> String {
    let (height, top, tall) = (112.0, 40.0, 36.0);
    let most =
        1.05 * frame.p50.max(passes.iter().map(|row| row.p50).sum()).max(interval.min(2.0 * frame.p50));
    let x = |milliseconds: f64| milliseconds / most * (WIDTH - 40.0) + 4.0;
    let mut svg =
        open(height, &format!("the passes of a frame one after another, {} ms in all", ms(frame.p50)));
    scale(&mut svg, most, (x(0.0), x(most)), height);
    let mut at = 0.0;
    for (index, row) in passes.iter().enumerate() {
        let (left, width) = (x(at), x(at + row.p50) - x(at));
        let _ = writeln!(
            svg,
            "<rect class=\"c{}\" x=\"{left:.2}\" y=\"{top}\" width=\"{width:.2}\" height=\"{tall}\"><title>{}: {} \
             ms</title></rect>",
            index % COLOURS,
            escape(&row.name),
            ms(row.p50)
        );
        // A name stands where there is room for it.
        if width > 7.5 * row.name.len() as f64 {
            let (x, y) = (left + width / 2.0, top + tall / 2.0 + 4.0);
            let name = escape(&row.name);
            let _ = writeln!(svg, "<text class=\"on\" x=\"{x:.1}\" y=\"{y:.1}\">{name}</text>");
        }
        at += row.p50;
    }
    if frame.p50 > at {
        let (left, width) = (x(at), x(frame.p50) - x(at));
        let _ = writeln!(
            svg,
            "<rect class=\"rest\" x=\"{left:.2}\" y=\"{top}\" width=\"{width:.2}\" height=\"{tall}\"><title>between the \
             passes: {} ms</title></rect>",
            ms(frame.p50 - at)
        );
    }
    // Each has a line of its own, since both may end at the same place.
    let mut mark = |at: f64, line: f64, class: &str, words: &str| {
        if at <= most {
            let x = x(at);
            // Left of the line where there is room.
            let (side, words_at) = if x > 160.0 { ("end", x - 4.0) } else { ("start", x + 4.0) };
            let _ = writeln!(
                svg,
                "<line class=\"{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/><text \
                 class=\"{side}\" x=\"{words_at:.1}\" y=\"{:.1}\">{words}</text>",
                line - 10.0,
                top + tall + 6.0,
                line
            );
        }
    };
    mark(frame.p50, 30.0, "limit", &format!("whole frame {} ms", ms(frame.p50)));
    mark(interval, 14.0, "due", &format!("due at {:.0} a second", 1e3 / interval));
    svg + "</svg>\n"
}

/// A bar for each pass, with its 95th percentile, and the least that the adapter's rates allow drawn in.
pub(super) fn bars(passes: &[&BenchRow], roof: &Roof) -> String {
    let height = LINE * passes.len() as f64 + 24.0;
    let most = passes.iter().map(|row| row.p95).fold(f64::MIN_POSITIVE, f64::max);
    let right = WIDTH - NUMBERS;
    let x = |milliseconds: f64| NAMES + (milliseconds / most).min(1.0) * (right - NAMES);
    let mut svg = open(height, "how long each pass takes, and the limit of the adapter");
    scale(&mut svg, most, (NAMES, right), height);
    for (index, row) in passes.iter().enumerate() {
        let y = LINE * index as f64;
        let dispatches = match row.dispatches {
            Some(count) if count > 1 => format!(" ×{count}"),
            _ => String::new(),
        };
        let _ = writeln!(
            svg,
            "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}{dispatches}</text><rect class=\"c{}\" x=\"{NAMES}\" y=\"{:.1}\" \
             width=\"{:.2}\" height=\"{:.1}\"/><line class=\"whisker\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{:.1}\" \
             y2=\"{:.1}\"/>",
            NAMES - 8.0,
            y + 15.0,
            escape(&row.name),
            index % COLOURS,
            y + 3.0,
            x(row.p50) - NAMES,
            LINE - 6.0,
            x(row.p50),
            x(row.p95),
            y + LINE / 2.0,
            y + LINE / 2.0
        );
        let limit = roof.limit(row);
        if let Some(limit) = limit {
            let (x, y1, y2) = (x(limit), y + 1.0, y + LINE - 1.0);
            let _ = writeln!(
                svg,
                "<line class=\"limit\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{y1:.1}\" y2=\"{y2:.1}\"><title>limit: {} \
                 ms</title></line>",
                ms(limit)
            );
        }
        let of_limit =
            limit.map_or(String::new(), |limit| format!(", {:.0} % of the limit", 100.0 * limit / row.p50));
        let _ = writeln!(
            svg,
            "<text class=\"number\" x=\"{:.1}\" y=\"{:.1}\">{} ms{of_limit}</text>",
            right + 8.0,
            y + 15.0,
            ms(row.p50)
        );
    }
    svg + "</svg>\n"
}

/// Operations a second over operations a byte, both logarithmic, below the adapter's roof.
pub(super) fn roofline(passes: &[&BenchRow], roof: &Roof) -> Option<String> {
    let (height, left, right, top, bottom) = (396.0, 70.0, WIDTH - 30.0, 32.0, 352.0);
    // Operations a byte, and operations a second.
    let point = |row: &BenchRow| {
        let (bytes, operations) = (row.bytes.filter(|b| *b > 0.0)?, row.operations.filter(|o| *o > 0.0)?);
        Some((operations / bytes, operations / (1e-3 * row.p50)))
    };
    let points: Vec<_> =
        passes.iter().enumerate().filter_map(|(i, row)| Some((i, &row.name, point(row)?))).collect();
    if points.is_empty() || roof.bytes <= 0.0 || roof.operations <= 0.0 {
        return None;
    }
    let ridge = roof.operations / roof.bytes;
    let all = |axis: fn(&(f64, f64)) -> f64| points.iter().map(move |(_, _, point)| axis(point));
    let (mut least_x, mut most_x) = (ridge, ridge);
    all(|point| point.0).for_each(|x| (least_x, most_x) = (least_x.min(x), most_x.max(x)));
    let least_y = all(|point| point.1).fold(roof.operations, f64::min);
    // Whole powers of ten around all.
    let decade = |value: f64| value.log10().floor();
    let (x0, x1) = (decade(least_x), decade(most_x) + 1.0);
    let (y0, y1) = (decade(least_y), decade(roof.operations) + 1.0);
    let x = |value: f64| left + (value.log10() - x0) / (x1 - x0) * (right - left);
    let y = |value: f64| bottom - (value.log10() - y0) / (y1 - y0) * (bottom - top);
    let mut svg = open(height, "operations a second over operations a byte, and the adapter's roof");
    for power in x0 as i32..=x1 as i32 {
        let (at, words) = (x(10f64.powi(power)), trimmed(10f64.powi(power)));
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{top}\" y2=\"{bottom}\"/><text class=\"tick\" \
             x=\"{at:.1}\" y=\"{:.1}\">{words}</text>",
            bottom + 16.0
        );
    }
    for power in y0 as i32..=y1 as i32 {
        let (at, words) = (y(10f64.powi(power)), trimmed(10f64.powi(power - 9)));
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{left}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/><text class=\"name\" \
             x=\"{:.1}\" y=\"{:.1}\">{words}</text>",
            left - 6.0,
            at + 4.0
        );
    }
    let _ = writeln!(
        svg,
        "<text class=\"unit\" x=\"{right}\" y=\"{:.1}\">operations a byte</text><text class=\"start\" x=\"4\" \
         y=\"12\">GFLOP/s</text>",
        bottom + 36.0
    );
    // The roof: memory up to the ridge, arithmetic from there on.
    let foot = 10f64.powf(x0);
    let _ = writeln!(
        svg,
        "<clipPath id=\"plot\"><rect x=\"{left}\" y=\"{top}\" width=\"{:.1}\" height=\"{:.1}\"/></clipPath><polyline \
         clip-path=\"url(#plot)\" class=\"roof\" points=\"{:.1},{:.1} {:.1},{:.1} {right:.1},{:.1}\"/>",
        right - left,
        bottom - top,
        x(foot),
        y(foot * roof.bytes),
        x(ridge),
        y(roof.operations),
        y(roof.operations)
    );
    let dots: Vec<_> = points.iter().map(|(_, _, (intensity, rate))| (x(*intensity), y(*rate))).collect();
    let names: Vec<_> = points.iter().map(|(_, name, _)| name.as_str()).collect();
    let labels = labels(&dots, &names, (left, right));
    for (((index, name, (intensity, rate)), (x, y)), (label_x, label_y)) in
        points.iter().zip(&dots).zip(labels)
    {
        let name = escape(name);
        let _ = writeln!(
            svg,
            "<circle class=\"c{}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\"><title>{name}: {:.2} operations a byte, {:.2} \
             GFLOP/s</title></circle><text class=\"start\" x=\"{:.1}\" y=\"{:.1}\">{name}</text>",
            index % COLOURS,
            intensity,
            1e-9 * rate,
            label_x,
            label_y
        );
    }
    Some(svg + "</svg>\n")
}

/// Where the names of a plot's dots begin, so that none lies on another or on a dot, nor nearer to another dot than to its
/// own: beside its dot or above or below it, the first such place.
fn labels(dots: &[(f64, f64)], names: &[&str], (left, right): (f64, f64)) -> Vec<(f64, f64)> {
    const TALL: f64 = 13.0;
    // Left, top, right and bottom.
    type Rect = [f64; 4];
    let overlap = |a: &Rect, b: &Rect| a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
    let mut taken: Vec<Rect> = dots.iter().map(|(x, y)| [x - 5.0, y - 5.0, x + 5.0, y + 5.0]).collect();
    let place = |((x, y), name): (&(f64, f64), &&str)| {
        let width = 7.0 * name.chars().count() as f64;
        let (after, before, centred) = (x + 8.0, x - 8.0 - width, x - width / 2.0);
        let places = [
            (after, y + 4.0),
            (before, y + 4.0),
            (centred, y - 9.0),
            (centred, y + 18.0),
            (after, y - 9.0),
            (after, y + 18.0),
            (before, y - 9.0),
            (before, y + 18.0),
            (centred, y - 22.0),
            (centred, y + 31.0),
        ];
        let rect = |(x, y): (f64, f64)| [x, y - TALL + 3.0, x + width, y + 3.0];
        let is_free = |place: &(f64, f64)| {
            let own = rect(*place);
            own[0] >= left && own[2] <= right && !taken.iter().any(|other| overlap(&own, other))
        };
        let is_nearest = |place: &(f64, f64)| {
            let [x0, y0, x1, y1] = rect(*place);
            let far = |(x, y): &(f64, f64)| (x - x.clamp(x0, x1)).hypot(y - y.clamp(y0, y1));
            dots.iter().all(|dot| far(&(*x, *y)) <= far(dot))
        };
        let clear = places.into_iter().filter(is_free).find(is_nearest);
        let chosen = clear.or_else(|| places.into_iter().find(is_free)).unwrap_or(places[0]);
        taken.push(rect(chosen));
        chosen
    };
    dots.iter().zip(names).map(place).collect()
}

/// Least, median, 95th and 99th percentile of some rows, on one scale.
pub(super) fn percentiles(rows: &[&BenchRow]) -> String {
    let height = 30.0 * rows.len() as f64 + 24.0;
    let most = rows.iter().map(|row| row.p99).fold(f64::MIN_POSITIVE, f64::max);
    let right = WIDTH - NUMBERS;
    let x = |milliseconds: f64| NAMES + milliseconds / most * (right - NAMES);
    let mut svg = open(height, "percentiles of a frame's time");
    scale(&mut svg, most, (NAMES, right), height);
    for (index, row) in rows.iter().enumerate() {
        let y = 30.0 * index as f64 + 13.0;
        let _ = writeln!(
            svg,
            "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text><line class=\"whisker\" x1=\"{:.1}\" x2=\"{:.1}\" \
             y1=\"{y}\" y2=\"{y}\"/>",
            NAMES - 8.0,
            y + 4.0,
            escape(&row.name),
            x(row.min),
            x(row.p99)
        );
        for (value, name, class) in
            [(row.min, "least", "c0"), (row.p50, "p50", "c1"), (row.p95, "p95", "c2"), (row.p99, "p99", "c3")]
        {
            let _ = writeln!(
                svg,
                "<circle class=\"{class}\" cx=\"{:.1}\" cy=\"{y}\" r=\"5\"><title>{name}: {} ms</title></circle>",
                x(value),
                ms(value)
            );
        }
        let _ = writeln!(
            svg,
            "<text class=\"number\" x=\"{:.1}\" y=\"{:.1}\">{} / {} / {} ms</text>",
            right + 8.0,
            y + 4.0,
            ms(row.p50),
            ms(row.p95),
            ms(row.p99)
        );
    }
    svg + "</svg>\n"
}

/// Two runs: for each row that both have, a bar of the one before and a bar of this one.
pub(super) fn compared(pairs: &[(&BenchRow, &BenchRow)]) -> String {
    let line = 30.0;
    let height = line * pairs.len() as f64 + 24.0;
    let most = pairs.iter().map(|(a, b)| a.p50.max(b.p50)).fold(f64::MIN_POSITIVE, f64::max);
    let right = WIDTH - NUMBERS;
    let width = |milliseconds: f64| milliseconds / most * (right - NAMES);
    let mut svg = open(height, "the passes of two runs");
    scale(&mut svg, most, (NAMES, right), height);
    for (index, (before, now)) in pairs.iter().enumerate() {
        let y = line * index as f64;
        let ratio = now.p50 / before.p50;
        let is_same = (ratio - 1.0).abs() <= now.spread.max(before.spread);
        let verdict = if is_same { "the same".into() } else { format!("×{ratio:.2}") };
        let _ = writeln!(
            svg,
            "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text><rect class=\"rest\" x=\"{NAMES}\" y=\"{:.1}\" \
             width=\"{:.2}\" height=\"10\"><title>before: {} ms</title></rect><rect class=\"c1\" x=\"{NAMES}\" \
             y=\"{:.1}\" width=\"{:.2}\" height=\"10\"><title>now: {} ms</title></rect><text class=\"number\" x=\"{:.1}\" \
             y=\"{:.1}\">{} → {}, {verdict}</text>",
            NAMES - 8.0,
            y + 18.0,
            escape(&now.name),
            y + 3.0,
            width(before.p50),
            ms(before.p50),
            y + 14.0,
            width(now.p50),
            ms(now.p50),
            right + 8.0,
            y + 18.0,
            ms(before.p50),
            ms(now.p50)
        );
    }
    svg + "</svg>\n"
}
