// YUYV codes and gamma-coded R'G'B' 0..1.
// Source: ITU-R BT.601-7, 2.5.1-2.5.3 and BT.709-6, 3.2-3.5 (limited range); JFIF 1.02 (full range).
// All follows from the weights of red and blue in luma and from the codes of black and white.

struct Coding {
    kr: f32,      // weight of R' in luma: 0.299 (BT.601), 0.2126 (BT.709)
    kb: f32,      // weight of B' in luma: 0.114, 0.0722
    black: f32,   // luma code of black: 16 limited, 0 full
    luma: f32,    // luma codes from black to white: 219, 255
    chroma: f32,  // chroma codes from -1/2 to 1/2: 224, 255
    padding_a: f32,
    padding_b: f32,
    padding_c: f32,
}

// Two neighbouring pixels, which share their chroma.
struct Pair {
    a: vec3f,
    b: vec3f,
}

// Codes (Y', Cb, Cr), 0..255 -> R'G'B', not clamped.
fn rgb_from_codes(coding: Coding, codes: vec3f) -> vec3f {
    let y = (codes.x - coding.black) / coding.luma;
    let pb = (codes.y - 128.0) / coding.chroma;
    let pr = (codes.z - 128.0) / coding.chroma;
    let r = y + 2.0 * (1.0 - coding.kr) * pr;
    let b = y + 2.0 * (1.0 - coding.kb) * pb;
    let g = (y - coding.kr * r - coding.kb * b) / (1.0 - coding.kr - coding.kb);
    return vec3f(r, g, b);
}

// R'G'B' 0..1 -> codes (Y', Cb, Cr), neither rounded nor clamped.
fn codes_from_rgb(coding: Coding, rgb: vec3f) -> vec3f {
    let y = dot(rgb, vec3f(coding.kr, 1.0 - coding.kr - coding.kb, coding.kb));
    let pb = (rgb.b - y) / (2.0 * (1.0 - coding.kb));
    let pr = (rgb.r - y) / (2.0 * (1.0 - coding.kr));
    return vec3f(coding.black + coding.luma * y, 128.0 + coding.chroma * pb, 128.0 + coding.chroma * pr);
}

// The four bytes Y0 Cb Y1 Cr of a YUYV word, first byte lowest.
fn codes_of(word: u32) -> vec4u {
    return vec4u(word, word >> 8u, word >> 16u, word >> 24u) & vec4u(0xffu);
}

fn bytes_of(word: u32) -> vec4f {
    return vec4f(codes_of(word));
}

fn unpack_pair(coding: Coding, word: u32) -> Pair {
    let codes = bytes_of(word);
    let zero = vec3f(0.0);
    let one = vec3f(1.0);
    return Pair(
        clamp(rgb_from_codes(coding, codes.xyw), zero, one),
        clamp(rgb_from_codes(coding, codes.zyw), zero, one),
    );
}

// The word of two pixels: their mean chroma, codes rounded to the nearest.
fn pack_pair(coding: Coding, pair: Pair) -> u32 {
    let a = codes_from_rgb(coding, pair.a);
    let b = codes_from_rgb(coding, pair.b);
    let c = 0.5 * (a.yz + b.yz);
    return word_of(vec4f(a.x, c.x, b.x, c.y));
}

// The word of four codes, rounded to the nearest.
fn word_of(codes: vec4f) -> u32 {
    let bytes = vec4u(clamp(floor(codes + 0.5), vec4f(0.0), vec4f(255.0)));
    return bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | (bytes.w << 24u);
}
