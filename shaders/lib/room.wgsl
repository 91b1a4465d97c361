// What is known of the room behind the person: docs/PICTURE.md, "The learnt room". `cells` has for each texel
// of the mask the room's mean R'G'B' under a gain of 1, and its variance V; `counts` how often it was seen.

// One for the whole room; all are 0 at first.
struct Status {
    gain: vec3f,     // of the camera, against the frames that the room was learnt from; 0: not known yet, as 1
    bad: f32,        // frames in a row with many odd cells
    forget: f32,     // 1: in this frame, nothing that was learnt counts
    resets: f32,     // how often that was so
    odd: f32,        // share of the visible cells that differ from the room
    textured: f32,   // the same of those with texture around
    known: f32,      // share of all cells that are known
    frame: f32,      // frames since the start, modulo 4
    ask: f32,        // 1: somebody says that nobody is in the picture
    person: f32,     // share of the cells in which the frame before had a person
    doubt: f32,      // frames since the room was put back from a file, until frames confirm it; 0: not in doubt
    agreed: f32,     // frames running that confirmed it
    age: f32,        // frames since all was forgotten, or since the start
}

const KNOWN = 3u;        // frames until a cell is known
const MOST = 32u;        // frames of the mean
const UNTRUSTED = 2.0;   // frames until a cell begins to be trusted
const TRUST_GROWS = 6.0; // frames more until it is trusted in full

// A count: frames seen in the lower 8 bits, then how many in a row nobody was near, and whether the cell was
// learnt in this frame.
fn seen(count: u32) -> u32 { return count & 0xffu; }
fn run(count: u32) -> u32 { return (count >> 8u) & 0xffu; }
fn was_learnt(count: u32) -> bool { return (count >> 16u) != 0u; }
fn is_known(count: u32) -> bool { return seen(count) >= KNOWN; }

// How far a cell's colour may be shown or taken away, 0..1: it grows over some frames, so that nothing flashes, and is
// 0 in doubt.
fn trust(count: u32, doubt: f32) -> f32 {
    return select(0.0, clamp((f32(seen(count)) - UNTRUSTED) / TRUST_GROWS, 0.0, 1.0), doubt == 0.0);
}

fn gain_of(gain: vec3f) -> vec3f { return select(vec3f(1.0), gain, gain > vec3f(0.0)); }
