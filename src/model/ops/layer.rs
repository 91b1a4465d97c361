//! The trait of all layers, and tensor helpers.

use burn::tensor::{Device, Tensor, TensorData};

use super::super::graph::ConstantTensor;

/// An operation with its weights on the device.
pub(in crate::model) trait BurnLayer: Send + Sync {
    /// From contiguous `[1, h, w, c]` tensors to one of the node's shape.
    fn forward(&self, inputs: Vec<Tensor<4>>) -> Tensor<4>;
}

/// Uploads data as a tensor.
pub(super) fn upload<const D: usize>(data: Vec<f32>, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(data, shape), device)
}

/// Uploads a bias `[channels]`.
pub(super) fn upload_bias(bias: &ConstantTensor, device: &Device) -> Tensor<1> {
    upload(bias.data.clone(), [bias.data.len()], device)
}

/// Views `[1, h, w, c]` as `[1, c, h, w]`.
pub(super) fn nchw(x: Tensor<4>) -> Tensor<4> {
    x.permute([0, 3, 1, 2])
}

/// Views `[1, c, h, w]` as `[1, h, w, c]`.
pub(super) fn nhwc(x: Tensor<4>) -> Tensor<4> {
    x.permute([0, 2, 3, 1])
}

/// The same tensor in contiguous memory; free if it is contiguous already.
pub(in crate::model) fn contiguous(x: Tensor<4>) -> Tensor<4> {
    let shape = x.dims();
    x.reshape([shape.iter().product::<usize>()]).reshape(shape)
}
