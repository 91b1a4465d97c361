// The guided solve: the line p = a.I + b that fits a window best, and how well it does.
// Source: He, Sun, Tang, Guided Image Filtering (2010), eq. 14-16, colour guide.

// A symmetric 3x3 matrix.
struct Symmetric {
    diagonal: vec3f,  // xx yy zz
    mixed: vec3f,     // xy xz yz
}

fn inverse(s: Symmetric) -> Symmetric {
    let d = s.diagonal;
    let m = s.mixed;
    let xx = d.y * d.z - m.z * m.z;
    let xy = m.y * m.z - m.x * d.z;
    let xz = m.x * m.z - m.y * d.y;
    let det = d.x * xx + m.x * xy + m.y * xz;
    let yy = d.x * d.z - m.y * m.y;
    let yz = m.x * m.y - d.x * m.z;
    let zz = d.x * d.y - m.x * m.x;
    return Symmetric(vec3f(xx, yy, zz) / det, vec3f(xy, xz, yz) / det);
}

fn apply(s: Symmetric, v: vec3f) -> vec3f {
    return vec3f(
        dot(vec3f(s.diagonal.x, s.mixed.xy), v),
        dot(vec3f(s.mixed.x, s.diagonal.y, s.mixed.z), v),
        dot(vec3f(s.mixed.yz, s.diagonal.z), v),
    );
}

// Share of p's variance that the line explains, 0..1. The 1e-4 makes a flat p count as explained.
fn explained(a: vec3f, covariance: vec3f, variance: f32) -> f32 {
    return clamp((dot(a, covariance) + 1e-4) / (variance + 1e-4), 0.0, 1.0);
}

// Reflected edges, the edge texel twice: ... 1 0 | 0 1 ... n-1 | n-1 n-2 ...
fn reflect_into(at: vec2i, size: vec2i) -> vec2i {
    let turn = ((at % (2 * size)) + 2 * size) % (2 * size);
    return min(turn, 2 * size - 1 - turn);
}
