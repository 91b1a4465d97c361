// For comparison: Volcomix's person probability, in the 8 bits that it stores.
// in:  the model's output [h,w,c]: background and person logits, or the probability itself
// out: probability 0..1 in 8 bits, at the model's size; red
// Source: Volcomix's virtual-background; the softmax of two is sigmoid(p - b).

@group(0) @binding(0) var<storage, read> answer: array<f32>;
@group(0) @binding(1) var mask: texture_storage_2d<rgba8unorm, write>;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(mask);
    if any(id.xy >= size) { return; }
    let i = id.y * size.x + id.x;
    var p = 0.0;
    if arrayLength(&answer) == 2u * size.x * size.y {
        p = 1.0 / (1.0 + exp(answer[2u * i] - answer[2u * i + 1u]));
    } else {
        p = answer[i];
    }
    textureStore(mask, id.xy, vec4f(p, 0.0, 0.0, 1.0));
}
