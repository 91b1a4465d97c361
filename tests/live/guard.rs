//! The guard: pure events and times, in random and in chosen order.

use std::{collections::BTreeSet, time::Duration};

use gpucam::internals::live::{Guard, GuardEvent, GuardRules, Show};
use libtest_mimic::Trial;

use super::{Rng, ms};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("live::guard_never_shows_an_unsafe_frame", guard_never_shows_an_unsafe_frame),
        test("live::guard_that_forgets_ages_is_caught", guard_that_forgets_ages_is_caught),
        test("live::slate_until_the_first_mask", slate_until_the_first_mask),
        test("live::something_is_shown_twice_a_second", something_is_shown_twice_a_second),
        test(
            "live::nothing_is_repeated_while_nobody_would_see_it",
            nothing_is_repeated_while_nobody_would_see_it,
        ),
        test("live::a_picture_is_not_repeated_for_long", a_picture_is_not_repeated_for_long),
        test("live::a_late_frame_is_not_shown", a_late_frame_is_not_shown),
        test("live::on_demand_opens_and_closes", on_demand_opens_and_closes),
        test("live::suspend", suspend),
        test("live::stop_is_for_good", stop_is_for_good),
        test("live::showing_holds_once_it_is_done", showing_holds_once_it_is_done),
        test("live::hiding_holds_from_the_request_on", hiding_holds_from_the_request_on),
        test("live::a_pause_is_the_slate", a_pause_is_the_slate),
        test("live::the_gpu_is_released", the_gpu_is_released),
    ]
}

/// A frame that hides the background with this mask.
fn hidden(at: u64, mask: u64) -> GuardEvent {
    hidden_at(ms(at), ms(mask))
}

fn hidden_at(at: Duration, mask: Duration) -> GuardEvent {
    GuardEvent::Frame { at, mask: Some(mask), hides: true, age: ms(0) }
}

/// Plays `turns` random events and checks every action against an independent formulation of the rules: a frame
/// that hides the background is shown only at a frame event whose mask is recent enough; one that shows it, only
/// if nobody has asked for hiding since that was last answered with something else; and again only if nothing bad
/// has happened since, for at most two seconds. Returns the violations and the kinds of actions seen.
fn judge(
    rules: GuardRules,
    promised_age: Duration,
    seed: u64,
    turns: u32,
) -> (Vec<String>, BTreeSet<String>) {
    let mut rng = Rng(seed | 1);
    let mut now = ms(1000);
    let (mut guard, first) = Guard::new(rules, now);
    let mut camera = first.camera == Some(true);
    let (mut since, mut stopped): (Option<(Duration, bool)>, bool) = (None, false);
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    // What was promised: the effects that are drawn, then those that are asked for.
    let mut promised = vec![true];
    let mut paused = false;
    for turn in 0..turns {
        let pause = 1 << rng.below(12);
        now += ms(rng.below(pause));
        let event = match rng.below(100) {
            0..=39 => {
                let mask = match rng.below(5) {
                    0 => None,
                    _ => Some(now.saturating_sub(ms(rng.below(400)))),
                };
                GuardEvent::Frame { at: now, mask, hides: rng.below(3) > 0, age: ms(rng.below(4000)) }
            }
            40..=46 => GuardEvent::Asked { hides: rng.below(2) > 0 },
            47..=51 if promised.len() > 1 => match rng.below(3) {
                0 => GuardEvent::Refused,
                _ => GuardEvent::Adopted,
            },
            52 => GuardEvent::Pause,
            53 | 54 => GuardEvent::Resume,
            55..=57 => GuardEvent::Failed,
            58..=59 => GuardEvent::Lost,
            60..=64 => GuardEvent::Consumers(0),
            65..=69 => GuardEvent::Consumers(1 + rng.below(3) as u32),
            99 if turn > turns * 9 / 10 => GuardEvent::Stop,
            _ => GuardEvent::Tick,
        };
        match event {
            GuardEvent::Asked { hides } => promised.push(hides),
            GuardEvent::Refused => drop(promised.remove(1)),
            GuardEvent::Adopted => drop(promised.remove(0)),
            GuardEvent::Pause => paused = true,
            GuardEvent::Resume => paused = false,
            _ => {}
        }
        let hiding = promised.contains(&true);
        let action = guard.handle(now, event);
        if stopped && action != Default::default() {
            wrong.push(format!("{event:?} after the end gave {action:?}"));
        }
        let near = |at: Duration, mask: Option<Duration>| mask.is_some_and(|mask| at - mask <= promised_age);
        let safe = |event| match event {
            GuardEvent::Frame { at, mask, hides: true, .. } => near(at, mask),
            GuardEvent::Frame { hides: false, .. } => !hiding,
            _ => false,
        };
        match (action.show, event) {
            (Some(Show::Frame), GuardEvent::Frame { hides, .. }) if safe(event) && camera && !paused => {
                since = Some((now, hides));
            }
            (Some(Show::Frame), event) => {
                wrong.push(format!("{event:?} was shown, camera {camera}, paused {paused}"))
            }
            (Some(Show::Again), _) => match since {
                Some((since, hides)) if now <= since + ms(2000) && (hides || !hiding) && !paused => {}
                since => wrong.push(format!("shown again at {now:?}, good since {since:?}, hiding {hiding}")),
            },
            // What shows the background is on the device until something else is shown.
            (None, _) if since.is_some_and(|(_, hides)| !hides && hiding) => {
                wrong.push(format!("the background stays after {event:?}"));
            }
            (Some(Show::Slate), _) => since = None,
            (None, _) => {}
        }
        match event {
            GuardEvent::Frame { .. } if !safe(event) && camera => since = None,
            GuardEvent::Failed | GuardEvent::Lost | GuardEvent::Stop | GuardEvent::Pause => since = None,
            _ => {}
        }
        if let Some(open) = action.camera {
            if open == camera {
                wrong.push(format!("the camera was told {open} twice"));
            }
            camera = open;
            since = since.filter(|_| open);
        }
        if paused && camera {
            wrong.push("the camera is open during a pause".into());
        }
        stopped |= event == GuardEvent::Stop;
        seen.insert(format!("{:?}", action.show));
    }
    (wrong, seen)
}

