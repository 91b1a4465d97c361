//! Evaluates a graph in plain f64 loops, written from the definitions in `model::graph`.

use gpucam::internals::model::graph::{
    Activation, Attention, BinaryKind, ConstantTensor, Graph, Node, Op, Sampling, TensorShape, ValueId,
    Window,
};

/// The output of a graph for an input.
pub fn evaluate(graph: &Graph, input: &[f32]) -> Vec<f64> {
    let mut values: Vec<Option<Vec<f64>>> = vec![None; graph.values.len()];
    values[graph.input.0] = Some(input.iter().copied().map(f64::from).collect());
    for node in &graph.nodes {
        let get = |id: &ValueId| {
            let data = values[id.0].as_deref().expect("nodes are in the order they run");
            Map { shape: graph.shape(*id), data }
        };
        let inputs: Vec<_> = node.inputs.iter().map(get).collect();
        let made = apply(node, &inputs, graph.shape(node.output));
        values[node.output.0] = Some(made.into_iter().map(|x| activation(node.activation, x)).collect());
    }
    values[graph.output.0].take().expect("a node makes the output")
}

struct Map<'a> {
    shape: TensorShape,
    data: &'a [f64],
}

impl Map<'_> {
    /// Zero outside.
    fn at(&self, y: isize, x: isize, c: usize) -> f64 {
        let TensorShape { height, width, channels } = self.shape;
        let inside = (0..height as isize).contains(&y) && (0..width as isize).contains(&x);
        if inside { self.data[(y as usize * width + x as usize) * channels + c] } else { 0.0 }
    }
}

fn activation(kind: Activation, x: f64) -> f64 {
    match kind {
        Activation::None => x,
        Activation::Relu => x.max(0.0),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::HardSwish => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
        Activation::Logistic => 1.0 / (1.0 + (-x).exp()),
    }
}

fn each(shape: TensorShape, of: impl Fn(usize, usize, usize) -> f64) -> Vec<f64> {
    let TensorShape { width, channels, .. } = shape;
    let count = shape.area() * channels;
    (0..count).map(|i| of(i / channels / width, i / channels % width, i % channels)).collect()
}

/// The taps of an output: (source row, source column, tap).
fn taps(window: Window, y: usize, x: usize) -> impl Iterator<Item = (isize, isize, usize)> {
    let at = move |axis: usize, o: usize, tap: usize| {
        (o * window.stride[axis] + tap * window.dilation[axis]) as isize - window.padding[axis].0 as isize
    };
    let [rows, columns] = window.size;
    (0..rows * columns).map(move |tap| (at(0, y, tap / columns), at(1, x, tap % columns), tap))
}

