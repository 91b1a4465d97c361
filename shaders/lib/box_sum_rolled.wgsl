// The same as lib/box_sum_unrolled.wgsl in loops, for drivers that compile reads slowly (llvmpipe idiom 13):
// sums start one after the other, two at a time, and are carried along until they are complete. It makes the
// same additions; it is a quarter slower and compiles in a fifth of the time.

const R = 5;          // window radius
const THREADS_Y = 2;
const THREADS = 32u;
const RUN = 8;        // neighbouring sums of a thread

// The incomplete sums over the last one, two, ... ten values.
struct PartialSums {
    a: Moments,
    b: Moments,
    c: Moments,
    d: Moments,
    e: Moments,
    f: Moments,
    g: Moments,
    h: Moments,
    i: Moments,
    j: Moments,
}

fn with_two(w: PartialSums, m: Moments, n: Moments) -> PartialSums {
    let both = plus(m, n);
    return PartialSums(
        n, both, plus(w.a, both), plus(w.b, both), plus(w.c, both), plus(w.d, both), plus(w.e, both), plus(w.f, both),
        plus(w.g, both), plus(w.h, both),
    );
}

fn sum_rows(origin: vec2i, size: vec2i, about: About, lane: u32) {
    for (var i = lane; i < 52u; i += THREADS) { // 26 rows of 16 sums, eight at a time
        let row = i32(i / 2u);
        let column = RUN * i32(i % 2u);
        let at = origin + vec2i(column, row) - R;
        var partial = PartialSums();
        for (var x = 0; x < 2 * R + RUN; x += 2) {
            let m = texel(at + vec2i(x, 0), size, about);
            let n = texel(at + vec2i(x + 1, 0), size, about);
            if x >= 2 * R {
                store_row_sum(TILE * row + column + x - 2 * R, plus(partial.j, m));
                store_row_sum(TILE * row + column + x + 1 - 2 * R, plus(partial.i, plus(m, n)));
            }
            partial = with_two(partial, m, n);
        }
    }
}

fn sum_columns(origin: vec2i, size: vec2i, about: About, local: vec2u) {
    let column = i32(local.x);
    let row = RUN * i32(local.y);
    let first = TILE * row + column;
    var partial = PartialSums();
    for (var y = 0; y < 2 * R + RUN; y += 2) {
        let m = row_sum(first + TILE * y);
        let n = row_sum(first + TILE * (y + 1));
        if y >= 2 * R {
            put(origin + vec2i(column, row + y - 2 * R), size, about, plus(partial.j, m));
            put(origin + vec2i(column, row + y + 1 - 2 * R), size, about, plus(partial.i, plus(m, n)));
        }
        partial = with_two(partial, m, n);
    }
}
