// Sums over the 11x11 window of every texel, edges reflected, by a workgroup of 32 for 16x16 texels: rows of 11, then
// columns of 11. Eight neighbours share the four texels in their middle, and their ends grow from there one by one: 18
// reads and 23 additions for 8 sums, and no subtraction, so f32 keeps its digits.
// The shader that uses it says what is summed: About, Moments, texel, plus, keep, row_sum, and put for the result.

const R = 5;          // window radius
const TILE = 16;      // texels a side
const THREADS = 32u;

fn sum_rows(origin: vec2i, size: vec2i, about: About, lane: u32) {
    for (var i = lane; i < 52u; i += THREADS) { // 26 rows of 16 sums, eight at a time
        let row = i32(i / 2u);
        let column = 8 * i32(i % 2u);
        let at = origin + vec2i(column, row) - R;
        var sum = array<Moments, 8>();
        sum[7] = texel(at + vec2i(7, 0), size, about);
        for (var k = 8; k < 11; k++) { sum[7] = plus(sum[7], texel(at + vec2i(k, 0), size, about)); }
        for (var k = 6; k >= 0; k--) { sum[k] = plus(sum[k + 1], texel(at + vec2i(k, 0), size, about)); }
        var more = texel(at + vec2i(11, 0), size, about);
        for (var k = 1; k < 8; k++) {
            sum[k] = plus(sum[k], more);
            if k < 7 { more = plus(more, texel(at + vec2i(k + 11, 0), size, about)); }
        }
        for (var k = 0; k < 8; k++) { keep(TILE * row + column + k, sum[k]); }
    }
}

fn sum_columns(origin: vec2i, size: vec2i, about: About, local: vec2u) {
    let column = i32(local.x);
    let row = 8 * i32(local.y);
    let first = TILE * row + column;
    var sum = array<Moments, 8>();
    sum[7] = row_sum(first + 7 * TILE);
    for (var k = 8; k < 11; k++) { sum[7] = plus(sum[7], row_sum(first + k * TILE)); }
    for (var k = 6; k >= 0; k--) { sum[k] = plus(sum[k + 1], row_sum(first + k * TILE)); }
    var more = row_sum(first + 11 * TILE);
    for (var k = 1; k < 8; k++) {
        sum[k] = plus(sum[k], more);
        if k < 7 { more = plus(more, row_sum(first + (k + 11) * TILE)); }
    }
    for (var k = 0; k < 8; k++) { put(origin + vec2i(column, row + k), size, about, sum[k]); }
}
