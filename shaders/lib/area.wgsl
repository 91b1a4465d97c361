// Means of the frame's pixels under four neighbouring texels of a smaller picture over the same area. Texels
// share pixels and words, and a read brings a strip of one or four words (U, F: lib/vec4.wgsl); a thread for
// each texel would read four times as often. R'G'B' is linear in the codes, so the mean is taken of codes and
// converted once. Reads `yuyv`.

const TEXELS = 4;

// For a column of pixels in each word: sums of codes over the rows of a texel.
struct Column {
    left: F,    // Y' of the left pixels
    right: F,   // Y' of the right pixels
    cb: F,
    cr: F,
}

// R'G'B', not clamped, of the four texels from `at` on, in a picture of `unit` texels over a frame of
// `frame` pixels. `at`.y must be a row of the picture; texels left or right of it come out meaningless.
fn area_means(coding: Coding, frame: vec2u, at: vec2i, unit: vec2u) -> array<vec3f, TEXELS> {
    // In units of 1/unit of a pixel, all of these are whole numbers, which f32 represents exactly up to 2^24.
    let rows = u32(at.y) * frame.y + vec2u(0u, frame.y);
    let columns = vec2u(max(vec2i(0), min(at.x + vec2i(0, TEXELS), vec2i(unit.xx)))) * frame.x;
    let end = (columns.y + unit.x - 1u) / unit.x;
    let texel = f32(frame.x);
    let first = f32(at.x) * texel;
    var sums = array<vec3f, TEXELS>();
    for (var strip = columns.x / unit.x / (2u * WORDS); 2u * WORDS * strip < end; strip++) {
        let column = column_of(strip, rows, frame, unit.y);
        let pixel = f32(unit.x);
        let left = pixel * (f32(2u * WORDS * strip) + 2.0 * WORD_INDEX) - first; // where the pixels begin, from the first texel on
        // In this order: a compiler that keeps it holds two edges at a time.
        var before = covered_to(left, 0.0, pixel);
        for (var i = 0; i < TEXELS; i++) {
            let after = covered_to(left, f32(i + 1) * texel, pixel);
            sums[i] += between(before, after, column);
            before = after;
        }
    }
    let area = f32(frame.x) * f32(frame.y);
    return array<vec3f, TEXELS>(
        rgb_from_codes(coding, sums[0] / area), rgb_from_codes(coding, sums[1] / area),
        rgb_from_codes(coding, sums[2] / area), rgb_from_codes(coding, sums[3] / area),
    );
}

fn column_of(strip: u32, rows: vec2u, frame: vec2u, unit: u32) -> Column {
    var sum = Column();
    let width = frame.x / (2u * WORDS);
    let end = (rows.y + unit - 1u) / unit;
    var i = rows.x / unit * width + strip;
    for (var y = rows.x / unit; y < end; y++) {
        let height = f32(min(rows.y, (y + 1u) * unit) - max(rows.x, y * unit));
        let words = yuyv[i];
        i += width;
        sum = Column(
            sum.left + height * byte(words, 0u), sum.right + height * byte(words, 16u),
            sum.cb + height * byte(words, 8u), sum.cr + height * byte(words, 24u),
        );
    }
    return sum;
}

// The share of the words' left and right pixels before an edge.
struct Covered {
    left: F,
    right: F,
}

fn covered_to(left: F, edge: f32, pixel: f32) -> Covered {
    return Covered(clamp(edge - left, F(0.0), F(pixel)), clamp(edge - pixel - left, F(0.0), F(pixel)));
}

fn between(from_edge: Covered, to_edge: Covered, column: Column) -> vec3f {
    let left = to_edge.left - from_edge.left;
    let right = to_edge.right - from_edge.right;
    let both = left + right;
    return vec3f(whole(left * column.left + right * column.right), whole(both * column.cb), whole(both * column.cr));
}

fn whole(v: F) -> f32 {
    let halves = folded(v);
    return halves.x + halves.y;
}
