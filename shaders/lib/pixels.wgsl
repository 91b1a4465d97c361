// Colours of several pixels at once: lib/colour.wgsl with a vector for each channel (U, F: lib/vec4.wgsl).

struct Colours {
    r: F,
    g: F,
    b: F,
}

// Codes (Y', Cb, Cr), 0..255 -> R'G'B', not clamped.
fn colours_of(coding: Coding, luma: F, cb: F, cr: F) -> Colours {
    let y = (luma - coding.black) * (1.0 / coding.luma);
    let green = 1.0 - coding.kr - coding.kb;
    let r = (2.0 * (1.0 - coding.kr) / coding.chroma) * (cr - 128.0);
    let b = (2.0 * (1.0 - coding.kb) / coding.chroma) * (cb - 128.0);
    return Colours(y + r, y - ((coding.kr / green) * r + (coding.kb / green) * b), y + b);
}

// R'G'B', not clamped, of the left pixel of each YUYV word, and of the right one.
fn left_of(coding: Coding, word: U) -> Colours {
    return colours_of(coding, byte(word, 0u), byte(word, 8u), byte(word, 24u));
}

fn right_of(coding: Coding, word: U) -> Colours {
    return colours_of(coding, byte(word, 16u), byte(word, 8u), byte(word, 24u));
}

fn byte(word: U, shift: u32) -> F {
    return F((word >> U(shift)) & U(0xffu));
}

fn clamped(colours: Colours) -> Colours {
    return Colours(unit(colours.r), unit(colours.g), unit(colours.b));
}

// The words of pairs of pixels: their mean chroma, codes rounded to the nearest.
fn packed_pairs(coding: Coding, left: Colours, right: Colours) -> U {
    let green = 1.0 - coding.kr - coding.kb;
    let y0 = coding.kr * left.r + green * left.g + coding.kb * left.b;
    let y1 = coding.kr * right.r + green * right.g + coding.kb * right.b;
    let pb = (left.b + right.b) - (y0 + y1);
    let pr = (left.r + right.r) - (y0 + y1);
    return code(coding.black + coding.luma * y0)
        | (code(128.0 + (0.25 * coding.chroma / (1.0 - coding.kb)) * pb) << U(8u))
        | (code(coding.black + coding.luma * y1) << U(16u))
        | (code(128.0 + (0.25 * coding.chroma / (1.0 - coding.kr)) * pr) << U(24u));
}

fn code(v: F) -> U {
    return nearest(clamp(v, F(0.0), F(255.0)));
}

// The integer nearest to 0 <= v < 2^22 (llvmpipe idiom 8): from 2^23 on, floats are integers, and the lower
// bits of the significand are v. v must end in a product or a clamp (llvmpipe idiom 7).
fn nearest(v: F) -> U {
    return bitcast<U>(v + 8388608.0) & U(0x7fffffu);
}

fn unit(v: F) -> F {
    return clamp(v, F(0.0), F(1.0));
}

// 16-bit unorms 0..1: the lower and the upper half of a word.
fn lower_unit(word: U) -> F { return F(word & U(0xffffu)) * (1.0 / 65535.0); }
fn upper_unit(word: U) -> F { return F(word >> U(16u)) * (1.0 / 65535.0); }
fn units_packed(lower: F, upper: F) -> U {
    return nearest(65535.0 * unit(lower)) | (nearest(65535.0 * unit(upper)) << U(16u));
}
