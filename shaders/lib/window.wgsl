// Sums over the 11x11 window of every texel, edges reflected, by a workgroup of 64 for 16x16 texels: rows of 11, then
// columns of 11. Four neighbours share the eight texels in their middle: 14 reads for 4 sums, and no subtraction, so
// f32 keeps its digits.
// The shader that uses it says what is summed: About, Moments, texel, plus, keep, row_sum, and put for the result.

const R = 5;          // window radius
const TILE = 16;      // texels a side
const THREADS = 64u;

fn sum_rows(origin: vec2i, size: vec2i, about: About, lane: u32) {
    for (var i = lane; i < 104u; i += THREADS) { // 26 rows of 16 sums, four at a time
        let row = i32(i / 4u);
        let column = 4 * i32(i % 4u);
        let at = origin + vec2i(column, row) - R;
        var middle = texel(at + vec2i(3, 0), size, about);
        for (var k = 4; k < 11; k++) { middle = plus(middle, texel(at + vec2i(k, 0), size, about)); }
        let t0 = texel(at, size, about);
        let t1 = texel(at + vec2i(1, 0), size, about);
        let t2 = texel(at + vec2i(2, 0), size, about);
        let t11 = texel(at + vec2i(11, 0), size, about);
        let t12 = texel(at + vec2i(12, 0), size, about);
        let t13 = texel(at + vec2i(13, 0), size, about);
        let to = TILE * row + column;
        keep(to, plus(middle, plus(t0, plus(t1, t2))));
        keep(to + 1, plus(middle, plus(t1, plus(t2, t11))));
        keep(to + 2, plus(middle, plus(t2, plus(t11, t12))));
        keep(to + 3, plus(middle, plus(t11, plus(t12, t13))));
    }
}

fn sum_columns(origin: vec2i, size: vec2i, about: About, local: vec2u) {
    let column = i32(local.x);
    let row = 4 * i32(local.y);
    let first = TILE * row + column;
    var middle = row_sum(first + 3 * TILE);
    for (var k = 4; k < 11; k++) { middle = plus(middle, row_sum(first + k * TILE)); }
    let t0 = row_sum(first);
    let t1 = row_sum(first + TILE);
    let t2 = row_sum(first + 2 * TILE);
    let t11 = row_sum(first + 11 * TILE);
    let t12 = row_sum(first + 12 * TILE);
    let t13 = row_sum(first + 13 * TILE);
    let at = origin + vec2i(column, row);
    put(at, size, about, plus(middle, plus(t0, plus(t1, t2))));
    put(at + vec2i(0, 1), size, about, plus(middle, plus(t1, plus(t2, t11))));
    put(at + vec2i(0, 2), size, about, plus(middle, plus(t2, plus(t11, t12))));
    put(at + vec2i(0, 3), size, about, plus(middle, plus(t11, plus(t12, t13))));
}
