use gpucam::internals::{Size, gpu::Recorder, passes};

use super::{person_box::boxed, room::write};
use crate::{
    mirror::{Plane, look},
    support::gpu::{blob, floats, gpu, holds, noise, plane, poison, submit},
};

/// A logit of up to 6 in f32 changes p by a quarter of its error; drivers take ln and exp to some 1e-6 of themselves,
/// and positions of up to 256 texels to 2⁻¹⁵.
const TOLERANCE: f64 = 1e-4;

pub fn test() {
    let gpu = gpu();
    let (usual, odd) = (Size::new(256, 144), Size::new(257, 143));
    // Inside the frame, at its lower edge, in its corner, and as wide as it.
    let cases = [
        ([1280.0f32, 720.0], usual, [128.0f32, 64.0, 768.0, 640.0]),
        ([1280.0, 720.0], usual, [320.0, 160.0, 832.0, 720.0]),
        ([646.0, 362.0], odd, [320.0, 0.0, 646.0, 362.0]),
        ([646.0, 362.0], odd, [0.0, 32.0, 646.0, 240.0]),
    ];
    for ([w, h], size, edges) in cases {
        let (mask, close) = (blob(size, 41), blob(Size::new(256, 256), 42));
        // Where both agreed, one to five frames ago.
        let agreed = Plane::from_fn(mask.width, mask.height, |x, y| {
            [(5.0 * noise(43, y * mask.width + x)).floor() / 4.0]
        });
        let run = |looks| {
            let mut rec = Recorder::new(gpu);
            let frame = Size::new(w as u32, h as u32);
            let person = boxed(edges, looks, size);
            let before: Vec<f32> = agreed.values().iter().map(|&v| v as f32).collect();
            write(gpu, &person.agreed, bytemuck::cast_slice(&before));
            let seen = passes::second_look(&mut rec, &plane(gpu, &mask), &plane(gpu, &close), &person, frame);
            poison(gpu, &seen);
            submit(rec);
            let after: Vec<f32> = gpu.read_storage(&person.agreed).expect("a readable buffer");
            (floats(gpu, &seen), after)
        };
        let mirror = |ramp, fade| {
            let frame = (f64::from(w), f64::from(h));
            look::mixed(&mask, &close, edges.map(f64::from), frame, &agreed, 0.6, ramp, fade)
        };
        let (want, ramped, faded) = (mirror(4.0, 0.25), mirror(5.0, 0.25), mirror(4.0, 0.5));
        let (got, after) = run(true);
        let got: Vec<f64> = got.iter().zip(&after).flat_map(|(p, both)| [*p, f64::from(*both)]).collect();
        holds(&format!("second_look {size}"), &got, want.values(), ramped.values(), TOLERANCE);
        holds(&format!("second_look {size}, fading"), &got, want.values(), faded.values(), TOLERANCE);
        let fading = want.data.iter().filter(|[_, both]| *both > 0.0 && *both < 1.0).count();
        assert!(fading > 100, "{fading} texels fade");
        // A frame without a box keeps its mask to the bit, and forgets what both agreed on.
        let (got, after) = run(false);
        assert!(got.iter().zip(mask.values()).all(|(got, want)| got == want));
        assert!(after.iter().all(|&both| both == 0.0));
        assert!(want.data.iter().zip(mask.values()).any(|([p, _], mask)| p != mask), "nothing was mixed");
    }
}
