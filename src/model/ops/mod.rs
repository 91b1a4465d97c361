//! The operations of a [`Graph`](super::graph::Graph) on burn tensors, one file per operator family.
//!
//! Values stay NHWC and contiguous between layers, so that element-wise kernels run over plain memory. burn's
//! convolutions, pooling and resampling take NCHW tensors with NHWC memory: they get a view
//! ([`layer::nchw`]), and a view of their result ([`layer::nhwc`]) goes on, without a copy. A layer uploads
//! its weights when it is created. A forward call only launches kernels, without uploads, readbacks or waits,
//! so it can be captured.

mod activation;
mod attention;
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

/// Creates the layer of an operation on `inputs` of these shapes, and uploads its weights.
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
        Op::Attention(op) => Box::new(attention::AttentionLayer::new(*op, output)),
    }
}
