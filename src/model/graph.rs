//! A segmentation network as plain data: values, nodes in the order they run, weights as numbers.
//!
//! Every value is `[1, height, width, channels]` (NHWC) with its shape written out, padding is explicit, and an
//! activation is a field of the node that it ends, so an engine can run the graph, or rewrite it first, without
//! knowing TensorFlow Lite. [`super::lower`] makes it from a file.

/// Index of a value in [`Graph::values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub usize);

/// A network with one input and one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// The input and the result of each node.
    pub values: Vec<ValueInfo>,
    /// Each node after those whose results it reads; all of them lead to the output.
    pub nodes: Vec<Node>,
    /// `[1, h, w, 3]`: the picture.
    pub input: ValueId,
    /// `[1, h, w, c]`: the mask, before it is read as a probability.
    pub output: ValueId,
}

impl Graph {
    /// Shape of a value.
    pub fn shape(&self, id: ValueId) -> TensorShape {
        self.values[id.0].shape
    }

    /// Shape of the input: `[1, h, w, 3]`.
    pub fn input_shape(&self) -> TensorShape {
        self.shape(self.input)
    }

    /// Shape of the output: `[1, h, w, c]`.
    pub fn output_shape(&self) -> TensorShape {
        self.shape(self.output)
    }

    /// Number of weights.
    pub fn parameters(&self) -> usize {
        self.nodes.iter().flat_map(|node| node.op.weights()).map(|w| w.data.len()).sum()
    }

    /// Multiplications with weights in one run.
    pub fn macs(&self) -> usize {
        let of = |node: &Node| {
            let (input, output) = (self.shape(node.inputs[0]), self.shape(node.output));
            match &node.op {
                Op::Conv2d(conv) => output.area() * conv.weights.data.len(),
                Op::DepthwiseConv2d(conv) => output.area() * conv.weights.data.len(),
                Op::TransposeConv2d(conv) => input.area() * conv.weights.data.len(),
                Op::FullyConnected(dense) => output.area() * dense.weights.data.len(),
                _ => 0,
            }
        };
        self.nodes.iter().map(of).sum()
    }
}

/// A tensor that is computed.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueInfo {
    /// Its name in the file.
    pub name: String,
    /// Its shape.
    pub shape: TensorShape,
}

/// `[1, height, width, channels]`, the channels the fastest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TensorShape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels.
    pub channels: usize,
}

impl TensorShape {
    /// `[1, height, width, channels]`.
    pub const fn new(height: usize, width: usize, channels: usize) -> Self {
        Self { height, width, channels }
    }

    /// Height and width.
    pub const fn sides(self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// Pixels.
    pub const fn area(self) -> usize {
        self.height * self.width
    }

    /// The four axes.
    pub const fn nhwc(self) -> [usize; 4] {
        [1, self.height, self.width, self.channels]
    }
}

/// One step: `output = activation(op(inputs))`.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What is computed.
    pub op: Op,
    /// What it reads, in the operation's order.
    pub inputs: Vec<ValueId>,
    /// What it makes; no other node makes it.
    pub output: ValueId,
    /// Applied to each element of the result.
    pub activation: Activation,
}

/// Applied to each element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Activation {
    /// x.
    #[default]
    None,
    /// max(0, x).
    Relu,
    /// min(6, max(0, x)).
    Relu6,
    /// x · min(6, max(0, x + 3)) / 6.
    HardSwish,
    /// 1 / (1 + exp(−x)).
    Logistic,
}

/// What a node computes.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Convolution over all channels.
    Conv2d(Conv2d),
    /// Convolution of each channel by itself.
    DepthwiseConv2d(DepthwiseConv2d),
    /// Convolution that spreads each sample over a window.
    TransposeConv2d(TransposeConv2d),
    /// A matrix on the channels of each pixel.
    FullyConnected(FullyConnected),
    /// Mean over a window, of the samples that lie inside the value.
    AveragePool2d(AveragePool2d),
    /// Mean over height and width: `[1, h, w, c]` → `[1, 1, 1, c]`.
    Mean,
    /// Nothing but the node's activation.
    Activate,
    /// Element by element; an axis of length 1 is repeated.
    Binary(Binary),
    /// Bilinear resampling to the output's height and width.
    ResizeBilinear(Sampling),
    /// Channels of the inputs one after the other.
    Concatenation,
}

