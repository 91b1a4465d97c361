//! CONV_2D, also used by depthwise and dense layers.

use burn::tensor::{Device, Tensor, module::conv2d, ops::ConvOptions};

use super::layer::{BurnLayer, nchw, nhwc, upload, upload_bias};
use crate::model::graph::{ConstantTensor, Conv2d, Window};

/// A convolution.
pub(super) struct ConvLayer {
    /// `[out, in / groups, h, w]`, with OHWI memory as burn's kernel expects.
    weights: Tensor<4>,
    bias: Tensor<1>,
    options: ConvOptions<2>,
}

impl ConvLayer {
    pub(super) fn new(op: &Conv2d, device: &Device) -> Self {
        let shape = std::array::from_fn(|i| op.weights.shape[i]);
        Self::ohwi(op.weights.data.clone(), shape, &op.bias, op.window, 1, device)
    }

    /// From weights in the order out, h, w, in / groups.
    pub(super) fn ohwi(
        weights: Vec<f32>,
        shape: [usize; 4],
        bias: &ConstantTensor,
        window: Window,
        groups: usize,
        device: &Device,
    ) -> Self {
        let Window { stride, padding, dilation, .. } = window;
        Self {
            weights: nchw(upload(weights, shape, device)),
            bias: upload_bias(bias, device),
            options: ConvOptions::new_with_padding(stride, padding, dilation, groups),
        }
    }
}

impl BurnLayer for ConvLayer {
    fn forward(&self, inputs: Vec<Tensor<4>>) -> Tensor<4> {
        let x = nchw(inputs.into_iter().next().expect("one input"));
        nhwc(conv2d(x, self.weights.clone(), Some(self.bias.clone()), self.options.clone()))
    }
}

/// A 1×1 window.
pub(super) const POINT: Window =
    Window { size: [1; 2], stride: [1; 2], dilation: [1; 2], padding: [(0, 0); 2] };
