//! Tests of the soak's own parts, each with its control.

use std::{fs, process::Command, time::Duration};

use libtest_mimic::Trial;

use super::{
    judge::{Judge, LONGEST_REPEAT, Verdict},
    picture::{self, COLOURS, Picture, SIZE, look, room, room_yuyv},
    plan::{Event, Plan},
    report::{self, COUNTS, Sample},
};
use crate::{
    guest::{MODEL, gpucam, model, models, timed, wanted},
    support::trials::trial,
};

pub fn trials() -> Vec<Trial> {
    let quick = |name: &str, run: fn()| {
        trial(name, || wanted().then_some(()).ok_or("the guest kernel: make test-devices".into()), run)
    };
    vec![
        quick("soak::frames_are_told_apart", frames_are_told_apart),
        quick("soak::frames_are_judged", frames_are_judged),
        quick("soak::a_seed_is_a_plan", a_seed_is_a_plan),
        quick("soak::what_grows_is_found", what_grows_is_found),
        timed("soak::numbers_are_read_behind_effects", model, numbers_are_read_behind_effects),
    ]
}

/// What frames with these numbers show behind an effect, mirrored.
fn through(effect: &str, numbers: &[u16]) -> Vec<Picture> {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("in.yuyv"), folder.path().join("out.yuyv"));
    fs::write(&from, numbers.iter().flat_map(|&number| room_yuyv(number)).collect::<Vec<_>>()).unwrap();
    let mut command = Command::new(gpucam());
    command.env("GPUCAM_MODELS", models().unwrap()).args(["--offline", "--effect", effect, "--mirror"]);
    command.args(["--model", models().unwrap().join(MODEL).to_str().unwrap()]);
    command.args(["--size", &SIZE.to_string(), "--input"]).arg(&from).arg("--output").arg(&to);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = fs::read(&to).unwrap();
    assert_eq!(bytes.len(), numbers.len() * SIZE.yuyv_bytes());
    bytes.chunks(SIZE.yuyv_bytes()).map(look).collect()
}

/// The model takes no part of the room for a person, whatever its number, and each effect leaves what it should.
fn numbers_are_read_behind_effects() {
    // No number is another one, however the picture is turned.
    for number in 0..=u16::MAX {
        let cells = picture::bright_cells(number);
        for orientation in picture::ORIENTATIONS {
            let seen =
                std::array::from_fn(|cell| f64::from(u8::from(cells[picture::turned(cell, orientation)])));
            assert_eq!(picture::read(&seen), Some(number), "{orientation:?}");
        }
    }
    let numbers: Vec<u16> = (0..30).map(|i: u16| i.wrapping_mul(1637).wrapping_add(i)).collect();
    for effect in ["blur:8", "blur:20", "blur:16,shape=disc"] {
        let wanted: Vec<_> = numbers.iter().map(|&number| Picture::Number(number)).collect();
        assert_eq!(through(effect, &numbers), wanted, "{effect}");
    }
    for (effect, _) in COLOURS {
        assert_eq!(through(effect, &numbers[..5]), [Picture::Colour; 5], "{effect}");
    }
}

