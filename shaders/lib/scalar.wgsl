// One YUYV word at a time, for frames whose rows are not whole fours of words: see lib/vec4.wgsl.

const WORDS = 1u;
alias U = u32;
alias F = f32;
const WORD_INDEX = 0.0;

fn first_of(words: U) -> u32 { return words; }
fn last_of(words: U) -> u32 { return words; }
fn neighbours_before(before: u32, words: U) -> U { return before; }
fn neighbours_after(words: U, after: u32) -> U { return after; }

struct Neighbours {
    even: U,
    odd: U,
}

fn neighbours(first: U, second: U) -> Neighbours { return Neighbours(first, second); }
fn side_by_side(n: Neighbours) -> array<U, 2> { return array<U, 2>(n.even, n.odd); }
fn lane_of(v: F) -> f32 { return v; }
fn folded(v: F) -> vec2f { return vec2f(v, 0.0); }
