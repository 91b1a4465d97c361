use gpucam::internals::{
    Size, Smooth,
    frame::geometry::{Crop, Cut, Framing, Geometry, Rotate},
    gpu::Recorder,
    passes::{self, FollowedRegion},
};

use crate::{
    mirror::{
        Mask, Plane,
        follow::{Rectangle, Rule, State, follow},
    },
    support::gpu::{gpu, holds, submit},
};

/// f32 resolves coordinates of up to 1280 to 6e-5, and a state is the sum of a hundred steps.
const TOLERANCE: f64 = 0.02;

const FRAME: Size = Size::new(320, 180);

/// A person in the turned picture: middle and half width of the shoulders, and the top of the head.
#[derive(Clone, Copy, Debug)]
struct Person {
    x: f64,
    top: f64,
    half: f64,
}

/// Alpha of the person as `region` shows them, in 16 bits.
fn seen(person: Option<Person>, region: Rectangle) -> Mask {
    let [left, top, width, height] = region;
    let (w, h) = (FRAME.width as usize, FRAME.height as usize);
    Plane::from_fn(w, h, |x, y| {
        let at = |i: usize, n: usize, from: f64, length: f64| from + (i as f64 + 0.5) / n as f64 * length;
        let (x, y) = (at(x, w, left, width), at(y, h, top, height));
        let alpha = person.map_or(0.0, |person| {
            // As wide as a head down to the shoulders, then as wide as the shoulders.
            let is_head = y - person.top < person.half;
            let half = if is_head { person.half / 2.0 } else { person.half };
            ((half - (x - person.x).abs()).min(y - person.top) / 4.0 + 0.5).clamp(0.0, 1.0)
        });
        [(65535.0 * alpha).round() / 65535.0]
    })
}

/// The memory of alpha: the noise, and nine frames seen.
fn memory() -> passes::State {
    let state = super::state(FRAME, Smooth::Auto);
    super::learnt(&state, [0.004, 9.0]);
    state
}

/// The pass, frame after frame.
struct Pass {
    framing: Framing,
    closest: f64,
    region: FollowedRegion,
    memory: passes::State,
}

impl Pass {
    fn new(framing: Framing, closest: f64) -> Self {
        Self { framing, closest, region: FollowedRegion::new(gpu(), &framing), memory: memory() }
    }

    fn step(&mut self, alpha: &Mask, dt: f64) {
        let mut rec = Recorder::new(gpu());
        let seconds = rec.constants("seconds", &[dt as f32]);
        let alpha = super::words(gpu(), alpha);
        let Self { framing, closest, region, memory } = self;
        passes::follow(&mut rec, &alpha, &seconds, region, framing, *closest, memory);
        submit(rec);
    }

    fn state(&self) -> Vec<f64> {
        let state: Vec<f32> = gpu().read_storage(&self.region.values).expect("a readable buffer");
        state.into_iter().map(f64::from).collect()
    }

    fn region(&self) -> Rectangle {
        self.state()[..4].try_into().expect("four")
    }

    /// Whether the memory of alpha was reset since the last call.
    fn has_reset(&mut self) -> bool {
        let kept: Vec<f32> = gpu().read_storage(&self.memory.noise).expect("a readable buffer");
        assert_eq!(kept[0], 0.004f32, "the noise is still known");
        self.memory = memory();
        kept[1] == 0.0
    }
}

/// A person who enters on the left, walks to the right, comes nearer, and leaves.
fn play(frame: usize) -> Option<Person> {
    let t = frame as f64 / 100.0;
    match frame {
        0..10 => None,
        10..50 => Some(Person { x: 250.0 + 2.0 * frame as f64, top: 150.0, half: 90.0 }),
        50..80 => Some(Person { x: 350.0 + 500.0 * (t - 0.5), top: 140.0, half: 70.0 + 200.0 * (t - 0.5) }),
        _ => None,
    }
}

/// The pass equals the float64 mirror, frame after frame, whatever the time between them.
pub fn test() {
    let (camera, closest) = (Size::new(1280, 720), 2.0);
    let framing = Framing::scaled(camera, FRAME);
    let rule = Rule::new([0.0, 0.0, 1280.0, 720.0], closest);
    let controls = [Rule { omega: 2.6, ..rule }, Rule { start: [0.0; 3], ..rule }];
    let mut pass = Pass::new(framing, closest);
    let still = State { region: rule.whole, speed: [0.0; 3], is_on_its_way: false };
    let (mut want, mut wrong) = (still, [still; 2]);
    let (mut got, mut wanted, mut controlled) = (Vec::new(), Vec::new(), [Vec::new(), Vec::new()]);
    for frame in 0..100 {
        let alpha = seen(play(frame), want.region);
        let dt = [1.0 / 30.0, 1.0 / 60.0, 0.1, 0.0, 0.4][frame % 5];
        pass.step(&alpha, dt);
        want = follow(&alpha, dt, want, &rule);
        let state = pass.state();
        assert_eq!(state[7] > 0.5, want.is_on_its_way, "frame {frame}");
        got.extend(&state[..7]);
        wanted.extend(want.region.iter().chain(&want.speed));
        for (i, control) in controls.iter().enumerate() {
            wrong[i] = follow(&alpha, dt, wrong[i], control);
            controlled[i].extend(wrong[i].region.iter().chain(&wrong[i].speed));
        }
    }
    assert!(wanted.chunks(7).any(|state| state[2] < 700.0), "it never came near");
    for control in controlled {
        holds("follow", &got, &wanted, &control, TOLERANCE);
    }
}