fn guard_never_shows_an_unsafe_frame() {
    let mut all = BTreeSet::new();
    for seed in 0..200 {
        let grace = (seed % 2 == 0).then_some(ms(3000));
        let rules = GuardRules { grace, ..GuardRules::default() };
        let (wrong, seen) = judge(rules, ms(200), seed * 7919 + 3, 500);
        assert!(wrong.is_empty(), "seed {seed}: {wrong:?}");
        all.extend(seen);
    }
    assert_eq!(all.len(), 4, "slate, frame, again and nothing were all played: {all:?}");
}

/// Control: the judge catches a guard that accepts masks older than allowed.
fn guard_that_forgets_ages_is_caught() {
    let careless = GuardRules { max_mask_age: ms(300), ..GuardRules::default() };
    let caught = (0..20).filter(|seed| !judge(careless, ms(200), seed * 7919 + 3, 500).0.is_empty()).count();
    assert_eq!(caught, 20);
    let open = GuardRules { hides_background: false, ..GuardRules::default() };
    assert!(!judge(open, ms(200), 3, 500).0.is_empty(), "one that need not hide anything at the start");
}

fn slate_until_the_first_mask() {
    let (mut guard, action) = Guard::new(GuardRules::default(), ms(0));
    assert_eq!((action.show, action.camera), (None, Some(true)), "the slate is there already");
    let frame = |at, mask| GuardEvent::Frame { at: ms(at), mask, hides: true, age: ms(0) };
    assert_eq!(guard.handle(ms(10), frame(10, None)).show, Some(Show::Slate));
    assert_eq!(guard.handle(ms(600), GuardEvent::Tick).show, Some(Show::Slate));
    assert_eq!(guard.handle(ms(700), frame(700, Some(ms(499)))).show, Some(Show::Slate), "201 ms old");
    assert_eq!(guard.handle(ms(701), frame(701, Some(ms(501)))).show, Some(Show::Frame), "200 ms old");
    assert_eq!(guard.handle(ms(702), GuardEvent::Failed).show, Some(Show::Slate));
}

fn something_is_shown_twice_a_second() {
    for bad in [None, Some(GuardEvent::Failed), Some(GuardEvent::Lost)] {
        let (mut guard, _) = Guard::new(GuardRules::default(), ms(0));
        let (mut shown, mut now) = (ms(0), ms(0));
        guard.handle(now, hidden_at(now, now));
        if let Some(bad) = bad {
            guard.handle(now, bad);
        }
        while now < ms(10_000) {
            assert!(
                guard.next_tick() > now && guard.next_tick() - shown <= ms(500),
                "it sleeps, and not too long"
            );
            now = guard.next_tick();
            if guard.handle(now, GuardEvent::Tick).show.is_some() {
                shown = now;
            }
        }
        assert!(now - shown <= ms(500));
    }
}

