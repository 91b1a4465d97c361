//! A driver that loses the GPU, as after a reset of the hardware: lose.c stands before software Vulkan and answers so. Faults
//! that gpucam injects into itself leave the driver's device as it is.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    thread,
    time::Duration,
};

use libtest_mimic::Trial;

use super::{
    control::{SIZE, sees},
    daemon::{Desktop, Service, desktop_model_test, within},
    mark_picture, room_camera,
};
use crate::guest::gpucam;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        desktop_model_test("pipewire::a_gpu_that_hangs_and_is_reset", hangs_and_is_reset),
        desktop_model_test("pipewire::a_gpu_that_is_lost_keeps_its_room", lost_with_a_room),
    ]
}

/// Compiles the driver, once.
fn driver_that_loses() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let library = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pipewire-lose.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vm/pipewire/lose.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-Wall", "-Wextra", "-shared", "-fPIC", "-o"]);
        compiler.arg(&library).args([source, "-ldl"]);
        assert!(compiler.status().unwrap().success(), "{source} cannot be compiled");
        library
    })
}

/// Settings of the environment with which frame `at` of the first device is never done, and the device lost `after`
/// milliseconds later.
fn losing(desktop: &Desktop, at: u32, after: u32) -> Vec<String> {
    let drivers = fs::read_dir("/usr/share/vulkan/icd.d").unwrap().flatten().map(|entry| entry.path());
    let software = drivers.into_iter().find(|path| path.to_string_lossy().contains("/lvp_icd")).unwrap();
    let about: serde_json::Value = serde_json::from_str(&fs::read_to_string(software).unwrap()).unwrap();
    let driver = about["ICD"]["library_path"].as_str().unwrap();
    let own = serde_json::json!({
        "file_format_version": "1.0.0",
        "ICD": { "library_path": driver_that_loses(), "api_version": about["ICD"]["api_version"] },
    });
    let (manifest, tuning) = (desktop.path("lose.json"), desktop.path("tuning.toml"));
    fs::write(&manifest, own.to_string()).unwrap();
    fs::write(&tuning, "profile = \"software\"\npatience = 1000\n").unwrap();
    vec![
        format!("VK_DRIVER_FILES={}", manifest.display()),
        format!("GPUCAM_TUNING={}", tuning.display()),
        format!("DRIVER={driver}"),
        format!("LOSE_AT={at}"),
        format!("LOSE_AFTER={after}"),
    ]
}

/// gpucam on such a driver. A driver in a temporary folder could not be opened again in the sandbox.
fn start(desktop: &Desktop, environment: Vec<String>, flags: &str) -> Service {
    let mut words = environment;
    words.push(gpucam());
    words.extend("--effect blur:40 --offline --no-sandbox --output pipewire".split(' ').map(String::from));
    words.extend(flags.split_whitespace().map(String::from));
    let service = desktop.service("env", &words.iter().map(String::as_str).collect::<Vec<_>>());
    within(60, "gpucam's node", || desktop.has_node("gpucam"));
    service
}

/// The GPU opens again after the hang, and what hung is looked at until the driver gives it up: that ends nothing.
fn hangs_and_is_reset() {
    let desktop = Desktop::start();
    let picture = mark_picture(&desktop, SIZE);
    let flags = format!("--fps 10 --input {}", picture.display());
    let mut producer = start(&desktop, losing(&desktop, 40, 8000), &flags);
    let reader = desktop.reader(SIZE, "");
    within(120, "a hang", || producer.log().contains("has not answered"));
    within(60, "another GPU", || producer.log().contains("the GPU is open again"));
    // Longer than until the reset, and than between two looks.
    thread::sleep(Duration::from_secs(12));
    assert!(producer.runs(), "gpucam ended: {}", producer.log());
    sees(&reader, 'h', 25);
    assert!(!reader.letters().contains('r'), "{}", reader.letters());
    assert_eq!(producer.log().matches("has not answered").count(), 1, "{}", producer.log());
    // wgpu's panic is an answer, and no word of it is printed.
    assert!(!producer.log().contains("panicked"), "{}", producer.log());
}

/// The room would be read once more at the end of a GPU, and there is nothing left to read.
fn lost_with_a_room() {
    let desktop = Desktop::start();
    let picture = mark_picture(&desktop, SIZE);
    let _camera = room_camera(&desktop, &picture);
    let flags = "--camera pipewire:room --max-mask-age 2000 --learn-room on --keep-room";
    let mut producer = start(&desktop, losing(&desktop, 40, 0), flags);
    let reader = desktop.reader(SIZE, "");
    within(120, "another GPU", || {
        assert!(producer.runs(), "gpucam ended: {}", producer.log());
        producer.log().contains("the GPU is open again")
    });
    sees(&reader, 'h', 25);
    assert!(producer.runs() && !producer.log().contains("panicked"), "{}", producer.log());
    assert!(!reader.letters().contains('r'), "{}", reader.letters());
}
