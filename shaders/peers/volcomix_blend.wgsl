// For comparison: Volcomix's blend of the person over the blurred background.
// in:  frame R'G'B' 0..1; refined mask; blurred background at half size
// out: mix(background, frame, ss(.5, .75, m)) in 8 bits: what its canvas shows
// Source: Volcomix's virtual-background, coverage (0.5, 0.75).

@group(0) @binding(0) var frame: texture_2d<f32>;
@group(0) @binding(1) var mask: texture_2d<f32>;
@group(0) @binding(2) var background: texture_2d<f32>;
@group(0) @binding(3) var linear: sampler;
@group(0) @binding(4) var canvas: texture_storage_2d<rgba8unorm, write>;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(frame);
    if any(id.xy >= size) { return; }
    let at = (vec2f(id.xy) + 0.5) / vec2f(size);
    let coverage = smoothstep(0.5, 0.75, textureLoad(mask, id.xy, 0).r);
    let behind = textureSampleLevel(background, linear, at, 0.0).rgb;
    textureStore(canvas, id.xy, vec4f(mix(behind, textureLoad(frame, id.xy, 0).rgb, coverage), 1.0));
}
