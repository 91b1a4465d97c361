use gpucam::internals::bench::{BenchReport, report::BenchRow};

fn report(rows: Vec<BenchRow>) -> BenchReport {
    BenchReport { version: "1".into(), adapter: "one".into(), clock: "GPU timestamps".into(), rows }
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
