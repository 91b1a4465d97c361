//! The operations of a [`Graph`](super::graph::Graph) on burn tensors, one family a file.
//!
//! Values stay NHWC and contiguous between the layers, so that element-wise kernels run over plain memory. burn's
//! convolutions, pooling and resampling take NCHW by name and NHWC by memory: they are given a view ([`layer::nchw`]) and
//! their result is viewed back ([`layer::nhwc`]), without a copy. Weights are uploaded when a layer is made. A forward call
//! only launches kernels: no upload, no read, no wait, so it can be captured.

mod activation;
mod binary;
mod concat;
mod conv;
mod dense;
mod depthwise;
mod layer;
mod pool;
mod resize;
mod transpose_conv;

use burn::tensor::Device;

use super::graph::{Op, TensorShape};
pub(super) use activation::activate;
pub(super) use layer::{BurnLayer, contiguous};

/// Uploads the weights of an operation from values of these shapes to one of shape `output`.
pub(super) fn layer(
    op: &Op,
    inputs: &[TensorShape],
    output: TensorShape,
    device: &Device,
) -> Box<dyn BurnLayer> {
    match op {
        Op::Conv2d(op) => Box::new(conv::ConvLayer::new(op, device)),
        Op::DepthwiseConv2d(op) => Box::new(depthwise::conv(op, inputs[0], device)),
        Op::TransposeConv2d(op) => transpose_conv::layer(op, device),
        Op::FullyConnected(op) => Box::new(dense::conv(op, device)),
        Op::AveragePool2d(op) => Box::new(pool::AveragePoolLayer::new(op, inputs[0], output, device)),
        Op::Mean => Box::new(pool::MeanLayer),
        Op::Activate => Box::new(activation::IdentityLayer),
        Op::Binary(op) => Box::new(binary::BinaryLayer::new(op, device)),
        Op::ResizeBilinear(sampling) => Box::new(resize::ResizeLayer::new(*sampling, output)),
        Op::Concatenation => Box::new(concat::ConcatenationLayer),
    }
}
