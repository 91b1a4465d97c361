// Alpha at twice its size.
// in:  alpha of a frame of half the size: two 16-bit unorms 0..1 for each YUYV word
// out: the same for the frame; bilinear, edges clamped: 3/4 of the nearer and 1/4 of the farther, along
//      either axis
// If the frame has an odd number of words or rows, the half's last column or row reaches beyond it.
// A thread takes one or four words (U, F: lib/vec4.wgsl) of ROWS rows, one below the other.

const ROWS = 8u;

struct Params {
    frame: vec2u,   // pixels
    half: vec2u,
}

@group(0) @binding(0) var<storage, read> small: array<U>;
@group(0) @binding(1) var<storage, read_write> alpha: array<U>;
@group(0) @binding(2) var<uniform> params: Params;

// For each word of a row: its left pixel as two pixels of the frame, and its right pixel as two.
struct Row {
    left: Two,
    right: Two,
}

struct Two {
    a: F,
    b: F,
}

fn row(x: u32, y: u32, last: u32) -> Row {
    let i = y * (last + 1u) + x;
    let here = small[i];
    let before = select(last_of(small[max(i, 1u) - 1u]), first_of(here) << 16u, x == 0u);
    let after = select(first_of(small[i + 1u]), last_of(here) >> 16u, x == last);
    let left = lower_unit(here);
    let right = upper_unit(here);
    let further_left = upper_unit(neighbours_before(before, here));
    let further_right = lower_unit(neighbours_after(here, after));
    return Row(
        Two(0.75 * left + 0.25 * further_left, 0.75 * left + 0.25 * right),
        Two(0.75 * right + 0.25 * left, 0.75 * right + 0.25 * further_right),
    );
}

fn nearer(near: Two, far: Two) -> U {
    return units_packed(0.75 * near.a + 0.25 * far.a, 0.75 * near.b + 0.25 * far.b);
}

fn put(x: u32, y: u32, near: Row, far: Row) {
    if y >= params.frame.y { return; }
    let both = Neighbours(nearer(near.left, far.left), nearer(near.right, far.right));
    let words = params.frame.x / (2u * WORDS);
    let i = y * words + 2u * x;
    let in_turn = side_by_side(both);
    alpha[i] = in_turn[0];
    if 2u * x + 1u < words { alpha[i + 1u] = in_turn[1]; }
}

@compute @workgroup_size(32, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.half.x / (2u * WORDS);
    let first = id.y * ROWS;
    if id.x >= width || first >= params.half.y { return; }
    let last = width - 1u;
    let end = params.half.y - 1u;
    var above = row(id.x, max(first, 1u) - 1u, last);
    var here = row(id.x, first, last);
    for (var y = first; y <= min(first + ROWS - 1u, end); y++) {
        let below = row(id.x, min(y + 1u, end), last);
        put(id.x, 2u * y, here, above);
        put(id.x, 2u * y + 1u, here, below);
        above = here;
        here = below;
    }
}
