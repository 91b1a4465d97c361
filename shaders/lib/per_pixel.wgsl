// The entry point for effects that treat every pixel by itself. The including shader defines shade(at,
// colour, a), which returns R'G'B' 0..1 from a pixel's position, R'G'B' 0..1 and alpha, and declares yuyv,
// alpha, packed and params.

@compute @workgroup_size(64, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / 2u;
    if id.x >= width || id.y >= params.frame.y { return; }
    let i = id.y * width + id.x;
    let a = unpack2x16unorm(alpha[i]);
    let pair = unpack_pair(params.coding, yuyv[i]);
    let at = vec2u(2u * id.x, id.y);
    packed[i] = pack_pair(params.coding, Pair(
        shade(at, pair.a, a.x),
        shade(at + vec2u(1u, 0u), pair.b, a.y),
    ));
}
