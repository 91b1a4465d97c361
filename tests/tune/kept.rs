//! What is kept, and when it holds.

use std::{fs, path::Path};

use gpucam::internals::{
    Tuning,
    gpu::space::Choice,
    tune::{
        End, Gain, Tuned,
        kept::{self, Kept},
    },
};
use libtest_mimic::Trial;

use super::the;
use crate::support::{gpu::gpu, gpu_test};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        gpu_test("tune::kept::holds_on_the_same_driver_only", holds),
        gpu_test("tune::kept::damaged_files_are_refused", damaged),
    ]
}

/// What a tuning might have found: one field of each part, other values than the table's.
fn found() -> (Tuned, wgpu::AdapterInfo) {
    let info = gpu().info().clone();
    (found_on(&info), info)
}

fn found_on(info: &wgpu::AdapterInfo) -> Tuned {
    // As many as the table of Mesa 23 and newer needs.
    let limits = wgpu::Limits { max_storage_textures_per_shader_stage: 8, ..Default::default() };
    let table = Tuning::for_adapter(info);
    let mut tuned = Tuned {
        tuning: table,
        gains: Vec::new(),
        frame: Some([2.0, 1.5]),
        counts: [2, 3, 0, 0],
        end: End::Finished,
        clock: "GPU timestamps",
    };
    for name in ["passes.composite_rows", "kernels.values"] {
        let tunable = the(name);
        let from = tunable.of(&tuned.tuning);
        let to = *tunable.choices.iter().find(|choice| **choice != from).expect("another");
        tuned.tuning = tunable.set(&tuned.tuning, to, &limits).expect("it is sound");
        tuned.gains.push(Gain { field: tunable.name, from, to, ratio: 0.9 });
    }
    tuned
}

fn read(file: &Path, text: &str, info: &wgpu::AdapterInfo) -> Kept {
    fs::write(file, text).expect("a file");
    kept::read_from(file, info)
}

fn holds() {
    let (tuned, info) = found();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tuning.toml");
    assert!(matches!(kept::read_from(&file, &info), Kept::Nothing));
    let text = kept::text(&info, &tuned, "1280x720, \"a model\", GPU timestamps");
    let Kept::Holds(tuning, measured) = read(&file, &text, &info) else { panic!("{text}") };
    assert_eq!(*tuning, tuned.tuning, "{text}");
    assert!(*tuning != Tuning::for_adapter(&info), "the control");
    assert_eq!(measured.how(), "1280x720, \"a model\", GPU timestamps");
    assert!(
        measured.gains().len() == 2 && measured.gains()[1].ends_with("network -10.0 %"),
        "{:?}",
        measured.gains()
    );
    // On every table.
    for (device_type, driver) in [
        (wgpu::DeviceType::Cpu, "Mesa 22.3.6"),
        (wgpu::DeviceType::Cpu, "Mesa 25.0.7"),
        (wgpu::DeviceType::Cpu, ""), // SwiftShader
        (wgpu::DeviceType::IntegratedGpu, "Mesa 25.0.7"),
        (wgpu::DeviceType::DiscreteGpu, "575.64"),
    ] {
        let info = wgpu::AdapterInfo { device_type, driver_info: driver.into(), ..info.clone() };
        let tuned = found_on(&info);
        let text = kept::text(&info, &tuned, "1280x720");
        let file = folder.path().join("other.toml");
        let Kept::Holds(tuning, _) = read(&file, &text, &info) else { panic!("{driver}: {text}") };
        assert_eq!(*tuning, tuned.tuning, "{driver}: {text}");
    }
    // The same file is one for --tuning.
    assert_eq!(Tuning::open(&file), Ok(tuned.tuning));
    // Another driver, another adapter of the name, another build: measured again.
    let newer = wgpu::AdapterInfo { driver_info: "Mesa 99.1".into(), ..info.clone() };
    let other = wgpu::AdapterInfo { device: info.device + 1, ..info.clone() };
    for info in [newer, other] {
        let outdated = kept::read_from(&file, &info);
        assert!(
            matches!(&outdated, Kept::Outdated(why) if why.contains("Mesa 99.1") || why.contains("numbers")),
            "{outdated:?}"
        );
    }
    for key in ["shaders", "gpucam"] {
        let line = text.lines().find(|line| line.starts_with(&format!("{key} = "))).expect(key);
        let changed = text.replace(line, &format!("{key} = \"other\""));
        assert!(
            matches!(read(&file, &changed, &info), Kept::Outdated(why) if why.contains("other")),
            "{key}"
        );
    }
}

fn damaged() {
    let (tuned, info) = found();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tuning.toml");
    let text = kept::text(&info, &tuned, "");
    let Choice::Count(rows) = the("passes.composite_rows").of(&tuned.tuning) else { panic!("a number") };
    let rows = format!("composite_rows = {rows}");
    let all = [
        (String::new(), "measured"),
        (text[..text.len() / 2].to_owned(), ""),
        (text.replace("profile = ", "profil = "), "profile"),
        (text.replace(&rows, "composite_rows = 1000"), "1 to 64"),
        (text.replace(&rows, "composite_rows = \"many\""), ""),
        (text.replace(&rows, &format!("{rows}\nunknown = 1")), "unknown"),
        (
            text.replace("profile = ", "look_twice = true\nlearn_room = true\npatience = 3000\nprofile = "),
            "never does",
        ),
        ("\u{0}\u{1}".into(), ""),
    ];
    for (text, part) in all {
        match read(&file, &text, &info) {
            Kept::Damaged(why) => {
                assert!(
                    why.contains("tuning.toml") && why.contains(part) && !why.contains('\n'),
                    "{why}\n{text}"
                );
            }
            other => panic!("{other:?} of {text}"),
        }
    }
    assert!(matches!(read(&file, &text, &info), Kept::Holds(..)), "the control");
}
