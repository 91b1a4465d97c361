//! The examples of the library, each run once. They use nothing but its public items.

use gpucam::{InputOptions, Yuyv, open_source};
use libtest_mimic::Trial;

use crate::support::{Files, gpu_test, needs};

#[allow(dead_code)] // its main
#[path = "../examples/blur_image.rs"]
mod blur_image;
#[allow(dead_code)]
#[path = "../examples/custom_effect.rs"]
mod custom_effect;
#[allow(dead_code)]
#[path = "../examples/your_own_frames.rs"]
mod your_own_frames;

pub fn trials() -> Vec<Trial> {
    vec![
        needs(&[Files::MODEL], gpu_test("examples::blur_image", blurs_image)),
        needs(&[Files::MODEL], gpu_test("examples::custom_effect", switches_to_custom_effect)),
        needs(&[Files::MODEL], gpu_test("examples::your_own_frames", processes_own_frames)),
    ]
}

/// The written picture has the test card's size, a blurred background, and the person as sharp as before.
fn blurs_image() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("blurred.png");
    blur_image::blur_image("testcard:hair,2", &path).expect("the model and an adapter");
    let blurred = image::open(path).expect("a picture").into_rgb8();

    let options = InputOptions { frames: Some(1), ..InputOptions::default() };
    let mut source = open_source("testcard:hair,2".as_ref(), &options).expect("the test card");
    let format = source.format();
    let bytes = source.next().expect("no error").expect("a frame").to_vec();
    let alpha = source.alpha(std::num::NonZeroU64::MIN).expect("the test card's alpha");
    let card = Yuyv { size: format.size, bytes }.to_rgb8(format.colorimetry);
    assert_eq!(blurred.dimensions(), (format.size.width, format.size.height));

    // The sum of differences between neighbours in a row, where both are person or both are background.
    let detail = |rgb: &[u8], inside: fn(f32) -> bool| -> u64 {
        let pairs = rgb.as_chunks::<3>().0.windows(2).zip(alpha.windows(2));
        let chosen = pairs.filter(|(_, a)| a.iter().all(|&a| inside(a)));
        chosen.map(|(pixels, _)| u64::from(pixels[0][1].abs_diff(pixels[1][1]))).sum()
    };
    let kept = |inside| detail(&blurred, inside) as f64 / detail(&card, inside) as f64;
    let (background, person) = (kept(|a| a < 0.01), kept(|a| a > 0.99));
    note!("detail: {background:.3} of the background's, {person:.3} of the person's");
    assert!(background < 0.3, "the background keeps {background} of its detail");
    assert!((0.95..1.05).contains(&person), "the person keeps {person} of its detail");
}

/// The shader of the folder is drawn some time after the switch.
fn switches_to_custom_effect() {
    let after = custom_effect::switch_to("examples/effects/neon.wgsl").expect("the model and an adapter");
    assert!(after.is_some(), "the effect is never drawn");
}

/// Nobody is in a grey ramp, so all of it is background.
fn processes_own_frames() {
    let green = your_own_frames::process(8).expect("the model and an adapter");
    assert!(green > 0.9, "only {green} of the frame is green");
}
