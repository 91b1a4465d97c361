//! The guest around gpucam: cameras, consumers, disk, memory, clock and PipeWire, and what happens to them.

use std::{
    env,
    fs::{self, File},
    io::Write,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use super::{
    gpucam::Gpucam,
    judge::Verdict,
    log::Log,
    plan::{Event, SEATS},
    report::Sample,
    seat::Seat,
    signal,
};
use crate::frames::MARK;

/// The camera that this run feeds.
pub const FEED: &str = "/dev/video11";

/// How long gpucam may take until it shows fresh frames again, once all is right: it opens a camera that failed often
/// only after a minute, and compiles for long.
const LONGEST_RECOVERY: Duration = Duration::from_secs(240);
/// A turn.
const TURN: Duration = Duration::from_millis(20);
/// As many fresh frames say that all is well.
const ENOUGH: u64 = 5;
/// A disk of this many MiB for cache and configuration.
const DISK: &str = "/run/soak";

/// What is put right later.
#[derive(Debug)]
enum Later {
    Plug,
    VividOff,
    PlugVivid,
    VividWorks,
    Resume,
    Thaw(u32),
    FreeDisk,
    FreeMemory,
    StartPipeWire,
}

#[derive(Debug)]
pub struct World {
    pub log: Log,
    pub gpucam: Gpucam,
    pub seats: [Seat; SEATS],
    pub samples: Vec<Sample>,
    later: Vec<(Duration, Later)>,
    feed: Option<Child>,
    /// Holds vivid open while it is unplugged.
    vivid_held: Option<File>,
    vivid_number: u32,
    balloon: Option<Child>,
    pipewire: Vec<Child>,
    bus: Option<Child>,
    has_pipewire: bool,
    /// Until when the camera may give old frames, as it stood still; by the time that the scheduler had, as on a busy
    /// machine all is later.
    still: Duration,
    /// Frames that came again after a slate, which were noticed.
    resent: [u64; SEATS],
}

fn run(program: &str, words: &[&str]) -> bool {
    let mut command = Command::new("timeout");
    command.arg("30").arg(program).args(words).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn devices(words: &[&str]) -> Command {
    let mut command = Command::new(env::var("DEVICES").expect("DEVICES"));
    command.args(words);
    command
}

fn seat_command(words: &[&str]) -> Vec<String> {
    [&env::var("DEVICES").expect("DEVICES"), "--watch"].iter().chain(words).map(|&word| word.into()).collect()
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

impl World {
    /// Starts all. `faults` are those of the first gpucam.
    pub fn start(faults: &str) -> Self {
        fs::create_dir_all(DISK).expect("a folder");
        run("mount", &["-t", "tmpfs", "-o", "size=24m", "soak", DISK]);
        fs::create_dir_all(format!("{DISK}/cache")).expect("a folder");
        fs::write(format!("{DISK}/config.toml"), "[preset.grey]\neffect = \"colour:#303030\"\n")
            .expect("a file");
        let mut log = Log::new("events.log");
        let bus = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--address=unix:path=/run/session/bus"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let reader = env::var("READER").unwrap_or_default();
        let seats = [
            Seat::new("/dev/video10", seat_command(&["/dev/video10"])),
            Seat::new("/dev/video12", seat_command(&["/dev/video12"])),
            Seat::new("pipewire", seat_command(&["pipewire", &reader])),
        ];
        let has_pipewire = !reader.is_empty() && bus.is_ok();
        let outputs: &[&str] = match has_pipewire {
            true => &["/dev/video10", "/dev/video12", "pipewire"],
            false => &["/dev/video10", "/dev/video12"],
        };
        log.say(if has_pipewire { "with PipeWire" } else { "without PipeWire" });
        let mut world = Self {
            log,
            gpucam: Gpucam::new(outputs, faults),
            seats,
            samples: Vec::new(),
            later: Vec::new(),
            feed: None,
            vivid_held: None,
            vivid_number: 0,
            balloon: None,
            pipewire: Vec::new(),
            bus: bus.ok(),
            has_pipewire,
            still: Duration::ZERO,
            resent: [0; SEATS],
        };
        world.within(20, || Path::new("/run/session/bus").exists());
        world.start_pipewire();
        world.plug();
        world.set_vivid();
        world
    }

    fn within(&self, seconds: u64, holds: impl Fn() -> bool) -> bool {
        let end = self.log.now() + Duration::from_secs(seconds);
        while self.log.now() < end {
            if holds() {
                return true;
            }
            thread::sleep(Duration::from_millis(50));
        }
        false
    }

    fn start_pipewire(&mut self) {
        if !self.has_pipewire || !self.pipewire.is_empty() {
            return;
        }
        for program in ["pipewire", "wireplumber"] {
            let mut command = Command::new(program);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            self.pipewire.extend(command.spawn());
            self.within(10, || Path::new("/run/session/pipewire-0").exists());
        }
    }

    fn stop_pipewire(&mut self) {
        self.pipewire.iter_mut().for_each(end);
        self.pipewire.clear();
        let _ = fs::remove_file("/run/session/pipewire-0");
    }

    fn plug(&mut self) {
        if self.feed.is_none() {
            self.feed = devices(&["--feed", FEED]).stdin(Stdio::piped()).spawn().ok();
        }
    }

    fn order(&mut self, words: &str) {
        if let Some(pipe) = self.feed.as_mut().and_then(|feed| feed.stdin.as_mut()) {
            let _ = writeln!(pipe, "{words}");
        }
    }

    fn vivid(&self) -> String {
        format!("/dev/video{}", self.vivid_number)
    }

    fn set_vivid(&self) {
        // Without text: the model may take its letters for a person.
        let pattern = format!("test_pattern={MARK},osd_text_mode=2");
        run("v4l2-ctl", &["-d", &self.vivid(), "--set-ctrl", &pattern]);
        run(
            "v4l2-ctl",
            &[
                "-d",
                &self.vivid(),
                "--set-fmt-video",
                "width=320,height=180,pixelformat=YUYV",
                "--set-parm",
                "15",
            ],
        );
    }

    fn control_vivid(&self, control: &str) {
        run("v4l2-ctl", &["-d", &self.vivid(), "--set-ctrl", control]);
    }

    fn in_ms(&mut self, ms: u64, later: Later) {
        self.later.push((self.log.now() + Duration::from_millis(ms), later));
    }

    /// The camera stands still for so long. gpucam's slate, and its opening the camera again, may come later.
    fn stands_still(&mut self, ms: u64) {
        self.still = self.still.max(self.log.worked + Duration::from_millis(ms + 20_000));
    }

    /// Does what the plan says.
    pub fn happen(&mut self, event: &Event) {
        self.log.say(&event.to_string());
        self.log.count(event.kind());
        match event {
            Event::Come(seat) => self.come(*seat),
            Event::Go(seat, killed) => self.seats[*seat].go(*killed),
            Event::ConsumerStalls(seat, ms) => {
                if let Some(process) = self.seats[*seat].process() {
                    signal(process, "STOP");
                    self.in_ms(*ms, Later::Thaw(process));
                }
            }
            Event::Unplug(ms) => {
                self.stands_still(*ms);
                self.feed.take().iter_mut().for_each(end);
                self.in_ms(*ms, Later::Plug);
            }
            Event::CameraStalls(ms) => {
                self.stands_still(*ms);
                self.order(&format!("stall {ms}"));
            }
            Event::Interval(ms) => {
                if *ms >= 700 {
                    self.stands_still(60_000);
                }
                self.order(&format!("interval {ms}"));
            }
            Event::Damage(kind, count) => {
                // Until whole ones come, the loopback's last frame is an old one.
                self.stands_still(200 * count);
                self.order(&format!("damage {kind} {count}"));
            }
            Event::VividAway(ms) => {
                self.vivid_held = File::open(self.vivid()).ok();
                self.control_vivid("disconnect=1");
                self.in_ms(*ms, Later::PlugVivid);
            }
            Event::VividFault(control) => {
                self.control_vivid(control);
                self.in_ms(5000, Later::VividWorks);
            }
            Event::VividMoves(ms) => {
                self.control_vivid("disconnect=1");
                self.in_ms(*ms, Later::VividOff);
            }
            Event::Camera(which) => {
                // The next peace switches back, and what a loopback gives when it is opened is its last frame.
                self.stands_still(60_000);
                let camera = if *which == "feed" { FEED.to_owned() } else { self.vivid() };
                self.gpucam.ask(&self.log, &["set", "--camera", &camera]);
            }
            Event::Set(words) => {
                let words: Vec<_> = ["set"].iter().chain(words).copied().collect();
                self.gpucam.ask(&self.log, &words);
            }
            Event::Pause(ms) => {
                self.gpucam.ask(&self.log, &["pause"]);
                self.in_ms(*ms, Later::Resume);
            }
            Event::Config(text) => _ = fs::write(format!("{DISK}/config.toml"), text),
            Event::Restart { signal, pause, on_demand, faults } => {
                self.gpucam.end(&mut self.log, signal, Duration::from_millis(*pause));
                (self.gpucam.on_demand, self.gpucam.faults) = (*on_demand, faults.to_string());
            }
            Event::Freeze(ms) => {
                if let Some(process) = self.gpucam.process() {
                    signal(process, "STOP");
                    self.in_ms(*ms, Later::Thaw(process));
                }
            }
            Event::Clock(seconds) => {
                let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                let now = now.unwrap_or_default().as_secs() as i64;
                run("date", &["-s", &format!("@{}", (now + seconds).max(86_400))]);
            }
            Event::DiskFull(ms) => {
                run("dd", &["if=/dev/zero", &format!("of={DISK}/full"), "bs=64k"]);
                self.in_ms(*ms, Later::FreeDisk);
            }
            Event::MemoryShort(left, ms) => {
                if self.balloon.is_none() {
                    self.balloon = devices(&["--balloon", &left.to_string()]).spawn().ok();
                }
                self.gpucam.excuse(self.log.now() + Duration::from_millis(ms + 20_000));
                self.in_ms(*ms, Later::FreeMemory);
            }
            Event::PipeWireRestarts(ms) => {
                self.stop_pipewire();
                self.in_ms(*ms, Later::StartPipeWire);
            }
            Event::Peace => self.peace(),
        }
    }

    fn come(&mut self, seat: usize) {
        if seat < 2 || self.has_pipewire {
            self.seats[seat].come();
        }
    }

    fn put_right(&mut self, what: Later) {
        match what {
            Later::Plug => self.plug(),
            Later::PlugVivid => {
                self.vivid_held = None;
                self.set_vivid();
            }
            Later::VividOff => {
                // A new one shows text until it is told not to, and gpucam would open it at once.
                let held = self.gpucam.process().filter(|process| !self.is_frozen(*process));
                // It stays while gpucam has it open, which lets go when it notices.
                if run("rmmod", &["vivid"]) {
                    held.into_iter().for_each(|process| signal(process, "STOP"));
                    self.vivid_number = 4 - self.vivid_number;
                    let module = format!("{}/modules/vivid.ko", env::var("GUEST").unwrap_or_default());
                    let number = format!("vid_cap_nr={}", self.vivid_number);
                    let words = ["n_devs=1", "node_types=0x1", "num_inputs=1", "input_types=0x0"];
                    run("insmod", &[&[module.as_str()], &words[..], &[number.as_str()]].concat());
                }
                self.set_vivid();
                held.into_iter().for_each(|process| signal(process, "CONT"));
            }
            Later::VividWorks => self.control_vivid("percentage_of_dropped_buffers=0"),
            Later::Resume => self.gpucam.ask(&self.log, &["resume"]),
            Later::Thaw(process) => signal(process, "CONT"),
            Later::FreeDisk => _ = fs::remove_file(format!("{DISK}/full")),
            Later::FreeMemory => self.balloon.take().iter_mut().for_each(end),
            Later::StartPipeWire => self.start_pipewire(),
        }
    }

    /// Whether a process is stopped until later.
    fn is_frozen(&self, process: u32) -> bool {
        self.later.iter().any(|(_, what)| matches!(what, Later::Thaw(frozen) if *frozen == process))
    }

    /// Lets time pass: puts right what is due, and notices what ended.
    pub fn turn(&mut self) {
        let now = self.log.now();
        while let Some(index) = self.later.iter().position(|(at, _)| *at <= now) {
            let (_, what) = self.later.swap_remove(index);
            self.put_right(what);
        }
        self.gpucam.supervise(&mut self.log);
        for seat in &self.seats {
            let faults = std::mem::take(&mut seat.seen().faults);
            let name = seat.name;
            faults.iter().for_each(|fault| self.log.fault(&format!("{name}: {fault}")));
        }
        for (seat, noticed) in self.seats.iter().zip(&mut self.resent) {
            let seen = seat.seen();
            let resent = seen.count(Verdict::Resent);
            if resent > std::mem::replace(noticed, resent) && self.log.worked > self.still {
                let (name, what) = (seat.name, &seen.resent);
                self.log
                    .fault(&format!("{name}: {what}, after a slate, and the camera does not stand still"));
            }
        }
        if let Some(feed) = &mut self.feed
            && let Ok(Some(status)) = feed.try_wait()
        {
            // The device may still be busy for a moment.
            self.feed = None;
            self.log.say(&format!("the camera could not be plugged in: {status}"));
            self.in_ms(500, Later::Plug);
        }
        thread::sleep(TURN);
        self.log.worked += TURN;
    }

    /// All is put right. Then every consumer gets fresh frames, or gpucam has a fault. And what it holds is noted.
    fn peace(&mut self) {
        for (_, what) in std::mem::take(&mut self.later) {
            self.put_right(what);
        }
        self.control_vivid("percentage_of_dropped_buffers=0");
        let good = "[preset.grey]\neffect = \"colour:#303030\"\n";
        let _ = fs::write(format!("{DISK}/config.toml"), good);
        self.come(0);
        self.plug();
        self.order("interval 100");
        self.order("damage none 0");
        self.order("stall 0");
        let fresh = |seat: &Seat| seat.seen().count(Verdict::Fresh);
        let before: Vec<u64> = self.seats.iter().map(fresh).collect();
        let (began, mut asked, end) = (self.log.now(), None::<Duration>, self.log.worked + LONGEST_RECOVERY);
        let is_well = loop {
            let now = self.log.now();
            if asked.is_none_or(|at| now >= at + Duration::from_secs(15)) {
                // Again and again: gpucam may have been started anew, or be busy.
                asked = Some(now);
                self.gpucam.ask(&self.log, &["resume"]);
                self.gpucam.ask(&self.log, &["set", "--camera", FEED, "--effect", "blur:12"]);
            }
            self.turn();
            let missing = self
                .seats
                .iter()
                .zip(&before)
                .filter(|(seat, before)| seat.process().is_some() && fresh(seat) < *before + ENOUGH);
            if missing.count() == 0 {
                break true;
            }
            if self.log.worked > end {
                break false;
            }
        };
        let status = self.gpucam.status();
        let took = self.log.now() - began;
        match is_well {
            true => self.log.say(&format!("all is well after {:.1} s", took.as_secs_f64())),
            false => {
                let seats = self.seats.iter().zip(&before).map(|(seat, before)| {
                    format!("{}: {} of {ENOUGH}, {:?}", seat.name, fresh(seat) - before, seat.process())
                });
                let seats: Vec<_> = seats.collect();
                self.log.fault(&format!(
                    "no fresh frames for {:.0} s though all is right: {}; status: {status}",
                    took.as_secs_f64(),
                    seats.join("; ")
                ));
                self.gpucam.end(&mut self.log, "KILL", Duration::ZERO);
            }
        }
        if let Some(sample) = self.gpucam.sample(&self.log, &status).filter(|_| is_well) {
            self.log.say(&format!("{sample:?}"));
            self.samples.push(sample);
        }
    }

    /// The last signal: gpucam ends, and every consumer that is there sees the slate.
    pub fn finish(&mut self) {
        for (_, what) in std::mem::take(&mut self.later) {
            self.put_right(what);
        }
        self.gpucam.end(&mut self.log, "TERM", Duration::MAX / 2);
        let end = self.log.now() + Duration::from_secs(100);
        while self.gpucam.process().is_some() && self.log.now() < end {
            self.turn();
        }
        let end = self.log.now() + Duration::from_secs(3);
        while self.log.now() < end {
            self.turn();
        }
        for seat in &self.seats[..2] {
            let last = seat.seen().last;
            if seat.process().is_some() && last.is_some_and(|last| last != Verdict::Slate) {
                self.log.fault(&format!("{}: after the end it shows {last:?}, not the slate", seat.name));
            }
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop_pipewire();
        let children = [&mut self.feed, &mut self.balloon, &mut self.bus];
        children.into_iter().flatten().for_each(end);
    }
}
