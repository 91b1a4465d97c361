// The guided solve: the linear function p = a.I + b that fits a window best, and how well it fits.
// Source: He, Sun, Tang, Guided Image Filtering (2010), eq. 14-16, colour guide.

// A symmetric 3x3 matrix.
struct Symmetric {
    diagonal: vec3f,  // xx yy zz
    mixed: vec3f,     // xy xz yz
}

// By the factors S = L D L': the determinant of a nearly flat colour cloud would lose all its digits.
fn inverse(s: Symmetric) -> Symmetric {
    let d1 = s.diagonal.x;
    let l21 = s.mixed.x / d1;
    let l31 = s.mixed.y / d1;
    let d2 = s.diagonal.y - l21 * s.mixed.x;
    let t = s.mixed.z - l21 * s.mixed.y;
    let l32 = t / d2;
    let d3 = s.diagonal.z - l31 * s.mixed.y - l32 * t;
    let m = l21 * l32 - l31;
    let xx = 1.0 / d1 + l21 * l21 / d2 + m * m / d3;
    let yy = 1.0 / d2 + l32 * l32 / d3;
    let mixed = vec3f(-l21 / d2 - l32 * m / d3, m / d3, -l32 / d3);
    return Symmetric(vec3f(xx, yy, 1.0 / d3), mixed);
}

fn apply(s: Symmetric, v: vec3f) -> vec3f {
    return vec3f(
        dot(vec3f(s.diagonal.x, s.mixed.xy), v),
        dot(vec3f(s.mixed.x, s.diagonal.y, s.mixed.z), v),
        dot(vec3f(s.mixed.yz, s.diagonal.z), v),
    );
}

// R2: the share of p's variance that the function explains, 0..1. The 1e-4 makes a flat p count as explained.
fn explained(a: vec3f, covariance: vec3f, variance: f32) -> f32 {
    return clamp((dot(a, covariance) + 1e-4) / (variance + 1e-4), 0.0, 1.0);
}

// Reflects at the edges, repeating the edge texel: ... 1 0 | 0 1 ... n-1 | n-1 n-2 ...
fn reflect_into(at: vec2i, size: vec2i) -> vec2i {
    // Two reflections suffice from -2 n to 4 n; no window reaches farther.
    let once = reflected_once(at, size);
    return clamp(reflected_once(once, size), vec2i(0), size - 1);
}

// Below 0: -1 - x; above n - 1: 2 n - 1 - x.
fn reflected_once(at: vec2i, size: vec2i) -> vec2i {
    let from_zero = at ^ (at >> vec2u(31u));
    return min(from_zero, 2 * size - 1 - from_zero);
}

const SATURATION = 0.00390625; // a 256th

// The mask as a solve reads it: a 256th at either end counts as 0 and as 1. The difference is invisible,
// since alpha is the smoothstep of it, and where all is 0 or 1 nothing is left to compute.
fn saturated(p: f32) -> f32 {
    return clamp((p - SATURATION) / (1.0 - 2.0 * SATURATION), 0.0, 1.0);
}
