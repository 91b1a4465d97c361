//! CONCATENATION.

use burn::tensor::Tensor;

use super::layer::Layer;

/// Channels one after the other.
pub(super) struct Concatenation;

impl Layer for Concatenation {
    fn forward(&self, inputs: Vec<Tensor<4>>) -> Tensor<4> {
        Tensor::cat(inputs, 3)
    }
}
