// What an effect is for.

const PERSON = 0u;
const BACKGROUND = 1u;
const ALL = 2u;

// How much of a pixel that is.
fn target_share(target_index: u32, a: f32) -> f32 {
    if target_index == PERSON { return a; }
    if target_index == BACKGROUND { return 1.0 - a; }
    return 1.0;
}
