// A Gaussian blur along rows and columns in one dispatch, edges clamped, for pictures so small that a second
// dispatch would cost more than the work (llvmpipe idiom 10).
// in:  a weighted picture (colour times weight, weight); the kernel, of radius 9
// out: the same picture, blurred
// A workgroup blurs the rows of a tile of 16x16 texels, and nine rows above and below it, then the tile's
// columns.

const TILE = 16;
const RADIUS = 9;
const ROWS = 34;

@group(0) @binding(0) var sharp: texture_storage_2d<rgba16float, read>;
@group(0) @binding(1) var blurred: texture_storage_2d<rgba16float, write>;
@group(0) @binding(2) var<uniform> kernel: Kernel;

var<workgroup> rows: array<vec4f, 544>; // [ROWS][TILE]

fn source(at: vec2i) -> vec4f {
    let size = vec2i(textureDimensions(sharp));
    return textureLoad(sharp, clamp(at, vec2i(0), size - 1));
}

@compute @workgroup_size(16, 8)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(local_invocation_id) local: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    let origin = TILE * vec2i(group.xy);
    let row = i32(lane) / (TILE / 8);
    if row < ROWS {
        let at = vec2i(8 * (i32(lane) % (TILE / 8)), row);
        let sum = eight_sums(origin + at - vec2i(0, RADIUS), vec2i(1, 0));
        for (var k = 0; k < 8; k++) { rows[at.y * TILE + at.x + k] = sum[k]; }
    }
    workgroupBarrier();
    let at = vec2i(i32(local.x), 2 * i32(local.y));
    var sum = array<vec4f, 2>();
    var w = vec2f(0.0); // the weights of one row in the two sums; they shift by one from row to row
    for (var i = 0; i < 2 * RADIUS + 2; i++) {
        w = vec2f(kernel.weights[i / 4][i % 4], w.x);
        let v = rows[(at.y + i) * TILE + at.x];
        sum[0] += w.x * v;
        sum[1] += w.y * v;
    }
    for (var k = 0; k < 2; k++) {
        let to = origin + at + vec2i(0, k);
        if all(to < vec2i(textureDimensions(blurred))) { textureStore(blurred, to, sum[k]); }
    }
}
