// The person probability 0..1 from what a model says. What is not a number counts as room: nobody is shown by accident.

// Bits, not comparisons: a compiler may assume that no float is NaN.
fn is_finite(v: f32) -> bool {
    return (bitcast<u32>(v) & 0x7f800000u) != 0x7f800000u;
}

// A millionth is nobody. Squares and products of less would be subnormal numbers, which cost a CPU's float unit a hundred
// times as much as others: a third of all that follows went there.
fn person_or_background(p: f32, finite: bool) -> f32 {
    return select(0.0, clamp(p, 0.0, 1.0), finite && p >= 1e-6);
}

// exp without overflow: nothing but 0 or 1 is left of a probability beyond.
fn odds(logit: f32) -> f32 {
    return exp(clamp(logit, -80.0, 80.0));
}
