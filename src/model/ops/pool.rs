//! AVERAGE_POOL_2D and MEAN.

use burn::tensor::{
    Device, Tensor,
    module::avg_pool2d,
    ops::{AvgPoolOptions, PadMode},
};

use super::layer::{BurnLayer, nchw, nhwc, upload};
use crate::model::graph::{AveragePool2d, TensorShape, Window};

/// Mean over height and width.
pub(super) struct MeanLayer;

impl BurnLayer for MeanLayer {
    fn forward(&self, inputs: Vec<Tensor<4>>) -> Tensor<4> {
        let x = inputs.into_iter().next().expect("one input");
        let [_, h, w, c] = x.dims();
        x.reshape([1, 1, h * w, c]).mean_dim(2)
    }
}

/// Mean over a window; samples outside the value do not count.
pub(super) struct AveragePoolLayer {
    options: AvgPoolOptions<2>,
    padding: [(usize, usize); 2],
    /// `[1, h, w, 1]`: all taps divided by taps inside the value; `None` without padding.
    correction: Option<Tensor<4>>,
}

impl AveragePoolLayer {
    pub(super) fn new(
        AveragePool2d(window): &AveragePool2d,
        input: TensorShape,
        output: TensorShape,
        device: &Device,
    ) -> Self {
        let Window { size, stride, padding, .. } = *window;
        let inside = |axis: usize, i: usize| {
            let (first, before) = (i * stride[axis], padding[axis].0);
            let end = (first + size[axis]).min(before + input.sides()[axis]);
            end.saturating_sub(first.max(before)).max(1) as f32
        };
        let correction = (padding != [(0, 0); 2]).then(|| {
            let taps = (size[0] * size[1]) as f32;
            let row = |y| (0..output.width).map(move |x| taps / (inside(0, y) * inside(1, x)));
            let data = (0..output.height).flat_map(row).collect();
            upload(data, [1, output.height, output.width, 1], device)
        });
        Self { options: AvgPoolOptions::new(size).with_stride(stride), padding, correction }
    }
}

impl BurnLayer for AveragePoolLayer {
    fn forward(&self, inputs: Vec<Tensor<4>>) -> Tensor<4> {
        let x = nchw(inputs.into_iter().next().expect("one input"));
        match &self.correction {
            None => nhwc(avg_pool2d(x, self.options.clone())),
            Some(correction) => {
                let x = x.pad(self.padding, PadMode::Constant(0.0));
                nhwc(avg_pool2d(x, self.options.clone())).mul(correction.clone())
            }
        }
    }
}