/// Nothing is repeated for nobody, but all else is still due.
fn nothing_is_repeated_while_nobody_would_see_it() {
    let rules = GuardRules { grace: Some(ms(100)), release: Some(ms(1000)), ..GuardRules::default() };
    let (mut guard, _) = Guard::new(rules, ms(0));
    guard.handle(ms(0), GuardEvent::Consumers(1));
    assert_eq!(guard.handle(ms(10), hidden(10, 10)).show, Some(Show::Frame));
    guard.set_quiet(true);
    guard.handle(ms(20), GuardEvent::Consumers(0));
    assert_eq!(guard.next_tick(), ms(120));
    assert_eq!(guard.handle(ms(120), GuardEvent::Tick).camera, Some(false));
    assert_eq!(guard.next_tick(), ms(1120));
    let action = guard.handle(ms(1120), GuardEvent::Tick);
    assert_eq!((action.show, action.release), (None, true));
    assert_eq!(guard.next_tick(), Duration::MAX);
    guard.set_quiet(false);
    assert_eq!(guard.handle(ms(1121), GuardEvent::Tick).show, Some(Show::Slate), "at once for who comes");
}

fn a_picture_is_not_repeated_for_long() {
    let (mut guard, _) = Guard::new(GuardRules::default(), ms(0));
    assert_eq!(guard.handle(ms(0), hidden(0, 0)).show, Some(Show::Frame));
    assert_eq!(guard.handle(ms(500), GuardEvent::Tick).show, Some(Show::Again));
    assert_eq!(guard.handle(ms(1999), GuardEvent::Tick).show, Some(Show::Again));
    assert_eq!(guard.handle(ms(2000), GuardEvent::Tick).show, Some(Show::Slate));
    assert_eq!(guard.handle(ms(2500), GuardEvent::Tick).show, Some(Show::Slate), "and so it stays");
}

/// A frame that was ready before the process stood still is old news. The control is a GPU that is always as slow.
fn a_late_frame_is_not_shown() {
    let aged = |at, age| GuardEvent::Frame { at: ms(at), mask: Some(ms(at)), hides: true, age: ms(age) };
    let (mut guard, _) = Guard::new(GuardRules::default(), ms(0));
    let mut shown = |now, age| guard.handle(ms(now), aged(now, age)).show;
    assert_eq!(shown(5000, 4900), Some(Show::Frame), "the first one, for which all is compiled");
    assert_eq!(shown(6000, 10), Some(Show::Frame));
    assert_eq!(shown(60_000, 2001), None);
    assert_eq!(shown(60_010, 10), Some(Show::Frame));
    assert_eq!(shown(63_000, 2000), Some(Show::Frame), "in time");
    assert_eq!((shown(70_000, 3000), shown(73_000, 3000)), (None, Some(Show::Frame)), "always slow");
    // One that is not safe brings the slate, however late it is.
    let unmasked = GuardEvent::Frame { at: ms(74_000), mask: None, hides: true, age: ms(3000) };
    assert_eq!(guard.handle(ms(74_000), unmasked).show, Some(Show::Slate));
}

/// The clock of the timestamps stands still during a suspend; another clock might go on. Either way the slate
/// soon replaces the picture from before.
fn suspend() {
    let (before, after) = (ms(10_000), ms(8 * 3_600_000));
    let (mut guard, _) = Guard::new(GuardRules::default(), ms(0));
    guard.handle(before, hidden_at(before, before));
    let action = guard.handle(after, GuardEvent::Tick);
    assert_eq!(
        (action.show, guard.is_showing_frames()),
        (Some(Show::Slate), false),
        "not the picture of the evening"
    );
    assert!(guard.next_tick() > after, "and no hurry to make up for the night");
    // A frame from before the suspend with a mask from after it.
    assert_eq!(guard.handle(after, hidden_at(before, after)).show, Some(Show::Slate));
    assert_eq!(guard.handle(after, hidden_at(after, after)).show, Some(Show::Frame));
}

