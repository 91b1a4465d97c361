// Colours of several pixels at once: lib/colour.wgsl with a vector for each channel.

struct Colours {
    r: F,
    g: F,
    b: F,
}

// Codes (Y', Cb, Cr), 0..255 -> R'G'B' 0..1.
fn colours_of(coding: Coding, luma: F, cb: F, cr: F) -> Colours {
    let y = (luma - coding.black) / coding.luma;
    let pb = (cb - 128.0) / coding.chroma;
    let pr = (cr - 128.0) / coding.chroma;
    let r = y + 2.0 * (1.0 - coding.kr) * pr;
    let b = y + 2.0 * (1.0 - coding.kb) * pb;
    let g = (y - coding.kr * r - coding.kb * b) / (1.0 - coding.kr - coding.kb);
    return Colours(unit(r), unit(g), unit(b));
}

// The left pixel of each YUYV word, and the right.
fn left_of(coding: Coding, word: U) -> Colours {
    return colours_of(coding, byte(word, 0u), byte(word, 8u), byte(word, 24u));
}

fn right_of(coding: Coding, word: U) -> Colours {
    return colours_of(coding, byte(word, 16u), byte(word, 8u), byte(word, 24u));
}

fn byte(word: U, shift: u32) -> F {
    return F((word >> U(shift)) & U(0xffu));
}

// Both pixels' mean chroma; codes rounded to the nearest.
fn packed_pairs(coding: Coding, left: Colours, right: Colours) -> U {
    let green = 1.0 - coding.kr - coding.kb;
    let y0 = coding.kr * left.r + green * left.g + coding.kb * left.b;
    let y1 = coding.kr * right.r + green * right.g + coding.kb * right.b;
    let pb = (0.5 * (left.b + right.b) - 0.5 * (y0 + y1)) / (2.0 * (1.0 - coding.kb));
    let pr = (0.5 * (left.r + right.r) - 0.5 * (y0 + y1)) / (2.0 * (1.0 - coding.kr));
    return code(coding.black + coding.luma * y0)
        | (code(128.0 + coding.chroma * pb) << U(8u))
        | (code(coding.black + coding.luma * y1) << U(16u))
        | (code(128.0 + coding.chroma * pr) << U(24u));
}

fn code(v: F) -> U {
    return U(clamp(floor(v + 0.5), F(0.0), F(255.0)));
}

fn unit(v: F) -> F {
    return clamp(v, F(0.0), F(1.0));
}

// 0..1 in 16 bits: the lower and the upper half of a word.
fn lower_unit(word: U) -> F { return F(word & U(0xffffu)) / 65535.0; }
fn upper_unit(word: U) -> F { return F(word >> U(16u)) / 65535.0; }
fn units_packed(lower: F, upper: F) -> U {
    return U(floor(65535.0 * unit(lower) + 0.5)) | (U(floor(65535.0 * unit(upper) + 0.5)) << U(16u));
}
