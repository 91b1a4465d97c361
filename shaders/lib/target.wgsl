// The target of an effect: what of the picture it changes.

const PERSON = 0u;
const BACKGROUND = 1u;
const ALL = 2u;

// The target's share of a pixel, 0..1.
fn target_share(target_index: u32, a: f32) -> f32 {
    if target_index == PERSON { return a; }
    if target_index == BACKGROUND { return 1.0 - a; }
    return 1.0;
}
