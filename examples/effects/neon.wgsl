//! A dark background, and a neon tube that glows around the person.
//! colour = #ff2fb0         the tube
//! width = 30 in 4..80      how far it glows, in pixels of a 720p frame
//! night = 0.8 in 0..1      how dark the background is
//! pulse = 0.5 in 0..4      beats per second

// The share of the person around the pixel: the mean of the mask on three rings, nearer ones weighted more.
fn near(in: Input, radius: f32) -> f32 {
    var sum = 0.0;
    var weight = 0.0;
    for (var ring = 1; ring <= 3; ring++) {
        let away = radius * f32(ring) / 3.0;
        for (var i = 0; i < 12; i++) {
            let angle = 6.2832 * (f32(i) + 0.5 * f32(ring)) / 12.0;
            let at = in.uv + away * vec2f(cos(angle), sin(angle)) / in.size;
            sum += mask_at(at) / f32(ring);
            weight += 1.0 / f32(ring);
        }
    }
    return sum / weight;
}

fn effect(in: Input) -> vec3f {
    let radius = width * in.size.y / 720.0;
    let around = near(in, radius);
    let beat = 0.8 + 0.2 * sin(6.2832 * pulse * in.time);
    // The tube runs where that share is one half; its glow fades on both sides.
    let away = abs(around - 0.5) * 2.0;
    let tube = (1.0 - smoothstep(0.05, 0.22, away)) * beat;
    let glow = pow(1.0 - clamp(away, 0.0, 1.0), 1.4) * beat;
    let dark = in.background * (1.0 - night) * 0.8 + colour * 0.06 * night;
    let lit = in.person * mix(1.0, 0.55, night) + colour * 0.25 * night * (1.0 - around);
    let scene = mix(dark, lit, in.mask);
    return scene + colour * glow * 0.9 + vec3f(tube) * 0.85;
}
