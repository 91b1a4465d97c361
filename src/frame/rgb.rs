//! R'G'B' in full range to Y'CbCr codes in limited range, in whole numbers, so that CPU and GPU agree exactly.
//!
//! With weights w in ten-thousandths, black 0 and white 255 (BT.601-7 clauses 2.5.1 and 2.5.3, BT.709-6 clauses 3.2 to
//! 3.5), and for a pair of pixels, whose chroma is the mean of both, the sums r, g, b:
//!
//! ```text
//! Y'  =  16 + 219 (wr R + wg G + wb B) / (255 * 10000)
//! Cb  = 128 + 224 (10000 b - wr r - wg g - wb b) / (2 * 255 * 2 (10000 - wb))
//! Cr  = 128 + 224 (10000 r - wr r - wg g - wb b) / (2 * 255 * 2 (10000 - wr))
//! ```

use super::Matrix;

/// A weight of 1.
const ONE: u32 = 10_000;

/// The weights of red, green and blue in luma, in ten-thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RgbWeights([u32; 3]);

impl RgbWeights {
    /// The weights of `matrix`.
    pub const fn from_matrix(matrix: Matrix) -> Self {
        match matrix {
            Matrix::Bt601 => Self([2990, 5870, 1140]),
            Matrix::Bt709 => Self([2126, 7152, 722]),
        }
    }

    /// The weights themselves.
    pub fn weights(self) -> [u32; 3] {
        self.0
    }

    /// The divisors in the formulas of Y', Cb and Cr.
    pub fn divisors(self) -> [u32; 3] {
        let [red, _, blue] = self.0;
        [255 * ONE, 2 * 255 * 2 * (ONE - blue), 2 * 255 * 2 * (ONE - red)]
    }

    /// Y0 Cb Y1 Cr of two pixels: the nearest codes, halves upwards.
    pub fn pair(self, a: [u32; 3], b: [u32; 3]) -> [u8; 4] {
        let weighted = |[red, green, blue]: [u32; 3]| self.0[0] * red + self.0[1] * green + self.0[2] * blue;
        let [of_luma, of_cb, of_cr] = self.divisors();
        let luma = |pixel| (219 * weighted(pixel) + 16 * of_luma + of_luma / 2) / of_luma;
        let sum = [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
        // At most 2.4e9, and never below zero, since the difference is at least -10000 + w.
        let chroma = |own: u32, divisor: u32| {
            (128 * divisor + divisor / 2 + 224 * ONE * own - 224 * weighted(sum)) / divisor
        };
        [luma(a), chroma(sum[2], of_cb), luma(b), chroma(sum[0], of_cr)].map(|code| code as u8)
    }
}
