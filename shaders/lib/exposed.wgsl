// How the model sees a small picture: gain, scale, offset, and the bound of what is exposed.
fn exposed(rgb: vec3f, by: vec4f) -> vec3f {
    return by.y * clamp(by.x * rgb, vec3f(1.0 - by.w), vec3f(by.w)) + by.z;
}
