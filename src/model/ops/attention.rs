//! RESHAPE, TRANSPOSE, SOFTMAX, SUM and RESIZE_NEAREST_NEIGHBOR.

use burn::tensor::{Tensor, activation::softmax};

use super::layer::{BurnLayer, contiguous};
use crate::model::graph::{Attention, TensorShape};

/// One of the operations, and the shape that it gives.
pub(super) struct AttentionLayer {
    op: Attention,
    output: TensorShape,
}

impl AttentionLayer {
    pub(super) fn new(op: Attention, output: TensorShape) -> Self {
        Self { op, output }
    }
}

impl BurnLayer for AttentionLayer {
    fn forward(&self, inputs: Vec<Tensor<4>>) -> Tensor<4> {
        let x = inputs.into_iter().next().expect("one input");
        let [_, h, w, c] = x.dims();
        let shape = self.output.nhwc();
        match self.op {
            Attention::Reshape => x.reshape(shape),
            Attention::Transpose([a, b, c]) => {
                contiguous(x.permute([0, a as isize + 1, b as isize + 1, c as isize + 1]))
            }
            Attention::Softmax => softmax(x, 3),
            Attention::Sum(axes) => {
                let summed = (0..3).filter(|&axis| axes[axis]).fold(x, |x, axis| x.sum_dim(axis + 1));
                summed.reshape(shape)
            }
            Attention::ResizeNearest => {
                let [rows, columns] = [shape[1] / h, shape[2] / w];
                let tall = x.reshape([h, 1, 1, w * c]).repeat_dim(1, rows);
                tall.reshape([h * rows, w, 1, c]).repeat_dim(2, columns).reshape(shape)
            }
        }
    }
}
