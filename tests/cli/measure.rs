//! `gpucam measure`.

use gpucam::internals::{gpu::Ask, sandbox};
use libtest_mimic::Trial;

use super::Workspace;
use crate::{
    model::tflite,
    support::{Files, gpu_test, limits::ask, needs, test},
};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        needs(&[Files::MODEL], gpu_test("cli::measure::one_card", one_card)),
        needs(&[Files::MODEL], gpu_test("cli::measure::a_clip", a_clip)),
        gpu_test("cli::measure::a_model_that_sees_another_frame", another_frame),
        test("cli::measure::bad_clips", bad_clips),
        test("cli::measure::bad_words", bad_words),
        test("cli::measure::is_in_the_sandbox", is_in_the_sandbox),
    ]
}

/// Measures one card with gpucam and the bare model: the tables, and the same figures as JSON.
fn one_card() {
    let workspace = Workspace::new();
    // What is named twice is measured once.
    let line = "measure --scenes still,still --presenters 2 --chain gpucam,plain,gpucam,truth --json m.json";
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
    let is_timed = matches!(ask(), Ask::Used);
    assert_eq!(tables.contains("### Milliseconds on ") && tables.contains("| alpha |"), is_timed, "{tables}");

    let json: serde_json::Value = serde_json::from_slice(&workspace.get("m.json")).unwrap();
    assert_eq!(json["chains"].as_array().map(Vec::len), Some(3), "{json}");
    assert_eq!(json["chains"][0]["cards"].as_array().map(Vec::len), Some(1), "{json}");
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

/// Measures a card's frame as if it were a clip with known alpha: as .npy, and as the luma of a .y4m.
fn a_clip() {
    let workspace = Workspace::new();
    let card = "-i testcard:still,2 --effect none -o clip.png --output-alpha alpha.npy";
    workspace.gpucam(card).models().run().text();
    let measure = |alpha: &str| {
        let line =
            format!("measure --clip clip.png --alpha {alpha} --chain gpucam,plain,truth --json m.json");
        workspace.gpucam(&line).models().run().silent().text().to_owned()
    };
    let figures = |table: &str, title: &str| -> Vec<String> {
        let line = table.lines().find(|line| line.starts_with(&format!("| {title} |"))).expect("a row");
        line.split('|').skip(2).map(|cell| cell.trim().to_owned()).collect()
    };
    let table = measure("alpha.npy");
    assert!(table.starts_with("### clip.png: 1 of 1 frames scored, 1280x720"), "{table}");
    // Band, F, IoU; no second frame, so no flicker; no picture of the room, so no colour errors.
    assert_eq!(figures(&table, "exact alpha")[..5], ["0.0", "1.000", "1.000", "–", "–"], "{table}");
    let band = |title: &str| figures(&table, title)[0].parse::<f64>().unwrap();
    assert!(band("gpucam") < 12.0 && band("plain") > 40.0, "{table}");
    let json: serde_json::Value = serde_json::from_slice(&workspace.get("m.json")).unwrap();
    assert!((1e3 * json["chains"][1]["band"].as_f64().unwrap() - band("plain")).abs() <= 0.05 + 1e-9);
    assert!(json["chains"][0]["flicker"].is_null() && json["scored"] == serde_json::json!([1]), "{json}");

    // In 219 steps a pixel beside one half may fall to the other side: the figures stay within a step of the exact ones.
    let npy = workspace.get("alpha.npy");
    let values = npy[npy.len() - 4 * 1280 * 720..].chunks_exact(4);
    let values: Vec<f32> = values.map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    let mut y4m = b"YUV4MPEG2 W1280 H720 F30:1 Cmono\nFRAME\n".to_vec();
    y4m.extend(values.iter().map(|alpha| (16.0 + 219.0 * alpha).round() as u8));
    workspace.put("alpha.y4m", &y4m);
    let coarse = measure("alpha.y4m");
    let coarse_band = figures(&coarse, "plain")[0].parse::<f64>().unwrap();
    assert!((coarse_band - band("plain")).abs() < 1e3 / 219.0, "{coarse}");
    // The control: everything upside down is no small difference.
    y4m[40..].reverse();
    workspace.put("alpha.y4m", &y4m);
    let wrong = figures(&measure("alpha.y4m"), "plain")[0].parse::<f64>().unwrap();
    assert!((wrong - band("plain")).abs() > 1e3 / 219.0, "control: {wrong}");
}

/// Volcomix's blur lays the mask over the whole frame, so it is refused where a blurred picture is measured and the mask
/// lies otherwise.
fn another_frame() {
    let workspace = Workspace::new();
    let clip = |luma: u8| [b"YUV4MPEG2 W64 H36 F30:1 Cmono\nFRAME\n".as_slice(), &[luma; 64 * 36]].concat();
    workspace.put("own.tflite", &tflite::small()).put("x.y4m", &clip(128)).put("alpha.y4m", &clip(16));
    let measure = |line: &str| {
        let line = format!("measure --offline --look once --model own.tflite --model-grid corners {line}");
        workspace.gpucam(&line).run()
    };
    let refused = ["volcomix", "whole frame", "--chain"];
    for chain in ["volcomix", "gpucam,volcomix-exposed"] {
        measure(&format!("--scenes still --presenters 2 --chain {chain}")).misused(&refused);
    }
    measure("--clip x.y4m --alpha alpha.y4m --from 1 --chain jitsi").misused(&refused);
    // The control: its mask alone is measured.
    let table = measure("--clip x.y4m --alpha alpha.y4m --from 1 --chain volcomix");
    assert!(table.text().contains("| Volcomix |"));
}

fn bad_clips() {
    let workspace = Workspace::new();
    let measure = |line: &str| workspace.gpucam(&format!("measure --offline {line}")).run();
    measure("--clip x.y4m").misused(&["--alpha"]);
    measure("--alpha x.npy").misused(&["--clip"]);
    measure("--clip x.y4m --alpha x.npy --scenes still").misused(&["--clip", "--scenes"]);
    measure("--clip x.y4m --alpha x.npy").refused(&["x.y4m", "no such file"]);
    let frame = |size: usize| [b"FRAME\n".as_slice(), &vec![128; size]].concat();
    let clip =
        |frames: usize| [b"YUV4MPEG2 W64 H36 F30:1 Cmono\n".to_vec(), frame(64 * 36).repeat(frames)].concat();
    workspace.put("x.y4m", &clip(12));
    measure("--clip x.y4m --alpha nowhere.npy").refused(&["nowhere.npy", "no such file"]);
    let npy = |shape: &str, bytes: usize| {
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
        let length = (header.len() as u16).to_le_bytes();
        [b"\x93NUMPY\x01\x00".as_slice(), &length, header.as_bytes(), &vec![255; bytes]].concat()
    };
    workspace.put("short.npy", &npy("(12, 36, 64)", 36 * 64));
    measure("--clip x.y4m --alpha short.npy").refused(&["short.npy", "2304 bytes", "27648"]);
    workspace.put("other.npy", &npy("(12, 18, 32)", 12 * 18 * 32));
    measure("--clip x.y4m --alpha other.npy").refused(&["other.npy", "32x18", "64x36", "same size"]);
    workspace.put("flat.npy", &npy("(2304,)", 2304));
    measure("--clip x.y4m --alpha flat.npy").refused(&["flat.npy", "[2304]", "[frames, h, w]"]);
    workspace.put("huge.npy", &npy("(4000000000, 4000000000, 4000000000)", 64));
    measure("--clip x.y4m --alpha huge.npy").refused(&["huge.npy", "4000000000x4000000000"]);
    measure("--clip x.y4m --alpha x.y4m --json x.y4m").unusable(&["x.y4m", "is the input and the output"]);
    assert!(workspace.get("x.y4m") == clip(12));
}

fn bad_words() {
    let workspace = Workspace::new();
    let measure = |line: &str| workspace.gpucam(&format!("measure --offline {line}")).run();
    measure("--scenes beach").misused(&["beach", "foliage", "two"]);
    measure("--chain zoom").misused(&["zoom", "volcomix", "backscrub"]);
    measure("--presenters two").misused(&["two", "--presenters"]);
    measure("--effect none").misused(&["--effect"]);
    measure("--json nowhere/m.json").refused(&["nowhere", "mkdir"]);
    workspace.put("own.tflite", b"a model");
    measure("--model own.tflite --json own.tflite").unusable(&["own.tflite", "is the input and the output"]);
    workspace.put("old.json", b"{}");
    let bench = "bench --offline --no-start --compare old.json --json old.json";
    workspace.gpucam(bench).run().refused(&["old.json"]);
    assert!(workspace.get("own.tflite") == b"a model" && workspace.get("old.json") == b"{}");
}

/// Before they open a file, `measure` and `bench` give up what they do not need; what cannot be read is said after that.
fn is_in_the_sandbox() {
    let support = sandbox::support();
    let held = format!("files={} calls={}", support.landlock > 0, support.seccomp);
    let workspace = Workspace::new();
    let last_words = |line: &str| {
        let outcome = workspace.gpucam(&format!("-v {line}")).run();
        assert_eq!(outcome.code, Some(1), "{outcome}");
        assert!(outcome.err.contains("nowhere"), "{outcome}");
        outcome.err
    };
    for line in [
        "measure --offline --clip nowhere.y4m --alpha nowhere.npy",
        "bench --offline --compare nowhere.json",
        "bench --offline --no-start --compare nowhere.json",
    ] {
        let text = last_words(line);
        assert!(text.contains("in the sandbox") && text.contains(&held), "{line}: {text}");
        // The control.
        let text = last_words(&format!("{line} --no-sandbox"));
        assert!(text.contains("no sandbox") && !text.contains("in the sandbox"), "{line}: {text}");
    }
}
