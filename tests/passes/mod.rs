//! Every pass against its float64 mirror, on the GPU, at the usual sizes and an odd one. Each comparison
//! states the reason for its tolerance, and has a control that must fail.

mod alpha;
mod backdrop;
mod background;
mod bilateral;
mod blur;
mod checkered;
mod close_up;
mod coefficients;
mod colour;
mod composite;
mod cutout;
mod denoise;
mod disc;
mod display;
mod enlarge;
mod expose;
mod fit;
mod follow;
mod front;
mod grain;
mod guide;
mod halve;
mod light_match;
mod meter;
mod nv12;
mod overlay;
mod people;
mod person_blocks;
mod person_box;
mod plain;
mod prefix;
mod preprocess;
mod refine;
mod reframe;
mod replace;
mod room;
mod room_edge;
mod room_evidence;
mod room_learn;
mod room_plate;
mod room_shown;
mod room_sight;
mod room_watch;
mod second_look;
mod shape;
mod shrink;
mod softmax;
mod solve;
mod statistics;
mod tensor;
mod threshold;
mod tone;
mod turn;
mod unmix;
mod unpack;
mod unpack_rgb;

use gpucam::internals::{
    Gpu, Size, Smooth,
    gpu::{Plane, Storage, WeightedRgb},
    passes::{Alpha, State},
};
use libtest_mimic::Trial;

use crate::{
    mirror::{self, Mask, Rgb, plane::Weighted},
    support::{
        gpu::{BT601, gpu, scene},
        gpu_test, test,
    },
};

pub fn trials() -> Vec<Trial> {
    vec![
        gpu_test("passes::alpha", alpha::test),
        gpu_test("passes::backdrop", backdrop::test),
        gpu_test("passes::bilateral", bilateral::test),
        gpu_test("passes::blur", blur::test),
        gpu_test("passes::blur_small", blur::small),
        gpu_test("passes::alpha_temporal", alpha::temporal),
        gpu_test("passes::alpha_strip_state", alpha::strip_state),
        gpu_test("passes::coefficients", coefficients::test),
        gpu_test("passes::colour", colour::test),
        gpu_test("passes::composite", composite::test),
        gpu_test("passes::cutout", cutout::test),
        gpu_test("passes::disc", disc::test),
        gpu_test("passes::disc_of_a_point", disc::point),
        gpu_test("passes::enlarge", enlarge::test),
        gpu_test("passes::enlarge_keeps_the_ends", enlarge::ends),
        gpu_test("passes::nv12", nv12::test),
        test("passes::nv12_comes_back", nv12::comes_back),
        gpu_test("passes::overlay", overlay::test),
        gpu_test("passes::people", people::test),
        gpu_test("passes::prefix", prefix::test),
        gpu_test("passes::expose", expose::test),
        gpu_test("passes::expose_learns_nothing_over_a_cut", expose::cut),
        gpu_test("passes::expose_learns_the_noise", expose::learns),
        gpu_test("passes::fit", fit::test),
        gpu_test("passes::follow", follow::test),
        gpu_test("passes::follow_centres", follow::centres),
        gpu_test("passes::front", front::test),
        gpu_test("passes::front_newcomer", front::newcomer),
        gpu_test("passes::front_change", front::change),
        gpu_test("passes::front_hands", front::hands),
        gpu_test("passes::guide", guide::test),
        gpu_test("passes::halve", halve::test),
        gpu_test("passes::plain", plain::test),
        gpu_test("passes::preprocess", preprocess::test),
        gpu_test("passes::tensor", tensor::test),
        test("passes::reframe_framings", reframe::framings),
        gpu_test("passes::reframe_zoom", reframe::zoom),
        gpu_test("passes::reframe_size", reframe::size),
        gpu_test("passes::reframe_flat_stays_flat", reframe::flat_stays_flat),
        gpu_test("passes::replace", replace::test),
        gpu_test("passes::unmix", unmix::test),
        gpu_test("passes::unmix_rim", unmix::rim),
        gpu_test("passes::room_edge", room_edge::test),
        gpu_test("passes::room_evidence", room_evidence::test),
        gpu_test("passes::room_learn", room_learn::test),
        gpu_test("passes::room_plate", room_plate::test),
        gpu_test("passes::room_sight", room_sight::test),
        gpu_test("passes::room_watch", room_watch::test),
        gpu_test("passes::room_watch_put_back", room_watch::put_back),
        gpu_test("passes::room_sight_of_nothing", room_sight::unknown),
        gpu_test("passes::room_behind_the_edge", room_shown::edge),
        gpu_test("passes::room_behind_the_person", room_shown::hidden),
        gpu_test("passes::background", background::test),
        gpu_test("passes::threshold", threshold::test),
        gpu_test("passes::checkered", checkered::test),
        gpu_test("passes::second_look", second_look::test),
        gpu_test("passes::close_up", close_up::test),
        gpu_test("passes::person_box", person_box::test),
        gpu_test("passes::person_box_forgets", person_box::forgets),
        gpu_test("passes::person_blocks", person_blocks::test),
        gpu_test("passes::light_match", light_match::test),
        gpu_test("passes::tone", tone::test),
        test("passes::tone_rises", tone::rises),
        gpu_test("passes::meter", meter::test),
        gpu_test("passes::meter_behaves", meter::behaves),
        gpu_test("passes::denoise", denoise::test),
        gpu_test("passes::denoise_keeps_every_byte", denoise::keeps),
        gpu_test("passes::denoise_card", denoise::card),
        gpu_test("passes::denoise_leaves_no_ghosts", denoise::no_ghosts),
        gpu_test("passes::grain", grain::test),
        gpu_test("passes::grain_finds_the_noise", grain::finds),
        gpu_test("passes::shrink", shrink::test),
        gpu_test("passes::display", display::test),
        gpu_test("passes::grow", shape::grow),
        gpu_test("passes::feather", shape::feather),
        gpu_test("passes::islands", shape::islands),
        gpu_test("passes::shape", shape::order),
        gpu_test("passes::softmax", softmax::test),
        gpu_test("passes::softmax_nan_is_room", softmax::not_a_number),
        gpu_test("passes::refine_in_time", refine::in_time),
        gpu_test("passes::solve", solve::test),
        gpu_test("passes::solve_saturated", solve::saturated),
        gpu_test("passes::statistics", statistics::test),
        gpu_test("passes::turn", turn::test),
        gpu_test("passes::unpack", unpack::test),
        gpu_test("passes::unpack_rgb", unpack_rgb::test),
        gpu_test("passes::turn_mirror_keeps_every_byte", turn::mirror_keeps_every_byte),
    ]
}

