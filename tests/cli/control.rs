//! Controlling a running gpucam: what can be tested without a virtual camera. `tests/vm/pipewire/control.rs` has the
//! rest.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::Path,
    process::Command,
    thread,
    time::Duration,
};

use gpucam::internals::live::{CameraLock, InstanceError};
use libtest_mimic::Trial;

use super::Workspace;
use crate::support::{test, trials::trial};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("cli::control::nothing_to_control", nothing_to_control),
        test("cli::control::no_shared_runtime_folder", no_shared_runtime_folder),
        test("cli::control::wrong_flags", wrong_flags),
        test("cli::control::kept_rooms_are_told_and_removed", kept_rooms_are_told_and_removed),
        test("cli::control::one_for_each_camera", one_for_each_camera),
        trial(
            "cli::control::the_unit",
            || match Command::new("systemd-analyze").arg("--version").output() {
                Ok(_) => Ok(()),
                Err(_) => Err("systemd-analyze".into()),
            },
            the_unit,
        ),
    ]
}

const NO_BUS: [(&str, &str); 2] =
    [("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent"), ("XDG_RUNTIME_DIR", "/nonexistent")];

/// One sentence, within a moment.
fn nothing_to_control() {
    let workspace = Workspace::new();
    for line in [
        "status",
        "status --json --watch",
        "set --effect blur",
        "pause",
        "resume",
        "toggle",
        "reload",
        "quit",
    ] {
        let run = NO_BUS
            .iter()
            .fold(workspace.gpucam(line).env("TMPDIR", workspace.0.path()), |run, (name, value)| {
                run.env(name, value)
            });
        run.run().refused(&["session bus"]);
    }
    // A bus on which no gpucam is.
    let Ok(output) = Command::new("dbus-run-session")
        .args(["--", env!("CARGO_BIN_EXE_gpucam"), "status"])
        .env("XDG_RUNTIME_DIR", workspace.0.path())
        .output()
    else {
        note!("dbus-run-session is missing");
        return;
    };
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("gpucam: no gpucam runs; start it with"), "{text}");
    assert_eq!(output.status.code(), Some(1));
}

fn wrong_flags() {
    let workspace = Workspace::new();
    let run = |line: &str| workspace.gpucam(line).run();
    run("set").misused(&["nothing to set", "--effect blur:20"]);
    run("set --zoom 9").misused(&["--zoom", "1 to 8"]);
    run("set --output /dev/video4").misused(&["--output"]);
    run("set --mirror=maybe").misused(&["--mirror", "maybe"]);
    run("set --zoom 2 --crop 64x36").misused(&["--crop"]);
    run("set --effect image:none.png,fit=x").unusable(&["fit"]);
    run("pause now").misused(&["now"]);
    run("service start").misused(&["start"]);
    run("--tray --input testcard --output a.png").misused(&["--tray", "virtual camera"]);
}

/// Without any gpucam that runs.
fn kept_rooms_are_told_and_removed() {
    let workspace = Workspace::new();
    let run = |line: &str| {
        let run = NO_BUS
            .iter()
            .fold(workspace.gpucam(line).env("TMPDIR", workspace.0.path()), |run, (name, value)| {
                run.env(name, value)
            });
        run.env("XDG_STATE_HOME", workspace.at("state")).run()
    };
    let told = |what: &str| String::from_utf8_lossy(&run("doctor --for files").out).contains(what);
    assert_eq!(run("learn --forget").text().trim(), "no room was kept");
    assert!(!told("kept in"));
    let rooms = workspace.at("state/gpucam/rooms");
    fs::create_dir_all(&rooms).unwrap();
    for name in ["a.room", "b.room", "b.4711.room"] {
        fs::write(rooms.join(name), [0; 1000]).unwrap();
    }
    fs::write(rooms.join("notes.txt"), "mine").unwrap();
    assert!(told(&format!("3 learnt rooms are kept in {}", rooms.display())));
    assert_eq!(run("learn --forget").text().trim(), "the 3 rooms that were kept are removed");
    assert_eq!(fs::read_dir(&rooms).unwrap().count(), 1, "what is no room stays");
    assert!(!told("kept in"));
}

