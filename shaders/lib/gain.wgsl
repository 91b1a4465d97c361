// The gain g that lib/tone.wgsl needs to bring v to goal; 0 < v, goal < 1. G solves G v = goal (1 + (G - 1) v^1.5).
fn gain_for(v: f32, goal: f32) -> f32 {
    let bent = v * sqrt(v);
    let inner = goal * (1.0 - bent) / (v - goal * bent);
    return max(1.0 + (inner - 1.0) * (v + 0.05) / v, 0.05);
}

// ln(R/G) and ln(B/G) of R'G'B'.
fn tint_of(colour: vec3f) -> vec2f {
    let c = max(colour, vec3f(0.02));
    return log(c.rb / c.g);
}
