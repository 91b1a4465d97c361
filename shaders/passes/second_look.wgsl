// The mask of the whole frame, and inside the person's box what a second model saw there.
// in:  mask p 0..1 over the frame; close p 0..1 over the box; box (person_box.wgsl); agreed, of the frame before
// out: p 0..1 over the frame: sigmoid((1 - k) logit(mask) + k logit(close)) with
//      k = WEIGHT smoothstep(0, RAMP, d), d the distance from the box's nearest edge in texels of the mask; edges on
//      the frame's own do not count.  The mask where k is 0, and everywhere in a frame that is looked at once
//      agreed, for the next frame: 1 where both p > 1/2; where the mask alone is, 1/4 less than before, at least 0; as
//      before where the mask's p <= 1/2; 0 where k is 0.  Where the mask alone is > 1/2, k is (1 - agreed) times as much:
//      what the second look takes away fades over four frames, so that it does not flicker while that look wavers
// p is clamped to .002 ... .998 before, so what one is sure of is still for the other to doubt. Where both are sure
// of opposite things, the closer look decides: a mean would be nobody's answer. A texel covers several of `close`: the
// mean of four bilinear samples stands for them.
// Measured on real people: docs/PICTURE.md, "A second look".

const WEIGHT = 0.6;
const RAMP = 4.0;
const DOUBT = 0.002;
const FAR = 1e6;
const FADE = 0.25;

struct Params {
    frame: vec2f,       // pixels
}

@group(0) @binding(0) var mask: texture_2d<f32>;
@group(0) @binding(1) var close: texture_2d<f32>;
@group(0) @binding(2) var<storage, read> box: array<f32>;
@group(0) @binding(3) var seen: texture_storage_2d<r32float, write>;
@group(0) @binding(4) var<storage, read_write> agreed: array<f32>;
@group(0) @binding(5) var<storage, read> params: Params;

fn logit(p: f32) -> f32 {
    let clear = clamp(p, DOUBT, 1.0 - DOUBT);
    return log(clear / (1.0 - clear));
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(mask);
    if any(id.xy >= size) { return; }
    let p = textureLoad(mask, id.xy, 0).r;
    let corner = vec2f(box[0], box[1]);
    let opposite = vec2f(box[2], box[3]);
    let texel = params.frame / vec2f(size);
    let at = (vec2f(id.xy) + 0.5) * texel;
    let before = select((at - corner) / texel, vec2f(FAR), corner <= vec2f(0.0));
    let behind = select((opposite - at) / texel, vec2f(FAR), opposite >= params.frame);
    let near = min(before, behind);
    let k = WEIGHT * smoothstep(0.0, RAMP, min(near.x, near.y));
    let i = id.y * size.x + id.x;
    var both = 0.0;
    var mixed = p;
    // A loop, which ends early where no texel needs it (llvmpipe idiom 11).
    for (var left = select(0u, 1u, box[4] > 0.0 && k > 0.0); left > 0u; left--) {
        let scale = vec2f(textureDimensions(close)) / (opposite - corner);
        let q = (at - corner) * scale - 0.5;
        let apart = 0.25 * texel * scale;
        let sum = bilinear(close, q - apart).r + bilinear(close, q + vec2f(apart.x, -apart.y)).r
            + bilinear(close, q + vec2f(-apart.x, apart.y)).r + bilinear(close, q + apart).r;
        let seen_close = 0.25 * sum;
        let is_alone = p > 0.5 && seen_close <= 0.5;
        both = agreed[i];
        if is_alone { both = max(both - FADE, 0.0); }
        if p > 0.5 && !is_alone { both = 1.0; }
        mixed = 1.0 / (1.0 + exp(-mix(logit(p), logit(seen_close), select(k, k * (1.0 - both), is_alone))));
    }
    agreed[i] = both;
    textureStore(seen, id.xy, vec4f(mixed, 0.0, 0.0, 0.0));
}
