// The person probability 0..1 from the model's output. NaN and infinities count as background: a
// fault must hide, not show.

// Bits, not comparisons: a compiler may assume that no float is NaN.
fn is_finite(v: f32) -> bool {
    return (bitcast<u32>(v) & 0x7f800000u) != 0x7f800000u;
}

// Below a millionth, 0: llvmpipe idiom 1.
fn person_or_background(p: f32, finite: bool) -> f32 {
    return select(0.0, clamp(p, 0.0, 1.0), finite && p >= 1e-6);
}

// The person probability from the background's, of a network whose logits lie at most 4 apart (OutputDecoding).
fn foreground(background: f32) -> f32 {
    return (1.0 - background - 0.0835) / 0.8995;
}

// exp without overflow: beyond these bounds a probability is 0 or 1.
fn odds(logit: f32) -> f32 {
    return exp(clamp(logit, -80.0, 80.0));
}
