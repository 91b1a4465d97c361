//! Constants of nodes, in the memory order of the kernels that read them.

use super::super::analysis::is_pointwise;
use crate::model::graph::{ConstantTensor, Op, TransposeConv2d};

/// The constant of a node, bound as
/// [`KernelBinding::NodeConstant`](super::spec::KernelBinding::NodeConstant).
pub(in crate::engine) fn constant(op: &Op) -> Vec<f32> {
    match op {
        Op::Binary(binary) => binary.constant.as_ref().map(in_groups).unwrap_or_default(),
        Op::Conv2d(conv) if conv.window.size != [1; 2] || !is_pointwise(op) => {
            plain_weights(&conv.weights, &conv.bias)
        }
        Op::TransposeConv2d(TransposeConv2d { weights, bias, .. }) => plain_weights(weights, bias),
        _ => Vec::new(),
    }
}

/// Reorders `[1, h, w, c]` to the layout of a value without border: `[⌈c / 4⌉, h, w]` of vec4.
pub(super) fn in_groups(array: &ConstantTensor) -> Vec<f32> {
    let [_, h, w, c] = [0, 1, 2, 3].map(|axis| array.shape[axis]);
    let mut all = Vec::new();
    for group in (0..c).step_by(4) {
        for pixel in 0..h * w {
            all.extend((group..group + 4).map(|k| if k < c { array.data[pixel * c + k] } else { 0.0 }));
        }
    }
    all
}

/// For each output group its biases, then for each tap and input channel the four weights of the group.
fn plain_weights(weights: &ConstantTensor, bias: &ConstantTensor) -> Vec<f32> {
    let [out, h, w, channels] = [0, 1, 2, 3].map(|axis| weights.shape[axis]);
    let mut all = Vec::new();
    for group in (0..out).step_by(4) {
        all.extend((group..group + 4).map(|o| bias.data.get(o).copied().unwrap_or(0.0)));
        for tap in 0..h * w {
            for c in 0..channels.next_multiple_of(4) {
                let weight = |o: usize| match o < out && c < channels {
                    true => weights.data[(o * h * w + tap) * channels + c],
                    false => 0.0,
                };
                all.extend((group..group + 4).map(weight));
            }
        }
    }
    all
}
