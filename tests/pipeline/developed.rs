//! The picture without noise, in another light: what its memory may not show.

use std::{thread, time::Duration};

use gpucam::internals::{Denoise, Exposure, Light, Pipeline, Settings, Size, Yuyv};
use libtest_mimic::Trial;

use super::stand_in;
use crate::support::{
    gpu::{BT601, gpu, noise},
    gpu_test,
};

pub fn trials() -> Vec<Trial> {
    vec![
        gpu_test("pipeline::denoise_carries_no_room_over", no_room),
        gpu_test("pipeline::denoise_forgets_with_a_reset", reset),
    ]
}

const SIZE: Size = Size::new(320, 180);

/// A person, whom the stand-in network knows by their brightness, before a room whose marks are red alone.
fn picture(x: f64, number: u64) -> Vec<u8> {
    let yuyv = Yuyv::from_rgb(SIZE, BT601, |i, j| {
        let far = ((f64::from(i) - x) / 50.0).hypot((f64::from(j) - 110.0) / 80.0);
        let grain = 0.06 * (noise(500 + number, (j * SIZE.width + i) as usize) - 0.5);
        let rgb = match far < 1.0 {
            true => [0.85, 0.9, 0.85],
            false if (i / 8 + j / 8) % 2 == 0 => [0.5, 0.0, 0.0],
            false => [0.1, 0.0, 0.0],
        };
        rgb.map(|v| f64::clamp(v + grain, 0.0, 1.0))
    });
    yuyv.bytes
}

fn settings(effects: &str) -> Settings {
    Settings {
        effects: effects.parse().expect("an effect"),
        denoise: Denoise::Auto,
        light: Light::Auto,
        exposure: Exposure::Off,
        ..Settings::default()
    }
}

fn pipeline(settings: &Settings) -> Pipeline {
    Pipeline::new(gpu(), stand_in(gpu()), SIZE, BT601, settings).expect("a pipeline")
}

/// The words of the picture that are as red as the marks, and the largest Cr.
fn marked(shown: &[u8]) -> (usize, u8) {
    let red = || shown.chunks_exact(4).map(|word| word[3]);
    (red().filter(|cr| *cr > 150).count(), red().max().unwrap_or(0))
}

/// While the background is shown, the memory is full of it. From the first hidden frame on nothing of it is in the
/// picture, neither behind the person nor in them where they have just covered it.
fn no_room() {
    let mut film = pipeline(&settings("none"));
    let mut shown = vec![0; SIZE.yuyv_bytes()];
    let mut number = 0;
    let mut next = |film: &mut Pipeline, x: f64| {
        number += 1;
        film.process(&picture(x, number), Duration::from_millis(33 * number), &mut shown).expect("a frame");
        marked(&shown)
    };
    let raw = (0..12).map(|_| next(&mut film, 100.0)).next_back().expect("a frame");
    assert!(raw.0 > 3000, "the control finds no room in {raw:?}");
    for hides in ["colour:#00ff00", "none", "colour:#00ff00"] {
        assert!(film.switch(hides.parse().expect("an effect")));
        let is_hidden = hides != "none";
        let mut tries = 0;
        // Until the other thread has prepared it.
        while film.hides_background() != is_hidden {
            assert!(tries < 500, "{hides} is never drawn");
            tries += 1;
            thread::sleep(Duration::from_millis(2));
            let (marks, most) = next(&mut film, 100.0);
            assert!(
                !film.hides_background() || marks == 0,
                "{marks} marks in the first hidden frame, {most}"
            );
        }
        for step in 0..6 {
            // They move, over what the memory holds.
            let (marks, most) = next(&mut film, 100.0 + 12.0 * f64::from(step));
            match is_hidden {
                true => assert_eq!(marks, 0, "frame {step} of {hides}: {most}"),
                false => assert!(marks > 3000, "frame {step} of {hides}: {marks}"),
            }
        }
        (0..6).for_each(|_| _ = next(&mut film, 100.0));
    }
}

/// After a reset, as after a slate with another camera, the picture is that of a pipeline that has seen nothing else.
fn reset() {
    let settings = settings("blur");
    let (mut film, mut fresh) = (pipeline(&settings), pipeline(&settings));
    let [mut shown, mut want, mut before] = [(); 3].map(|()| vec![0; SIZE.yuyv_bytes()]);
    for number in 0..7 {
        let at = Duration::from_millis(33 * number);
        film.process(&picture(220.0, number), at, &mut before).expect("a frame");
    }
    film.reset();
    for number in 10..13 {
        let at = Duration::from_millis(33 * number);
        film.process(&picture(100.0, number), at, &mut shown).expect("a frame");
        fresh.process(&picture(100.0, number), at, &mut want).expect("a frame");
        assert!(shown == want, "frame {number} after the reset is another one");
    }
    assert!(before != shown);
}
