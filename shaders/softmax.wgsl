// The model's output as a person probability.
// in:  f32 [1,h,w,channels] (NHWC): probability, logit, or a logit for each class
// out: [h,w] person probability 0..1
// What is not a number counts as room: nobody is shown by accident.

const PROBABILITY = 0u;
const LOGIT = 1u;

struct Params {
    channels: u32,
    person: u32,   // index of the person class
    kind: u32,     // PROBABILITY, LOGIT, else softmax
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var probability: texture_storage_2d<r32float, write>;
@group(0) @binding(2) var<uniform> params: Params;

// Bits, not comparisons: a compiler may assume that no float is NaN.
fn is_finite(v: f32) -> bool {
    return (bitcast<u32>(v) & 0x7f800000u) != 0x7f800000u;
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(probability);
    if any(id.xy >= size) { return; }
    let first = (id.y * size.x + id.x) * params.channels;
    let own = logits[first + params.person];
    var finite = is_finite(own);
    var p = own;
    if params.kind == LOGIT {
        p = 1.0 / (1.0 + exp(clamp(-own, -80.0, 80.0)));
    } else if params.kind != PROBABILITY {
        // softmax = 1 / sum exp(l - own): no overflow below 80, and nothing but 0 above.
        var sum = 0.0;
        for (var c = 0u; c < params.channels; c++) {
            let logit = logits[first + c];
            finite = finite && is_finite(logit);
            sum += exp(clamp(logit - own, -80.0, 80.0));
        }
        p = 1.0 / sum;
    }
    textureStore(probability, id.xy, vec4f(select(0.0, clamp(p, 0.0, 1.0), finite), 0.0, 0.0, 0.0));
}