fn frames_are_told_apart() {
    let flat = |luma: u8| [luma, 128].repeat(SIZE.width * SIZE.height);
    assert_eq!(look(&flat(16)), Picture::Slate);
    assert_eq!(look(&flat(57)), Picture::Colour);
    assert_eq!(look(&flat(90)), Picture::Wrong);
    assert_eq!(look(&flat(125)), Picture::Hidden);
    // A few pixels of the room, faint; the control is a letter.
    let mut trace = flat(57);
    for x in 0..12 {
        trace[2 * (90 * SIZE.width + 100 + x)] = if x % 2 == 0 { 71 } else { 50 };
    }
    assert_eq!(look(&trace), Picture::Colour);
    trace[2 * (90 * SIZE.width + 100)] = 200;
    assert_eq!(look(&trace), Picture::Wrong);
    assert_eq!(look(&flat(16)[..100]), Picture::Wrong);
    for number in [0, 1, 77, 40_000, u16::MAX] {
        assert_eq!(look(&room_yuyv(number)), Picture::Raw, "{number}");
    }
    // Half a slate.
    let torn: Vec<u8> =
        flat(16).into_iter().take(70 * 640 + 200).chain(flat(120)).take(SIZE.yuyv_bytes()).collect();
    assert_eq!(look(&torn), Picture::Torn);
    // The same with a colour that is not grey; the control is one that is none of ours.
    let part = 2 * SIZE.width * 70;
    let coloured =
        |cr: u8| [&flat(16)[..part], &[56, 144, 56, cr].repeat((SIZE.yuyv_bytes() - part) / 4)].concat();
    assert_eq!((look(&coloured(119)), look(&coloured(150))), (Picture::Torn, Picture::Wrong));
    // The upper part of one hidden room, the lower one of another; the control has no seam.
    let blurred_room = |room: &[u8]| {
        let mean = |x: usize, y: usize| {
            let around = |at: usize, end: usize| at.saturating_sub(10)..(at + 10).min(end);
            let (columns, rows) = (around(x, SIZE.width), around(y, SIZE.height));
            let count = (columns.len() * rows.len()) as u32;
            let sum: u32 = rows
                .flat_map(|y| columns.clone().map(move |x| y * SIZE.width + x))
                .map(|at| u32::from(room[at]))
                .sum();
            [(sum / count) as u8, 128]
        };
        (0..SIZE.height).flat_map(|y| (0..SIZE.width).flat_map(move |x| mean(x, y))).collect::<Vec<u8>>()
    };
    let blurred = |number| blurred_room(&room(number));
    let (one, other) = (blurred(77), blurred(40_000));
    assert_eq!(look(&one), Picture::Number(77));
    let seam = 103 * 2 * SIZE.width + 200;
    let torn = [&one[..seam], &other[seam..]].concat();
    assert_eq!(look(&torn), Picture::Torn);
    let mut twice = torn.clone();
    twice[40 * 2 * SIZE.width..60 * 2 * SIZE.width]
        .copy_from_slice(&other[120 * 2 * SIZE.width..140 * 2 * SIZE.width]);
    assert_eq!(look(&twice), Picture::Wrong);
    // The camera's own picture was torn, and blurred then; the controls are another grey, and a few pixels of the
    // room.
    let (upper, lower) = (room(77), room(40_000));
    let torn_room: Vec<_> = [&upper[..90 * SIZE.width], &lower[90 * SIZE.width..]].concat();
    let mut torn = blurred_room(&torn_room);
    assert_eq!(look(&torn), Picture::Hidden);
    let darker: Vec<_> = torn.chunks(2).flat_map(|pixel| [pixel[0] - 30, pixel[1]]).collect();
    assert_eq!(look(&darker), Picture::Wrong);
    for (x, y) in (0..36).map(|i| (i % 6, i / 6)) {
        torn[2 * ((90 + y) * SIZE.width + 100 + x)] = if (x + y) % 2 == 0 { 150 } else { 100 };
    }
    assert_eq!(look(&torn), Picture::Wrong);
    // One block of the room in a slate.
    let (mut frame, room) = (flat(16), room_yuyv(5));
    for y in 32..48 {
        let part = 2 * (y * SIZE.width + 64)..2 * (y * SIZE.width + 80);
        frame[part.clone()].copy_from_slice(&room[part]);
    }
    assert_eq!(look(&frame), Picture::Raw);
    for picture in [Picture::Raw, Picture::Slate, Picture::Number(9), Picture::Hidden, Picture::Colour] {
        assert_eq!(picture.to_string().parse(), Ok(picture));
    }
}

