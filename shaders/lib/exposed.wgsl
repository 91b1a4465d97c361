// A small picture as the model's input; `by` is gain, scale, offset and the bound of the exposed value.
fn exposed(rgb: vec3f, by: vec4f) -> vec3f {
    return by.y * clamp(by.x * rgb, vec3f(1.0 - by.w), vec3f(by.w)) + by.z;
}
