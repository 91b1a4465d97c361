//! DEPTHWISE_CONV_2D: a convolution with one group per channel.

use burn::tensor::Device;

use super::conv::ConvLayer;
use crate::model::graph::{DepthwiseConv2d, TensorShape};

/// The grouped convolution. Reorders the weights from HWO to OHW.
pub(super) fn conv(op: &DepthwiseConv2d, input: TensorShape, device: &Device) -> ConvLayer {
    let [h, w, out] = std::array::from_fn(|i| op.weights.shape[i]);
    let taps = h * w;
    let weights = (0..out * taps).map(|i| op.weights.data[(i % taps) * out + i / taps]).collect();
    ConvLayer::ohwi(weights, [out, h, w, 1], &op.bias, op.window, input.channels, device)
}
