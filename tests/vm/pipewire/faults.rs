//! What readers see while gpucam, the daemon or other readers fail.

use std::{fs, thread, time::Duration};

use libtest_mimic::Trial;

use super::{
    daemon::{Desktop, Service, desktop_model_test, desktop_test, within},
    mark_picture,
    output::{bars, check_bars, check_times},
};
use crate::frames::Size;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        desktop_test("pipewire::fifty_readers_come_and_go", fifty),
        desktop_test("pipewire::reader_that_stands_still", stopped),
        desktop_test("pipewire::reader_that_keeps_buffers", kept),
        desktop_test("pipewire::daemon_restarted", restarted),
        desktop_test("pipewire::no_daemon", no_daemon),
        desktop_test("pipewire::node_removed", removed),
        desktop_model_test("pipewire::producer_killed_ten_times", killed),
        desktop_model_test("pipewire::ends_with_the_slate", ends),
    ]
}

const SIZE: Size = Size::TINY;

/// Descriptors and resident memory in KiB of a process.
fn resources(service: &Service) -> (usize, usize) {
    let folder = format!("/proc/{}", service.id());
    let status = fs::read_to_string(format!("{folder}/status")).unwrap();
    let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let memory = memory.split_whitespace().next().unwrap().parse().unwrap();
    (fs::read_dir(format!("{folder}/fd")).unwrap().count(), memory)
}

/// Fails if a process holds more than before.
#[track_caller]
fn check_flat(before: (usize, usize), after: (usize, usize)) {
    note!("descriptors {} and {}, memory {} and {} KiB", before.0, after.0, before.1, after.1);
    assert!(after.0 <= before.0 + 2, "descriptors are left open");
    assert!(after.1 <= before.1 + 8192, "memory grows");
}

/// Blurs the mark: a reader that sees the mark sees the room.
fn blurred(desktop: &Desktop) -> String {
    let input = mark_picture(desktop, SIZE);
    format!(
        "--input {} --fps 15 --effect blur --offline --max-mask-age 2000 --output pipewire",
        input.display()
    )
}

fn fifty() {
    let desktop = Desktop::start();
    let producer = desktop.producer(&bars(&desktop, SIZE));
    let mut before = None;
    for _ in 0..10 {
        let readers: Vec<_> = (0..5).map(|_| desktop.reader(SIZE, "")).collect();
        for reader in &readers {
            within(30, "three frames", || reader.count() >= 3);
            let got = reader.got.lock().unwrap();
            check_bars(&got.last, SIZE);
        }
        before.get_or_insert_with(|| resources(&producer));
    }
    thread::sleep(Duration::from_secs(1));
    check_flat(before.unwrap(), resources(&producer));
}

/// A reader stands still. Another gets every frame all the same, and the first goes on later.
fn stopped() {
    let desktop = Desktop::start();
    let producer = desktop.producer(&bars(&desktop, SIZE));
    let (still, reads) = (desktop.reader(SIZE, ""), desktop.reader(SIZE, ""));
    within(30, "three frames each", || still.count() >= 3 && reads.count() >= 3);
    still.signal("STOP");
    thread::sleep(Duration::from_secs(1));
    let (before, count) = (resources(&producer), reads.count());
    thread::sleep(Duration::from_secs(5));
    check_times(&reads.frames().split_off(count));
    check_flat(before, resources(&producer));
    still.signal("CONT");
    still.wait_for(5, 20);
    check_bars(&reads.got.lock().unwrap().last, SIZE);
}

/// A reader gives no buffer back. Another goes on, more slowly, and nothing grows.
fn kept() {
    let desktop = Desktop::start();
    let producer = desktop.producer(&bars(&desktop, SIZE));
    let (keeps, reads) = (desktop.reader(SIZE, "keep"), desktop.reader(SIZE, ""));
    within(30, "three frames each", || keeps.count() >= 3 && reads.count() >= 3);
    thread::sleep(Duration::from_secs(1));
    let (before, count) = (resources(&producer), reads.count());
    thread::sleep(Duration::from_secs(5));
    let frames = reads.frames().split_off(count);
    note!("{:.1} frames a second beside a reader that keeps all buffers", frames.len() as f64 / 5.0);
    assert!(frames.len() > 10, "{} frames in five seconds", frames.len());
    check_flat(before, resources(&producer));
    check_bars(&reads.got.lock().unwrap().last, SIZE);
}

