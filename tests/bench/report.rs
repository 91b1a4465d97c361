use gpucam::internals::bench::{
    BenchReport, page,
    report::{BenchRow, FORMAT},
};

fn report(rows: Vec<BenchRow>) -> BenchReport {
    let (version, adapter, clock) = ("1".into(), "one".into(), "GPU timestamps".into());
    BenchReport { format: FORMAT, version, adapter, clock, rows, ..BenchReport::default() }
}

/// The values 1 to 100 times a factor, shuffled.
fn values(factor: f64) -> Vec<f64> {
    (0..100).map(|i| f64::from((i * 37) % 100 + 1) * factor).collect()
}

pub fn ratios() {
    let row = BenchRow::new("a case", "a pass", "ms", &values(1.0));
    assert_eq!((row.min, row.p50, row.p95, row.p99), (1.0, 50.0, 95.0, 99.0));
    assert_eq!(row.spread, 0.98, "from 26 to 75, about 50");

    let steady = |value: f64| BenchRow::new("a case", "another", "ms", &[value; 9]);
    let (before, now) = (report(vec![row.clone(), steady(8.0)]), report(vec![row, steady(4.0)]));
    let text = now.compared_with(&before);
    let line = |name: &str| text.lines().find(|line| line.contains(name)).expect("a line").to_owned();
    assert!(line("a pass").contains("1.000") && line("a pass").contains("the same"), "{text}");
    assert!(line("another").contains("0.500") && !line("another").contains("the same"), "{text}");
    // Rows of another case are not compared.
    let other = report(vec![BenchRow::new("another case", "a pass", "ms", &[1.0])]);
    assert!(now.compared_with(&other).contains("no row in common"));
}

pub fn json() {
    let mut row = BenchRow::new("a case", "a pass", "ms", &values(1.0 / 64.0));
    (row.dispatches, row.bytes, row.of_copy) = (Some(3), Some(1e6), Some(0.25));
    let text = serde_json::to_string(&report(vec![row])).expect("plain data");
    let back: BenchReport = serde_json::from_str(&text).expect("its own words");
    assert_eq!(serde_json::to_string(&back).expect("plain data"), text);
    let table = back.to_string();
    assert!(table.contains("a pass") && table.contains("25%") && table.contains("0.781"), "{table}");
    assert!(serde_json::from_str::<BenchReport>("{}").is_err(), "the control");
}

/// A run with two passes and a frame; `factor` times as long.
fn run(factor: f64) -> BenchReport {
    let pass = |name: &str, ms: f64, bytes: f64, operations: f64| BenchRow {
        dispatches: Some(2),
        bytes: Some(bytes),
        operations: Some(operations),
        ..BenchRow::new("1280x720, a <model>, blur", name, "ms", &values(factor * ms / 50.0))
    };
    let case = "1280x720, a <model>, blur";
    report(vec![
        BenchRow::one("the adapter's limits", "copy in a shader, read + written", "GB/s", 10.0),
        BenchRow::one("the adapter's limits", "products and sums of f32", "GFLOP/s", 100.0),
        pass("short", 1.0, 5e6, 1e6),
        pass("long & wide", 3.0, 1e6, 1e8),
        BenchRow {
            dispatches: Some(4),
            ..BenchRow::new(case, "whole frame, GPU", "ms", &values(factor * 0.09))
        },
        BenchRow::new(case, "bytes to bytes", "ms", &values(factor * 0.1)),
        BenchRow::one("starts", "cold", "ms", 500.0),
    ])
}

pub fn pages() {
    let now = run(1.0);
    let html = page::page(&now, Some(&run(0.25)));
    // Well-formed as far as that can be seen without a browser: every element that is opened is closed, names are escaped.
    for element in ["html", "head", "body", "section", "svg", "table", "details", "dl", "h2", "h3", "text"] {
        let starts = [format!("<{element} "), format!("<{element}>")];
        let opened: usize = starts.iter().map(|start| html.matches(start).count()).sum();
        let closed = html.matches(&format!("</{element}>")).count();
        assert_eq!(opened, closed, "{element}");
    }
    assert!(
        html.contains("a &lt;model&gt;") && !html.contains("<model>") && html.contains("long &amp; wide")
    );
    assert!(!html.contains("http") && !html.contains("<script"), "nothing from elsewhere");
    // The limit: 5 MB at 10 GB/s are 0.5 ms of 1, 100 million operations at 100 GFLOP/s are 1 ms of 3.
    assert!(html.contains("1.00 ms, 50 % of the limit"), "{html}");
    assert!(html.contains("3.00 ms, 33 % of the limit"), "{html}");
    assert!(html.contains("0.25 → 1.00, ×4.00") && !html.contains("NaN"), "{html}");
    // Control: without another run, nothing is compared; without rates, there is no roof.
    let alone = page::page(&now, None);
    assert!(!alone.contains("Against the other run") && alone.contains("Roofline"));
    let mut bare = now.clone();
    bare.rows.retain(|row| row.case != "the adapter's limits");
    assert!(!page::page(&bare, None).contains("Roofline"));
    // Every colour that a chart uses is in the style.
    let (count, style) = page::colours();
    assert!((0..count).all(|colour| style.contains(&format!(".c{colour} "))));

    let text = page::block(&now);
    assert!(text.starts_with("```text\n") && text.ends_with("```\n"), "{text}");
    assert!(text.contains("  long & wide 3.00, short 1.00\n") && text.contains("4.50 ms p50"), "{text}");
    assert!(text.lines().count() < 10, "{text}");
}

/// Passes that need about the same keep names that can be read. The control puts every name beside its dot.
pub fn names_do_not_overlap() {
    const PASSES: [&str; 5] = ["coefficients", "guide", "composite", "background", "blur_columns"];
    let mut now = run(1.0);
    let passes = PASSES.iter().zip(0..).map(|(name, i)| BenchRow {
        dispatches: Some(1),
        bytes: Some(1e6 + 2e4 * f64::from(i)),
        operations: Some(1e7),
        ..BenchRow::new("1280x720, a <model>, blur", name, "ms", &values(0.02))
    });
    // After those that stand there already, before the frame.
    now.rows.splice(4..4, passes);
    let html = page::page(&now, None);
    let plot = html.split("Roofline").nth(1).unwrap().split("</svg>").next().unwrap();
    let number = |text: &str, name: &str| -> f64 {
        text.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
    };
    let (mut labels, mut beside) = (Vec::new(), Vec::new());
    for name in PASSES {
        let line = plot.lines().find(|line| line.ends_with(&format!(">{name}</text>"))).expect(name);
        let (circle, text) = line.split_once("<text").unwrap();
        let wide = 6.0 * name.len() as f64;
        labels.push((number(text, "x"), number(text, "y"), wide));
        beside.push((number(circle, "cx") + 8.0, number(circle, "cy") + 4.0, wide));
    }
    // Letters of 12 pixels are 9 tall above their line.
    let overlap = |labels: &[(f64, f64, f64)]| {
        let apart = |a: &(f64, f64, f64), b: &(f64, f64, f64)| {
            a.0 + a.2 <= b.0 || b.0 + b.2 <= a.0 || (a.1 - b.1).abs() >= 9.0
        };
        (0..labels.len())
            .flat_map(|i| (0..i).map(move |j| (i, j)))
            .any(|(i, j)| !apart(&labels[i], &labels[j]))
    };
    assert!(!overlap(&labels), "{labels:?}");
    assert!(overlap(&beside), "the control");
}
