// The learnt room at the frame's size, for strips of YUYV words (U, F: lib/vec4.wgsl; lib/room.wgsl).
// Reads `plate`: for each word 16-bit codes in 256ths under a gain of 1, all Y' of pairs, then all Cb with Cr;
// `counts`; `status`; `room_light`, the gains of the picture that is shown (lib/tone.wgsl).

// How far each pixel of a strip is known, 0..1: between the centres of the mask's cells, bilinear.
struct Known {
    left: F,
    right: F,
}

// Of the strip of row `y` whose first pixel is `x`, in a frame of so many pixels and cells.
fn known_at(x: u32, y: u32, frame: vec2u, cells: vec2u) -> Known {
    let step = vec2f(cells) / vec2f(frame);
    let first = (vec2f(vec2u(x, y)) + 0.5) * step - 0.5;
    let row = floor(first.y);
    let last = vec2i(cells) - 1;
    let upper = clamp(i32(row), 0, last.y) * (last.x + 1);
    let lower = clamp(i32(row) + 1, 0, last.y) * (last.x + 1);
    let t = first.y - row;
    let left = first.x + (2.0 * step.x) * WORD_INDEX;
    let right = left + step.x;
    let end = i32(floor(first.x + (2.0 * f32(WORDS) - 1.0) * step.x)) + 1;
    var known = Known(F(0.0), F(0.0));
    for (var c = i32(floor(first.x)); c <= end; c++) {
        let k = clamp(c, 0, last.x);
        let v = mix(trust(counts[upper + k], status.doubt), trust(counts[lower + k], status.doubt), t);
        known.left += v * max(F(0.0), 1.0 - abs(left - f32(c)));
        known.right += v * max(F(0.0), 1.0 - abs(right - f32(c)));
    }
    return known;
}

// R'G'B' 0..1 of the room at strip `i` of `strips`.
fn plate_left(coding: Coding, i: u32, strips: u32, gain: vec3f) -> Colours {
    return plate_colours(coding, plate[i] & U(0xffffu), plate[strips + i], gain);
}

fn plate_right(coding: Coding, i: u32, strips: u32, gain: vec3f) -> Colours {
    return plate_colours(coding, plate[i] >> U(16u), plate[strips + i], gain);
}

fn plate_colours(coding: Coding, luma: U, chroma: U, gain: vec3f) -> Colours {
    const UNIT = 1.0 / 256.0;
    let v = colours_of(coding, F(luma) * UNIT, F(chroma & U(0xffffu)) * UNIT, F(chroma >> U(16u)) * UNIT);
    return Colours(
        unit(toned(gain.r * v.r, room_light[0])),
        unit(toned(gain.g * v.g, room_light[1])),
        unit(toned(gain.b * v.b, room_light[2])),
    );
}
