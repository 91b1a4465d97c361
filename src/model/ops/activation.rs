//! Activations.

use burn::tensor::Tensor;

use super::layer::BurnLayer;
use crate::model::graph::Activation;

/// The identity: the node has only an activation.
pub(super) struct IdentityLayer;

impl BurnLayer for IdentityLayer {
    fn forward(&self, inputs: Vec<Tensor<4>>) -> Tensor<4> {
        inputs.into_iter().next().expect("one input")
    }
}

/// Applies an activation, in a form for which burn without fusion launches few kernels: its own relu takes
/// two, its sigmoid six.
pub(in crate::model) fn activate(activation: Activation, x: Tensor<4>) -> Tensor<4> {
    match activation {
        Activation::None => x,
        Activation::Relu => x.clamp(0.0, f32::MAX),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::HardSwish => x.clone().add_scalar(3.0).clamp(0.0, 6.0).mul_scalar(1.0 / 6.0).mul(x),
        // Below −88 exp overflows to infinity, whose reciprocal is 0, the correct result.
        Activation::Logistic => x.neg().exp().add_scalar(1.0).recip(),
    }
}
