// The pixels of some columns of YUYV words that lie between two rows of texel centres of another plane. All of them see
// the same texels, which are loaded once. There is one strip more than rows of texels, and every row is in one strip.

struct Strip {
    first: u32,   // rows first..end
    end: u32,
    above: i32,   // the row of texels above them, -1 in the first strip; the one below is the next
    at: f32,      // where the first pixel is in a row of texels
    step: f32,    // from one pixel to the next
}

// Colours of some pixels, or whatever four channels hold.
struct Texels {
    r: F,
    g: F,
    b: F,
    a: F,
}

// What the left and the right pixels of the words see.
struct Seen {
    left: Texels,
    right: Texels,
}

// Strip `id` of a frame of `size` pixels over a plane of `texels`.
fn strip_of(id: vec2u, size: vec2u, texels: vec2u) -> Strip {
    return Strip(
        first_row(id.y, size.y, texels.y),
        min(first_row(id.y + 1u, size.y, texels.y), size.y),
        i32(id.y) - 1,
        place(vec2u(2u * WORDS * id.x, 0u), size, texels).x,
        f32(texels.x) / f32(size.x),
    );
}

// The first row whose place is at or below texel centre `strip` - 1: in whole numbers, so that no row is left out.
// place >= strip - 1  is  row >= ((2 strip - 1) rows - texels) / (2 texels).
fn first_row(strip: u32, rows: u32, texels: u32) -> u32 {
    let over = max(2u * strip * rows, rows + texels) - (rows + texels);
    return (over + 2u * texels - 1u) / (2u * texels);
}

// What the strip's pixels see of one row of texels. A texel counts for the pixels less than a texel away from it.
fn across(plane: texture_2d<f32>, strip: Strip, row: i32) -> Seen {
    let end = vec2i(textureDimensions(plane)) - 1;
    let y = clamp(row, 0, end.y);
    let lo = floor(strip.at);
    let left = strip.at - lo + 2.0 * strip.step * EACH;
    let columns = 2 + i32(ceil(strip.step * f32(2u * WORDS - 1u)));
    var seen = Seen();
    for (var i = 0; i < columns; i++) {
        let v = textureLoad(plane, vec2i(clamp(i32(lo) + i, 0, end.x), y), 0);
        seen.left = plus(seen.left, max(F(0.0), F(1.0) - abs(left - f32(i))), v);
        seen.right = plus(seen.right, max(F(0.0), F(1.0) - abs(left + strip.step - f32(i))), v);
    }
    return seen;
}

fn plus(t: Texels, weight: F, v: vec4f) -> Texels {
    return Texels(t.r + weight * v.r, t.g + weight * v.g, t.b + weight * v.b, t.a + weight * v.a);
}

fn between(above: Seen, below: Seen, t: f32) -> Seen {
    return Seen(mixed(above.left, below.left, t), mixed(above.right, below.right, t));
}

fn mixed(a: Texels, b: Texels, t: f32) -> Texels {
    return Texels(mix(a.r, b.r, F(t)), mix(a.g, b.g, F(t)), mix(a.b, b.b, F(t)), mix(a.a, b.a, F(t)));
}
