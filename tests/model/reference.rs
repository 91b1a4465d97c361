//! TensorFlow Lite's operators as plain f64 loops over NHWC, written from its reference kernels.

/// `[1, h, w, c]`.
#[derive(Clone, Debug)]
pub struct Value {
    pub h: usize,
    pub w: usize,
    pub c: usize,
    pub data: Vec<f64>,
}

impl Value {
    pub fn from_fn(h: usize, w: usize, c: usize, f: impl Fn(usize, usize, usize) -> f64) -> Self {
        let data = (0..h * w * c).map(|i| f(i / (w * c), i / c % w, i % c)).collect();
        Self { h, w, c, data }
    }

    pub fn at(&self, y: usize, x: usize, c: usize) -> f64 {
        self.data[(y * self.w + x) * self.c + c]
    }

    /// Zero outside.
    fn padded(&self, y: isize, x: isize, c: usize) -> f64 {
        let inside = (0..self.h as isize).contains(&y) && (0..self.w as isize).contains(&x);
        if inside { self.at(y as usize, x as usize, c) } else { 0.0 }
    }

    pub fn shape(&self) -> [usize; 4] {
        [1, self.h, self.w, self.c]
    }

    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self { data: self.data.iter().copied().map(f).collect(), ..*self }
    }
}

/// A window. Pairs are (height, width).
#[derive(Clone, Copy)]
pub struct Window {
    pub size: [usize; 2],
    pub stride: [usize; 2],
    pub dilation: [usize; 2],
    pub same: bool,
    /// Puts the odd row and column of SAME before instead of after: wrong, for controls.
    pub flipped: bool,
}

impl Window {
    /// (number of outputs, padding before) along an axis of length n.
    fn axis(&self, axis: usize, n: usize) -> (usize, usize) {
        let (s, reach) = (self.stride[axis], (self.size[axis] - 1) * self.dilation[axis] + 1);
        if !self.same {
            return ((n - reach) / s + 1, 0);
        }
        let out = n.div_ceil(s);
        let total = ((out - 1) * s + reach).saturating_sub(n);
        (out, if self.flipped { total.div_ceil(2) } else { total / 2 })
    }

    fn sum(&self, x: &Value, channels: usize, term: impl Fn([isize; 2], [usize; 2], usize) -> f64) -> Value {
        let ((h, top), (w, left)) = (self.axis(0, x.h), self.axis(1, x.w));
        Value::from_fn(h, w, channels, |y, x, o| {
            let mut sum = 0.0;
            for fy in 0..self.size[0] {
                for fx in 0..self.size[1] {
                    let sy = (y * self.stride[0] + fy * self.dilation[0]) as isize - top as isize;
                    let sx = (x * self.stride[1] + fx * self.dilation[1]) as isize - left as isize;
                    sum += term([sy, sx], [fy, fx], o);
                }
            }
            sum
        })
    }
}

/// CONV_2D, weights OHWI.
pub fn conv(x: &Value, weights: &[f64], bias: &[f64], window: Window) -> Value {
    let [kh, kw] = window.size;
    let sum = window.sum(x, bias.len(), |[y, xx], [fy, fx], o| {
        (0..x.c).map(|c| x.padded(y, xx, c) * weights[((o * kh + fy) * kw + fx) * x.c + c]).sum()
    });
    add_bias(&sum, bias)
}

/// DEPTHWISE_CONV_2D, weights 1HWC with C = channels · multiplier.
pub fn depthwise(x: &Value, weights: &[f64], bias: &[f64], window: Window) -> Value {
    let (out, multiplier) = (bias.len(), bias.len() / x.c);
    let sum = window.sum(x, out, |[y, xx], [fy, fx], o| {
        x.padded(y, xx, o / multiplier) * weights[(fy * window.size[1] + fx) * out + o]
    });
    add_bias(&sum, bias)
}

