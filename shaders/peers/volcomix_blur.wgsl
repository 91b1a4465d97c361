// For comparison: one direction of Volcomix's blur of the background, at half of the frame's size.
// in:  picture R'G'B' 0..1, of the frame's size or of half; refined mask at the frame's size
// out: sum w (1 - m) I + (1 - sum w (1 - m)) I0, with I0 the texel itself, which fills what the person covers
// Source: Volcomix's virtual-background: five weights, the linear filter of a WebGL texture, edges clamped.

struct Params {
    along: vec2f,     // (1,0) or (0,1)
    padding: vec2f,
}

@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var mask: texture_2d<f32>;
@group(0) @binding(2) var linear: sampler;
@group(0) @binding(3) var blurred: texture_storage_2d<rgba8unorm, write>;
@group(0) @binding(4) var<uniform> params: Params;

fn weighed(at: vec2f, weight: f32) -> vec4f {
    let share = weight * (1.0 - textureSampleLevel(mask, linear, at, 0.0).r);
    return share * vec4f(textureSampleLevel(picture, linear, at, 0.0).rgb, 1.0);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(blurred);
    if any(id.xy >= size) { return; }
    var weights = array<f32, 5>(0.2270270270, 0.1945945946, 0.1216216216, 0.0540540541, 0.0162162162);
    let at = (vec2f(id.xy) + 0.5) / vec2f(size);
    let texel = params.along / vec2f(size);
    var sum = weighed(at, weights[0]);
    for (var i = 1; i < 5; i++) {
        sum += weighed(at + f32(i) * texel, weights[i]);
        sum += weighed(at - f32(i) * texel, weights[i]);
    }
    let own = textureSampleLevel(picture, linear, at, 0.0).rgb;
    textureStore(blurred, id.xy, vec4f(sum.rgb + (1.0 - sum.a) * own, 1.0));
}