/// One f16 step at 1: the error of a plane stored as f16 when a sum rounds the other way.
const F16_STEP: f64 = 1.0 / 1024.0;

/// The guide of a scene of `size`, at mask size.
fn guide_of(size: Size, seed: u64) -> Rgb {
    let rounded = |rgb: [f64; 3]| rgb.map(|v| f64::from(v as f32));
    mirror::chain::guide(&scene(size, seed), size, BT601).map(rounded)
}

/// What passes remember before the first frame of this size.
fn state(size: Size, smooth: Smooth) -> State {
    let (width, height) = mirror::chain::mask_size(size);
    State::new(gpu(), size, Size::new(width as u32, height as u32), smooth == Smooth::Auto)
}

/// Fills the noise, as a share of full scale, and the frames seen.
fn learnt(state: &State, noise: [f32; 2]) {
    let Storage { buffer, offset, .. } = &state.noise;
    gpu().queue().write_buffer(buffer, *offset, bytemuck::cast_slice(&noise));
}

/// Alpha as the passes store it: two 16-bit unorms for each YUYV word.
pub fn words(gpu: &Gpu, alpha: &Mask) -> Alpha {
    let codes: Vec<u16> = alpha.values().iter().map(|v| (65535.0 * v).round() as u16).collect();
    let words = Storage::new(gpu, "alpha", 2 * codes.len() as u64);
    gpu.queue().write_buffer(&words.buffer, 0, bytemuck::cast_slice(&codes));
    Alpha { words, size: Size::new(alpha.width as u32, alpha.height as u32) }
}

/// A weighted picture on the GPU, in f16.
fn weighted(gpu: &Gpu, picture: &Weighted) -> Plane<WeightedRgb> {
    let plane = Plane::new(gpu, "test", Size::new(picture.width as u32, picture.height as u32));
    let bits: Vec<u16> = picture.values().iter().map(|&v| half::f16::from_f64(v).to_bits()).collect();
    gpu.write_plane(&plane, bytemuck::cast_slice(&bits));
    plane
}
