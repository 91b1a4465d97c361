// Interpolation between texel centres, edges clamped.

// The four texels around the point `at` (in texels, centres at integers), and where it lies between them.
struct Taps {
    lo: vec2i,
    hi: vec2i,
    t: vec2f,
}

fn taps(at: vec2f, size: vec2i) -> Taps {
    let lo = vec2i(floor(at));
    return Taps(clamp(lo, vec2i(0), size - 1), clamp(lo + 1, vec2i(0), size - 1), fract(at));
}

// Four loads and three mixes instead of a sampler, whose filter weights are fixed-point in hardware.
fn bilinear(plane: texture_2d<f32>, at: vec2f) -> vec4f {
    let k = taps(at, vec2i(textureDimensions(plane)));
    let top = mix(textureLoad(plane, k.lo, 0), textureLoad(plane, vec2i(k.hi.x, k.lo.y), 0), k.t.x);
    let low = mix(textureLoad(plane, vec2i(k.lo.x, k.hi.y), 0), textureLoad(plane, k.hi, 0), k.t.x);
    return mix(top, low, k.t.y);
}

// The position of pixel `at` of a picture of `size` pixels, in texels of a picture of `other` size over the
// same area.
fn place(at: vec2u, size: vec2u, other: vec2u) -> vec2f {
    return (vec2f(at) + 0.5) * vec2f(other) / vec2f(size) - 0.5;
}
