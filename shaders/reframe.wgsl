// The camera's picture turned and scaled: what lies in `region` fills the frame.
// in:  YUYV words of the camera's picture; region: left, top, width, height in pixels of the turned picture
// out: YUYV words of the frame
// An output sample is a weighted mean of codes, gamma-coded as they are, with the same rule along either axis. Let s be
// how many source samples it covers:
//   s <= 1    Catmull-Rom (Keys 1981, a = -1/2): sharp, and exact where samples coincide
//   s >= 4/3  the mean of what it covers, parts of samples counted as parts: nothing is skipped
//   between   from one to the other, so that a slow zoom has no step
// Luma is sampled at the centres of pixels, chroma at the centres of pairs, where the camera's chroma is taken to be
// too. Beyond the edge the edge's sample is repeated.

struct Params {
    camera: vec2u,  // pixels
    frame: vec2u,
    flip: vec2u,    // 1: the camera's x, y are counted from the other side
    swap: u32,      // 1: x and y are swapped before
    padding: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> region: array<f32>;
@group(0) @binding(2) var<storage, read_write> packed: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

const BOTH = 4.0 / 3.0; // below this, both rules take part

// How far from an output sample, in source samples, others count.
fn reach(s: f32) -> f32 {
    return select(0.5 * s + 0.5, 2.0, s < BOTH);
}

// Of source samples at these distances.
fn weights(distance: vec4f, s: f32) -> vec4f {
    let d = abs(distance);
    let covered = clamp(0.5 * s + 0.5 - d, vec4f(0.0), vec4f(min(s, 1.0))) / s;
    let near = (1.5 * d - 2.5) * d * d + 1.0;
    let far = ((-0.5 * d + 2.5) * d - 4.0) * d + 2.0;
    let cubic = select(select(vec4f(0.0), far, d < vec4f(2.0)), near, d < vec4f(1.0));
    return mix(covered, cubic, clamp(4.0 - 3.0 * s, 0.0, 1.0));
}

// A point of the frame in the camera's picture.
fn in_camera(at: vec2f, scale: vec2f) -> vec2f {
    let turned = vec2f(region[0], region[1]) + at * scale;
    let from_start = select(turned, turned.yx, params.swap == 1u);
    return select(from_start, vec2f(params.camera) - from_start, params.flip == vec2u(1u));
}

@compute @workgroup_size(64, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / 2u;
    if id.x >= width || id.y >= params.frame.y { return; }
    let on_side = params.swap == 1u;
    let scale = vec2f(region[2], region[3]) / vec2f(params.frame);
    let a = in_camera(vec2f(f32(2u * id.x) + 0.5, f32(id.y) + 0.5), scale);
    let b = in_camera(vec2f(f32(2u * id.x) + 1.5, f32(id.y) + 0.5), scale);
    let pair = 0.5 * (a + b);
    // Source samples covered. A column of words has one chroma sample for two of luma.
    let luma = select(scale, scale.yx, on_side);
    let chroma = select(luma, luma * vec2f(0.5, 2.0), on_side);

    let words = vec2i(i32(params.camera.x / 2u), i32(params.camera.y));
    let reach_x = reach(chroma.x); // luma's reach lies within
    let reach_y = select(reach(luma.y), max(reach(chroma.y), reach(luma.y) + 0.5 * luma.y), on_side);
    let column = i32(floor(0.5 * pair.x - reach_x + 0.5));
    let row = i32(floor(pair.y - reach_y + 0.5));
    let columns = i32(ceil(2.0 * reach_x));
    let rows = i32(ceil(2.0 * reach_y));
    var sum = vec4f(0.0);
    for (var i = column; i < column + columns; i++) {
        let x = 2.0 * f32(i) + 0.5;
        var across = weights(vec4f(x - a.x, x + 1.0 - a.x, x - b.x, x + 1.0 - b.x), luma.x);
        if i < 0 { across = vec4f(across.x + across.y, 0.0, across.z + across.w, 0.0); }
        if i >= words.x { across = vec4f(0.0, across.x + across.y, 0.0, across.z + across.w); }
        let across_pair = weights(vec4f(f32(i) + 0.5 - 0.5 * pair.x), chroma.x).x;
        let inside = clamp(i, 0, words.x - 1);
        var along = vec4f(0.0); // of this column: luma for a, for b
        var along_pair = vec2f(0.0);
        for (var j = row; j < row + rows; j++) {
            let y = f32(j) + 0.5;
            let down = weights(vec4f(y - a.y, y - b.y, 0.0, 0.0), luma.y).xy;
            let down_pair = select(down.x, weights(vec4f(y - pair.y), chroma.y).x, on_side);
            let bytes = bytes_of(yuyv[clamp(j, 0, words.y - 1) * words.x + inside]);
            along += vec4f(down.x * bytes.xz, down.y * bytes.xz);
            along_pair += down_pair * bytes.yw;
        }
        sum += vec4f(dot(across.xy, along.xy), 0.0, dot(across.zw, along.zw), 0.0);
        sum += across_pair * vec4f(0.0, along_pair.x, 0.0, along_pair.y);
    }
    let codes = vec4u(clamp(floor(sum + 0.5), vec4f(0.0), vec4f(255.0)));
    packed[id.y * width + id.x] = codes.x | (codes.y << 8u) | (codes.z << 16u) | (codes.w << 24u);
}
