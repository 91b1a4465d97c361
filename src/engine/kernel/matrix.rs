//! A weight matrix, in the memory orders of its kernels.

use crate::model::graph::{ConstantTensor, Op};

/// A weight matrix `[out, in]` with its bias `[out]`.
#[derive(Clone, Copy)]
pub(super) struct WeightMatrix<'a> {
    pub(super) weights: &'a ConstantTensor,
    pub(super) bias: &'a ConstantTensor,
}

impl<'a> WeightMatrix<'a> {
    /// The matrix of a pointwise node.
    pub(super) fn from_op(op: &'a Op) -> Self {
        match op {
            Op::Conv2d(conv) => Self { weights: &conv.weights, bias: &conv.bias },
            Op::FullyConnected(dense) => Self { weights: &dense.weights, bias: &dense.bias },
            _ => unreachable!("not pointwise"),
        }
    }

    pub(super) fn outputs(&self) -> usize {
        self.bias.data.len()
    }

    pub(super) fn inputs(&self) -> usize {
        self.weights.data.len() / self.outputs().max(1)
    }

    pub(super) fn weight(&self, output: usize, input: usize) -> f32 {
        let inside = output < self.outputs() && input < self.inputs();
        if inside { self.weights.data[output * self.inputs() + input] } else { 0.0 }
    }

    pub(super) fn bias(&self, output: usize) -> f32 {
        self.bias.data.get(output).copied().unwrap_or(0.0)
    }

    /// The biases, then the weights of all outputs for each input. Both axes are padded to whole groups of
    /// four.
    pub(super) fn rows(&self) -> Vec<f32> {
        let outputs = 0..self.outputs().next_multiple_of(4);
        let bias = outputs.clone().map(|o| self.bias(o));
        let rows = (0..self.inputs().next_multiple_of(4))
            .flat_map(|i| outputs.clone().map(move |o| self.weight(o, i)));
        bias.chain(rows).collect()
    }

    /// For output groups `first..first + count`: their biases, then their weights for each input.
    pub(super) fn staged(&self, first: usize, count: usize) -> Vec<f32> {
        let mut all = Vec::with_capacity(4 * count * (1 + self.inputs()));
        let outputs = |group: usize| 4 * (first + group)..4 * (first + group) + 4;
        for group in 0..count {
            all.extend(outputs(group).map(|o| self.bias(o)));
        }
        for input in 0..self.inputs() {
            for group in 0..count {
                all.extend(outputs(group).map(|o| self.weight(o, input)));
            }
        }
        all
    }
}
