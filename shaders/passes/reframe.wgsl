// Scales the camera's picture, by up to three to one: `region` of it fills the frame.
// in:  YUYV words of the camera's picture; region: left, top, width, height
// out: YUYV words of the frame
// An output sample is a weighted mean of codes, gamma-coded as they are, by the same rule along either axis.
// With s, the number of source samples that it covers:
//   s <= 1    Catmull-Rom (Keys 1981, a = -1/2): sharp, and exact where samples coincide
//   s >= 4/3  the mean of what it covers, with parts of samples counted as parts, so that nothing is skipped
//   between   a blend of both, so that a slow zoom has no step
// Luma is sampled at the centres of pixels, chroma at the centres of pairs, where the camera's chroma is
// assumed to be too. Beyond the edge the edge's sample repeats. Four samples suffice as long as s <= 3.
// A thread makes ROWS words, one below the other, and sums each source row across once.

struct Params {
    camera: vec2u,  // pixels
    frame: vec2u,
    flip: vec2u,    // 1: the region's x or y counts from the camera's right or lower edge
    unit: vec2f,    // pixels of the camera's picture for one of the region's
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> region: array<f32>;
@group(0) @binding(2) var<storage, read_write> packed: array<u32>;
@group(0) @binding(3) var<storage, read> params: Params;

const ROWS = 16u;
const BOTH = 4.0 / 3.0; // below this scale, Catmull-Rom is blended in
const STEPS = vec4f(0.0, 1.0, 2.0, 3.0);

// The first of the four source samples that make an output sample at `centre`.
fn first_of(centre: f32, s: f32) -> f32 {
    return floor(centre + 0.5 - select(0.5 * s + 0.5, 2.0, s < BOTH));
}

// Weights of source samples at these distances from the output sample.
fn weights(distance: vec4f, s: f32) -> vec4f {
    let d = abs(distance);
    let covered = clamp(0.5 * s + 0.5 - d, vec4f(0.0), vec4f(min(s, 1.0))) / s;
    let near = (1.5 * d - 2.5) * d * d + 1.0;
    let far = ((-0.5 * d + 2.5) * d - 4.0) * d + 2.0;
    let cubic = select(select(vec4f(0.0), far, d < vec4f(2.0)), near, d < vec4f(1.0));
    return mix(covered, cubic, clamp(4.0 - 3.0 * s, 0.0, 1.0));
}

// A column of the camera's words, and the weights of its lumas and its chroma.
struct Column {
    word: u32,
    a: vec2f,    // for the left pixel
    b: vec2f,    // for the right one
    pair: f32,
}

// Column i, counted from the same side as the region; `pair` is the centre of the output's pair, in pixels.
fn column(i: i32, pair: f32, s: f32, chroma: f32) -> Column {
    let last = i32(params.camera.x / 2u) - 1;
    let x = 2.0 * f32(i) + 0.5 - pair;
    let w = weights(vec4f(x, x + 1.0, x, x + 1.0) + vec4f(0.5, 0.5, -0.5, -0.5) * s, s);
    var a = w.xy;
    var b = w.zw;
    if i < 0 { // repeat the first pixel
        a = vec2f(a.x + a.y, 0.0);
        b = vec2f(b.x + b.y, 0.0);
    } else if i > last {
        a = vec2f(0.0, a.x + a.y);
        b = vec2f(0.0, b.x + b.y);
    }
    let inside = clamp(i, 0, last);
    if params.flip.x == 1u { return Column(u32(last - inside), a.yx, b.yx, chroma); }
    return Column(u32(inside), a, b, chroma);
}

fn weighed(at: u32, c: Column) -> vec4f {
    let bytes = bytes_of(yuyv[at + c.word]);
    return vec4f(dot(c.a, bytes.xz), c.pair * bytes.y, dot(c.b, bytes.xz), c.pair * bytes.w);
}

// The weighted sum along row j: (Y'a, Cb, Y'b, Cr).
fn across(j: i32, a: Column, b: Column, c: Column, d: Column) -> vec4f {
    let last = i32(params.camera.y) - 1;
    let inside = clamp(j, 0, last);
    let row = select(inside, last - inside, params.flip.y == 1u);
    let at = u32(row) * (params.camera.x / 2u);
    return weighed(at, a) + weighed(at, b) + weighed(at, c) + weighed(at, d);
}

@compute @workgroup_size(64, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / 2u;
    if id.x >= width || id.y * ROWS >= params.frame.y { return; }
    let origin = vec2f(region[0], region[1]) * params.unit;
    let s = vec2f(region[2], region[3]) * params.unit / vec2f(params.frame);

    let pair = origin.x + f32(2u * id.x + 1u) * s.x;
    let left = first_of(0.5 * pair, s.x); // luma's samples are among them
    let chroma = weights(left + STEPS + 0.5 - 0.5 * pair, s.x);
    let a = column(i32(left), pair, s.x, chroma.x);
    let b = column(i32(left) + 1, pair, s.x, chroma.y);
    let c = column(i32(left) + 2, pair, s.x, chroma.z);
    let d = column(i32(left) + 3, pair, s.x, chroma.w);

    var top = i32(first_of(origin.y + (f32(id.y * ROWS) + 0.5) * s.y, s.y));
    var first = across(top, a, b, c, d);
    var second = across(top + 1, a, b, c, d);
    var third = across(top + 2, a, b, c, d);
    var fourth = across(top + 3, a, b, c, d);
    let end = min((id.y + 1u) * ROWS, params.frame.y);
    for (var y = id.y * ROWS; y < end; y++) {
        let centre = origin.y + (f32(y) + 0.5) * s.y;
        let wanted = i32(first_of(centre, s.y));
        for (; top < wanted; top++) {
            first = second;
            second = third;
            third = fourth;
            fourth = across(top + 4, a, b, c, d);
        }
        let w = weights(f32(top) + STEPS + 0.5 - centre, s.y);
        let sum = w.x * first + w.y * second + w.z * third + w.w * fourth;
        let codes = vec4u(clamp(floor(sum + 0.5), vec4f(0.0), vec4f(255.0)));
        packed[y * width + id.x] = codes.x | (codes.y << 8u) | (codes.z << 16u) | (codes.w << 24u);
    }
}
