//! Colorimetry: the kernel's default tables and round trips.

use gpucam::internals::{
    Colorimetry, Matrix, Range,
    video::{camera::colour, v4l2::PixFormat},
};
use libtest_mimic::Trial;

use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("devices::colour::as_the_kernel_maps_it", as_the_kernel_maps_it),
        test("devices::colour::what_is_declared_is_read_back", what_is_declared_is_read_back),
    ]
}

/// Rows by hand from V4L2_MAP_YCBCR_ENC_DEFAULT and V4L2_MAP_QUANTIZATION_DEFAULT of videodev2.h:
/// (colorspace, ycbcr_enc, quantization) and the colorimetry of YCbCr.
fn as_the_kernel_maps_it() {
    use {Matrix::*, Range::*};
    for (colorspace, encoding, quantization, matrix, range) in [
        (0, 0, 0, Bt601, Limited),  // all defaults
        (8, 0, 0, Bt601, Limited),  // sRGB: USB cameras, vivid
        (1, 0, 0, Bt601, Limited),  // SMPTE 170M
        (3, 0, 0, Bt709, Limited),  // Rec. 709
        (12, 0, 0, Bt709, Limited), // DCI-P3
        (7, 0, 0, Bt601, Full),     // JPEG
        (7, 0, 2, Bt601, Limited),  // JPEG, but limited
        (8, 0, 1, Bt601, Full),
        (8, 2, 0, Bt709, Limited),
        (3, 1, 0, Bt601, Limited), // Rec. 709 primaries with BT.601 weights
        (3, 1, 1, Bt601, Full),
        (8, 3, 0, Bt601, Limited), // xvYCC 601
        (8, 4, 0, Bt709, Limited), // xvYCC 709
        (8, 5, 0, Bt601, Limited), // sYCC
    ] {
        let format = PixFormat { colorspace, encoding, quantization, ..PixFormat::default() };
        let want = Colorimetry { matrix, range };
        assert_eq!(colour::colorimetry(&format), want, "{colorspace} {encoding} {quantization}");
    }
}

fn what_is_declared_is_read_back() {
    for matrix in [Matrix::Bt601, Matrix::Bt709] {
        for range in [Range::Limited, Range::Full] {
            let colorimetry = Colorimetry { matrix, range };
            let mut format = PixFormat::default();
            colour::declare(&mut format, colorimetry);
            assert!(format.colorspace != 0 && format.encoding != 0 && format.quantization != 0);
            assert_eq!(colour::colorimetry(&format), colorimetry);
            assert!(colour::is_declared(&format, colorimetry));
            let silent = PixFormat { colorspace: 8, ..PixFormat::default() };
            assert_eq!(colour::is_declared(&silent, colorimetry), colorimetry == Colorimetry::default());
        }
    }
}
