//! A segmentation network as plain data: values, nodes in execution order, weights.
//!
//! Every value is `[1, height, width, channels]` (NHWC) with an explicit shape, padding is explicit, and an
//! activation is a field of the node that applies it. So an engine can rewrite and run the graph without
//! knowledge of TensorFlow Lite. [`super::lower`] creates it from a file.

/// Index of a value in [`Graph::values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub usize);

/// A network with one input and one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// The input and the result of each node.
    pub values: Vec<ValueInfo>,
    /// The nodes in execution order; the output depends on all of them.
    pub nodes: Vec<Node>,
    /// The input picture, `[1, h, w, 3]`.
    pub input: ValueId,
    /// The raw mask, `[1, h, w, c]`, not yet decoded to a probability.
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

    /// Number of weights, biases and constants.
    pub fn parameters(&self) -> usize {
        self.nodes.iter().flat_map(|node| node.op.weights()).map(|w| w.data.len()).sum()
    }

    /// Multiply-accumulate operations with weights in one forward pass.
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

/// A tensor that the network computes.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueInfo {
    /// Its name in the file.
    pub name: String,
    /// Its shape.
    pub shape: TensorShape,
}

/// `[1, height, width, channels]`, channels innermost.
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

    /// Number of pixels.
    pub const fn area(self) -> usize {
        self.height * self.width
    }

    /// The four axes in order.
    pub const fn nhwc(self) -> [usize; 4] {
        [1, self.height, self.width, self.channels]
    }
}

/// One operation: `output = activation(op(inputs))`.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The operation.
    pub op: Op,
    /// Its operands, in the operation's order.
    pub inputs: Vec<ValueId>,
    /// The value that it alone computes.
    pub output: ValueId,
    /// Applied to each element of the result.
    pub activation: Activation,
}

/// An activation function, applied to each element.
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

/// The operation of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Convolution over all channels.
    Conv2d(Conv2d),
    /// Depthwise convolution: each channel separately.
    DepthwiseConv2d(DepthwiseConv2d),
    /// Transposed convolution: each input sample contributes to a window of outputs.
    TransposeConv2d(TransposeConv2d),
    /// Dense layer: a matrix on the channels of each pixel.
    FullyConnected(FullyConnected),
    /// Mean over a window; samples outside the value do not count.
    AveragePool2d(AveragePool2d),
    /// Mean over height and width: `[1, h, w, c]` → `[1, 1, 1, c]`.
    Mean,
    /// Only the node's activation.
    Activate,
    /// Element-wise sum or product; axes of length 1 are broadcast.
    Binary(Binary),
    /// Bilinear resampling to the output's height and width.
    ResizeBilinear(Sampling),
    /// Concatenation of the inputs along the channels.
    Concatenation,
    /// Elements moved, summed or normalised over whole axes.
    Attention(Attention),
}

impl Op {
    /// Weights, bias or constant of the operation.
    pub fn weights(&self) -> Vec<&ConstantTensor> {
        match self {
            Self::Conv2d(Conv2d { weights, bias, .. })
            | Self::DepthwiseConv2d(DepthwiseConv2d { weights, bias, .. })
            | Self::TransposeConv2d(TransposeConv2d { weights, bias, .. })
            | Self::FullyConnected(FullyConnected { weights, bias }) => vec![weights, bias],
            Self::Binary(Binary { constant, .. }) => constant.iter().collect(),
            Self::AveragePool2d(_)
            | Self::Mean
            | Self::Activate
            | Self::ResizeBilinear(_)
            | Self::Concatenation
            | Self::Attention(_) => Vec::new(),
        }
    }
}

/// A constant tensor, the last axis innermost.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstantTensor {
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// The elements; their number is the product of the shape.
    pub data: Vec<f32>,
}

/// Size, stride, dilation and padding of a window. Pairs are (height, width).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Number of taps.
    pub size: [usize; 2],
    /// Distance between the windows of neighbouring outputs, in samples.
    pub stride: [usize; 2],
    /// Distance between neighbouring taps, in samples.
    pub dilation: [usize; 2],
    /// Padding of zeros: rows (before, after), columns (before, after).
    pub padding: [(usize, usize); 2],
}

/// out\[y, x, o\] = bias\[o\] + Σ in\[s·y − before + d·fy, …, c\] · weights\[o, fy, fx, c\], zeros outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv2d {
    /// `[out, h, w, in]` (OHWI).
    pub weights: ConstantTensor,
    /// `[out]`.
    pub bias: ConstantTensor,
    /// The window.
    pub window: Window,
}

/// out\[y, x, c·m + q\] = bias + Σ in\[…, c\] · weights\[fy, fx, c·m + q\], zeros outside.
#[derive(Clone, Debug, PartialEq)]
pub struct DepthwiseConv2d {
    /// `[h, w, in · multiplier]`.
    pub weights: ConstantTensor,
    /// `[in · multiplier]`.
    pub bias: ConstantTensor,
    /// The window.
    pub window: Window,
    /// Output channels per input channel (m).
    pub multiplier: usize,
}

/// out\[s·y − before + fy, s·x − before + fx, o\] += in\[y, x, c\] · weights\[o, fy, fx, c\], from the bias.
#[derive(Clone, Debug, PartialEq)]
pub struct TransposeConv2d {
    /// `[out, h, w, in]` (OHWI).
    pub weights: ConstantTensor,
    /// `[out]`.
    pub bias: ConstantTensor,
    /// Distance between the output windows of neighbouring samples.
    pub stride: [usize; 2],
    /// Rows (before, after) and columns (before, after) cropped from the full result of s·(n−1) + k.
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

/// The window of an average pool; its dilation is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AveragePool2d(pub Window);

/// Operands are two inputs, or one input and a constant. Both kinds commute.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    /// Sum or product.
    pub kind: BinaryKind,
    /// The second operand, `[1, h, w, c]`, if it is a constant.
    pub constant: Option<ConstantTensor>,
}

/// The operation on two elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryKind {
    /// a + b.
    Add,
    /// a · b.
    Mul,
}

/// Operations that networks with attention need besides. burn runs them; the fast engine has no kernels for
/// them. Axes count from 0: height, width, channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// The elements in their order, in another shape.
    Reshape,
    /// out\[i, j, k\] = in with its axes in this order.
    Transpose([usize; 3]),
    /// exp(x) / Σ exp(x) over the channels.
    Softmax,
    /// Sum over these axes.
    Sum([bool; 3]),
    /// out\[y, x\] = in\[⌊y / f⌋, ⌊x / g⌋\], for whole factors f and g.
    ResizeNearest,
}

/// Source position of sample i of an axis resized from n to m samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sampling {
    /// (i + ½) · n / m − ½: samples lie at cell centres.
    HalfPixel,
    /// i · (n − 1) / (m − 1): first and last samples coincide.
    AlignCorners,
}
