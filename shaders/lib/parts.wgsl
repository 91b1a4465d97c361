// A pixel as what it is made of: I = alpha person + (1 - alpha) room.

// The person alone: PICTURE step 10, divided by alpha. `behind` is an estimate of the room.
fn person_of(colour: vec3f, behind: vec3f, a: f32) -> vec3f {
    let person = clamp(colour - (1.0 - a) * behind, vec3f(0.0), vec3f(a));
    return select(colour, person / max(a, 1e-6), a > 0.0);
}

// The room alone: what the person leaves of the pixel.
fn background_of(colour: vec3f, person: vec3f, a: f32) -> vec3f {
    return select(colour, (colour - a * person) / max(1.0 - a, 1e-6), a < 1.0);
}
