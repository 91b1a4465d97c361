//! Convolution2DTransposeBias.

use burn::tensor::{Device, Tensor, module::conv_transpose2d, ops::ConvTransposeOptions};

use super::conv::{ConvLayer, POINT};
use super::layer::{BurnLayer, contiguous, nchw, nhwc, upload, upload_bias};
use crate::model::graph::{ConstantTensor, TransposeConv2d};

/// The cheaper implementation for this operation.
pub(super) fn layer(op: &TransposeConv2d, device: &Device) -> Box<dyn BurnLayer> {
    match op.weights.shape[1..3] == op.stride {
        true => Box::new(TiledTransposeConvLayer::new(op, device)),
        false => Box::new(TransposeConvLayer::new(op, device)),
    }
}

/// Removes the padding from the full result.
fn cut(x: Tensor<4>, padding: [(usize, usize); 2]) -> Tensor<4> {
    if padding == [(0, 0); 2] {
        return x;
    }
    let [(top, bottom), (left, right)] = padding;
    let [_, h, w, _] = x.dims();
    contiguous(x.narrow(1, top, h - top - bottom).narrow(2, left, w - left - right))
}

/// Windows that do not overlap: a 1×1 convolution to h·w·out channels, rearranged to tiles.
struct TiledTransposeConvLayer {
    conv: ConvLayer,
    /// Height, width and channels of a tile.
    tile: [usize; 3],
    padding: [(usize, usize); 2],
}

impl TiledTransposeConvLayer {
    fn new(op: &TransposeConv2d, device: &Device) -> Self {
        let [out, h, w, channels] = std::array::from_fn(|i| op.weights.shape[i]);
        let taps = h * w;
        // Row r = tap·out + o of the new weights is row o·taps + tap of the file's.
        let row = |r: usize| ((r % out) * taps + r / out) * channels;
        let weights = (0..taps * out).flat_map(|r| op.weights.data[row(r)..][..channels].iter().copied());
        let bias = ConstantTensor { shape: vec![taps * out], data: op.bias.data.repeat(taps) };
        let conv = ConvLayer::ohwi(weights.collect(), [taps * out, 1, 1, channels], &bias, POINT, 1, device);
        Self { conv, tile: [h, w, out], padding: op.padding }
    }
}

impl BurnLayer for TiledTransposeConvLayer {
    fn forward(&self, inputs: Vec<Tensor<4>>) -> Tensor<4> {
        let y = self.conv.forward(inputs);
        let ([_, rows, columns, _], [h, w, out]) = (y.dims(), self.tile);
        let y = y.reshape([rows, columns, h, w * out]).permute([0, 2, 1, 3]);
        cut(y.reshape([1, rows * h, columns * w, out]), self.padding)
    }
}

/// Any window and stride.
struct TransposeConvLayer {
    /// `[in, out, h, w]`.
    weights: Tensor<4>,
    bias: Tensor<1>,
    stride: [usize; 2],
    padding: [(usize, usize); 2],
}

impl TransposeConvLayer {
    fn new(op: &TransposeConv2d, device: &Device) -> Self {
        let shape = std::array::from_fn(|i| op.weights.shape[i]);
        let weights = contiguous(upload(op.weights.data.clone(), shape, device).permute([3, 0, 1, 2]));
        Self { weights, bias: upload_bias(&op.bias, device), stride: op.stride, padding: op.padding }
    }
}

impl BurnLayer for TransposeConvLayer {
    fn forward(&self, inputs: Vec<Tensor<4>>) -> Tensor<4> {
        let x = nchw(inputs.into_iter().next().expect("one input"));
        let options = ConvTransposeOptions::new(self.stride, [0; 2], [0; 2], [1; 2], 1);
        let y = conv_transpose2d(x, self.weights.clone(), Some(self.bias.clone()), options);
        cut(contiguous(nhwc(y)), self.padding)
    }
}
