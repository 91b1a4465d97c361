//! Properties of single nodes that the rewrite rules, the scheduler and the kernel writers share.

use super::limits::WORKGROUP_VEC4S;
use crate::model::graph::{Graph, Node, Op, Sampling, TransposeConv2d, ValueId};

/// Whether the operation multiplies the channels of each pixel by a matrix: a 1×1 convolution or a dense
/// layer.
pub(super) fn is_pointwise(op: &Op) -> bool {
    match op {
        Op::FullyConnected(_) => true,
        Op::Conv2d(conv) => {
            let window = conv.window;
            window.size == [1; 2] && window.stride == [1; 2] && window.padding == [(0, 0); 2]
        }
        Op::DepthwiseConv2d(_)
        | Op::TransposeConv2d(_)
        | Op::AveragePool2d(_)
        | Op::Mean
        | Op::Activate
        | Op::Binary(_)
        | Op::ResizeBilinear(_)
        | Op::Concatenation
        | Op::Attention(_) => false,
    }
}

/// Height and width, in pixels, of the grid over which a node is computed.
pub(super) fn node_grid(graph: &Graph, node: &Node) -> [usize; 2] {
    match &node.op {
        Op::TransposeConv2d(conv) if is_tiled(conv) => graph.shape(node.inputs[0]).sides(),
        _ => graph.shape(node.output).sides(),
    }
}

/// Whether a node must read operand `input` from memory, even if the same kernel computed it: it needs other
/// pixels than its own.
pub(super) fn reads_neighbours(graph: &Graph, node: &Node, input: ValueId) -> bool {
    let around = match &node.op {
        Op::Conv2d(_) => !is_pointwise(&node.op),
        Op::TransposeConv2d(conv) => !is_tiled(conv),
        Op::DepthwiseConv2d(_)
        | Op::AveragePool2d(_)
        | Op::ResizeBilinear(_)
        | Op::Mean
        | Op::Attention(_) => true,
        Op::FullyConnected(_) | Op::Activate | Op::Binary(_) | Op::Concatenation => false,
    };
    around || graph.shape(input).sides() != node_grid(graph, node)
}

/// Whether a resize doubles the length of an axis at half-pixel centres.
pub(super) fn is_doubled(sampling: Sampling, from: usize, to: usize) -> bool {
    sampling == Sampling::HalfPixel && to == 2 * from
}

/// Whether a thread computes a whole tile of a transposed convolution's output from one sample: the windows do not
/// overlap, and their weights fit into workgroup memory.
pub(super) fn is_tiled(conv: &TransposeConv2d) -> bool {
    conv.weights.shape[1..3] == conv.stride && conv.stride != [1, 1] && tile_vec4s(conv) < WORKGROUP_VEC4S
}

/// Biases and weights of a tile of a transposed convolution's output, in vec4s.
pub(super) fn tile_vec4s(conv: &TransposeConv2d) -> usize {
    let [out, rows, columns, channels] = [0, 1, 2, 3].map(|axis| conv.weights.shape[axis]);
    (1 + channels) * rows * columns * out.div_ceil(4)
}

/// Whether a node maps 1×1 values to a 1×1 value (a mean included), so that a vector kernel can compute it.
pub(super) fn is_single_pixel(graph: &Graph, node: &Node) -> bool {
    let single = |value: ValueId| graph.shape(value).sides() == [1, 1];
    match &node.op {
        Op::Mean => true,
        Op::Activate | Op::Concatenation => node.inputs.iter().all(|&input| single(input)),
        Op::Binary(_) => single(node.output) && node.inputs.iter().all(|&input| single(input)),
        Op::Conv2d(_)
        | Op::FullyConnected(_)
        | Op::DepthwiseConv2d(_)
        | Op::TransposeConv2d(_)
        | Op::AveragePool2d(_)
        | Op::ResizeBilinear(_)
        | Op::Attention(_) => single(node.inputs[0]) && is_pointwise(&node.op),
    }
}

/// Workgroup memory that a node needs in a vector kernel, in vec4s.
pub(super) fn vector_kernel_vec4s(graph: &Graph, node: &Node) -> usize {
    channel_groups(graph, node.output)
        + node.inputs.iter().map(|&value| channel_groups(graph, value)).sum::<usize>()
}

/// Number of groups of four channels in a value.
pub(super) fn channel_groups(graph: &Graph, value: ValueId) -> usize {
    graph.shape(value).channels.div_ceil(4)
}