fn on_demand_opens_and_closes() {
    let rules = GuardRules { grace: Some(ms(3000)), ..GuardRules::default() };
    let (mut guard, first) = Guard::new(rules, ms(0));
    assert_eq!(first.camera, None);
    assert_eq!(guard.handle(ms(100), GuardEvent::Consumers(0)).camera, None);
    assert_eq!(guard.handle(ms(200), GuardEvent::Consumers(1)).camera, Some(true), "at once");
    assert_eq!(guard.handle(ms(300), GuardEvent::Consumers(2)).camera, None);
    // A browser that probes comes and goes; the camera stays open.
    assert_eq!(guard.handle(ms(400), GuardEvent::Consumers(0)).camera, None);
    assert_eq!(guard.handle(ms(3399), GuardEvent::Tick).camera, None);
    assert_eq!(guard.handle(ms(3399), GuardEvent::Consumers(1)).camera, None);
    assert_eq!(guard.handle(ms(9000), GuardEvent::Tick).camera, None);
    assert_eq!(guard.handle(ms(10_000), GuardEvent::Consumers(0)).camera, None);
    assert_eq!(
        guard.handle(ms(11_000), GuardEvent::Consumers(0)).camera,
        None,
        "the time counts from the first"
    );
    let closed = guard.handle(ms(13_000), GuardEvent::Tick);
    assert_eq!((closed.show, closed.camera), (Some(Show::Slate), Some(false)));
    let late = guard.handle(ms(13_001), hidden(12_999, 12_999));
    assert_eq!(late.show, None, "a frame that was under way");
    assert_eq!(guard.handle(ms(13_500), GuardEvent::Tick).show, Some(Show::Slate), "idle, and still listed");
    assert_eq!(guard.handle(ms(14_000), GuardEvent::Consumers(1)).camera, Some(true));
}

fn stop_is_for_good() {
    let (mut guard, _) = Guard::new(GuardRules::default(), ms(0));
    guard.handle(ms(1), hidden(1, 1));
    let end = guard.handle(ms(2), GuardEvent::Stop);
    assert_eq!((end.show, end.camera), (Some(Show::Slate), Some(false)));
    assert_eq!(guard.handle(ms(3), hidden(3, 3)), Default::default());
}

// ---- changes

/// A frame that shows the background.
fn shown(at: u64) -> GuardEvent {
    GuardEvent::Frame { at: ms(at), mask: Some(ms(at)), hides: false, age: ms(0) }
}

/// What a guard does at each of these events, a millisecond apart.
fn play(hides_background: bool, events: &[GuardEvent]) -> Vec<Option<Show>> {
    let (mut guard, _) = Guard::new(GuardRules { hides_background, ..GuardRules::default() }, ms(0));
    let mut now = 0;
    events
        .iter()
        .map(|event| {
            now += 1;
            guard.handle(ms(now), *event).show
        })
        .collect()
}

/// From hiding to showing: nothing is shown unhidden before the new effects are drawn, and after a refusal never.
fn showing_holds_once_it_is_done() {
    use GuardEvent::{Adopted, Asked, Refused};
    let (frame, slate) = (Some(Show::Frame), Some(Show::Slate));
    let asked = Asked { hides: false };
    let shows = play(true, &[hidden(1, 1), asked, hidden(3, 3), Adopted, shown(5), hidden(6, 6)]);
    assert_eq!(shows, [frame, None, frame, None, frame, frame]);
    assert_eq!(play(true, &[asked, shown(2), Adopted, shown(4)]), [None, slate, None, frame], "too early");
    assert_eq!(play(true, &[asked, Refused, shown(3)]), [None, None, slate], "refused");
    assert_eq!(play(true, &[shown(1)]), [slate], "nobody asked");
    assert_eq!(play(true, &[Adopted, shown(2)]), [None, slate], "an answer to nothing");
    // A frame without a mask is no safer for a change.
    let unmasked = GuardEvent::Frame { at: ms(5), mask: None, hides: true, age: ms(0) };
    assert_eq!(play(true, &[asked, Adopted, unmasked]), [None, None, slate]);
}

