//! RESIZE_BILINEAR.

use burn::tensor::{
    Tensor,
    module::interpolate,
    ops::{InterpolateMode, InterpolateOptions},
};

use super::layer::{Layer, nchw, nhwc};
use crate::model::graph::{Sampling, Shape};

/// Bilinear resampling.
pub(super) struct Resize {
    options: InterpolateOptions,
    size: [usize; 2],
}

impl Resize {
    pub(super) fn new(sampling: Sampling, output: Shape) -> Self {
        let options = InterpolateOptions::new(InterpolateMode::Bilinear)
            .with_align_corners(sampling == Sampling::AlignCorners)
            .with_output_size(output.sides());
        Self { options, size: output.sides() }
    }
}

impl Layer for Resize {
    fn forward(&self, inputs: Vec<Tensor<4>>) -> Tensor<4> {
        let x = inputs.into_iter().next().expect("one input");
        let [_, h, w, _] = x.dims();
        // The same size, and either sampling, is the same value.
        if [h, w] == self.size { x } else { nhwc(interpolate(nchw(x), self.options.clone())) }
    }
}
