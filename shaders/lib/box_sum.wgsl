// Sums over the 11x11 window of every texel, edges reflected, by a workgroup of 128 threads for 16x16 texels:
// rows of 11, then columns of 11. A thread makes four neighbouring sums of a row, which share the eight
// texels in their middle, and two of a column, which share ten. Nothing is subtracted, so f32 keeps its
// digits. lib/tile.wgsl or lib/tiles.wgsl chooses the tile. The including shader defines what is summed:
// About, Moments, texel, plus, store_row_sum, row_sum, and put for the result.
// lib/box_sum_unrolled.wgsl and lib/box_sum_rolled.wgsl do the same for a CPU, with fewer and fatter threads.

const R = 5;          // window radius
const THREADS_Y = 8;
const THREADS = 128u;

fn sum_rows(origin: vec2i, size: vec2i, about: About, lane: u32) {
    if lane >= 104u { return; } // 26 rows of 16 sums, four at a time
    let row = i32(lane / 4u);
    let column = 4 * i32(lane % 4u);
    let at = origin + vec2i(column, row) - R;
    let t2 = texel(at + vec2i(2, 0), size, about);
    let t12 = plus(texel(at + vec2i(1, 0), size, about), t2);
    let t012 = plus(texel(at, size, about), t12);
    var middle = texel(at + vec2i(3, 0), size, about);
    for (var x = 4; x <= 10; x++) { middle = plus(middle, texel(at + vec2i(x, 0), size, about)); }
    let t11 = texel(at + vec2i(11, 0), size, about);
    let to = TILE * row + column;
    store_row_sum(to, plus(t012, middle));
    store_row_sum(to + 1, plus(t12, plus(middle, t11)));
    let more = plus(plus(middle, t11), texel(at + vec2i(12, 0), size, about));
    store_row_sum(to + 2, plus(t2, more));
    store_row_sum(to + 3, plus(more, texel(at + vec2i(13, 0), size, about)));
}

fn sum_columns(origin: vec2i, size: vec2i, about: About, local: vec2u) {
    let column = i32(local.x);
    let row = 2 * i32(local.y);
    let first = TILE * row + column;
    var middle = row_sum(first + TILE);
    for (var y = 2; y <= 10; y++) { middle = plus(middle, row_sum(first + y * TILE)); }
    let at = origin + vec2i(column, row);
    put(at, size, about, plus(row_sum(first), middle));
    put(at + vec2i(0, 1), size, about, plus(middle, row_sum(first + 11 * TILE)));
}
