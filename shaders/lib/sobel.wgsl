// The slope of luma: Sobel's operator. The including shader defines luma_at(at), in codes.
// Source: Sobel and Feldman, A 3x3 isotropic gradient operator (1968).

// In luma a pixel: 1 is a step from black to white, and no slope exceeds 1.42. `white` is the number of codes
// from black to white.
fn slope(at: vec2i, white: f32) -> f32 {
    let a = luma_at(at + vec2i(-1, -1));
    let b = luma_at(at + vec2i(0, -1));
    let c = luma_at(at + vec2i(1, -1));
    let d = luma_at(at + vec2i(-1, 0));
    let f = luma_at(at + vec2i(1, 0));
    let g = luma_at(at + vec2i(-1, 1));
    let h = luma_at(at + vec2i(0, 1));
    let i = luma_at(at + vec2i(1, 1));
    let x = c + 2.0 * f + i - a - 2.0 * d - g;
    let y = g + 2.0 * h + i - a - 2.0 * b - c;
    return length(vec2f(x, y)) / (4.0 * white);
}
