// Interpolation between texel centres, edges clamped.

// Where to read for the point `at` (in texels, centres at integers): the four texels and their weights.
struct Taps {
    lo: vec2i,
    hi: vec2i,
    t: vec2f,
}

fn taps(at: vec2f, size: vec2i) -> Taps {
    let lo = vec2i(floor(at));
    return Taps(clamp(lo, vec2i(0), size - 1), clamp(lo + 1, vec2i(0), size - 1), fract(at));
}

// Four loads and three mixes, not a sampler: hardware's filter weights are fixed-point.
fn bilinear(plane: texture_2d<f32>, at: vec2f) -> vec4f {
    let k = taps(at, vec2i(textureDimensions(plane)));
    let top = mix(textureLoad(plane, k.lo, 0), textureLoad(plane, vec2i(k.hi.x, k.lo.y), 0), k.t.x);
    let low = mix(textureLoad(plane, vec2i(k.lo.x, k.hi.y), 0), textureLoad(plane, k.hi, 0), k.t.x);
    return mix(top, low, k.t.y);
}

// Pixel `at` of a picture of `size`, as a place in a picture of `other` size over the same area.
fn place(at: vec2u, size: vec2u, other: vec2u) -> vec2f {
    return (vec2f(at) + 0.5) * vec2f(other) / vec2f(size) - 0.5;
}

// What the two pixels of a YUYV word see in a smaller plane over the same area.
struct Seen {
    a: vec4f,
    b: vec4f,
}

// Word `at` of a frame of `size` pixels. The two pixels are less than a texel apart, so they share their columns,
// or the second needs one more: four loads or six, not eight.
fn seen_by_pair(plane: texture_2d<f32>, at: vec2u, size: vec2u) -> Seen {
    let texels = textureDimensions(plane);
    let first = place(vec2u(2u * at.x, at.y), size, texels);
    let second = place(vec2u(2u * at.x + 1u, at.y), size, texels);
    let k = taps(first, vec2i(texels));
    let left = column(plane, k.lo.x, k);
    let right = column(plane, k.hi.x, k);
    let a = mix(left, right, k.t.x);
    if floor(second.x) == floor(first.x) {
        return Seen(a, mix(left, right, fract(second.x)));
    }
    let next = column(plane, min(i32(floor(second.x)) + 1, i32(texels.x) - 1), k);
    return Seen(a, mix(right, next, fract(second.x)));
}

fn column(plane: texture_2d<f32>, x: i32, k: Taps) -> vec4f {
    return mix(textureLoad(plane, vec2i(x, k.lo.y), 0), textureLoad(plane, vec2i(x, k.hi.y), 0), k.t.y);
}
