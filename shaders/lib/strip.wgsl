// Samples another plane for a strip: the pixels of one or four YUYV words (U, F: lib/vec4.wgsl) of the rows
// between two rows of texel centres. All of them use the same texels, which are loaded once. There is one
// strip more than rows of texels, and every row of pixels is in one strip.

struct Strip {
    first: u32,   // rows first..end
    end: u32,
    above: i32,   // the row of texels above them, -1 in the first strip; the next one is below them
    lo: i32,      // the last texel of a row at or before the first pixel
    at: f32,      // the first pixel's distance from it, in texels
    step: f32,    // texels from one pixel to the next
    columns: i32, // number of texels of a row that its pixels use, from lo on
}

// Four channels of several pixels.
struct Texels {
    r: F,
    g: F,
    b: F,
    a: F,
}

// Samples at the left and the right pixels of the words.
struct Sample {
    left: Texels,
    right: Texels,
}

// Samples at a row of texels, and the difference to those at the next row.
struct Lerp {
    start: Sample,
    delta: Sample,
}

// Strip `id` of a frame of `size` pixels over a plane of `texels`.
fn strip_of(id: vec2u, size: vec2u, texels: vec2u) -> Strip {
    // Where strips are a whole number of texels wide, all have the same offsets, which are constants then
    // (llvmpipe idiom 3).
    let first = place(vec2u(0u), size, texels).x;
    let whole = 2u * WORDS * texels.x / size.x;
    let same = whole * size.x == 2u * WORDS * texels.x;
    let at = place(vec2u(2u * WORDS * id.x, 0u), size, texels).x;
    return Strip(
        first_row(id.y, size.y, texels.y),
        min(first_row(id.y + 1u, size.y, texels.y), size.y),
        i32(id.y) - 1,
        select(i32(floor(at)), i32(whole * id.x) + i32(floor(first)), same),
        select(at - floor(at), first - floor(first), same),
        f32(texels.x) / f32(size.x),
        2 + i32((texels.x * (2u * WORDS - 1u) + size.x - 1u) / size.x),
    );
}

// The first row of pixels at or below texel centre `strip` - 1, in integers, so that no row is left out:
// place >= strip - 1  is  row >= ((2 strip - 1) rows - texels) / (2 texels).
fn first_row(strip: u32, rows: u32, texels: u32) -> u32 {
    let over = max(2u * strip * rows, rows + texels) - (rows + texels);
    return (over + 2u * texels - 1u) / (2u * texels);
}

// The samples of the strip's pixels from row `row` of texels to the next, of plane number `plane`, of `size`
// texels. The including shader defines texel(plane, at). A texel contributes to the pixels less than a texel
// away from it.
fn lerp_of(plane: u32, size: vec2u, strip: Strip, row: i32) -> Lerp {
    let end = vec2i(size) - 1;
    let above = clamp(row, 0, end.y);
    let below = clamp(row + 1, 0, end.y);
    let left = strip.at + 2.0 * strip.step * WORD_INDEX;
    let ends = vec3i(above, below, end.x);
    // llvmpipe idiom 4. A strip of four words uses four columns of a plane of a fifth or a quarter of the
    // frame's size.
    var lerp = with_column(Lerp(), plane, strip, 0, left, ends);
    lerp = with_column(lerp, plane, strip, 1, left, ends);
    lerp = with_column(lerp, plane, strip, 2, left, ends);
    lerp = with_column(lerp, plane, strip, 3, left, ends);
    for (var i = 4; i < strip.columns; i++) { lerp = with_column(lerp, plane, strip, i, left, ends); }
    return lerp;
}

fn with_column(lerp: Lerp, plane: u32, strip: Strip, i: i32, left: F, ends: vec3i) -> Lerp {
    let x = clamp(strip.lo + i, 0, ends.z);
    let here = texel(plane, vec2i(x, ends.x));
    let more = texel(plane, vec2i(x, ends.y)) - here;
    let on_left = max(F(0.0), F(1.0) - abs(left - f32(i)));
    let on_right = max(F(0.0), F(1.0) - abs(left + strip.step - f32(i)));
    return Lerp(
        Sample(plus(lerp.start.left, on_left, here), plus(lerp.start.right, on_right, here)),
        Sample(plus(lerp.delta.left, on_left, more), plus(lerp.delta.right, on_right, more)),
    );
}

fn plus(t: Texels, weight: F, v: vec4f) -> Texels {
    return Texels(t.r + weight * v.r, t.g + weight * v.g, t.b + weight * v.b, t.a + weight * v.a);
}

// The samples at t in 0..1 between the two rows.
fn sample_at(lerp: Lerp, t: f32) -> Sample {
    return Sample(lerped(lerp.start.left, lerp.delta.left, t), lerped(lerp.start.right, lerp.delta.right, t));
}

fn lerped(start: Texels, delta: Texels, t: f32) -> Texels {
    return Texels(start.r + t * delta.r, start.g + t * delta.g, start.b + t * delta.b, start.a + t * delta.a);
}
