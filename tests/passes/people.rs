use gpucam::internals::{
    Size,
    gpu::{Recorder, Storage},
    passes::{self, KeptPerson},
};

use crate::{
    mirror::{
        Mask, Plane, Rgb,
        people::{Kept, Rule},
    },
    support::gpu::{floats, gpu, guide, noise, plane, poison, poison_storage, submit},
};

/// Something drawn: an ellipse of the picture's height 1, and its colour.
#[derive(Clone, Copy, Debug)]
pub struct Blob {
    pub at: [f64; 2],
    pub radii: [f64; 2],
    pub colour: [u8; 3],
}

/// Head and shoulders; 1 fills the picture's height.
pub fn person(x: f64, scale: f64, colour: [u8; 3]) -> Vec<Blob> {
    let skin = if colour == RED { [110, 75, 55] } else { [190, 150, 120] };
    vec![
        Blob { at: [x, 1.0 + 0.05 * scale], radii: [0.33 * scale, 0.4 * scale], colour },
        Blob { at: [x, 1.0 - 0.5 * scale], radii: [0.13 * scale, 0.18 * scale], colour: skin },
    ]
}

/// What is drawn of each of several things, from back to front: how much of it is seen, 0..1. With the mask
/// as a model makes it, soft, and the picture.
pub fn picture(size: Size, things: &[Vec<Blob>]) -> (Mask, Rgb, Vec<Mask>) {
    let (w, h) = (size.width as usize, size.height as usize);
    let cover = |blob: &Blob| -> Mask {
        Plane::from_fn(w, h, |x, y| {
            let (u, v) = ((x as f64 + 0.5) / h as f64, (y as f64 + 0.5) / h as f64);
            let far = ((u - blob.at[0]) / blob.radii[0]).hypot((v - blob.at[1]) / blob.radii[1]);
            let texels = (1.0 - far) * blob.radii[0].min(blob.radii[1]) * h as f64;
            [(0.5 + texels / 4.0).clamp(0.0, 1.0)]
        })
    };
    let mut codes = Plane::from_fn(w, h, |x, _| [90.0 + (x * 60 / w) as f64, 110.0, 100.0]);
    let mut seen: Vec<Mask> = Vec::new();
    for thing in things {
        let mut all = Plane::flat(w, h, [0.0]);
        for blob in thing {
            for (i, [cover]) in cover(blob).data.into_iter().enumerate() {
                all.data[i][0] = all.data[i][0].max(cover);
                if cover >= 0.5 {
                    codes.data[i] = blob.colour.map(f64::from);
                }
            }
        }
        for behind in &mut seen {
            behind.data.iter_mut().zip(&all.data).for_each(|(behind, [cover])| behind[0] *= 1.0 - cover);
        }
        seen.push(all);
    }
    let mask = Plane::from_fn(w, h, |x, y| {
        let all: f64 = seen.iter().map(|mask| mask.at(x, y)[0]).sum();
        [f64::from((all.clamp(0.0, 1.0) * (1.0 - 0.02 * noise(7, y * w + x))) as f32)]
    });
    let picture = Plane::from_fn(w, h, |x, y| {
        let grain = (6.0 * noise(8, y * w + x)).floor();
        codes.at(x, y).map(|code| f64::from((code + grain) as f32 / 255.0))
    });
    (mask, picture, seen)
}

/// The passes, frame after frame.
pub struct Passes {
    pub person: KeptPerson,
    /// Since the last frame.
    seconds: Storage,
}

impl Passes {
    pub fn new(size: Size) -> Self {
        Self::at_rate(size, 30)
    }

    /// So many frames a second.
    pub fn at_rate(size: Size, rate: u32) -> Self {
        let seconds = 1.0 / rate as f32;
        let seconds =
            Storage::with_content(gpu(), "seconds", &seconds.to_ne_bytes(), wgpu::BufferUsages::STORAGE);
        Self { person: KeptPerson::new(gpu(), size), seconds }
    }

