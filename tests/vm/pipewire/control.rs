//! A running gpucam that is controlled over D-Bus while a program watches.

use std::{
    fs,
    process::Output,
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::Trial;

use super::{
    daemon::{Desktop, Reader, Service, desktop_model_test, desktop_test, within},
    mark_picture, room_camera,
};
use crate::{
    frames::{Seen, Size},
    guest::gpucam,
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        desktop_model_test("pipewire::control_while_a_program_watches", while_a_program_watches),
        desktop_model_test("pipewire::control_over_the_bus", set_over_the_bus),
        desktop_model_test("pipewire::control_saved_before", saved_before_the_camera_came),
        desktop_model_test("pipewire::control_configuration", configuration),
        desktop_model_test("pipewire::control_linked_configuration", linked_configuration),
        desktop_test("pipewire::control_everything_configured", everything_configured),
        desktop_model_test("pipewire::control_release", release),
        desktop_model_test("pipewire::put_to_sleep", put_to_sleep),
        desktop_model_test("pipewire::a_gpu_that_was_late_is_freed", a_gpu_that_was_late_is_freed),
    ]
}

pub(super) const SIZE: Size = Size::SMALL;
/// Both hide the background.
pub(super) const PRESETS: &str =
    "effect = \"blur:40\"\n[preset.grey]\neffect = \"colour:#909090\"\n[preset.blur]\neffect = \"blur:40\"\n";
/// Hides nothing.
const OPEN_PRESET: &str = "[preset.open]\neffect = \"none\"\n";

/// Writes the user's configuration file.
pub(super) fn configure(desktop: &Desktop, text: &str) {
    let folder = desktop.path("home/.config/gpucam");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), text).unwrap();
}

/// Runs `gpucam` with these words.
pub(super) fn say(desktop: &Desktop, line: &str) -> Output {
    desktop.command(&gpucam()).args(line.split_whitespace()).output().unwrap()
}

/// Fails unless the command succeeds; what it printed.
#[track_caller]
pub(super) fn ask(desktop: &Desktop, line: &str) -> String {
    let output = say(desktop, line);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "gpucam {line}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// Fails unless the command ends with 1 and a sentence with these words.
#[track_caller]
fn refused(desktop: &Desktop, line: &str, words: &[&str]) {
    let output = say(desktop, line);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "gpucam {line}: {error}");
    assert_eq!(error.lines().count(), 1, "gpucam {line}: {error}");
    words.iter().for_each(|word| assert!(error.contains(word), "no '{word}' in: {error}"));
}

/// A field of `gpucam status --json`, as JSON.
#[track_caller]
pub(super) fn field(desktop: &Desktop, name: &str) -> serde_json::Value {
    let status: serde_json::Value = serde_json::from_str(&ask(desktop, "status --json")).unwrap();
    status.get(name).unwrap_or_else(|| panic!("no {name} in {status}")).clone()
}

/// Starts gpucam on the mark and waits until it can be controlled.
pub(super) fn start(desktop: &Desktop, flags: &str) -> Service {
    let picture = mark_picture(desktop, SIZE);
    let producer =
        desktop.producer(&format!("--input {} --fps 10 --output pipewire {flags}", picture.display()));
    within(60, "the bus", || say(desktop, "status").status.success());
    producer
}

/// Waits until the reader has seen this many frames of one kind in a row.
#[track_caller]
pub(super) fn sees(reader: &Reader, letter: char, count: usize) {
    within(120, &format!("{count} frames of kind {letter}"), || {
        reader.letters().chars().rev().take_while(|seen| *seen == letter).count() >= count
    });
}

