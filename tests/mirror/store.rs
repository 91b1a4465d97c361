//! The number formats in which the GPU stores planes.

/// The nearest 16-bit unsigned normalised value: floor(65535 v + ½) / 65535.
pub fn unorm16(v: f64) -> f64 {
    (65535.0 * v.clamp(0.0, 1.0) + 0.5).floor() / 65535.0
}

/// The nearest 8-bit unsigned normalised value.
pub fn unorm8(v: f64) -> f64 {
    (255.0 * v.clamp(0.0, 1.0) + 0.5).floor() / 255.0
}

/// The nearest IEEE 754 binary16, ties to even, rounded once: 11 significant bits, subnormals below 2⁻¹⁴.
///
/// For magnitudes that do not overflow (below 65520). The `half` crate's `from_f64` goes through float32
/// where the processor converts, which rounds twice.
pub fn f16(v: f64) -> f64 {
    let exponent = if v == 0.0 { -14 } else { v.abs().log2().floor().max(-14.0) as i32 };
    let step = f64::from(exponent - 10).exp2();
    (v / step).round_ties_even() * step
}
