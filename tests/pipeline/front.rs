//! One person of several in the whole pipeline, with drawn people: the stand-in network takes what is bright for a
//! person.

use std::time::Duration;

use gpucam::internals::{Exposure, Pipeline, Settings, Size, Yuyv, passes::People};
use libtest_mimic::Trial;

use super::stand_in;
use crate::support::{
    gpu::{BT601, gpu, noise},
    gpu_test,
};

pub fn trials() -> Vec<Trial> {
    vec![gpu_test("pipeline::front_hides_who_comes_in_behind", newcomer)]
}

const SIZE: Size = Size::new(320, 180);
/// Where the person sits, and the half width of their shoulders, in pixels.
const PERSON: (f64, f64) = (120.0, 60.0);
/// The same of who comes in.
const OTHER_HALF: f64 = 40.0;

/// Whether head or shoulders of somebody at `x` cover a pixel.
fn covers(x: f64, half: f64, at: (f64, f64)) -> bool {
    let inside = |cy: f64, rx: f64, ry: f64| ((at.0 - x) / rx).powi(2) + ((at.1 - cy) / ry).powi(2) < 1.0;
    inside(190.0, half, 1.3 * half) || inside(190.0 - 1.55 * half, 0.42 * half, 0.55 * half)
}

/// The person, unless they have left, before somebody at `x`, whose colour marks them.
fn picture(x: f64, person: bool, number: u64) -> Vec<u8> {
    let yuyv = Yuyv::from_rgb(SIZE, BT601, |i, j| {
        let at = (f64::from(i) + 0.5, f64::from(j) + 0.5);
        let grain = 0.02 * (noise(700 + number, (j * SIZE.width + i) as usize) - 0.5);
        let rgb = match () {
            () if person && covers(PERSON.0, PERSON.1, at) => [0.85, 0.9, 0.85],
            () if covers(x, OTHER_HALF, at) => [1.0, 0.75, 0.75],
            () => [0.05, 0.08, 0.05],
        };
        rgb.map(|v| f64::clamp(v + grain, 0.0, 1.0))
    });
    yuyv.bytes
}

/// The pixels of the shown picture with the other's colour: those with more red than the person or the background has.
fn marked(shown: &[u8]) -> usize {
    shown.chunks_exact(4).filter(|word| word[3] > 140).count() * 2
}

/// Somebody walks in behind the person up to their shoulder. Nothing of them is in any picture while they are apart.
/// The person leaves; a second and a half later the other is shown, at any rate of frames.
fn newcomer() {
    for rate in [15u32, 60] {
        let settings = Settings {
            effects: "colour:#0000ff".parse().expect("an effect"),
            people: People::Front,
            exposure: Exposure::Off,
            ..Settings::default()
        };
        let mut pipeline = Pipeline::new(gpu(), stand_in(gpu()), SIZE, BT601, &settings).expect("a pipeline");
        let mut everybody = Pipeline::new(
            gpu(),
            stand_in(gpu()),
            SIZE,
            BT601,
            &Settings { people: People::All, ..settings.clone() },
        )
        .expect("a pipeline");
        let mut shown = vec![0; SIZE.yuyv_bytes()];
        let (walk, end) = (f64::from(rate), 3.2 * f64::from(rate));
        let (mut seen, mut came) = (0, None);
        for number in 0..end as u32 {
            let t = f64::from(number);
            // In over the right edge in a second, then still, beside the person.
            let x = 362.0 - (132.0 * t / walk).min(132.0);
            let person = t < 1.4 * walk;
            let frame = picture(x, person, number.into());
            let at = Duration::from_secs_f64(t / f64::from(rate));
            pipeline.process(&frame, at, &mut shown).expect("a frame");
            let count = marked(&shown);
            if person {
                assert_eq!(count, 0, "{rate} a second, frame {number}: of who came in at {x:.0}");
                // What is looked for is there, and is found where everybody is shown.
                if number % 8 == 7 {
                    everybody.process(&frame, at, &mut shown).expect("a frame");
                    seen = seen.max(marked(&shown));
                }
            } else if count > 100 {
                came = came.or(Some((t - 1.4 * walk) / f64::from(rate)));
            }
        }
        let came = came.expect("they are shown at last");
        note!("{rate} a second: 0 pixels of who came in, of {seen}; shown {came:.2} s after the person left");
        assert!(seen > 1000, "{rate} a second: the control shows {seen} pixels");
        assert!((1.4..1.75).contains(&came), "{rate} a second: after {came:.2} s");
    }
}
