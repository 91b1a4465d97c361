//! FULLY_CONNECTED: a 1×1 convolution.

use burn::tensor::Device;

use super::conv::{ConvLayer, POINT};
use crate::model::graph::FullyConnected;

/// The dense layer as a convolution.
pub(super) fn conv(op: &FullyConnected, device: &Device) -> ConvLayer {
    let shape = [op.weights.shape[0], 1, 1, op.weights.shape[1]];
    ConvLayer::ohwi(op.weights.data.clone(), shape, &op.bias, POINT, 1, device)
}
