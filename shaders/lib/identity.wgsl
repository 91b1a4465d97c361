// Stands for the user's text where the house around it is looked at by itself.

fn begin() {}

fn effect(in: Input) -> vec3f {
    if spent(1u) { return vec3f(luma(person_at(in.uv))); }
    return in.frame;
}
