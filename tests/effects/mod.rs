//! Every effect against its float64 mirror, with a given alpha; the syntax of `--effect`; switching effects.

mod blur;
mod cartoon;
mod colormap;
mod colour;
mod custom;
mod edges;
mod hologram;
mod image;
mod light;
mod mask;
mod overlay;
mod parse;
mod pixelate;
mod switcher;
mod target;
mod tint;
mod transparent;
mod video;

use std::time::Duration;

use gpucam::internals::{
    Colorimetry, Size,
    effects::{ALL, Effects, RecordedEffects, RecordingState},
};
use libtest_mimic::Trial;

use crate::{
    mirror::Mask,
    passes::words,
    support::{
        gpu::{gpu, upload},
        gpu_test, test,
    },
};

pub fn trials() -> Vec<Trial> {
    vec![
        test("effects::each_has_a_test", each_has_a_test),
        test("effects::parse", parse::good),
        test("effects::parse_refuses", parse::bad),
        gpu_test("effects::blur", blur::test),
        gpu_test("effects::colour", colour::test),
        gpu_test("effects::image", image::test),
        gpu_test("effects::image_fits", image::fits),
        gpu_test("effects::pixelate", pixelate::test),
        gpu_test("effects::light", light::test),
        gpu_test("effects::tint", tint::test),
        gpu_test("effects::colormap", colormap::test),
        gpu_test("effects::colormap_maps", colormap::maps),
        gpu_test("effects::hologram", hologram::test),
        gpu_test("effects::cartoon", cartoon::test),
        gpu_test("effects::edges", edges::test),
        gpu_test("effects::mask", mask::test),
        test("effects::mask_hides", mask::hides),
        gpu_test("effects::custom", custom::test),
        gpu_test("effects::custom_background_is_out_of_reach", custom::background_is_out_of_reach),
        test("effects::custom_broken", custom::broken),
        test("effects::custom_parameters", custom::parameters),
        gpu_test("effects::custom_examples", custom::examples),
        gpu_test("effects::custom_endless", custom::endless),
        test("effects::custom_long_iterations", custom::long_iterations),
        gpu_test("effects::custom_reload", custom::reload),
        gpu_test("effects::custom_hides_again", custom::hides_again),
        gpu_test("effects::custom_time", custom::time),
        gpu_test("effects::overlay", overlay::test),
        gpu_test("effects::transparent", transparent::test),
        gpu_test("effects::video", video::test),
        gpu_test("effects::video_that_is_late", video::late),
        gpu_test("effects::video_that_is_broken", video::broken),
        gpu_test("effects::switch", switcher::test),
        gpu_test("effects::switch_back_when_one_fails", switcher::failing),
    ]
}

/// Each effect has a test of its name. `none` needs no mirror.
fn each_has_a_test() {
    let trials = trials();
    for spec in ALL.iter().filter(|spec| spec.name != "none") {
        let name = format!("effects::{}", spec.name);
        assert!(trials.iter().any(|trial| trial.name() == name), "there is no test {name}");
    }
}

/// Runs the effects in `texts` on a frame with this alpha. Returns YUYV bytes.
fn render(texts: &[&str], bytes: &[u8], size: Size, colorimetry: Colorimetry, alpha: &Mask) -> Vec<u8> {
    render_at(texts, bytes, size, colorimetry, alpha, Duration::ZERO)
}

/// The same for a frame captured at `at`.
fn render_at(
    texts: &[&str],
    bytes: &[u8],
    size: Size,
    colorimetry: Colorimetry,
    alpha: &Mask,
    at: Duration,
) -> Vec<u8> {
    let effects = Effects::parse_all(texts).unwrap_or_else(|error| panic!("{error}"));
    let frame = upload(gpu(), bytes, size, colorimetry);
    let recorded = RecordedEffects::record(gpu(), &frame, &words(gpu(), alpha), None, None, &effects);
    let mut recorded = recorded.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(recorded.update(gpu(), at).expect("it is drawn"), RecordingState::Current);
    recorded.recording().submit(gpu());
    gpu().read_storage(recorded.picture()).expect("a readable buffer")
}
