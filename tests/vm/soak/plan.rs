//! What happens, and when: a function of the seed alone, so that a run can be repeated.

use std::{fmt, time::Duration};

use super::{feed, picture::COLOURS, random::Random};

/// Consumers: two loopbacks and, where PipeWire runs, a node.
pub const SEATS: usize = 3;

/// One thing that happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A consumer opens its device.
    Come(usize),
    /// A consumer closes it: as it should (false), or by being killed.
    Go(usize, bool),
    /// A consumer stands still for so many milliseconds.
    ConsumerStalls(usize, u64),
    /// The camera is unplugged for so many milliseconds.
    Unplug(u64),
    /// The camera sends nothing for so many milliseconds.
    CameraStalls(u64),
    /// Milliseconds between two frames of the camera.
    Interval(u64),
    /// So many damaged frames.
    Damage(&'static str, u64),
    /// vivid is unplugged for so many milliseconds while somebody else holds it open.
    VividAway(u64),
    /// vivid injects a fault.
    VividFault(&'static str),
    /// vivid is unplugged, and plugged in as another device.
    VividMoves(u64),
    /// The kernel is asked for the other camera.
    Camera(&'static str),
    /// `gpucam set`.
    Set(Vec<&'static str>),
    /// `gpucam pause`, and after so many milliseconds `gpucam resume`.
    Pause(u64),
    /// The configuration is saved.
    Config(&'static str),
    /// gpucam gets a signal and is started again, with other arguments and faults.
    Restart { signal: &'static str, pause: u64, on_demand: bool, faults: &'static str },
    /// gpucam is stopped (SIGSTOP) for so many milliseconds, as if the machine was suspended.
    Freeze(u64),
    /// The wall clock jumps by so many seconds.
    Clock(i64),
    /// The disk of cache and configuration is full for so many milliseconds.
    DiskFull(u64),
    /// All but so many MiB of memory are taken for so many milliseconds.
    MemoryShort(u64, u64),
    /// PipeWire and its session manager are killed, and started after so many milliseconds.
    PipeWireRestarts(u64),
    /// All is put right, and every consumer must get fresh frames again.
    Peace,
}

impl Event {
    /// The kind, for counts.
    pub fn kind(&self) -> String {
        let text = format!("{self:?}");
        let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
        match self {
            Self::Restart { signal, .. } => format!("Restart {signal}"),
            Self::Set(words) => format!("Set {}", words[0]),
            _ => text[..end].to_owned(),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// Faults that gpucam injects into itself, between one start and the next. Two thirds of its lives have none.
const FAULTS: [&str; 12] = [
    "",
    "",
    "",
    "",
    "",
    "fail:7",
    "lost:23",
    "none:5,stale:6",
    "panic:19",
    "hang:61",
    "stuck:89",
    "slow:60,fail:13,lost:47,panic:31",
];

const SETS: [&[&str]; 22] = [
    &["--effect", "blur:8"],
    &["--effect", "blur:20"],
    &["--effect", "blur:16,shape=disc"],
    &["--effect", COLOURS[0].0],
    &["--effect", COLOURS[1].0],
    &["--mirror"],
    &["--mirror=false"],
    &["--flip"],
    &["--flip=false"],
    &["--smooth", "off"],
    &["--smooth", "on"],
    &["--refine", "none"],
    &["--refine", "guided"],
    &["--fps", "5"],
    &["--fps", "15"],
    &["--quality", "low"],
    &["--people", "front"],
    &["--people", "all"],
    &["--preset", "grey"],
    &["--preset", ""],
    // Refused, each with a sentence.
    &["--effect", "no-such-effect"],
    &["--camera", "/dev/video77"],
];

const CONFIGS: [&str; 6] = [
    "effect = \"blur:12\"\n[preset.grey]\neffect = \"colour:#303030\"\n",
    "effect = \"blur:20\"\nsmooth = \"off\"\n[preset.grey]\neffect = \"blur:8\"\n",
    "",
    "effect = \"blur:",
    "effect = 7\n[[preset]]\nname",
    "no-such-key = true\n\u{0}\u{1}",
];

const VIVID_FAULTS: [&str; 4] = [
    "inject_v4l2_buf_flag_error=1",
    "percentage_of_dropped_buffers=100",
    "inject_vidioc_streamon_error=1",
    "inject_fatal_streaming_error=1",
];

/// Peaces between which gpucam is killed and started again, and those of a whole cycle.
const RESTLESS: u64 = 6;
const CYCLE: u64 = 66;

/// The events of a run, in order, without end.
#[derive(Debug)]
pub struct Plan {
    random: Random,
    /// When the last event was.
    at: Duration,
    /// How many events are left until peace.
    left: u64,
    /// Peaces so far.
    peaces: u64,
    /// Events so far.
    begun: usize,
    begins_calm: bool,
}

impl Plan {
    pub fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            at: Duration::ZERO,
            left: 8,
            peaces: 0,
            begun: 0,
            begins_calm: false,
        }
    }

    /// Whether gpucam lives on in this part of the run, so that what leaks can be seen: after six peaces for sixty, which
    /// are half an hour.
    fn is_calm(&self) -> bool {
        self.peaces % CYCLE >= RESTLESS
    }

    fn event(&mut self) -> Event {
        // First, a gpucam that works, and has compiled what it needs.
        self.begun += 1;
        match self.begun - 1 {
            seat @ 0..SEATS => return Event::Come(seat),
            SEATS => return Event::Peace,
            _ => {}
        }
        if self.left == 0 {
            (self.left, self.peaces) = (self.random.between(6, 14), self.peaces + 1);
            self.begins_calm = self.peaces % CYCLE == RESTLESS;
            return Event::Peace;
        }
        if std::mem::take(&mut self.begins_calm) {
            let faults = self.random.one_of(&["", "lost:211,fail:17,none:29"]);
            return Event::Restart { signal: "TERM", pause: 0, on_demand: false, faults };
        }
        self.left -= 1;
        let is_calm = self.is_calm();
        let random = &mut self.random;
        // Most last as long as a person takes, some as long as a lunch.
        let short = |random: &mut Random| {
            if random.below(12) == 0 { random.between(10_000, 40_000) } else { random.between(100, 5_000) }
        };
        let seat = |random: &mut Random| random.below(SEATS as u64) as usize;
        match random.below(100) {
            0..12 => Event::Come(seat(random)),
            12..17 => Event::Go(seat(random), false),
            17..20 => Event::Go(seat(random), true),
            20..23 => Event::ConsumerStalls(seat(random), short(random)),
            23..28 => Event::Unplug(short(random)),
            28..32 => Event::CameraStalls(short(random)),
            32..34 => Event::Interval(random.one_of(&[66, 100, 200, 700, 3000])),
            34..42 => Event::Damage(feed::damage(random), random.one_of(&[1, 3, 10, 60])),
            42..44 => Event::VividAway(short(random)),
            44..46 => Event::VividFault(random.one_of(&VIVID_FAULTS)),
            46..48 => Event::VividMoves(short(random)),
            48..53 => Event::Camera(random.one_of(&["feed", "vivid"])),
            53..67 => Event::Set(random.one_of(&SETS).to_vec()),
            67..70 => Event::Pause(short(random)),
            70..74 => Event::Config(random.one_of(&CONFIGS)),
            74..83 if is_calm => Event::Set(random.one_of(&SETS).to_vec()),
            74..83 => Event::Restart {
                signal: random.one_of(&["KILL", "KILL", "TERM", "INT", "HUP"]),
                pause: random.one_of(&[0, 300, 2500]),
                on_demand: random.below(3) == 0,
                faults: random.one_of(&FAULTS),
            },
            83..87 => Event::Freeze(short(random)),
            87..90 => Event::Clock(random.one_of(&[-86_400, -3600, -1, 1, 3600, 86_400, 40_000_000])),
            90..93 => Event::DiskFull(short(random)),
            93..96 => Event::MemoryShort(random.one_of(&[40, 100, 300]), short(random)),
            _ => Event::PipeWireRestarts(short(random)),
        }
    }
}

impl Iterator for Plan {
    type Item = (Duration, Event);

    fn next(&mut self) -> Option<Self::Item> {
        let event = self.event();
        // Some at once, most a little later.
        let pause = if self.random.below(5) == 0 { 0 } else { self.random.between(200, 4000) };
        self.at += Duration::from_millis(pause);
        Some((self.at, event))
    }
}