fn while_a_program_watches() {
    let desktop = Desktop::start();
    configure(&desktop, &format!("{PRESETS}{OPEN_PRESET}"));
    let mut producer = start(&desktop, "");
    let reader = desktop.reader(SIZE, "");
    sees(&reader, 'h', 20);
    assert_eq!(field(&desktop, "consumers"), 1);
    assert_eq!(field(&desktop, "state"), "live");

    // Presets in turns: nothing but hidden frames, and each within a few frames.
    let first = reader.count();
    for (preset, effect) in [("grey", "colour:#909090"), ("blur", "blur:40"), ("grey", "colour:#909090")] {
        ask(&desktop, &format!("set --preset {preset}"));
        assert_eq!(field(&desktop, "effects"), serde_json::json!([effect]));
        reader.wait_for(10, 60);
    }
    let frames = reader.frames();
    assert!(frames[first..].iter().all(|frame| frame.seen == Seen::Hidden), "{}", reader.letters());
    let gaps = frames[first..].windows(2).map(|pair| pair[1].arrival - pair[0].arrival);
    let longest = gaps.fold(0.0, f64::max);
    note!("preset switches: {} frames, the longest gap {:.0} ms of 100", frames.len() - first, 1e3 * longest);

    // A pause: the slate is the next frame, and nothing else comes until it ends.
    let before = Instant::now();
    ask(&desktop, "pause");
    let (took, at) = (before.elapsed(), reader.count());
    reader.wait_for(4, 20);
    let after: String = reader.letters().chars().skip(at).collect();
    assert!(after.trim_start_matches('h').chars().all(|letter| letter == 's'), "{after}");
    assert!(after.chars().filter(|letter| *letter == 'h').count() <= 1, "{after}");
    note!("pause: the command took {took:?}, then {after}");
    assert_eq!(field(&desktop, "state"), "paused");
    assert_eq!(ask(&desktop, "toggle"), "resumed\n");
    sees(&reader, 'h', 3);

    // What fails changes nothing.
    refused(&desktop, "set --effect image:none.png", &["none.png", "no such file"]);
    refused(&desktop, "set --preset gray1", &["no preset 'gray1'", "blur, grey"]);
    refused(&desktop, "status --process 1", &["process 1", "no gpucam"]);
    assert!(!say(&desktop, "set --output x").status.success());
    assert!(!say(&desktop, "set --zoom 9").status.success());
    refused(&desktop, "set --preset open --effect image:none.png", &["none.png", "no such file"]);
    assert_eq!(field(&desktop, "preset"), "grey");
    // A preset that shows the room beside an effect that hides it: what comes first is never seen alone.
    ask(&desktop, "set --preset open --effect colour:#808080");
    assert_eq!(field(&desktop, "preset"), "open");
    ask(&desktop, "set --preset grey");

    // Another processor: the frames keep their size.
    ask(&desktop, "set --zoom 1.5 --mirror --rotate 90");
    assert_eq!(field(&desktop, "zoom"), 1.5);
    assert_eq!(field(&desktop, "mirror"), true);
    ask(&desktop, "set --unset zoom --mirror=false --rotate 0");
    assert_eq!(field(&desktop, "zoom"), 1.0);
    assert_eq!(field(&desktop, "mirror"), false);
    // All of it on one device; another rate, too.
    ask(&desktop, "set --fps 15 --quality low");
    ask(&desktop, "set --fps 10");
    within(30, "a device", || field(&desktop, "gpu_devices") != 0);
    assert_eq!(field(&desktop, "gpu_devices"), 1);
    // The control: another adapter, though it is the same one by number.
    ask(&desktop, "set --adapter 0");
    within(30, "another device", || field(&desktop, "gpu_devices") == 2);
    assert!(!reader.letters().contains('r'), "{}", reader.letters());

    // Control: the reader sees what is not hidden, once that is asked for, and not after hiding is.
    ask(&desktop, "set --effect none");
    sees(&reader, 'r', 3);
    ask(&desktop, "set --effect blur:40");
    let hidden_at = reader.count();
    sees(&reader, 'h', 5);
    let after: String = reader.letters().chars().skip(hidden_at + 1).collect();
    assert!(!after.contains('r'), "{after}");

    ask(&desktop, "quit");
    assert_eq!(producer.ended(), Some(0), "{}", producer.log());
    refused(&desktop, "status", &["no gpucam runs"]);
}

/// A value that is off takes nothing else along, two values that exclude each other are refused, and a pipe holds up
/// nothing.
fn set_over_the_bus() {
    let desktop = Desktop::start();
    let mut producer = start(&desktop, "--effect colour:#808080");
    let call = |method: &str, values: &[&str]| {
        let mut gdbus = desktop.command("gdbus");
        gdbus.args(["call", "--session", "--dest", "org.gpucam.Gpucam", "--object-path"]);
        gdbus.args(["/org/gpucam/Gpucam", "--method", method]).args(values).output().unwrap()
    };
    let property = |name: &str, value: &str| {
        let answer = call("org.freedesktop.DBus.Properties.Set", &["org.gpucam.Gpucam1", name, value]);
        assert!(answer.status.success(), "{answer:?}");
    };
    ask(&desktop, "set --zoom 1.5");
    property("Crop", "<''>");
    property("MaskView", "<''>");
    assert_eq!(field(&desktop, "zoom"), 1.5);
    assert_eq!(field(&desktop, "effects"), serde_json::json!(["colour:#808080"]));
    property("Grow", "<-2.0>");
    assert_eq!(field(&desktop, "grow"), -2.0);
    property("Grow", "<0.0>");
    assert_eq!(field(&desktop, "grow"), 0.0);
    let both = call("org.gpucam.Gpucam1.Set", &["{'crop': <'32x18'>, 'zoom': <2.0>}"]);
    let error = String::from_utf8_lossy(&both.stderr).into_owned();
    assert!(!both.status.success() && error.contains("exclude each other"), "{error}");

    let pipe = desktop.path("pictures/pipe.y4m");
    assert!(desktop.command("mkfifo").arg(&pipe).status().unwrap().success());
    let began = Instant::now();
    for input in [pipe.to_str().unwrap(), "-"] {
        refused(&desktop, &format!("set --input {input}"), &["is a pipe", "at the start"]);
    }
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    ask(&desktop, "set --mirror");
    let mut watcher = desktop.gpucam("status --watch");
    within(20, "a status", || !watcher.log().is_empty());
    ask(&desktop, "quit");
    assert_eq!(producer.ended(), Some(0), "{}", producer.log());
    assert_eq!(watcher.ended(), Some(0), "who watches ends with it: {}", watcher.log());
}