impl Op {
    /// The weights and biases.
    pub fn weights(&self) -> Vec<&ConstantTensor> {
        match self {
            Self::Conv2d(Conv2d { weights, bias, .. })
            | Self::DepthwiseConv2d(DepthwiseConv2d { weights, bias, .. })
            | Self::TransposeConv2d(TransposeConv2d { weights, bias, .. })
            | Self::FullyConnected(FullyConnected { weights, bias }) => vec![weights, bias],
            Self::Binary(Binary { constant: Some(constant), .. }) => vec![constant],
            _ => Vec::new(),
        }
    }
}

/// Numbers with a shape, the last axis the fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstantTensor {
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// As many as the product of the shape.
    pub data: Vec<f32>,
}

/// Steps, spacing and edge of a window. Pairs are (height, width).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Taps.
    pub size: [usize; 2],
    /// Distance between outputs.
    pub stride: [usize; 2],
    /// Distance between taps.
    pub dilation: [usize; 2],
    /// Rows (before, after), columns (before, after) outside the value.
    pub padding: [(usize, usize); 2],
}

/// out\[y, x, o\] = bias\[o\] + Σ in\[s·y − before + d·fy, …, c\] · weights\[o, fy, fx, c\], zeros outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv2d {
    /// `[out, h, w, in]` (OHWI).
    pub weights: ConstantTensor,
    /// `[out]`.
    pub bias: ConstantTensor,
    /// Where the taps lie.
    pub window: Window,
}

/// out\[y, x, c·m + q\] = bias + Σ in\[…, c\] · weights\[fy, fx, c·m + q\], zeros outside.
#[derive(Clone, Debug, PartialEq)]
pub struct DepthwiseConv2d {
    /// `[h, w, in · multiplier]`.
    pub weights: ConstantTensor,
    /// `[in · multiplier]`.
    pub bias: ConstantTensor,
    /// Where the taps lie.
    pub window: Window,
    /// Output channels for each input channel (m).
    pub multiplier: usize,
}

/// out\[s·y − before + fy, s·x − before + fx, o\] += in\[y, x, c\] · weights\[o, fy, fx, c\], from the bias.
#[derive(Clone, Debug, PartialEq)]
pub struct TransposeConv2d {
    /// `[out, h, w, in]` (OHWI).
    pub weights: ConstantTensor,
    /// `[out]`.
    pub bias: ConstantTensor,
    /// Distance between the windows of neighbouring samples.
    pub stride: [usize; 2],
    /// Rows (before, after), columns (before, after) cut from the full result of s·(n−1) + k.
    pub padding: [(usize, usize); 2],
}

/// out\[…, o\] = bias\[o\] + Σ in\[…, c\] · weights\[o, c\].
#[derive(Clone, Debug, PartialEq)]
pub struct FullyConnected {
    /// `[out, in]`.
    pub weights: ConstantTensor,
    /// `[out]`.
    pub bias: ConstantTensor,
}

/// Where the windows of the mean lie; dilation is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AveragePool2d(pub Window);

/// Two operands: two inputs, or one input and a constant. Both kinds commute.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    /// Sum or product.
    pub kind: BinaryKind,
    /// The second operand, `[1, h, w, c]`, where it is not computed.
    pub constant: Option<ConstantTensor>,
}

/// What two elements become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryKind {
    /// a + b.
    Add,
    /// a · b.
    Mul,
}

/// Where the samples of a resized value lie in its source of n samples, m wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sampling {
    /// (i + ½) · n / m − ½: at the centres of cells.
    HalfPixel,
    /// i · (n − 1) / (m − 1): first on first, last on last.
    AlignCorners,
}
