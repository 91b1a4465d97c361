// The denoised frames before, kept more finely than in codes: two halves of `words` entries, of which `half`
// says which one holds the last frame. An entry is a pair of pixels:
//   x: 16 Y0 in 12 bits, 16 Y1 in 12 bits, 8 age in 8 bits, the lowest first;  y: 256 Cb, 256 Cr in 16 bits each
// Age: how many frames the means stand for; 0: nothing is known. Also reads `yuyv`.

struct Past {
    luma: vec2f,     // codes, of the left and the right pixel
    chroma: vec2f,   // Cb, Cr
    age: f32,
}

fn past_of(entry: vec2u) -> Past {
    return Past(
        vec2f(vec2u(entry.x, entry.x >> 12u) & vec2u(0xfffu)) / 16.0,
        vec2f(vec2u(entry.y, entry.y >> 16u) & vec2u(0xffffu)) / 256.0,
        f32(entry.x >> 24u) / 8.0,
    );
}

fn entry_of(past: Past) -> vec2u {
    let luma = vec2u(floor(16.0 * clamp(past.luma, vec2f(0.0), vec2f(255.0)) + 0.5));
    let chroma = vec2u(floor(256.0 * clamp(past.chroma, vec2f(0.0), vec2f(255.0)) + 0.5));
    let age = u32(floor(8.0 * past.age + 0.5));
    return vec2u(luma.x | (luma.y << 12u) | (age << 24u), chroma.x | (chroma.y << 16u));
}

// A row of three words around word x of row y, and its history; beyond the edge the edge's word repeats.
struct Row {
    luma: vec4f,        // Y' of pixels -1, 0, 1 and 2 of the word in the middle
    cb: vec3f,          // of the three words
    cr: vec3f,
    luma_change: vec4f, // less the history's
    cb_change: vec3f,
    cr_change: vec3f,
    past: Past,         // of the word in the middle
}

fn row_at(x: u32, y: i32, size: vec2u, half: u32) -> Row {
    let start = u32(clamp(y, 0, i32(size.y) - 1)) * size.x;
    let before = start + max(x, 1u) - 1u;
    let here = start + x;
    let after = start + min(x + 1u, size.x - 1u);
    let a = bytes_of(yuyv[before]);
    let b = bytes_of(yuyv[here]);
    let c = bytes_of(yuyv[after]);
    let base = half * size.x * size.y;
    let past_a = past_of(history[base + before]);
    let past_b = past_of(history[base + here]);
    let past_c = past_of(history[base + after]);
    let luma = vec4f(a.z, b.x, b.z, c.x);
    let cb = vec3f(a.y, b.y, c.y);
    let cr = vec3f(a.w, b.w, c.w);
    return Row(
        luma, cb, cr,
        luma - vec4f(past_a.luma.y, past_b.luma, past_c.luma.x),
        cb - vec3f(past_a.chroma.x, past_b.chroma.x, past_c.chroma.x),
        cr - vec3f(past_a.chroma.y, past_b.chroma.y, past_c.chroma.y),
        past_b,
    );
}

// How a word differs from its history, in its surroundings: 4x3 pixels of luma, 3x3 chromas.
struct Change {
    luma: f32,       // mean of the differences
    scatter: f32,    // mean of their magnitudes
    chroma: vec2f,   // means of the differences of Cb and Cr
}

fn change_of(a: Row, b: Row, c: Row) -> Change {
    let four = vec4f(1.0 / 12.0);
    let three = vec3f(1.0 / 9.0);
    return Change(
        dot(a.luma_change + b.luma_change + c.luma_change, four),
        dot(abs(a.luma_change) + abs(b.luma_change) + abs(c.luma_change), four),
        vec2f(dot(a.cb_change + b.cb_change + c.cb_change, three), dot(a.cr_change + b.cr_change + c.cr_change, three)),
    );
}

// The deviation of a frame's sample from the mean of `age` frames, in deviations of one frame.
fn spread(age: f32) -> f32 {
    return sqrt(1.0 + 1.0 / max(age, 0.125));
}