/// A program that gpucam starts sees the runtime folder that gpucam's own libraries look for sockets in: without one of the
/// session it is a folder of this user alone, and none where somebody has put a link in its place.
fn no_shared_runtime_folder() {
    let workspace = Workspace::new();
    let (shared, own) = (workspace.at("tmp"), workspace.at("tmp").join(format!("gpucam-{}", own_id())));
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, Permissions::from_mode(0o1777)).unwrap();
    fs::create_dir(workspace.at("bin")).unwrap();
    for name in ["ffmpeg", "ffprobe"] {
        let (path, told) = (workspace.at("bin").join(name), workspace.at("told"));
        fs::write(&path, format!("#!/bin/sh\necho \"<$XDG_RUNTIME_DIR>\" >{}\n", told.display())).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }
    let seen = || {
        let mut doctor = workspace.gpucam("doctor --for files").without_adapter();
        doctor = doctor.env("PATH", workspace.at("bin")).env("TMPDIR", &shared);
        doctor.command.env_remove("XDG_RUNTIME_DIR");
        doctor.run();
        String::from_utf8(workspace.get("told")).unwrap().trim().to_owned()
    };
    if Path::new(&format!("/run/user/{}", own_id())).is_dir() {
        note!("this session has a runtime folder");
        return;
    }
    assert_eq!(seen(), format!("<{}>", own.display()));
    assert_eq!(fs::metadata(&own).unwrap().mode() & 0o777, 0o700);
    fs::remove_dir(&own).unwrap();
    symlink(workspace.at("bin"), &own).unwrap();
    assert_eq!(seen(), "<>");
}

fn own_id() -> u32 {
    fs::metadata("/proc/self").unwrap().uid()
}

/// The second one is told which process has the camera. Another camera is free, and so is the same one once the
/// first has ended.
fn one_for_each_camera() {
    let folder = tempfile::tempdir().unwrap();
    let take = |camera: &str| CameraLock::take_in(folder.path(), Path::new(camera));
    let first = take("/dev/video0").unwrap().expect("a lock");
    let Err(InstanceError::CameraTaken { camera, pid }) = take("/dev/video0") else { panic!("two have it") };
    assert_eq!((camera.as_str(), pid), ("/dev/video0", std::process::id().to_string()));
    assert!(take("/dev/video1").unwrap().is_some());
    drop(first);
    // Programs that other tests start hold the lock too, between fork and exec.
    let freed = (0..100).any(|_| {
        thread::sleep(Duration::from_millis(50));
        take("/dev/video0").is_ok_and(|lock| lock.is_some())
    });
    assert!(freed, "the lock outlives its owner");
    // Without a folder for it nobody is kept out.
    assert!(CameraLock::take_in(Path::new("/nonexistent"), Path::new("/dev/video0")).unwrap().is_none());
}

/// systemd finds nothing wrong with the unit that is written, and does with a damaged one.
fn the_unit() {
    let workspace = Workspace::new();
    let written = workspace.gpucam("service install --no-start").run();
    let own = workspace.at(".config/systemd/user/gpucam.service");
    assert_eq!(written.text().trim(), own.display().to_string());
    let unit = fs::read_to_string(&own).unwrap();
    let line = format!("ExecStart={} --on-demand --wait --tray", env!("CARGO_BIN_EXE_gpucam"));
    assert!(unit.lines().any(|written| written == line), "{unit}");
    for line in ["Type=notify", "Restart=on-failure", "WantedBy=default.target", "NoNewPrivileges=yes"] {
        assert!(unit.lines().any(|written| written == line), "no {line}");
    }
    let verify = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gpucam.service");
        fs::write(&path, text).unwrap();
        let mut command = Command::new("systemd-analyze");
        command.args(["verify", "--user", "--man=no"]).arg(&path).env("XDG_RUNTIME_DIR", folder.path());
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        // Other units of the machine are not ours.
        said.lines().filter(|line| line.contains("gpucam")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(verify(&unit), Vec::<String>::new());
    assert!(!verify(&unit.replace("WatchdogSec=20", "WatchdogSeconds=20")).is_empty(), "control");
}
