// Samples a plane, whose texels are `side` pixels each way, for a strip of YUYV words, by a quadratic
// B-spline through the texels' centres, which shows no edges where bilinear interpolation does. All rows of a
// strip lie in one row of texels and use the same three rows, so from one row of pixels to the next a sample
// is a polynomial of degree two.

// Three channels of several pixels.
struct Three {
    a: F,
    b: F,
    c: F,
}

// Samples at the left and the right pixels of the words.
struct Sample {
    left: Three,
    right: Three,
}

// constant + t (linear + t quadratic), with t in -1/2..1/2 from the upper edge of the row of texels to the
// lower.
struct Curve {
    constant: Sample,
    linear: Sample,
    quadratic: Sample,
}

// The curve for the words whose first pixel is `x`, in row `row` of a plane of `size` texels of `side`
// pixels. The including shader defines texel(what, at).
fn curve_of(what: u32, size: vec2u, side: u32, x: u32, row: u32) -> Curve {
    let end = vec2i(size) - 1;
    let rows = clamp(i32(row) + vec3i(-1, 0, 1), vec3i(0), vec3i(end.y));
    let first = i32(x / side) - 1;
    let step = 1.0 / f32(side);
    let left = step * (f32(x % side) + 0.5 + 2.0 * WORD_INDEX) + 0.5; // positions of the left pixels, in texels from the first one's centre
    var curve = Curve();
    // llvmpipe idiom 4
    curve = with_column(curve, what, vec4i(rows, clamp(first, 0, end.x)), spline(left), spline(left + step));
    curve = with_column(curve, what, vec4i(rows, clamp(first + 1, 0, end.x)), spline(left - 1.0), spline(left + step - 1.0));
    curve = with_column(curve, what, vec4i(rows, clamp(first + 2, 0, end.x)), spline(left - 2.0), spline(left + step - 2.0));
    if side < 2u * WORDS { // a strip of four words spans two texels
        curve = with_column(curve, what, vec4i(rows, clamp(first + 3, 0, end.x)), spline(left - 3.0), spline(left + step - 3.0));
    }
    return curve;
}

// The weight of a texel at distance t: 3/4 - t^2 within half a texel, (3/2 - |t|)^2 / 2 within one and a
// half.
fn spline(t: F) -> F {
    let far = max(1.5 - abs(t), F(0.0));
    let near = max(0.5 - abs(t), F(0.0));
    return 0.5 * far * far - 1.5 * near * near;
}

fn with_column(curve: Curve, what: u32, place: vec4i, left: F, right: F) -> Curve {
    let a = texel(what, place.wx);
    let b = texel(what, place.wy);
    let c = texel(what, place.wz);
    let constant = 0.125 * (a + c) + 0.75 * b;
    let linear = 0.5 * (c - a);
    let quadratic = 0.5 * (a + c) - b;
    return Curve(
        plus(curve.constant, left, right, constant), plus(curve.linear, left, right, linear), plus(curve.quadratic, left, right, quadratic),
    );
}

fn plus(sum: Sample, left: F, right: F, v: vec3f) -> Sample {
    return Sample(
        Three(sum.left.a + left * v.x, sum.left.b + left * v.y, sum.left.c + left * v.z),
        Three(sum.right.a + right * v.x, sum.right.b + right * v.y, sum.right.c + right * v.z),
    );
}

fn sample_at(curve: Curve, t: f32) -> Sample {
    return Sample(
        evaluate(curve.constant.left, curve.linear.left, curve.quadratic.left, t),
        evaluate(curve.constant.right, curve.linear.right, curve.quadratic.right, t),
    );
}

fn evaluate(constant: Three, linear: Three, quadratic: Three, t: f32) -> Three {
    return Three(constant.a + t * (linear.a + t * quadratic.a), constant.b + t * (linear.b + t * quadratic.b), constant.c + t * (linear.c + t * quadratic.c));
}