/// From showing to hiding: from the moment of the request on, and also while other requests are under way.
fn hiding_holds_from_the_request_on() {
    use GuardEvent::{Adopted, Asked, Refused, Tick};
    let (frame, slate) = (Some(Show::Frame), Some(Show::Slate));
    let (show, hide) = (Asked { hides: false }, Asked { hides: true });
    let shows = play(false, &[shown(1), hide, shown(3), hidden(4, 4), Adopted, shown(6), hidden(7, 7)]);
    assert_eq!(shows, [frame, slate, slate, frame, None, slate, frame]);
    assert_eq!(play(false, &[hide, shown(2), Refused, shown(4)]), [None, slate, None, frame], "as before");
    // Two requests: the first answer belongs to the first.
    assert_eq!(
        play(true, &[show, hide, Adopted, shown(4), Adopted, shown(6)]),
        [None, None, None, slate, None, slate]
    );
    assert_eq!(play(true, &[show, hide, Adopted, Refused, shown(5)]), [None, None, None, None, frame]);
    assert_eq!(
        play(false, &[hide, show, shown(3), Adopted, shown(5), Adopted, shown(7)])[2..],
        [slate, None, slate, None, frame]
    );
    // What hides it stays on the device, and is shown again.
    let (mut guard, _) = Guard::new(GuardRules { hides_background: false, ..GuardRules::default() }, ms(0));
    guard.handle(ms(1), hidden(1, 1));
    assert_eq!(guard.handle(ms(2), hide).show, None);
    assert_eq!(guard.handle(ms(501), Tick).show, Some(Show::Again));
    // Control: a request that hides nothing covers nothing.
    assert_eq!(play(false, &[shown(1), show, shown(3)]), [frame, None, frame]);
}

fn a_pause_is_the_slate() {
    for grace in [None, Some(ms(3000))] {
        let (mut guard, _) = Guard::new(GuardRules { grace, ..GuardRules::default() }, ms(0));
        guard.handle(ms(1), GuardEvent::Consumers(1));
        assert_eq!(guard.handle(ms(2), hidden(2, 2)).show, Some(Show::Frame));
        let paused = guard.handle(ms(3), GuardEvent::Pause);
        assert_eq!((paused.show, paused.camera), (Some(Show::Slate), Some(false)), "at once");
        assert_eq!(guard.handle(ms(4), hidden(3, 3)).show, None, "a frame that was under way");
        assert_eq!(guard.handle(ms(5), GuardEvent::Pause), Default::default(), "twice");
        let more = guard.handle(ms(6), GuardEvent::Consumers(2));
        assert_eq!(more.camera, None, "a program that comes does not open the camera");
        assert_eq!(guard.handle(ms(506), GuardEvent::Tick).show, Some(Show::Slate), "the beat goes on");
        assert!(guard.is_paused() && !guard.is_open());
        assert_eq!(guard.handle(ms(600), GuardEvent::Resume).camera, Some(true));
        assert_eq!(guard.handle(ms(601), hidden(601, 601)).show, Some(Show::Frame));
    }
    // On demand, what nobody watches stays closed.
    let (mut guard, _) = Guard::new(GuardRules { grace: Some(ms(3000)), ..GuardRules::default() }, ms(0));
    guard.handle(ms(1), GuardEvent::Pause);
    guard.handle(ms(2), GuardEvent::Consumers(1));
    guard.handle(ms(3), GuardEvent::Consumers(0));
    assert_eq!(guard.handle(ms(4), GuardEvent::Resume).camera, None);
    assert_eq!(guard.handle(ms(5), GuardEvent::Consumers(1)).camera, Some(true));
}

/// A while after the camera was closed the GPU is released, once.
fn the_gpu_is_released() {
    let rules = GuardRules { grace: Some(ms(1000)), release: Some(ms(5000)), ..GuardRules::default() };
    let releases = |rules: GuardRules, events: &[(u64, GuardEvent)]| -> Vec<u64> {
        let (mut guard, _) = Guard::new(rules, ms(0));
        let mut events = events.iter().peekable();
        let mut found = Vec::new();
        for now in 0..20_000 {
            while let Some((_, event)) = events.next_if(|(at, _)| *at == now) {
                guard.handle(ms(now), *event);
            }
            if guard.next_tick() <= ms(now) && guard.handle(ms(now), GuardEvent::Tick).release {
                found.push(now);
            }
        }
        found
    };
    let watched = [(3000, GuardEvent::Consumers(1)), (6000, GuardEvent::Consumers(0))];
    assert_eq!(releases(rules, &[]), [5000]);
    assert_eq!(releases(rules, &watched), [12_000], "and a second of grace");
    assert_eq!(releases(rules, &watched[..1]), Vec::<u64>::new(), "while it is watched");
    assert_eq!(releases(GuardRules { grace: None, ..rules }, &[(1000, GuardEvent::Pause)]), [6000]);
    assert_eq!(releases(GuardRules { release: None, ..rules }, &watched), Vec::<u64>::new(), "control");
}
