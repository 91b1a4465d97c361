// The same as lib/box_sum.wgsl by a workgroup of 32 threads. Eight neighbouring sums share the four texels in
// their middle and grow from there one by one: 18 reads and 23 additions for 8 sums. Without loops: llvmpipe
// idiom 4.

const R = 5;          // window radius
const THREADS_Y = 2;
const THREADS = 32u;

// The sum of each 11 neighbours among 18.
fn eight_sums(t: array<Moments, 18>) -> array<Moments, 8> {
    let m7 = plus(plus(t[7], t[8]), plus(t[9], t[10])); // the middle, and what comes before it
    let m6 = plus(m7, t[6]);
    let m5 = plus(m6, t[5]);
    let m4 = plus(m5, t[4]);
    let m3 = plus(m4, t[3]);
    let m2 = plus(m3, t[2]);
    let m1 = plus(m2, t[1]);
    let m0 = plus(m1, t[0]);
    let n2 = plus(t[11], t[12]);                        // what comes after it
    let n3 = plus(n2, t[13]);
    let n4 = plus(n3, t[14]);
    let n5 = plus(n4, t[15]);
    let n6 = plus(n5, t[16]);
    let n7 = plus(n6, t[17]);
    return array<Moments, 8>(
        m0, plus(m1, t[11]), plus(m2, n2), plus(m3, n3), plus(m4, n4), plus(m5, n5), plus(m6, n6), plus(m7, n7),
    );
}

fn sum_rows(origin: vec2i, size: vec2i, about: About, lane: u32) {
    for (var i = lane; i < 52u; i += THREADS) { // 26 rows of 16 sums, eight at a time
        let row = i32(i / 2u);
        let column = 8 * i32(i % 2u);
        let at = origin + vec2i(column, row) - R;
        let sums = eight_sums(array<Moments, 18>(
            texel(at + vec2i(0, 0), size, about), texel(at + vec2i(1, 0), size, about), texel(at + vec2i(2, 0), size, about),
            texel(at + vec2i(3, 0), size, about), texel(at + vec2i(4, 0), size, about), texel(at + vec2i(5, 0), size, about),
            texel(at + vec2i(6, 0), size, about), texel(at + vec2i(7, 0), size, about), texel(at + vec2i(8, 0), size, about),
            texel(at + vec2i(9, 0), size, about), texel(at + vec2i(10, 0), size, about), texel(at + vec2i(11, 0), size, about),
            texel(at + vec2i(12, 0), size, about), texel(at + vec2i(13, 0), size, about), texel(at + vec2i(14, 0), size, about),
            texel(at + vec2i(15, 0), size, about), texel(at + vec2i(16, 0), size, about), texel(at + vec2i(17, 0), size, about),
        ));
        let to = TILE * row + column;
        store_row_sum(to + 0, sums[0]);
        store_row_sum(to + 1, sums[1]);
        store_row_sum(to + 2, sums[2]);
        store_row_sum(to + 3, sums[3]);
        store_row_sum(to + 4, sums[4]);
        store_row_sum(to + 5, sums[5]);
        store_row_sum(to + 6, sums[6]);
        store_row_sum(to + 7, sums[7]);
    }
}

fn sum_columns(origin: vec2i, size: vec2i, about: About, local: vec2u) {
    let column = i32(local.x);
    let row = 8 * i32(local.y);
    let first = TILE * row + column;
    let sums = eight_sums(array<Moments, 18>(
        row_sum(first + 0 * TILE), row_sum(first + 1 * TILE), row_sum(first + 2 * TILE), row_sum(first + 3 * TILE),
        row_sum(first + 4 * TILE), row_sum(first + 5 * TILE), row_sum(first + 6 * TILE), row_sum(first + 7 * TILE),
        row_sum(first + 8 * TILE), row_sum(first + 9 * TILE), row_sum(first + 10 * TILE), row_sum(first + 11 * TILE),
        row_sum(first + 12 * TILE), row_sum(first + 13 * TILE), row_sum(first + 14 * TILE), row_sum(first + 15 * TILE),
        row_sum(first + 16 * TILE), row_sum(first + 17 * TILE),
    ));
    let at = origin + vec2i(column, row);
    put(at + vec2i(0, 0), size, about, sums[0]);
    put(at + vec2i(0, 1), size, about, sums[1]);
    put(at + vec2i(0, 2), size, about, sums[2]);
    put(at + vec2i(0, 3), size, about, sums[3]);
    put(at + vec2i(0, 4), size, about, sums[4]);
    put(at + vec2i(0, 5), size, about, sums[5]);
    put(at + vec2i(0, 6), size, about, sums[6]);
    put(at + vec2i(0, 7), size, about, sums[7]);
}