/// The region never leaves the part that may be shown, and keeps its aspect.
#[track_caller]
fn is_inside(region: Rectangle, framing: &Framing, closest: f64) {
    let [[left, top], [width, height]] = [framing.region.at, framing.region.size];
    let near = 1e-3; // pixels: rounding of f32
    let [x, y, w, h] = region;
    assert!(x >= left - near && y >= top - near, "{region:?}");
    assert!(x + w <= left + width + near && y + h <= top + height + near, "{region:?}");
    assert!(w >= width / closest - near && w <= width + near, "{region:?}");
    assert!((h - w * height / width).abs() < near, "{region:?}");
}

/// The region centres a person as closely as it may, with space above the head; then it rests.
pub fn centres() {
    let part = Cut::Crop(Crop { size: Size::new(800, 450), at: Some([300, 100]) });
    let on_side = Geometry { rotate: Rotate::Quarter, cut: part, ..Geometry::default() };
    let whole = Framing::scaled(Size::new(1280, 720), FRAME);
    let part = on_side.framing(Size::new(720, 1280)).expect("a frame").with_frame(FRAME);
    let person = |x, top, half| Person { x, top, half };
    // The last number: how many times larger they become.
    let cases = [
        (whole, person(420.0, 160.0, 110.0), 2.0, 1.6..2.01),
        (whole, person(800.0, 200.0, 230.0), 2.0, 1.05..1.3),
        (whole, person(900.0, 300.0, 60.0), 3.0, 2.9..3.01),
        // A person in a corner limits the zoom; one that is very close or half outside prevents it.
        (whole, person(150.0, 20.0, 90.0), 2.0, 1.5..2.01),
        (whole, person(640.0, 90.0, 400.0), 2.0, 1.0..1.01),
        (whole, person(60.0, 90.0, 90.0), 2.0, 1.0..1.01),
        (part, person(600.0, 220.0, 60.0), 2.0, 1.6..2.01),
    ];
    for (framing, person, closest, zoom) in cases {
        let mut pass = Pass::new(framing, closest);
        let whole = pass.region();
        let (mut resets, mut last) = (0, whole);
        for frame in 0..150 {
            let region = pass.region();
            is_inside(region, &framing, closest);
            // At most four tenths of the picture a second, and no jump.
            let step = (0..2).map(|i| (region[i] + region[i + 2] / 2.0 - last[i] - last[i + 2] / 2.0).abs());
            assert!(step.fold(0.0, f64::max) <= 0.4 / 30.0 * last[2] + 0.01, "{region:?} after {last:?}");
            last = region;
            pass.step(&seen(Some(person), region), 1.0 / 30.0);
            resets += u32::from(pass.has_reset());
            assert!(frame < 120 || !pass.has_reset());
        }
        let [x, y, w, h] = pass.region();
        note!("{person:?}: {:?} after 5 s, {resets} frames on the way", pass.region());
        let larger = whole[2] / w;
        assert!(zoom.contains(&larger), "{larger} times larger");
        // They cover a quarter, within the threshold for starting, unless a limit of the size prevents it.
        let alpha = seen(Some(person), pass.region());
        let cover = alpha.values().iter().sum::<f64>() / alpha.data.len() as f64;
        let (may_grow, may_shrink) = (larger < closest - 0.01, larger > 1.01);
        let is_cut_off = person.x - person.half < 13.0;
        assert!(cover > 0.25 / 1.35 || !may_grow || is_cut_off, "{cover}");
        assert!(cover < 0.25 * 1.35 || !may_shrink, "{cover}");
        let (left, right) = (whole[0], whole[0] + whole[2] - w);
        assert!((x - (person.x - w / 2.0).clamp(left, right)).abs() < 0.02 * w, "not in the middle");
        let headroom = (person.top - 0.12 * h).clamp(whole[1], whole[1] + whole[3] - h);
        assert!((y - headroom).abs() < 0.03 * h, "{y}, not {headroom}: another headroom");
        assert_eq!(resets > 5, larger > 1.01, "alpha has to forget what it remembers of another region");
        // It rests while they only breathe, and shows the whole picture again once they are gone.
        for frame in 0..60 {
            let x = person.x + 0.02 * w * f64::from(frame).sin();
            pass.step(&seen(Some(Person { x, ..person }), pass.region()), 1.0 / 30.0);
        }
        assert!(!pass.has_reset() && (pass.region()[0] - x).abs() < 0.5, "restless");
        (0..150).for_each(|_| pass.step(&seen(None, pass.region()), 1.0 / 30.0));
        let end = pass.region();
        assert!((0..4).all(|i| (end[i] - whole[i]).abs() < 0.01), "{end:?}: not the whole");
    }
}
