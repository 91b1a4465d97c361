use gpucam::internals::{Size, gpu::Recorder, model::OutputDecoding, passes};

use crate::{
    mirror::person::{self, Person as Mirror},
    support::gpu::{floats, gpu, holds, noise, poison, submit},
};

/// WGSL's exp may be off by 3 + 2|x| units in the last place: 2⁻²³ · 43 at x = 20, of a value below 1/4 · …
const TOLERANCE: f64 = 5e-6;
const SIZE: Size = Size::new(61, 37);

fn run(values: &[f32], channels: u32, person: OutputDecoding) -> Vec<f64> {
    let gpu = gpu();
    let mut rec = Recorder::new(gpu);
    let output = rec.constants("output", values);
    let probability = passes::softmax(&mut rec, &output, SIZE, channels, person);
    poison(gpu, &probability);
    submit(rec);
    floats(gpu, &probability)
}

pub fn test() {
    let cases = [
        (1, OutputDecoding::Probability, Mirror::Probability, Mirror::Logit),
        (1, OutputDecoding::Logit, Mirror::Logit, Mirror::Probability),
        (
            2,
            OutputDecoding::Softmax { channel: 1 },
            Mirror::Softmax { channel: 1 },
            Mirror::Softmax { channel: 0 },
        ),
        (
            21,
            OutputDecoding::Softmax { channel: 15 },
            Mirror::Softmax { channel: 15 },
            Mirror::Softmax { channel: 14 },
        ),
        (
            6,
            OutputDecoding::Background { channel: 0 },
            Mirror::Background { channel: 0 },
            Mirror::Softmax { channel: 0 },
        ),
    ];
    for (channels, person, mirror, control) in cases {
        let wide = if person == OutputDecoding::Probability { 1.0 } else { 24.0 };
        let low = if person == OutputDecoding::Probability { 0.0 } else { -12.0 };
        let value = |i| (low + wide * noise(u64::from(channels), i)) as f32;
        let values: Vec<f32> = (0..SIZE.area() * channels as usize).map(value).collect();
        let exact: Vec<f64> = values.iter().map(|&v| v.into()).collect();
        let of = |rule| person::probability(&exact, 61, 37, channels as usize, rule);
        let what = format!("softmax {person:?}");
        holds(&what, &run(&values, channels, person), of(mirror).values(), of(control).values(), TOLERANCE);
    }
}

/// NaN or infinity in a model's output gives background in that texel and changes no other.
pub fn not_a_number() {
    for bad in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for (channels, person) in [
            (1, OutputDecoding::Probability),
            (1, OutputDecoding::Logit),
            (2, OutputDecoding::Softmax { channel: 1 }),
            (6, OutputDecoding::Background { channel: 3 }),
        ] {
            for channel in 0..channels {
                let mut values = vec![0.75f32; SIZE.area() * channels];
                values[7 * channels + channel] = bad;
                let got = run(&values, channels as u32, person);
                assert_eq!(got[7], 0.0, "{bad} in channel {channel} of {person:?}");
                assert!(got[6] >= 0.5 && got[8] >= 0.5, "the neighbours of {bad}: {} {}", got[6], got[8]);
            }
        }
    }
}
