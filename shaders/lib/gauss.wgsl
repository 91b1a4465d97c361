// Eight neighbouring sums of a Gaussian at once: each texel read serves all of them. The including shader
// defines source(at), which reads a texel.

const VEC4S = 256;

struct Kernel {
    radius: i32,
    vec4s: i32,        // vec4s of weights in use, padded with zeros: enough for radius * 2 + 8 texels
    padding: vec2i,
    weights: array<vec4f, VEC4S>,   // from the texel `radius` before the sum's own on
}

// The sums at `at` and at the seven texels after it along `along`.
fn eight_sums(at: vec2i, along: vec2i) -> array<vec4f, 8> {
    var sum = array<vec4f, 8>();
    var one = vec4f(0.0); // the weights of the last iteration
    var two = vec4f(0.0); // and of the one before
    for (var q = 0; q < kernel.vec4s; q++) {
        let w = kernel.weights[q];
        let first = at + (4 * q - kernel.radius) * along;
        let a = source(first);
        let b = source(first + along);
        let c = source(first + 2 * along);
        let d = source(first + 3 * along);
        sum[0] += w.x * a + w.y * b + w.z * c + w.w * d;
        sum[1] += one.w * a + w.x * b + w.y * c + w.z * d;
        sum[2] += one.z * a + one.w * b + w.x * c + w.y * d;
        sum[3] += one.y * a + one.z * b + one.w * c + w.x * d;
        sum[4] += one.x * a + one.y * b + one.z * c + one.w * d;
        sum[5] += two.w * a + one.x * b + one.y * c + one.z * d;
        sum[6] += two.z * a + two.w * b + one.x * c + one.y * d;
        sum[7] += two.y * a + two.z * b + two.w * c + one.x * d;
        two = one;
        one = w;
    }
    return sum;
}