fn add_bias(x: &Value, bias: &[f64]) -> Value {
    Value::from_fn(x.h, x.w, x.c, |y, xx, c| x.at(y, xx, c) + bias[c])
}

/// AVERAGE_POOL_2D: samples outside do not count.
pub fn average_pool(x: &Value, window: Window) -> Value {
    let total = window.sum(x, x.c, |[y, xx], _, c| x.padded(y, xx, c));
    let ones = Value::from_fn(x.h, x.w, x.c, |_, _, _| 1.0);
    let inside = window.sum(x, x.c, |[y, xx], _, c| ones.padded(y, xx, c));
    Value::from_fn(total.h, total.w, total.c, |y, x, c| total.at(y, x, c) / inside.at(y, x, c))
}

/// Convolution2DTransposeBias, weights OHWI: starts from the bias and adds each sample to a window of
/// outputs.
pub fn transpose_conv(
    x: &Value,
    weights: &[f64],
    bias: &[f64],
    size: [usize; 2],
    stride: [usize; 2],
    same: bool,
) -> Value {
    let axis = |n: usize, k: usize, s: usize| {
        let pad = if same { (k as isize - ((n as isize - 1) % s as isize) - 1).max(0) as usize } else { 0 };
        (s * (n - 1) + k - pad, pad / 2)
    };
    let ((h, top), (w, left)) = (axis(x.h, size[0], stride[0]), axis(x.w, size[1], stride[1]));
    let mut out = Value::from_fn(h, w, bias.len(), |_, _, o| bias[o]);
    for y in 0..x.h {
        for xx in 0..x.w {
            for fy in 0..size[0] {
                for fx in 0..size[1] {
                    let (Some(oy), Some(ox)) =
                        ((y * stride[0] + fy).checked_sub(top), (xx * stride[1] + fx).checked_sub(left))
                    else {
                        continue;
                    };
                    if oy >= h || ox >= w {
                        continue;
                    }
                    for o in 0..bias.len() {
                        let tap = ((o * size[0] + fy) * size[1] + fx) * x.c;
                        let dot: f64 = (0..x.c).map(|c| x.at(y, xx, c) * weights[tap + c]).sum();
                        out.data[(oy * w + ox) * bias.len() + o] += dot;
                    }
                }
            }
        }
    }
    out
}

/// RESIZE_BILINEAR.
pub fn resize(x: &Value, h: usize, w: usize, align_corners: bool) -> Value {
    let tap = |i: usize, n: usize, m: usize| {
        let at = match align_corners {
            true if m > 1 => i as f64 * (n - 1) as f64 / (m - 1) as f64,
            true => 0.0,
            false => (i as f64 + 0.5) * n as f64 / m as f64 - 0.5,
        };
        let low = at.floor().max(0.0);
        (low as usize, (at.ceil().max(0.0) as usize).min(n - 1), at - low)
    };
    Value::from_fn(h, w, x.c, |y, xx, c| {
        let ((y0, y1, fy), (x0, x1, fx)) = (tap(y, x.h, h), tap(xx, x.w, w));
        let row = |y| x.at(y, x0, c) * (1.0 - fx) + x.at(y, x1, c) * fx;
        row(y0) * (1.0 - fy) + row(y1) * fy
    })
}

/// ADD or MUL; axes of length 1 are broadcast.
pub fn binary(a: &Value, b: &Value, f: impl Fn(f64, f64) -> f64) -> Value {
    let pick = |v: &Value, y: usize, x: usize, c: usize| v.at(y.min(v.h - 1), x.min(v.w - 1), c.min(v.c - 1));
    Value::from_fn(a.h.max(b.h), a.w.max(b.w), a.c.max(b.c), |y, x, c| f(pick(a, y, x, c), pick(b, y, x, c)))
}

pub fn hard_swish(x: f64) -> f64 {
    x * (x + 3.0).clamp(0.0, 6.0) / 6.0
}

pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
