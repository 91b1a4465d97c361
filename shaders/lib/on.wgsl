// What an effect is for.

const PERSON = 0u;
const BACKGROUND = 1u;
const ALL = 2u;

// How much of a pixel that is.
fn share(on: u32, a: f32) -> f32 {
    if on == PERSON { return a; }
    if on == BACKGROUND { return 1.0 - a; }
    return 1.0;
}
