// Samples a smaller plane for one YUYV word; lib/strip.wgsl does it for many words.

// Samples at the two pixels of a YUYV word.
struct Sample {
    a: vec4f,
    b: vec4f,
}

// Bilinear samples, edges clamped, at word `at` of a frame of `size` pixels. The two pixels are less than a
// texel apart, so they share their columns, or the second needs one more: four loads or six, not eight.
fn sample_pair(plane: texture_2d<f32>, at: vec2u, size: vec2u) -> Sample {
    let texels = textureDimensions(plane);
    let first = place(vec2u(2u * at.x, at.y), size, texels);
    let second = place(vec2u(2u * at.x + 1u, at.y), size, texels);
    let k = taps(first, vec2i(texels));
    let left = column(plane, k.lo.x, k);
    let right = column(plane, k.hi.x, k);
    let a = mix(left, right, k.t.x);
    if floor(second.x) == floor(first.x) {
        return Sample(a, mix(left, right, fract(second.x)));
    }
    let next = column(plane, min(i32(floor(second.x)) + 1, i32(texels.x) - 1), k);
    return Sample(a, mix(right, next, fract(second.x)));
}

fn column(plane: texture_2d<f32>, x: i32, k: Taps) -> vec4f {
    return mix(textureLoad(plane, vec2i(x, k.lo.y), 0), textureLoad(plane, vec2i(x, k.hi.y), 0), k.t.y);
}
