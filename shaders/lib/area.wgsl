// The mean of the frame's pixels under one texel of a smaller picture over the same area.
// The average is taken of the codes: the way to R'G'B' is linear, so it is the same and needs one conversion.

// Texel `at` of `unit` texels over a frame of `frame` pixels: R'G'B', not clamped. Reads `yuyv`.
fn area_mean(coding: Coding, frame: vec2u, at: vec2u, unit: vec2u) -> vec3f {
    // The box of the frame that this texel covers, in units of 1/unit of a pixel: all whole numbers.
    let lo = at * frame;
    let hi = lo + frame;
    let first = lo / unit;
    let end = (hi + unit - 1u) / unit;
    var codes = vec3f(0.0);
    for (var pair = first.x / 2u; 2u * pair < end.x; pair++) {
        var column = vec4f(0.0);
        for (var y = first.y; y < end.y; y++) {
            let height = f32(min(hi.y, (y + 1u) * unit.y) - max(lo.y, y * unit.y));
            column += height * bytes_of(yuyv[y * (frame.x / 2u) + pair]);
        }
        let left = clamp(vec2u(2u * pair, 2u * pair + 1u) * unit.x, vec2u(lo.x), vec2u(hi.x));
        let right = clamp(vec2u(2u * pair + 1u, 2u * pair + 2u) * unit.x, vec2u(lo.x), vec2u(hi.x));
        let width = vec2f(right - left);
        codes += vec3f(dot(width, column.xz), (width.x + width.y) * column.yw);
    }
    codes /= f32(frame.x) * f32(frame.y);
    return rgb_from_codes(coding, codes);
}
