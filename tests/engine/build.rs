//! Builds small graphs with noise as weights.

use gpucam::internals::model::graph::{
    Activation, Binary, BinaryKind, ConstantTensor, Conv2d, DepthwiseConv2d, FullyConnected, Graph, Node, Op,
    Sampling, TensorShape, TransposeConv2d, ValueId, ValueInfo, Window,
};

use crate::support::gpu::noise;

/// A graph under construction. Each call appends a node and returns its value.
pub struct Build {
    pub graph: Graph,
    seed: u64,
}

pub const PICTURE: ValueId = ValueId(0);

impl Build {
    /// A graph with an input picture of `height` × `width`.
    pub fn new(height: usize, width: usize) -> Self {
        let value = ValueInfo { name: "picture".into(), shape: TensorShape::new(height, width, 3) };
        let graph = Graph { values: vec![value], nodes: Vec::new(), input: PICTURE, output: PICTURE };
        Self { graph, seed: (height * 1000 + width) as u64 }
    }

    /// Noise in −1..1, scaled so that sums of `terms` elements stay around 1.
    fn array(&mut self, shape: &[usize], terms: usize) -> ConstantTensor {
        self.seed += 1;
        let scale = 1.7 / (terms as f64).sqrt();
        let count = shape.iter().product();
        let data = (0..count).map(|i| (scale * (2.0 * noise(self.seed, i) - 1.0)) as f32).collect();
        ConstantTensor { shape: shape.to_vec(), data }
    }

    /// Content of the input picture, 0..1.
    pub fn picture(&self) -> Vec<f32> {
        let shape = self.graph.input_shape();
        (0..shape.area() * 3).map(|i| noise(7, i) as f32).collect()
    }

    pub fn node(
        &mut self,
        op: Op,
        inputs: &[ValueId],
        shape: TensorShape,
        activation: Activation,
    ) -> ValueId {
        let output = ValueId(self.graph.values.len());
        self.graph.values.push(ValueInfo { name: format!("v{}", output.0), shape });
        self.graph.nodes.push(Node { op, inputs: inputs.to_vec(), output, activation });
        self.graph.output = output;
        output
    }

    pub fn shape(&self, value: ValueId) -> TensorShape {
        self.graph.shape(value)
    }

    /// A SAME window of `size` taps along both axes; the odd row and column of padding comes after.
    pub fn window(&self, x: ValueId, size: usize, stride: usize, dilation: usize) -> (Window, [usize; 2]) {
        let sides = self.shape(x).sides();
        let out = sides.map(|n| n.div_ceil(stride));
        let padding = [0, 1].map(|axis| {
            let reach = (size - 1) * dilation + 1;
            let total = ((out[axis] - 1) * stride + reach).saturating_sub(sides[axis]);
            (total / 2, total - total / 2)
        });
        let window = Window { size: [size; 2], stride: [stride; 2], dilation: [dilation; 2], padding };
        (window, out)
    }

    pub fn conv(&mut self, x: ValueId, size: usize, stride: usize, out: usize, end: Activation) -> ValueId {
        let channels = self.shape(x).channels;
        let (window, [h, w]) = self.window(x, size, stride, 1);
        let weights = self.array(&[out, size, size, channels], size * size * channels);
        let bias = self.array(&[out], 8);
        let op = Op::Conv2d(Conv2d { weights, bias, window });
        self.node(op, &[x], TensorShape::new(h, w, out), end)
    }

    pub fn pw(&mut self, x: ValueId, out: usize, end: Activation) -> ValueId {
        self.conv(x, 1, 1, out, end)
    }

    pub fn dw(
        &mut self,
        x: ValueId,
        [size, stride, dilation, multiplier]: [usize; 4],
        end: Activation,
    ) -> ValueId {
        let channels = self.shape(x).channels * multiplier;
        let (window, [h, w]) = self.window(x, size, stride, dilation);
        let weights = self.array(&[size, size, channels], size * size);
        let bias = self.array(&[channels], 8);
        let op = Op::DepthwiseConv2d(DepthwiseConv2d { weights, bias, window, multiplier });
        self.node(op, &[x], TensorShape::new(h, w, channels), end)
    }

    pub fn dense(&mut self, x: ValueId, out: usize, end: Activation) -> ValueId {
        let TensorShape { height, width, channels } = self.shape(x);
        let (weights, bias) = (self.array(&[out, channels], channels), self.array(&[out], 8));
        let op = Op::FullyConnected(FullyConnected { weights, bias });
        self.node(op, &[x], TensorShape::new(height, width, out), end)
    }

    pub fn mean(&mut self, x: ValueId) -> ValueId {
        let channels = self.shape(x).channels;
        self.node(Op::Mean, &[x], TensorShape::new(1, 1, channels), Activation::None)
    }

    pub fn binary(&mut self, kind: BinaryKind, a: ValueId, b: ValueId) -> ValueId {
        let (p, q) = (self.shape(a), self.shape(b));
        let shape =
            TensorShape::new(p.height.max(q.height), p.width.max(q.width), p.channels.max(q.channels));
        self.node(Op::Binary(Binary { kind, constant: None }), &[a, b], shape, Activation::None)
    }

    pub fn constant(&mut self, kind: BinaryKind, x: ValueId, shape: [usize; 3]) -> ValueId {
        let constant = Some(self.array(&[1, shape[0], shape[1], shape[2]], 1));
        let made = self.shape(x);
        self.node(Op::Binary(Binary { kind, constant }), &[x], made, Activation::None)
    }

    pub fn resize(&mut self, x: ValueId, h: usize, w: usize, sampling: Sampling) -> ValueId {
        let channels = self.shape(x).channels;
        self.node(Op::ResizeBilinear(sampling), &[x], TensorShape::new(h, w, channels), Activation::None)
    }

    pub fn concat(&mut self, of: &[ValueId]) -> ValueId {
        let channels = of.iter().map(|&id| self.shape(id).channels).sum();
        let TensorShape { height, width, .. } = self.shape(of[0]);
        self.node(Op::Concatenation, of, TensorShape::new(height, width, channels), Activation::None)
    }

    pub fn activate(&mut self, x: ValueId, end: Activation) -> ValueId {
        let shape = self.shape(x);
        self.node(Op::Activate, &[x], shape, end)
    }

    /// A transposed convolution with windows of `size`, `stride` apart; `cut` rows and columns are cropped
    /// from the result.
    pub fn spread(
        &mut self,
        x: ValueId,
        [size, stride, out]: [usize; 3],
        cut: usize,
        end: Activation,
    ) -> ValueId {
        let TensorShape { height, width, channels } = self.shape(x);
        let weights = self.array(&[out, size, size, channels], channels);
        let bias = self.array(&[out], 8);
        let sides = [height, width].map(|n| stride * (n - 1) + size - cut);
        let padding = [(cut / 2, cut - cut / 2); 2];
        let op = Op::TransposeConv2d(TransposeConv2d { weights, bias, stride: [stride; 2], padding });
        self.node(op, &[x], TensorShape::new(sides[0], sides[1], out), end)
    }

    /// Squeeze and excitation: x · logistic(dense(relu(dense(mean(x))))).
    pub fn gate(&mut self, x: ValueId, of: ValueId, middle: usize) -> ValueId {
        let mean = self.mean(of);
        let hidden = self.dense(mean, middle, Activation::Relu);
        let channels = self.shape(x).channels;
        let gate = self.pw(hidden, channels, Activation::None);
        let gate = self.activate(gate, Activation::Logistic);
        self.binary(BinaryKind::Mul, x, gate)
    }
}
