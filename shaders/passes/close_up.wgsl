// The second model's picture of the person: the box of the frame, area-averaged.
// in:  YUYV words of the frame; box: left, top, right, bottom in whole pixels, left and right even
//      (person_box.wgsl); exposure: its gain (expose.wgsl)
// out: [h,w] R'G'B' 0..1, gamma-coded, brightened by the gain
// R'G'B' is linear in the codes, so the mean is taken of codes and converted once. Where the box has fewer pixels
// than the picture, texels repeat them, mixed where they meet.

struct Params {
    coding: Coding,
    frame: vec2u,       // pixels
    padding: vec2u,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> box: array<f32>;
@group(0) @binding(2) var<storage, read> exposure: vec4f;
@group(0) @binding(3) var small: texture_storage_2d<rgba32float, write>;
@group(0) @binding(4) var<storage, read> params: Params;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(small);
    if any(id.xy >= size) { return; }
    // In units of 1/size of a pixel, all of these are whole numbers, which f32 represents exactly up to 2^24.
    let corner = vec2u(u32(box[0]), u32(box[1]));
    let across = vec2u(u32(box[2]), u32(box[3])) - corner;
    let start = id.xy * across;
    let end = start + across;
    let first = corner + start / size;
    let last = min(corner + (end + size - 1u) / size, params.frame);
    var sum = vec3f(0.0);
    for (var y = first.y; y < last.y; y++) {
        let row = (y - corner.y) * size.y;
        let tall = f32(min(end.y, row + size.y) - max(start.y, row));
        for (var word = first.x / 2u; 2u * word < last.x; word++) {
            // Both pixels of the word; one of them may be outside.
            let left = i32((2u * word - corner.x) * size.x);
            let edges = clamp(vec3i(left, left + i32(size.x), left + 2 * i32(size.x)), vec3i(i32(start.x)), vec3i(i32(end.x)));
            let wide = tall * vec2f(edges.yz - edges.xy);
            let codes = bytes_of(yuyv[y * (params.frame.x / 2u) + word]);
            sum += vec3f(dot(wide, codes.xz), (wide.x + wide.y) * codes.yw);
        }
    }
    let rgb = rgb_from_codes(params.coding, sum / (f32(across.x) * f32(across.y)));
    textureStore(small, id.xy, vec4f(clamp(exposure.x * rgb, vec3f(0.0), vec3f(1.0)), 1.0));
}
