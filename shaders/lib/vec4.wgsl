// Four YUYV words at once, which is how memory is read fastest (llvmpipe idiom 9), for frames whose rows are
// whole fours of words. The left pixels of the words form one vector, the right ones another. lib/scalar.wgsl
// defines the same names for a single word.

const WORDS = 4u;
alias U = vec4u;
alias F = vec4f;
const WORD_INDEX = vec4f(0.0, 1.0, 2.0, 3.0);

fn first_of(words: U) -> u32 { return words.x; }
fn last_of(words: U) -> u32 { return words.w; }
fn neighbours_before(before: u32, words: U) -> U { return vec4u(before, words.xyz); }
fn neighbours_after(words: U, after: u32) -> U { return vec4u(words.yzw, after); }

// Twice as many words of a row: the even ones and the odd ones.
struct Neighbours {
    even: U,
    odd: U,
}

fn neighbours(first: U, second: U) -> Neighbours {
    return Neighbours(vec4u(first.xz, second.xz), vec4u(first.yw, second.yw));
}

// The inverse: the words in their order.
fn side_by_side(n: Neighbours) -> array<U, 2> {
    return array<U, 2>(vec4u(n.even.x, n.odd.x, n.even.y, n.odd.y), vec4u(n.even.z, n.odd.z, n.even.w, n.odd.w));
}

// Of a value that all lanes have.
fn lane_of(v: F) -> f32 { return v.x; }

// The sums of the first two words and of the last two.
fn folded(v: F) -> vec2f { return v.xz + v.yw; }
