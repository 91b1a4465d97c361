//! Soak and chaos: everything that can happen to gpucam, at random and for as long as asked, while programs watch.
//!
//! A scheduler in the guest unplugs and stalls cameras, damages their frames, lets consumers come, go and stand still,
//! changes effects and configurations, loses and hangs the GPU, kills and stops gpucam, fills the disk, takes the memory,
//! moves the clock and restarts PipeWire. Every frame that a consumer gets is judged by marks in the picture. What
//! happens, and when, is a function of the seed.
//!
//! The trial `soak::chaos` runs for 75 seconds; `make soak HOURS=4 SEED=7` for as long as asked.

mod clock;
mod feed;
mod gpucam;
mod judge;
mod log;
mod picture;
mod plan;
mod random;
mod report;
mod seat;
mod tests;
mod watch;
mod world;

use std::{
    env,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::PathBuf,
    process::Command,
    time::Duration,
};

use libtest_mimic::Trial;

use crate::{
    guest::{Guest, GuestOutput, LoopbackVersion, fault_test},
    pipewire::daemon,
};
use clock::monotonic;
use judge::Verdict;
use log::MOST_FAULTS;
use plan::Plan;
use world::World;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = tests::trials();
    trials.push(fault_test("soak::chaos", chaos));
    trials.push(fault_test("soak::a_raw_frame_is_found", a_raw_frame_is_found));
    trials
}

fn signal(process: u32, name: &str) {
    let _ = Command::new("kill").args(["-s", name, &process.to_string()]).status();
}

/// What this program does in the guest, if the arguments are for the soak.
pub fn in_guest(words: &[&str]) -> Option<io::Result<bool>> {
    Some(match words {
        ["--feed", device] => feed::run(device).map(|()| true),
        ["--watch", device] => watch::run(device, None).map(|()| true),
        ["--watch", "pipewire", reader] => watch::run("pipewire", Some(reader)).map(|()| true),
        ["--balloon", mib] => feed::balloon(mib.parse().unwrap_or(100)).map(|()| true),
        ["--soak", minutes, seed, faults] => {
            let minutes = minutes.parse().expect("minutes");
            Ok(soak(minutes, seed.parse().expect("a seed"), faults))
        }
        _ => return None,
    })
}

/// The scheduler, in the guest. True if nothing was wrong.
fn soak(minutes: f64, seed: u64, faults: &str) -> bool {
    let whole = Duration::from_secs_f64(60.0 * minutes);
    let mut world = World::start(faults);
    world.log.say(&format!("seed {seed}, {minutes} minutes"));
    // Both without the first peace, in which all is compiled.
    let (mut late, mut end) = (Duration::ZERO, Duration::MAX);
    for (at, event) in Plan::new(seed) {
        // Peace takes as long as it takes: all that follows is later by that.
        while world.log.now() < at + late {
            world.turn();
        }
        let is_peace = event == plan::Event::Peace;
        world.happen(&event);
        if is_peace {
            late = world.log.now().saturating_sub(at);
            end = end.min(world.log.now() + whole);
        }
        if world.log.now() > end || world.log.faults.len() >= MOST_FAULTS {
            break;
        }
    }
    world.happen(&plan::Event::Peace);
    world.finish();
    for grown in report::growth(&world.samples) {
        world.log.fault(&grown);
    }
    let text = summary(&world, seed);
    fs::write("report", &text).expect("a report");
    io::stdout().write_all(text.as_bytes()).expect("someone who reads");
    world.log.faults.is_empty()
}

fn summary(world: &World, seed: u64) -> String {
    let took = world.log.now();
    let mut text = format!("{:.2} hours, seed {seed}\n", took.as_secs_f64() / 3600.0);
    let events: Vec<_> = world.log.events.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    let all: u64 = world.log.events.values().sum();
    let _ = writeln!(text, "{all} events: {}", events.join(", "));
    let _ = writeln!(text, "gpucam: {} starts; ends: {:?}", world.gpucam.starts, world.gpucam.ends);
    for seat in &world.seats {
        let seen = seat.seen();
        let counts = Verdict::ALL.map(|verdict| format!("{verdict:?} {}", seen.count(verdict)));
        let _ = writeln!(
            text,
            "{}: {}; longest repeat {:.2} s, oldest new frame {:.2} s",
            seat.name,
            counts.join(", "),
            seen.longest_repeat.as_secs_f64(),
            seen.oldest.as_secs_f64()
        );
    }
    text += &report::curve(&world.samples, took);
    let _ = writeln!(text, "{} faults", world.log.faults.len());
    world.log.faults.iter().for_each(|fault| text += &format!("FAULT at {fault}\n"));
    text
}

/// A run in a guest. With a folder for reports, the log is there while it goes on.
fn run(minutes: f64, seed: u64, faults: &str) -> GuestOutput {
    // Three quiet times at most, and the guest's own start and end.
    let limit = 60.0 * minutes + 900.0;
    let mut guest = Guest::new()
        .loopback_version(LoopbackVersion::New)
        .loopback(
            "devices=3 video_nr=10,11,12 card_label=gpucam,feed,second exclusive_caps=1,1,1 max_buffers=4",
        )
        .limit(limit as u32)
        .variable("RUST_LOG", "gpucam=info");
    if let Some(reader) = daemon::ready().ok().and_then(|()| daemon::reader_path()) {
        guest = guest.variable("READER", &reader.display().to_string());
    }
    if let Some(folder) = env::var_os("GPUCAM_SOAK_REPORT").map(PathBuf::from) {
        fs::create_dir_all(&folder).unwrap();
        guest = guest.shared(fs::canonicalize(folder).unwrap());
    }
    let guest = guest.program("loopback").preloaded("crash");
    // What gpucam and PipeWire need of a session.
    guest.run(&format!(
        "mkdir -m 700 /run/session
        # WirePlumber ends where it cannot watch them.
        mkdir -p /run/systemd/seats /run/systemd/sessions /run/systemd/users /run/systemd/machines
        export XDG_RUNTIME_DIR=/run/session GPUCAM_CONFIG=/run/soak/config.toml XDG_CACHE_HOME=/run/soak/cache
        export DBUS_SESSION_BUS_ADDRESS=unix:path=/run/session/bus HOME=/run/session
        \"$DEVICES\" --soak {minutes} {seed} '{faults}'"
    ))
}

fn number(name: &str) -> Option<f64> {
    env::var(name).ok().and_then(|text| text.parse().ok())
}

/// The run itself: a fixed seed, unless another is asked for.
fn chaos() {
    let minutes = number("GPUCAM_SOAK_MINUTES").unwrap_or(1.25);
    let seed = number("GPUCAM_SOAK_SEED").unwrap_or(1.0) as u64;
    let ended = run(minutes, seed, "");
    ended.stdout().lines().for_each(|line| note!("{line}"));
    assert_eq!(ended.code(), 0, "{ended:?}");
}

/// The control: gpucam shows a raw frame now and then, on purpose.
fn a_raw_frame_is_found() {
    let ended = run(0.3, 2, "leak:11");
    let said = ended.stdout();
    assert!(
        ended.code() != 0 && said.contains("Raw: raw at"),
        "the room was shown, and not found: {ended:?}"
    );
}
