//! Colorimetry of V4L2 formats: what a camera reports, and what the loopback declares.

use crate::{Colorimetry, Matrix, Range, video::v4l2::PixFormat};

// enum v4l2_colorspace, v4l2_ycbcr_encoding and v4l2_quantization of videodev2.h.
const SMPTE170M: u32 = 1;
const SMPTE240M: u32 = 2;
const REC709: u32 = 3;
const JPEG: u32 = 7;
const SRGB: u32 = 8;
const BT2020: u32 = 10;
const DCI_P3: u32 = 12;
const ENCODING_601: u32 = 1;
const ENCODING_709: u32 = 2;
const FULL: u32 = 1;
const LIMITED: u32 = 2;

/// The colorimetry of a YCbCr format from VIDIOC_G_FMT or VIDIOC_S_FMT. Defaults are resolved as in the
/// V4L2_MAP_…_DEFAULT macros of videodev2.h: BT.709 for Rec. 709 and DCI-P3, else BT.601; full range for
/// JPEG, else limited. BT.2020 and SMPTE 240M are approximated by BT.709, the nearest matrix that gpucam
/// supports.
pub fn colorimetry(format: &PixFormat) -> Colorimetry {
    let matrix = match (format.encoding, format.colorspace) {
        (0, REC709 | DCI_P3 | BT2020 | SMPTE240M) => Matrix::Bt709,
        // 709, XV709, BT.2020 (also with constant luminance) and SMPTE 240M.
        (2 | 4 | 6 | 7 | 8, _) => Matrix::Bt709,
        // 601, XV601, sYCC.
        _ => Matrix::Bt601,
    };
    let range = match (format.quantization, format.colorspace) {
        (FULL, _) | (0, JPEG) => Range::Full,
        _ => Range::Limited,
    };
    Colorimetry { matrix, range }
}

/// Declares `colorimetry` explicitly, so that no consumer has to resolve defaults.
pub fn declare(format: &mut PixFormat, colorimetry: Colorimetry) {
    (format.colorspace, format.encoding) = match colorimetry.matrix {
        Matrix::Bt601 => (SRGB, ENCODING_601),
        Matrix::Bt709 => (REC709, ENCODING_709),
    };
    format.quantization = match colorimetry.range {
        Range::Full => FULL,
        Range::Limited => LIMITED,
    };
    format.transfer = 0;
}

/// Whether the format returned by the driver means `colorimetry`.
pub fn is_declared(format: &PixFormat, colorimetry: Colorimetry) -> bool {
    // A driver that leaves everything at default declares nothing, which most consumers read as BT.601
    // limited.
    let silent = format.encoding == 0 && format.quantization == 0;
    let default = matches!(format.colorspace, 0 | SMPTE170M | SRGB) && colorimetry == Colorimetry::default();
    if silent { default } else { self::colorimetry(format) == colorimetry }
}
