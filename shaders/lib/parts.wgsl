// Splits a pixel into its parts: I = alpha person + (1 - alpha) background.

// The person alone: P of docs/PICTURE.md, step 10, divided by alpha. `behind` is an estimate of the
// background.
fn person_of(colour: vec3f, behind: vec3f, a: f32) -> vec3f {
    let person = clamp(colour - (1.0 - a) * behind, vec3f(0.0), vec3f(a));
    return select(colour, person / max(a, 1e-6), a > 0.0);
}

// The background alone: what the person leaves of the pixel.
fn background_of(colour: vec3f, person: vec3f, a: f32) -> vec3f {
    return select(colour, (colour - a * person) / max(1.0 - a, 1e-6), a < 1.0);
}
