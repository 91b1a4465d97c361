// Four by two texels of the near picture at twice its size, row by row, interpolated by a quadratic B-spline,
// which shows no edges where bilinear interpolation does. A texel's centre lies a quarter texel from that of
// the near texel that covers it.

const BEFORE = 0.28125;  // (1/2 + 1/4)^2 / 2
const OWN = 0.6875;      // 3/4 - (1/4)^2
const BEHIND = 0.03125;  // (1/2 - 1/4)^2 / 2

// Two rows, interpolated in one column.
struct Two {
    upper: vec4f,
    lower: vec4f,
}

fn two_of(at: vec2i) -> Two {
    let a = near_at(at - vec2i(0, 1));
    let b = near_at(at);
    let c = near_at(at + vec2i(0, 1));
    return Two(BEFORE * a + OWN * b + BEHIND * c, BEHIND * a + OWN * b + BEFORE * c);
}

fn near_block(at: vec2i) -> array<vec4f, 8> {
    let half = at / 2;
    let a = two_of(half - vec2i(1, 0));
    let b = two_of(half);
    let c = two_of(half + vec2i(1, 0));
    let d = two_of(half + vec2i(2, 0));
    return array<vec4f, 8>(
        BEFORE * a.upper + OWN * b.upper + BEHIND * c.upper, BEHIND * a.upper + OWN * b.upper + BEFORE * c.upper,
        BEFORE * b.upper + OWN * c.upper + BEHIND * d.upper, BEHIND * b.upper + OWN * c.upper + BEFORE * d.upper,
        BEFORE * a.lower + OWN * b.lower + BEHIND * c.lower, BEHIND * a.lower + OWN * b.lower + BEFORE * c.lower,
        BEFORE * b.lower + OWN * c.lower + BEHIND * d.lower, BEHIND * b.lower + OWN * c.lower + BEFORE * d.lower,
    );
}