    /// Classes and the kept mask of a frame.
    pub fn step(&self, mask: &Mask, picture: &Rgb) -> (Vec<f64>, Vec<f64>) {
        let mut rec = Recorder::new(gpu());
        let (mask, picture) = (plane(gpu(), mask), guide(gpu(), picture));
        let classes = passes::people(&mut rec, &mask, &self.person, &self.seconds);
        let kept = passes::front(&mut rec, &mask, &picture, &classes, &self.person);
        poison_storage(gpu(), &classes);
        poison(gpu(), &kept);
        submit(rec);
        let classes: Vec<u32> = gpu().read_storage(&classes).expect("a readable buffer");
        (classes.iter().map(|c| f64::from(c & 15)).collect(), floats(gpu(), &kept))
    }

    pub fn owners(&self) -> Vec<f64> {
        let owners: Vec<u32> = gpu().read_storage(&self.person.owners).expect("a readable buffer");
        owners.into_iter().map(f64::from).collect()
    }

    pub fn memory(&self) -> Vec<f64> {
        let memory: Vec<u32> = gpu().read_storage(&self.person.memory).expect("a readable buffer");
        memory[..6].iter().map(|n| f64::from(*n)).collect()
    }
}

pub const BLUE: [u8; 3] = [45, 65, 115];
pub const RED: [u8; 3] = [160, 40, 45];
/// A mask of 16:9, and one that no block divides; and frames of the play.
pub const MASKS: [(Size, usize); 2] = [(Size::new(96, 54), 30), (Size::new(77, 43), FRAMES)];

/// Frames of it.
pub const FRAMES: usize = 122;
/// Milliseconds between them, of 30 a second.
pub const PASSED: u32 = 33;

/// Everything that can happen: one sits there with a mug, another walks past behind, comes near, sits in front;
/// the first leaves; nobody; a third.
pub fn play(size: Size, frame: usize) -> (Mask, Rgb, Vec<Mask>) {
    let t = frame as f64;
    let middle = 0.5 * f64::from(size.width) / f64::from(size.height);
    let sway = 0.02 * (t / 3.0).sin();
    let mut things = Vec::new();
    // Behind, from the right to the left in 35 frames.
    if (4..40).contains(&frame) {
        things.push(person(2.0 * middle + 0.2 - 0.06 * (t - 4.0), 0.62, RED));
    }
    if frame < 62 {
        things.push(person(middle + sway, 0.75, BLUE));
        let mug = Blob { at: [middle + 0.36, 0.62], radii: [0.05, 0.06], colour: [230, 230, 225] };
        things.push(if (2..20).contains(&frame) { vec![mug] } else { Vec::new() });
    }
    // Comes back on the left, larger: after half a second the person.
    if (42..64).contains(&frame) {
        things.push(person(0.1, 1.3, RED));
    }
    // Somebody stays behind once all have left: the person after one and a half.
    if (60..118).contains(&frame) {
        things.push(person(2.0 * middle - 0.3, 0.6, [60, 110, 80]));
    }
    picture(size, &things)
}

/// Classes and memory equal the mirror's, frame after frame: whole numbers.
pub fn test() {
    for (size, frames) in MASKS {
        let (first, ..) = play(size, 0);
        let rules = [Rule::default(), Rule { patience: 460, ..Rule::default() }];
        let mut mirrors = rules.map(|_| Kept::new(&first));
        let pass = Passes::new(size);
        let mut is_wrong = false;
        let mut states = [0; 3];
        for frame in 0..frames {
            let (mask, picture, _) = play(size, frame);
            let (classes, _) = pass.step(&mask, &picture);
            let mut now = rules.iter().zip(&mut mirrors).map(|(rule, mirror)| {
                let divided = mirror.step(&mask, &picture, PASSED, rule);
                let classes: Vec<f64> = divided.classes.iter().map(|c| f64::from(c.code())).collect();
                (classes, mirror.memory().map(f64::from).to_vec())
            });
            let (want, memory) = now.next().expect("two");
            assert_eq!(pass.memory(), memory, "{size}, frame {frame}");
            assert!(classes == want, "{size}, frame {frame}: other classes");
            let (control, _) = now.next().expect("two");
            is_wrong |= control != want;
            states[memory[0] as usize] += 1;
        }
        assert!(is_wrong || frames < FRAMES, "{size}: the control passes");
        assert!(
            frames < FRAMES || states[1..].iter().all(|n| *n > 3),
            "{size}: not all happened: {states:?}"
        );
    }
}
