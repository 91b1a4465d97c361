//! `gpucam measure`.

use libtest_mimic::Trial;

use super::Workspace;
use crate::support::{Files, gpu_test, needs, test};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        needs(&[Files::MODEL], gpu_test("cli::measure::one_card", one_card)),
        test("cli::measure::bad_words", bad_words),
    ]
}

/// Measures one card with gpucam and the bare model: the tables, and the same figures as JSON.
fn one_card() {
    let workspace = Workspace::new();
    let line = "measure --scenes still --presenters 2 --chain gpucam,plain,truth --json m.json";
    let outcome = workspace.gpucam(line).models().run();
    let tables = outcome.silent().text();
    let row = |title: &str| {
        let line = tables.lines().find(|line| line.starts_with(&format!("| {title} |"))).expect("a row");
        line.split('|').nth(2).unwrap().trim().parse::<f64>().unwrap()
    };
    // The first table is the band error, here about 9 for gpucam and 67 for the bare model.
    assert!(tables.starts_with("### Band error"), "{tables}");
    assert!(row("gpucam") < 12.0 && row("plain") > 40.0 && row("exact alpha") == 0.0, "{tables}");
    // What was not measured is a dash with a reason, not a number.
    assert!(!tables.contains("NaN") && tables.contains("| – |"), "{tables}");
    assert!(tables.contains("flicker needs still and dark"), "{tables}");
    assert!(tables.contains("### Milliseconds on ") && tables.contains("| alpha |"), "{tables}");

    let json: serde_json::Value = serde_json::from_slice(&workspace.get("m.json")).unwrap();
    let card = |chain: usize| &json["chains"][chain]["cards"][0];
    assert_eq!(
        (json["chains"][1]["title"].as_str(), card(1)["scene"].as_str()),
        (Some("plain"), Some("still"))
    );
    let band = 1e3 * card(1)["band"].as_f64().unwrap();
    assert!((band - row("plain")).abs() <= 0.05 + 1e-9, "{band}");
    for (figure, best) in [("error", 0.0), ("band", 0.0), ("flicker", 0.0), ("iou", 1.0)] {
        assert_eq!(card(2)[figure].as_f64(), Some(best), "{figure}");
    }
    assert!(card(0)["rim_picture"].as_f64().unwrap() < card(1)["rim_picture"].as_f64().unwrap());
}

fn bad_words() {
    let workspace = Workspace::new();
    let measure = |line: &str| workspace.gpucam(&format!("measure {line}")).run();
    measure("--scenes beach").misused(&["beach", "foliage", "two"]);
    measure("--chain zoom").misused(&["zoom", "volcomix", "backscrub"]);
    measure("--presenters two").misused(&["two", "--presenters"]);
    measure("--effect none").misused(&["--effect"]);
    measure("--json nowhere/m.json").refused(&["nowhere", "mkdir"]);
    workspace.put("own.tflite", b"a model");
    measure("--model own.tflite --json own.tflite").refused(&["own.tflite", "is the input and the output"]);
    workspace.put("old.json", b"{}");
    let bench = "bench --no-start --compare old.json --json old.json";
    workspace.gpucam(bench).run().refused(&["old.json"]);
    assert!(workspace.get("own.tflite") == b"a model" && workspace.get("old.json") == b"{}");
}
