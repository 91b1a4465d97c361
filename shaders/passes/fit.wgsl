// Resamples the person probability from the model's grid to the frame, bilinearly.
// in:  [h,w] probability 0..1 over the model's input, of which `content` is the frame
// out: [h,w] probability 0..1 over the frame

struct Params {
    net: vec2f,            // size of the model's input in pixels
    content_at: vec2f,     // where the frame lies in it
    content_size: vec2f,
    corners: u32,          // 1: the first and last samples lie on the input's first and last pixels
    padding: u32,
}

@group(0) @binding(0) var probability: texture_2d<f32>;
@group(0) @binding(1) var fitted: texture_storage_2d<r32float, write>;
@group(0) @binding(2) var<storage, read> params: Params;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(fitted);
    if any(id.xy >= size) { return; }
    let samples = vec2f(textureDimensions(probability));
    let net = params.content_at + (vec2f(id.xy) + 0.5) * params.content_size / vec2f(size); // pixels, edges at integers
    var at = net * samples / params.net - 0.5;
    if params.corners == 1u {
        at = (net - 0.5) * (samples - 1.0) / (params.net - 1.0);
    }
    textureStore(fitted, id.xy, vec4f(bilinear(probability, at).r, 0.0, 0.0, 0.0));
}
