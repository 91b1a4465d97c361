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

// The pixels of a column of YUYV words that lie between two rows of texel centres of a smaller plane. All of them see
// the same texels, which are loaded once. There is one strip more than rows of texels, and every row is in one strip.
struct Strip {
    first: u32,   // rows first..end
    end: u32,
    above: i32,   // the row of texels above them, -1 in the first strip; the one below is the next
    at: vec2f,    // where the word's two pixels are in a row of texels
}

// Strip `id` of a frame of `size` pixels over a plane of `texels`.
fn strip_of(id: vec2u, size: vec2u, texels: vec2u) -> Strip {
    let a = place(vec2u(2u * id.x, 0u), size, texels).x;
    let b = place(vec2u(2u * id.x + 1u, 0u), size, texels).x;
    return Strip(
        first_row(id.y, size.y, texels.y),
        min(first_row(id.y + 1u, size.y, texels.y), size.y),
        i32(id.y) - 1,
        vec2f(a, b),
    );
}

// The first row whose place is at or below texel centre `strip` - 1: in whole numbers, so that no row is left out.
// place >= strip - 1  is  row >= ((2 strip - 1) rows - texels) / (2 texels).
fn first_row(strip: u32, rows: u32, texels: u32) -> u32 {
    let over = max(2u * strip * rows, rows + texels) - (rows + texels);
    return (over + 2u * texels - 1u) / (2u * texels);
}

// What the strip's two pixels see of one row of texels: three loads, as they are less than a texel apart.
fn across(plane: texture_2d<f32>, strip: Strip, row: i32) -> Seen {
    let end = vec2i(textureDimensions(plane)) - 1;
    let lo = floor(strip.at.x);
    let x = clamp(vec3i(i32(lo)) + vec3i(0, 1, 2), vec3i(0), vec3i(end.x));
    let y = clamp(row, 0, end.y);
    let left = textureLoad(plane, vec2i(x.x, y), 0);
    let middle = textureLoad(plane, vec2i(x.y, y), 0);
    let right = textureLoad(plane, vec2i(x.z, y), 0);
    let t = strip.at - lo;
    return Seen(mix(left, middle, t.x), mix(mix(left, middle, min(t.y, 1.0)), right, max(t.y - 1.0, 0.0)));
}

fn between(above: Seen, below: Seen, t: f32) -> Seen {
    return Seen(mix(above.a, below.a, t), mix(above.b, below.b, t));
}
