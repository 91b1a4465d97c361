//! The mirrors against cases computed by hand, each with a control that must differ.

mod draw;
mod mask;
mod picture;

use gpucam::internals::{Colorimetry, Matrix, Range};
use libtest_mimic::Trial;

use super::{Mask, Plane, Rgb};
use crate::support::test;

const LIMITED_601: Colorimetry = Colorimetry { matrix: Matrix::Bt601, range: Range::Limited };
const LIMITED_709: Colorimetry = Colorimetry { matrix: Matrix::Bt709, range: Range::Limited };

/// The mirrors' own trials.
pub fn trials() -> Vec<Trial> {
    vec![
        test("mirror::bars_decode_and_encode", picture::bars),
        test("mirror::pair_shares_its_mean_chroma", picture::pair),
        test("mirror::area_covers_fractions", picture::area),
        test("mirror::letterbox_is_black_outside", picture::letterbox),
        test("mirror::meter_and_expose", picture::meter),
        test("mirror::softmax_of_two_is_sigmoid", mask::softmax),
        test("mirror::fit_knows_centres_and_corners", mask::fit),
        test("mirror::box_reflects", mask::reflect),
        test("mirror::solve_finds_a_linear_mask", mask::linear),
        test("mirror::refine_pulls_a_soft_mask_to_an_edge", mask::edge),
        test("mirror::binomial_and_guided_alpha", mask::guided),
        test("mirror::bilateral_taps_and_edge", mask::bilateral),
        test("mirror::gaussian_keeps_energy", draw::gaussian),
        test("mirror::backdrop_leaves_the_person_out", draw::person_out),
        test("mirror::composite_keeps_untouched_words", draw::untouched),
        test("mirror::f16_rounds_once", draw::f16),
        test("mirror::mask_sizes", draw::mask_sizes),
        test("mirror::chain_hides_by_mask", draw::whole),
    ]
}

/// Largest difference of two slices; NaN counts as infinite.
fn gap(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| if a.is_nan() || b.is_nan() { f64::INFINITY } else { (a - b).abs() })
        .fold(0.0, f64::max)
}

fn grey(width: usize, height: usize, v: impl Fn(usize, usize) -> f64 + Sync) -> Rgb {
    Plane::from_fn(width, height, |x, y| [v(x, y); 3])
}

fn mask(width: usize, height: usize, v: impl Fn(usize, usize) -> f64 + Sync) -> Mask {
    Plane::from_fn(width, height, |x, y| [v(x, y)])
}
