// Person probability from the model's output.
// in:  f32 [1,h,w,channels] (NHWC): probability, logit, or a logit for each class
// out: [h,w] person probability 0..1; not a number and below a millionth: 0 (lib/person.wgsl)

const PROBABILITY = 0u;
const LOGIT = 1u;
const BACKGROUND = 3u;

struct Params {
    channels: u32,
    person: u32,   // index of the person class, or of the background
    kind: u32,     // PROBABILITY, LOGIT, BACKGROUND, else softmax
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var probability: texture_storage_2d<r32float, write>;
@group(0) @binding(2) var<storage, read> params: Params;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(probability);
    if any(id.xy >= size) { return; }
    let first = (id.y * size.x + id.x) * params.channels;
    let own = logits[first + params.person];
    var finite = is_finite(own);
    var p = own;
    if params.kind == LOGIT {
        p = 1.0 / (1.0 + odds(-own));
    } else if params.kind != PROBABILITY {
        // softmax = 1 / sum exp(l - own)
        var sum = 0.0;
        for (var c = 0u; c < params.channels; c++) {
            let logit = logits[first + c];
            finite = finite && is_finite(logit);
            sum += odds(logit - own);
        }
        p = 1.0 / sum;
        if params.kind == BACKGROUND { p = foreground(p); }
    }
    textureStore(probability, id.xy, vec4f(person_or_background(p, finite), 0.0, 0.0, 0.0));
}