fn apply(node: &Node, inputs: &[Map<'_>], shape: TensorShape) -> Vec<f64> {
    let x = &inputs[0];
    let channels = x.shape.channels;
    let number = |array: &ConstantTensor, i: usize| f64::from(array.data[i]);
    match &node.op {
        Op::Conv2d(conv) => each(shape, |y, xx, o| {
            let taps_of = conv.window.size[0] * conv.window.size[1];
            let dot = |(sy, sx, tap): (isize, isize, usize)| -> f64 {
                let weight = |c: usize| number(&conv.weights, (o * taps_of + tap) * channels + c);
                (0..channels).map(|c| x.at(sy, sx, c) * weight(c)).sum()
            };
            number(&conv.bias, o) + taps(conv.window, y, xx).map(dot).sum::<f64>()
        }),
        Op::DepthwiseConv2d(conv) => each(shape, |y, xx, o| {
            let one = |(sy, sx, tap): (isize, isize, usize)| {
                x.at(sy, sx, o / conv.multiplier) * number(&conv.weights, tap * shape.channels + o)
            };
            number(&conv.bias, o) + taps(conv.window, y, xx).map(one).sum::<f64>()
        }),
        Op::TransposeConv2d(conv) => {
            let [_, rows, columns, _] = [0, 1, 2, 3].map(|axis| conv.weights.shape[axis]);
            let mut made = each(shape, |_, _, o| number(&conv.bias, o));
            for i in 0..x.shape.area() * rows * columns {
                let (pixel, tap) = (i / (rows * columns), i % (rows * columns));
                let (y, xx) = (pixel / x.shape.width, pixel % x.shape.width);
                let oy = (y * conv.stride[0] + tap / columns).wrapping_sub(conv.padding[0].0);
                let ox = (xx * conv.stride[1] + tap % columns).wrapping_sub(conv.padding[1].0);
                for o in (0..shape.channels).filter(|_| oy < shape.height && ox < shape.width) {
                    let weight = |c: usize| number(&conv.weights, (o * rows * columns + tap) * channels + c);
                    made[(oy * shape.width + ox) * shape.channels + o] +=
                        (0..channels).map(|c| x.at(y as isize, xx as isize, c) * weight(c)).sum::<f64>();
                }
            }
            made
        }
        Op::FullyConnected(dense) => each(shape, |y, xx, o| {
            let weight = |c: usize| number(&dense.weights, o * channels + c);
            let dot: f64 = (0..channels).map(|c| x.at(y as isize, xx as isize, c) * weight(c)).sum();
            number(&dense.bias, o) + dot
        }),
        Op::AveragePool2d(pool) => each(shape, |y, xx, c| {
            let [h, w] = x.shape.sides().map(|n| n as isize);
            let inside: Vec<_> = taps(pool.0, y, xx)
                .filter(|(sy, sx, _)| (0..h).contains(sy) && (0..w).contains(sx))
                .collect();
            inside.iter().map(|&(sy, sx, _)| x.at(sy, sx, c)).sum::<f64>() / inside.len() as f64
        }),
        Op::Mean => each(shape, |_, _, c| {
            let sum: f64 = x.data.iter().skip(c).step_by(channels).sum();
            sum / x.shape.area() as f64
        }),
        Op::Activate => x.data.to_vec(),
        Op::Binary(binary) => {
            let constant: Option<Vec<f64>> =
                binary.constant.as_ref().map(|a| a.data.iter().copied().map(f64::from).collect());
            let second = match (&binary.constant, &constant) {
                (Some(array), Some(data)) => {
                    Map { shape: TensorShape::new(array.shape[1], array.shape[2], array.shape[3]), data }
                }
                _ => Map { shape: inputs[1].shape, data: inputs[1].data },
            };
            let pick = |map: &Map<'_>, y: usize, x: usize, c: usize| {
                let TensorShape { height, width, channels } = map.shape;
                map.at(y.min(height - 1) as isize, x.min(width - 1) as isize, c.min(channels - 1))
            };
            each(shape, |y, xx, c| {
                let (a, b) = (pick(x, y, xx, c), pick(&second, y, xx, c));
                if binary.kind == BinaryKind::Add { a + b } else { a * b }
            })
        }
        Op::ResizeBilinear(sampling) => each(shape, |y, xx, c| {
            let place = |i: usize, n: usize, m: usize| {
                let at = match sampling {
                    Sampling::HalfPixel => (i as f64 + 0.5) * n as f64 / m as f64 - 0.5,
                    Sampling::AlignCorners => i as f64 * (n - 1) as f64 / (m - 1).max(1) as f64,
                };
                let at = at.clamp(0.0, (n - 1) as f64);
                (at as usize, (at as usize + 1).min(n - 1), at.fract())
            };
            let (y0, y1, fy) = place(y, x.shape.height, shape.height);
            let (x0, x1, fx) = place(xx, x.shape.width, shape.width);
            let get = |y: usize, xx: usize| x.at(y as isize, xx as isize, c);
            let row = |y: usize| get(y, x0) * (1.0 - fx) + get(y, x1) * fx;
            row(y0) * (1.0 - fy) + row(y1) * fy
        }),
        Op::Concatenation => each(shape, |y, xx, c| {
            let mut c = c;
            for map in inputs {
                if c < map.shape.channels {
                    return map.at(y as isize, xx as isize, c);
                }
                c -= map.shape.channels;
            }
            unreachable!("the channels add up")
        }),
        Op::Attention(op) => attention(*op, x, shape),
    }
}

fn attention(op: Attention, x: &Map<'_>, shape: TensorShape) -> Vec<f64> {
    let sides = [x.shape.height, x.shape.width, x.shape.channels];
    let get = |[y, xx, c]: [usize; 3]| x.at(y as isize, xx as isize, c);
    match op {
        Attention::Reshape => x.data.to_vec(),
        Attention::Transpose(axes) => each(shape, |i, j, k| {
            let mut at = [0; 3];
            axes.iter().zip([i, j, k]).for_each(|(&axis, index)| at[axis] = index);
            get(at)
        }),
        Attention::Softmax => each(shape, |y, xx, c| {
            let sum: f64 = (0..sides[2]).map(|k| (get([y, xx, k]) - get([y, xx, c])).exp()).sum();
            1.0 / sum
        }),
        Attention::Sum(axes) => {
            let left: [usize; 3] = std::array::from_fn(|axis| if axes[axis] { 1 } else { sides[axis] });
            let mut sums = vec![0.0; left.iter().product()];
            for i in 0..x.data.len() {
                let at = [i / sides[2] / sides[1], i / sides[2] % sides[1], i % sides[2]];
                let [a, b, c]: [usize; 3] = std::array::from_fn(|axis| if axes[axis] { 0 } else { at[axis] });
                sums[(a * left[1] + b) * left[2] + c] += x.data[i];
            }
            sums
        }
        Attention::ResizeNearest => {
            each(shape, |y, xx, c| get([y * sides[0] / shape.height, xx * sides[1] / shape.width, c]))
        }
    }
}
