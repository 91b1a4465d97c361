//! The learnt room while a program watches: asked for over the bus, kept between starts, and never seen when the room changes.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use libtest_mimic::Trial;

use super::{
    daemon::{Desktop, Service, desktop_model_test, within},
    mark_picture, room_camera,
};
use crate::{
    film::{SIZE, changing_room},
    frames::{Seen, seen, split},
    guest::gpucam,
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        desktop_model_test("pipewire::room_is_learnt_and_kept", learnt_and_kept),
        desktop_model_test("pipewire::room_that_changes_is_not_seen", changes),
    ]
}

/// What `gpucam` prints for these words, of the process with this ID.
#[track_caller]
fn ask(desktop: &Desktop, line: &str, process: u32) -> String {
    let mut command = desktop.command(&gpucam());
    let output =
        command.args(line.split_whitespace()).args(["--process", &process.to_string()]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "gpucam {line}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn field(desktop: &Desktop, name: &str, process: u32) -> serde_json::Value {
    let status: serde_json::Value = serde_json::from_str(&ask(desktop, "status --json", process)).unwrap();
    status.get(name).unwrap_or_else(|| panic!("no {name} in {status}")).clone()
}

fn rooms(desktop: &Desktop) -> Vec<PathBuf> {
    let entries = fs::read_dir(desktop.path("home/.local/state/gpucam/rooms")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Over the session bus: the countdown, then the room is known and its file is there, for its user alone. The next start
/// knows it. Then it is forgotten, and the file is gone.
fn learnt_and_kept() {
    let desktop = Desktop::start();
    let picture = mark_picture(&desktop, SIZE);
    let _camera = room_camera(&desktop, &picture);
    let start = || -> Service {
        let producer = desktop.producer(
            "--camera pipewire:room --effect blur --offline --max-mask-age 2000 --learn-room on --keep-room --output pipewire",
        );
        let id = producer.id().to_string();
        within(60, "the bus", || {
            desktop.command(&gpucam()).args(["status", "--process", &id]).output().unwrap().status.success()
        });
        producer
    };
    let mut producer = start();
    let reader = desktop.reader(SIZE, "");
    within(120, "hidden frames", || reader.letters().ends_with("hhh"));
    assert_eq!(field(&desktop, "room", producer.id()), "on");
    assert_eq!(field(&desktop, "room_file", producer.id()), "");
    let said = ask(&desktop, "learn", producer.id());
    note!("gpucam learn: {}", said.lines().collect::<Vec<_>>().join("; "));
    let words: Vec<_> = said.lines().map(|line| line.split([':', ' ']).next().unwrap()).collect();
    assert!(words.contains(&"leave") && words.contains(&"learning"), "{said}");
    assert!(said.lines().last().unwrap().starts_with("learnt: "), "{said}");
    assert_eq!(field(&desktop, "room", producer.id()), "learnt");
    assert!(field(&desktop, "room_known", producer.id()).as_f64().unwrap() > 0.9);

    within(30, "the file", || rooms(&desktop).iter().any(|room| !room.to_string_lossy().contains(".new")));
    let [room] = &rooms(&desktop)[..] else { panic!("one room: {:?}", rooms(&desktop)) };
    let rights = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((rights(room), rights(room.parent().unwrap())), (0o600, 0o700));
    within(30, "the status", || {
        field(&desktop, "room_file", producer.id()).as_str() == Some(room.to_str().unwrap())
    });
    assert!(ask(&desktop, "status", producer.id()).contains("is kept in"));
    ask(&desktop, "quit", producer.id());
    assert_eq!(producer.ended(), Some(0), "{}", producer.log());
    assert!(!reader.letters().contains('r'), "{}", reader.letters());
    assert!(!producer.log().contains("known from before"), "{}", producer.log());
    drop((producer, reader));

    let mut producer = start();
    let reader = desktop.reader(SIZE, "");
    within(120, "hidden frames", || reader.letters().ends_with("hhhhhhhh"));
    assert!(producer.log().contains("known from before"), "{}", producer.log());
    let said = ask(&desktop, "learn --forget", producer.id());
    assert!(said.starts_with("the running gpucam begins anew; "), "{said}");
    within(30, "no file", || rooms(&desktop).is_empty());
    ask(&desktop, "quit", producer.id());
    assert_eq!(producer.ended(), Some(0), "{}", producer.log());
    assert!(!reader.letters().contains('r'), "{}", reader.letters());
}

/// No frame shows the room while it changes. Without the learnt room it is the same.
fn changes() {
    let desktop = Desktop::start();
    let film = changing_room();
    let input = desktop.path("film.yuyv");
    fs::write(&input, &film).unwrap();
    let total = split(&film, SIZE.yuyv_bytes()).len();
    // In files, every frame.
    for (learn, effect) in [("off", "blur"), ("on", "blur"), ("on", "colour:#304050")] {
        let output = desktop.path("seen.yuyv");
        let _ = fs::remove_file(&output);
        let mut run = desktop.gpucam(&format!(
            "--input {} --size {SIZE} --fps 15 --effect {effect} --learn-room {learn} --offline --output {}",
            input.display(),
            output.display()
        ));
        assert_eq!(run.ended(), Some(0), "{}", run.log());
        let bytes = fs::read(&output).unwrap();
        let letters: String = split(&bytes, SIZE.yuyv_bytes())
            .into_iter()
            .map(|frame| match seen(frame, SIZE) {
                Seen::Raw => 'r',
                Seen::Hidden => 'h',
                Seen::Slate => 's',
            })
            .collect();
        let raw = letters.matches('r').count();
        note!("{effect}, --learn-room {learn}: {raw} of {} raw: {letters}", letters.len());
        assert_eq!(letters.len(), total);
        assert_eq!(raw, 0, "the room is seen with --learn-room {learn}: {letters}");
    }
    // Live, as the frames come.
    let camera = desktop.gpucam(&format!(
        "--input {} --size {SIZE} --fps 6 --effect none --output pipewire:room",
        input.display()
    ));
    within(60, "the camera's node", || desktop.has_node("room"));
    let producer = desktop.producer(
        "--camera pipewire:room --effect blur --offline --max-mask-age 2000 --learn-room on --output pipewire",
    );
    let reader = desktop.reader(SIZE, "");
    let mut camera = camera;
    within(120, "the film's end", || !camera.runs());
    let letters = reader.letters();
    note!("live: {letters}");
    assert!(!letters.contains('r'), "the room is seen: {letters}");
    assert!(letters.matches('h').count() > 10, "{letters}\n{}", producer.log());
}