/// What is saved while a run waits for its camera counts when the camera comes.
fn saved_before_the_camera_came() {
    let desktop = Desktop::start();
    configure(&desktop, "effect = \"none\"\n");
    let waiting = desktop.gpucam("--wait --camera pipewire:room --fps 10 --output pipewire");
    within(60, "a sentence", || waiting.log().contains("waits for it"));
    configure(&desktop, "effect = \"colour:#808080\"\n");
    let _camera = room_camera(&desktop, &mark_picture(&desktop, SIZE));
    within(60, &waiting.log(), || desktop.has_node("gpucam"));
    let reader = desktop.reader(SIZE, "");
    sees(&reader, 'h', 5);
    reader.wait_for(10, 60);
    assert!(!reader.letters().trim_start_matches(['r', 's']).contains('r'), "{}", reader.letters());
}

/// A configuration that names everything, a virtual camera of PipeWire too.
fn everything_configured() {
    let desktop = Desktop::start();
    let picture = mark_picture(&desktop, SIZE);
    let name = picture.file_name().unwrap().to_str().unwrap();
    let link = desktop.path("home/.config/gpucam");
    fs::create_dir_all(&link).unwrap();
    fs::copy(&picture, link.join(name)).unwrap();
    configure(&desktop, &format!("input = \"{name}\"\noutput = \"pipewire\"\neffect = \"none\"\nfps = 10\n"));
    let _producer = desktop.producer("--on-demand");
    within(60, "the bus", || say(&desktop, "status").status.success());
    assert_eq!(field(&desktop, "outputs"), serde_json::json!(["pipewire:gpucam"]));
}

/// A saved file counts at once, a mistake in it changes nothing, and what was typed counts before it.
fn configuration() {
    let desktop = Desktop::start();
    let producer = start(&desktop, "--mirror --effect colour:#808080");
    let shows = |name: &str, want: serde_json::Value| {
        within(60, &format!("{name} {want}: {}", producer.log()), || field(&desktop, name) == want);
    };
    shows("zoom", 1.0.into());
    // Neither folder nor file existed when gpucam was started.
    configure(&desktop, "zoom = 2\neffect = \"blur\"\n");
    shows("zoom", 2.0.into());
    assert_eq!(field(&desktop, "effects"), serde_json::json!(["colour:#808080"]), "what was typed counts");
    configure(&desktop, "zoom = 99\n");
    within(20, "a sentence", || producer.log().contains("line 1, column 8"));
    refused(&desktop, "reload", &["config.toml", "line 1, column 8", "zoom"]);
    assert_eq!(field(&desktop, "zoom"), 2.0);
    configure(&desktop, "feather = 2\nmirror = false\nname = \"other\"\n");
    shows("feather", 2.0.into());
    assert_eq!(field(&desktop, "zoom"), 1.0);
    assert_eq!(field(&desktop, "mirror"), true, "what was typed counts");
    within(20, "a sentence", || producer.log().contains("name counts from the next start on"));
    ask(&desktop, "reload");
}

/// The file is a link into a folder of settings elsewhere, as many keep them.
fn linked_configuration() {
    let desktop = Desktop::start();
    let settings = desktop.path("settings/config.toml");
    fs::create_dir_all(settings.parent().unwrap()).unwrap();
    fs::write(&settings, "effect = \"blur:40\"\nzoom = 2\n").unwrap();
    let folder = desktop.path("home/.config/gpucam");
    fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink(&settings, folder.join("config.toml")).unwrap();
    let producer = start(&desktop, "--mirror");
    let shows = |want: f64| {
        within(60, &format!("zoom {want}: {}", producer.log()), || field(&desktop, "zoom") == want);
    };
    shows(2.0);
    fs::write(&settings, "effect = \"blur:40\"\nzoom = 1.5\n").unwrap();
    shows(1.5);
    ask(&desktop, "set --flip=true");
}