fn frames_are_judged() {
    let ms = Duration::from_millis;
    let mut judge = Judge::default();
    let mut at = |picture, time| judge.judge(picture, time, time);
    assert_eq!(at(Picture::Slate, ms(0)), Verdict::Slate);
    assert_eq!(at(Picture::Number(10), ms(100)), Verdict::Fresh);
    assert_eq!(at(Picture::Number(10), ms(600)), Verdict::Repeated);
    assert_eq!(at(Picture::Number(10), ms(2000)), Verdict::Repeated);
    assert_eq!(at(Picture::Number(10), ms(101) + LONGEST_REPEAT), Verdict::Stale);
    assert_eq!(at(Picture::Number(12), ms(5000)), Verdict::Fresh);
    assert_eq!(at(Picture::Number(11), ms(5300)), Verdict::Older);
    assert_eq!(at(Picture::Raw, ms(5400)), Verdict::Raw);
    assert_eq!(at(Picture::Wrong, ms(5500)), Verdict::Wrong);
    assert_eq!(at(Picture::Hidden, ms(5600)), Verdict::Replaced);
    assert_eq!(at(Picture::Number(20), ms(6000)), Verdict::Fresh);
    // A slate between does not make it new.
    assert_eq!(at(Picture::Slate, ms(7000)), Verdict::Slate);
    assert_eq!(at(Picture::Number(20), ms(9000)), Verdict::Resent);
    assert_eq!(at(Picture::Number(20), ms(10_500)), Verdict::Repeated);
    assert_eq!(at(Picture::Number(20), ms(9101) + LONGEST_REPEAT), Verdict::Stale);
    assert_eq!(at(Picture::Slate, ms(12_000)), Verdict::Slate);
    assert_eq!(at(Picture::Torn, ms(12_200)), Verdict::Wrong);
    // Frames were missed.
    assert_eq!(at(Picture::Torn, ms(12_500)), Verdict::Torn);
    // Who stood still gets late what was shown in time.
    let mut judge = Judge::default();
    assert_eq!(judge.judge(Picture::Number(2), ms(9100), ms(9100)), Verdict::Fresh);
    assert_eq!(judge.judge(Picture::Number(2), ms(9600), ms(30_000)), Verdict::Repeated);
    assert_eq!(judge.judge(Picture::Torn, ms(9700), ms(30_000)), Verdict::Torn);
    let mut judge = Judge::default();
    for (number, at, verdict) in [
        (10, 100, Verdict::Fresh),
        (9, 110, Verdict::Backlog),
        (40, 2000, Verdict::Fresh),
        (38, 2005, Verdict::Backlog),
        (41, 2300, Verdict::Fresh),
        (39, 2320, Verdict::Backlog),
        (42, 2500, Verdict::Fresh),
        (41, 2600, Verdict::Older),
    ] {
        assert_eq!(judge.judge(Picture::Number(number), ms(at), ms(at)), verdict, "{number}");
    }
}

/// The same seed is the same plan, and a plan has all kinds of events.
fn a_seed_is_a_plan() {
    let plan = |seed| Plan::new(seed).take(4000).collect::<Vec<_>>();
    assert_eq!(plan(7), plan(7));
    assert_ne!(plan(7), plan(8));
    let kinds: std::collections::BTreeSet<_> = plan(7).iter().map(|(_, event)| event.kind()).collect();
    note!("{} kinds of events: {kinds:?}", kinds.len());
    assert!(kinds.len() >= 30, "{kinds:?}");
    assert_eq!(plan(7)[0].1, Event::Come(0));
    // No event may show the room, for then it would be seen rightly.
    let shows = |event: &Event| {
        let text = format!("{event:?}").replace('\\', "");
        text.contains("\"--effect\", \"none") || text.contains("effect = \"none")
    };
    assert!(!plan(7).iter().any(|(_, event)| shows(event)));
    // The controls.
    assert!(shows(&Event::Set(vec!["--effect", "none"])) && shows(&Event::Config("effect = \"none\"")));
}

fn what_grows_is_found() {
    let life_with =
        |memory: &dyn Fn(f64) -> f64, threads: &dyn Fn(f64) -> f64, buffers: &dyn Fn(f64) -> f64| {
            let sample = |i: u32| {
                let x = f64::from(i);
                let mut counts = [20.0; COUNTS];
                (counts[1], counts[2]) = (threads(x), buffers(x));
                let noise = f64::from(i * 7 % 5);
                Sample {
                    at: Duration::from_secs(60 * u64::from(i)),
                    process: 5,
                    memory: memory(x) + noise,
                    counts,
                }
            };
            report::growth(&(0..30).map(sample).collect::<Vec<_>>())
        };
    let life = |memory, threads| life_with(memory, threads, &|_| 4.0);
    // Warm-up, and an outlier.
    let settles = |x: f64| if x < 6.0 { 100.0 + 20.0 * x } else { 220.0 };
    assert_eq!(life(&settles, &|x| if x == 20.0 { 60.0 } else { 14.0 }), Vec::<String>::new());
    assert!(life(&|x| 200.0 + 2.0 * x, &|_| 14.0)[0].contains("memory"));
    assert!(life(&settles, &|x| 14.0 + x / 4.0)[0].contains("threads"));
    // One more program that watches; then one that is never let go.
    let buffers = |late: f64| move |x: f64| if x < 20.0 { 4.0 } else { late };
    assert_eq!(life_with(&settles, &|_| 14.0, &buffers(8.0)), Vec::<String>::new());
    assert!(life_with(&settles, &|_| 14.0, &buffers(12.0))[0].contains("PipeWire's buffers"));
}
