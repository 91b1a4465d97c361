//! The operations of a [`Graph`](super::graph::Graph) on burn tensors, one family a file.
//!
//! Values stay NHWC and contiguous between the layers, so that element-wise kernels run over plain memory. burn's
//! convolutions, pooling and resampling take NCHW by name and NHWC by memory: they are given a view ([`nchw`]) and
//! their result is viewed back ([`nhwc`]), without a copy. Weights are uploaded when a layer is made. A forward call
//! only launches kernels: no upload, no read, no wait, so it can be captured.

mod activation;
mod binary;
mod concat;
mod conv;
mod dense;
mod depthwise;
mod pool;
mod resize;
mod transpose_conv;

use burn::tensor::{Device, Tensor, TensorData};

use super::graph::{Array, Op, Shape};
pub(super) use activation::activate;

/// An operation with its weights on the device.
pub(super) trait Layer: Send + Sync {
    /// `[1, h, w, c]` tensors, contiguous, to one of the node's shape.
    fn forward(&self, inputs: Vec<Tensor<4>>) -> Tensor<4>;
}

/// Uploads the weights of an operation from values of these shapes to one of shape `output`.
pub(super) fn layer(op: &Op, inputs: &[Shape], output: Shape, device: &Device) -> Box<dyn Layer> {
    match op {
        Op::Conv2d(op) => Box::new(conv::Conv::new(op, device)),
        Op::DepthwiseConv2d(op) => Box::new(depthwise::conv(op, inputs[0], device)),
        Op::TransposeConv2d(op) => transpose_conv::layer(op, device),
        Op::FullyConnected(op) => Box::new(dense::conv(op, device)),
        Op::AveragePool2d(op) => Box::new(pool::AveragePool::new(op, inputs[0], output, device)),
        Op::Mean => Box::new(pool::Mean),
        Op::Activate => Box::new(activation::Identity),
        Op::Binary(op) => Box::new(binary::Binary::new(op, device)),
        Op::ResizeBilinear(sampling) => Box::new(resize::Resize::new(*sampling, output)),
        Op::Concatenation => Box::new(concat::Concatenation),
    }
}

/// Uploads numbers.
fn upload<const D: usize>(data: Vec<f32>, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(data, shape), device)
}

/// Uploads one number for each channel.
fn upload_bias(bias: &Array, device: &Device) -> Tensor<1> {
    upload(bias.data.clone(), [bias.data.len()], device)
}

/// Views `[1, h, w, c]` as `[1, c, h, w]`.
fn nchw(x: Tensor<4>) -> Tensor<4> {
    x.permute([0, 3, 1, 2])
}

/// Views `[1, c, h, w]` as `[1, h, w, c]`.
fn nhwc(x: Tensor<4>) -> Tensor<4> {
    x.permute([0, 2, 3, 1])
}

/// The same tensor, its memory in the order of its axes; free where it already is.
pub(super) fn contiguous(x: Tensor<4>) -> Tensor<4> {
    let shape = x.dims();
    x.reshape([shape.iter().product::<usize>()]).reshape(shape)
}
