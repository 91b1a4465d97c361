//! CONCATENATION.

use burn::tensor::Tensor;

use super::layer::BurnLayer;

/// Concatenation along the channels.
pub(super) struct ConcatenationLayer;

impl BurnLayer for ConcatenationLayer {
    fn forward(&self, inputs: Vec<Tensor<4>>) -> Tensor<4> {
        Tensor::cat(inputs, 3)
    }
}
