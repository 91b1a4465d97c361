//! RESIZE_BILINEAR.

use burn::tensor::{
    Tensor,
    module::interpolate,
    ops::{InterpolateMode, InterpolateOptions},
};

use super::layer::{BurnLayer, nchw, nhwc};
use crate::model::graph::{Sampling, TensorShape};

/// Bilinear resampling.
pub(super) struct ResizeLayer {
    options: InterpolateOptions,
    size: [usize; 2],
}

impl ResizeLayer {
    pub(super) fn new(sampling: Sampling, output: TensorShape) -> Self {
        let options = InterpolateOptions::new(InterpolateMode::Bilinear)
            .with_align_corners(sampling == Sampling::AlignCorners)
            .with_output_size(output.sides());
        Self { options, size: output.sides() }
    }
}

impl BurnLayer for ResizeLayer {
    fn forward(&self, inputs: Vec<Tensor<4>>) -> Tensor<4> {
        let x = inputs.into_iter().next().expect("one input");
        let [_, h, w, _] = x.dims();
        // At equal sizes both samplings are the identity.
        if [h, w] == self.size { x } else { nhwc(interpolate(nchw(x), self.options.clone())) }
    }
}
