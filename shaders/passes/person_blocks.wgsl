// The last frame's mask in blocks, for person_box.wgsl: how many texels of each are person, and where; and how
// much luma has changed since.
// in:  mask p 0..1 of the last frame, refined; guide of this one, |Y' - last Y'| in its fourth channel
// out: for each block of `edge` x `edge` texels, row by row:
//      x: the number of texels with p > .5; 2^9 times the first column with one, 2^13 times the last,
//         2^17 times the first row and 2^21 times the last, within the block; 0 without any
//      y: the bits of an f32, the sum of |Y' - last Y'|
// What is not finite counts as background.

struct Params {
    blocks: vec2u,
    edge: u32,      // 1..=16
    padding: u32,
}

@group(0) @binding(0) var mask: texture_2d<f32>;
@group(0) @binding(1) var guide: texture_2d<f32>;
@group(0) @binding(2) var<storage, read_write> blocks: array<vec2u>;
@group(0) @binding(3) var<storage, read> params: Params;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= params.blocks) { return; }
    let first = params.edge * id.xy;
    let size = min(vec2u(params.edge), textureDimensions(mask) - first);
    var count = 0u;
    var low = vec2u(15u);
    var high = vec2u(0u);
    var change = 0.0;
    for (var y = 0u; y < size.y; y++) {
        for (var x = 0u; x < size.x; x++) {
            let at = first + vec2u(x, y);
            change += textureLoad(guide, at, 0).a;
            if textureLoad(mask, at, 0).r > 0.5 {
                count++;
                low = min(low, vec2u(x, y));
                high = max(high, vec2u(x, y));
            }
        }
    }
    let extent = (low.x << 9u) | (high.x << 13u) | (low.y << 17u) | (high.y << 21u);
    blocks[id.y * params.blocks.x + id.x] = vec2u(select(0u, count | extent, count > 0u), bitcast<u32>(change));
}
