// Stands for the user's shader where the prelude around it is validated by itself.

fn begin() {}

fn effect(in: Input) -> vec3f {
    if spent(1u) { return vec3f(luma(person_at(in.uv))); }
    return in.frame;
}
