use gpucam::internals::{
    Size,
    gpu::{Recorder, Storage},
    passes::{self, Guide, PersonBox},
};

use crate::{
    mirror::{Mask, Plane, look},
    support::gpu::{gpu, holds, plane, poison_storage, submit},
};

/// Edges are whole pixels, unless the frame's own.
const TOLERANCE: f64 = 1e-3;

/// The workgroups of what is dispatched where there is a box.
const WORKGROUPS: [[u32; 2]; 3] = [[16, 64], [1, 1], [300, 2]];

/// The two passes, frame after frame.
struct Pass {
    frame: Size,
    person: PersonBox,
}

impl Pass {
    fn new(frame: Size) -> Self {
        let person = PersonBox::new(gpu(), Size::new(1, 1));
        person.reset(gpu());
        Self { frame, person }
    }

    /// The state after a frame whose predecessor had this mask, and the dispatches' workgroups.
    fn step(&self, mask: &Mask, change: f64) -> (Vec<f64>, Vec<u32>) {
        let gpu = gpu();
        let mut rec = Recorder::new(gpu);
        let guide = Plane::flat(mask.width, mask.height, [0.0, 0.0, 0.0, change]);
        let guide = Guide { plane: plane(gpu, &guide), sums: rec.storage("sums", 8) };
        let size = Size::new(mask.width as u32, mask.height as u32);
        let blocks = passes::person_blocks(&mut rec, &plane(gpu, mask), &guide);
        let dispatches = passes::person_box(&mut rec, &blocks, &WORKGROUPS, self.frame, size, &self.person);
        poison_storage(gpu, &dispatches);
        submit(rec);
        let state: Vec<f32> = gpu.read_storage(&self.person.values).expect("a readable buffer");
        let state = state.into_iter().map(f64::from).collect();
        (state, gpu.read_storage(&dispatches).expect("a readable buffer"))
    }
}

/// Discs of person: centre and radius as shares of 9/16 of the frame's width, on a faint background.
fn people(size: (usize, usize), discs: &[[f64; 3]]) -> Mask {
    let (w, h) = size;
    Plane::from_fn(w, h, |x, y| {
        let unit = w as f64 * 9.0 / 16.0;
        let (u, v) = ((x as f64 + 0.5) / unit, (y as f64 + 0.5) / unit);
        let inside = discs.iter().any(|[x, y, r]| (u - x).powi(2) + (v - y).powi(2) < r * r);
        [if inside { 0.9 } else { 0.1 }]
    })
}

/// A person who sits, leans, comes nearer, leaves and returns, with another one and a small thing.
fn play(frame: usize) -> (Vec<[f64; 3]>, f64) {
    let t = frame as f64;
    let still = 0.01;
    match frame {
        0..4 => (vec![[0.8, 0.7, 0.2]], still),
        4..12 => (vec![[0.8 + 0.02 * (t - 4.0), 0.7, 0.2]], still),
        // Too small to count, wherever it is.
        12..14 => (vec![[0.96, 0.7, 0.2], [0.1, 0.1, 0.025]], still),
        14..16 => (vec![[0.96, 0.7, 0.2], [0.2, 0.5, 0.1]], still),
        16 => (vec![[0.96, 0.7, 0.2]], 0.2),
        17..24 => (vec![[0.9, 0.7, 0.2 + 0.1 * (t - 17.0)]], still),
        24..26 => (vec![], still),
        26..30 => (vec![[0.9, 0.6, 0.1]], still),
        _ => (vec![[0.3, 0.6, 0.1]], f64::NAN),
    }
}

/// The state equals the float64 mirror in every frame, and the dispatches follow from it.
pub fn test() {
    for (frame, mask) in [((1280, 720), (256, 144)), ((646, 362), (257, 143)), ((720, 1280), (144, 256))] {
        let size = Size::new(frame.0, frame.1);
        let pass = Pass::new(size);
        let rules =
            [look::RULE, look::Rule { room: 0.2, ..look::RULE }, look::Rule { least: 8, ..look::RULE }];
        let mut boxes = rules.map(|_| None);
        let mut seen: [Vec<f64>; 3] = Default::default();
        let (mut got, mut twice) = (Vec::new(), 0);
        for number in 0..32 {
            let (discs, change) = play(number);
            let mask = people(mask, &discs);
            let (state, dispatches) = pass.step(&mask, change);
            for (i, rule) in rules.iter().enumerate() {
                let change = if number == 0 { f64::INFINITY } else { change };
                boxes[i] = look::next(boxes[i], &mask, change, (frame.0.into(), frame.1.into()), rule);
                let looks = boxes[i].is_some();
                seen[i].extend(boxes[i].unwrap_or_default());
                seen[i].extend([f64::from(u8::from(looks)), 1.0]);
            }
            let looks = state[4] > 0.5;
            twice += usize::from(looks);
            let all = WORKGROUPS.iter().flat_map(|[x, y]| [*x, *y, 1]);
            let want: Vec<u32> = all.map(|n| if looks { n } else { 0 }).collect();
            assert_eq!(dispatches, want, "frame {number}");
            got.extend(state);
        }
        assert_eq!(twice, 28, "all frames but the first, the cut, and two without a known change");
        for control in &seen[1..] {
            holds(&format!("person_box {size}"), &got, &seen[0], control, TOLERANCE);
        }
    }
}

/// After a reset the mask of the frame before counts no more.
pub fn forgets() {
    let pass = Pass::new(Size::new(1280, 720));
    let mask = people((256, 144), &[[0.9, 0.6, 0.15]]);
    let looks = |state: Vec<f64>| state[4] > 0.5;
    assert!(!looks(pass.step(&mask, 0.0).0), "there was no frame before the first");
    assert!(looks(pass.step(&mask, 0.0).0));
    pass.person.reset(gpu());
    assert!(!looks(pass.step(&mask, 0.0).0));
}

/// Writes the box of a frame whose mask has size `mask`, for the passes that read it.
pub fn boxed(edges: [f32; 4], looks: bool, mask: Size) -> PersonBox {
    let person = PersonBox::new(gpu(), mask);
    let [left, top, right, bottom] = edges;
    let values = [left, top, right, bottom, if looks { 1.0 } else { 0.0 }, 1.0];
    let Storage { buffer, offset, .. } = &person.values;
    gpu().queue().write_buffer(buffer, *offset, bytemuck::cast_slice(&values));
    person
}