/// Number of voluntary switches and seconds of processor time of all threads, and resident kilobytes.
fn usage(pid: u32) -> (u64, f64, u64) {
    let number = |text: &str, name: &str| -> u64 {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or_default()
    };
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
    let switches = tasks.map(|task| {
        let text = fs::read_to_string(task.path().join("status")).unwrap_or_default();
        number(&text, "voluntary_ctxt_switches")
    });
    let switches = switches.sum();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let ticks: Vec<u64> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|word| word.parse().unwrap())
        .collect();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    (switches, (ticks[0] + ticks[1]) as f64 / 100.0, number(&status, "VmRSS"))
}

/// After a while without readers the GPU is released; for a reader it is back.
fn release() {
    const IDLE: u64 = 10;
    let desktop = Desktop::start();
    let producer = start(&desktop, "--effect blur --on-demand --grace 0 --release-idle 15");
    let first = |what: &str| {
        let began = Instant::now();
        let reader = desktop.reader(SIZE, "");
        within(60, "a frame", || reader.letters().contains('h'));
        note!("{what}: a frame after {:?}", began.elapsed());
        assert!(!reader.letters().contains('r'));
    };
    let idle = |what: &str| {
        let before = usage(producer.id());
        thread::sleep(Duration::from_secs(IDLE));
        let after = usage(producer.id());
        note!(
            "{what}: {:.1} wake-ups a second, {:.2} % of a core, {} MB resident",
            (after.0 - before.0) as f64 / IDLE as f64,
            100.0 * (after.1 - before.1) / IDLE as f64,
            after.2 / 1024
        );
        after.2
    };
    first("at the start");
    within(20, "idle", || field(&desktop, "state") == "idle");
    first("before the release");
    within(20, "idle", || field(&desktop, "state") == "idle");
    let before = idle("before the release");
    thread::sleep(Duration::from_secs(8));
    let after = idle("after the release");
    assert!(after < before, "{after} of {before} kB");
    first("after the release");
}

/// A process that is stopped for longer than a GPU may take, as by Ctrl-Z or with its virtual machine, goes on as if
/// nothing had been: the time is not the GPU's.
fn put_to_sleep() {
    const PATIENCE: Duration = Duration::from_millis(500);
    let desktop = Desktop::start();
    let tuning = desktop.path("tuning.toml");
    let text = format!("profile = \"software\"\npatience = {}\n", PATIENCE.as_millis());
    fs::write(&tuning, text).unwrap();
    let producer = start(&desktop, &format!("--effect blur:40 --tuning {}", tuning.display()));
    let reader = desktop.reader(SIZE, "");
    sees(&reader, 'h', 10);
    for _ in 0..20 {
        producer.signal("STOP");
        thread::sleep(PATIENCE + Duration::from_millis(200));
        producer.signal("CONT");
        thread::sleep(Duration::from_millis(230));
    }
    sees(&reader, 'h', 10);
    assert!(!reader.letters().contains('r'), "{}", reader.letters());
    assert!(!producer.log().contains("has not answered"), "{}", producer.log());
    assert_eq!(field(&desktop, "gpu_devices"), 1);
}

/// A GPU that was given up is freed once it has done its work: llvmpipe's has two threads on two cores.
fn a_gpu_that_was_late_is_freed() {
    let desktop = Desktop::start();
    let picture = mark_picture(&desktop, SIZE);
    let words =
        ["GPUCAM_FAULTS=late:30", &gpucam(), "--effect", "blur:40", "--fps", "10", "--output", "pipewire"];
    let producer = desktop.service("env", &[&words[..], &["--input", picture.to_str().unwrap()]].concat());
    within(60, "gpucam's node", || desktop.has_node("gpucam"));
    let reader = desktop.reader(SIZE, "");
    let threads_after = |late: usize| {
        within(120, &format!("{late} times late"), || {
            producer.log().matches("has not answered").count() >= late
        });
        sees(&reader, 'h', 25);
        fs::read_dir(format!("/proc/{}/task", producer.id())).unwrap().count()
    };
    let (before, after) = (threads_after(2), threads_after(7));
    note!("{before} threads, and {after} after five more");
    assert!(after <= before + 3, "{before} threads, then {after}");
}