fn restarted() {
    let mut desktop = Desktop::start();
    let mut producer = desktop.producer(&bars(&desktop, SIZE));
    let mut before = None;
    for round in 1..=3 {
        let reader = desktop.reader(SIZE, "");
        reader.wait_for(5, 30);
        before.get_or_insert_with(|| resources(&producer));
        desktop.kill_daemon();
        within(10, "the warning", || producer.log().matches("PipeWire has ended").count() == round);
        thread::sleep(Duration::from_secs(1));
        assert!(producer.runs(), "gpucam ended: {}", producer.log());
        desktop.start_daemon();
        within(20, "the node", || desktop.has_node("gpucam"));
        assert_eq!(producer.log().matches("PipeWire is back").count(), round, "{}", producer.log());
    }
    let reader = desktop.reader(SIZE, "");
    reader.wait_for(30, 30);
    check_bars(&reader.got.lock().unwrap().last, SIZE);
    check_flat(before.unwrap(), resources(&producer));
}

/// The number of gpucam's node, if it is there.
fn node(desktop: &Desktop) -> Option<String> {
    let list = desktop.ask("pw-cli", &["ls", "Node"]);
    let (before, _) = list.split_once("node.name = \"gpucam\"")?;
    let number = before.rsplit_once("\tid ")?.1.split(',').next()?;
    Some(number.trim().to_owned())
}

/// Somebody destroys the node while the daemon runs: there is another one, with the picture.
fn removed() {
    let desktop = Desktop::start();
    let mut producer = desktop.producer(&bars(&desktop, SIZE));
    for is_watched in [false, true] {
        let reader = is_watched.then(|| desktop.reader(SIZE, ""));
        if let Some(reader) = &reader {
            reader.wait_for(5, 30);
        }
        let old = node(&desktop).expect("gpucam's node");
        desktop.ask("pw-cli", &["destroy", &old]);
        within(5, "another node", || {
            node(&desktop).is_some_and(|new| new != old) || {
                let count = producer.log().matches("was removed from PipeWire").count();
                count > usize::from(is_watched) && node(&desktop).is_some() // numbers are used again
            }
        });
        assert!(producer.runs(), "gpucam ended: {}", producer.log());
        drop(reader);
        let reader = desktop.reader(SIZE, "");
        reader.wait_for(20, 10);
        check_bars(&reader.got.lock().unwrap().last, SIZE);
    }
    assert!(!producer.log().contains("PipeWire has ended"), "{}", producer.log());
}

/// Without a daemon at the start, one sentence.
fn no_daemon() {
    let mut desktop = Desktop::start();
    desktop.kill_daemon();
    let mut gpucam = desktop.gpucam(&bars(&desktop, SIZE));
    assert_eq!(gpucam.ended(), Some(1), "{}", gpucam.log());
    let log = gpucam.log();
    let sentence = log.lines().last().unwrap_or_default();
    assert!(sentence.starts_with("gpucam: PipeWire does not answer ("), "{log}");
    assert!(sentence.contains("systemctl --user start pipewire wireplumber"), "{log}");
    note!("{sentence}");
}

/// Readers of ten producers, each killed, see hidden frames and slates. The node goes with its process.
fn killed() {
    let desktop = Desktop::start();
    let mut all = String::new();
    for round in 0..10 {
        let producer = desktop.producer(&blurred(&desktop));
        let reader = desktop.reader(SIZE, "");
        match round % 5 {
            0 => within(120, "a hidden frame", || reader.letters().contains('h')),
            more => reader.wait_for(more, 60),
        }
        drop(producer);
        within(5, "the node goes", || !desktop.has_node("gpucam"));
        all += &reader.letters();
    }
    note!("{} hidden, {} slates", all.matches('h').count(), all.matches('s').count());
    assert!(!all.contains('r'), "the room is seen: {all}");
    assert!(all.contains('h') && all.contains('s'), "{all}");
}

/// The last picture is the slate. The control sees the mark where nothing hides it.
fn ends() {
    let desktop = Desktop::start();
    let mut producer = desktop.producer(&blurred(&desktop));
    let reader = desktop.reader(SIZE, "");
    within(120, "a hidden frame", || reader.letters().ends_with('h'));
    producer.signal("TERM");
    assert_eq!(producer.ended(), Some(0), "{}", producer.log());
    within(5, "the node goes", || !desktop.has_node("gpucam"));
    let letters = reader.letters();
    assert!(letters.ends_with('s') && !letters.contains('r'), "{letters}");
    let shown = blurred(&desktop).replace("--effect blur", "--effect none");
    let _producer = desktop.producer(&shown);
    let reader = desktop.reader(SIZE, "");
    within(30, "the mark", || reader.letters().contains('r'));
}
