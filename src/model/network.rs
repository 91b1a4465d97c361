//! A [`Graph`] on burn: weights on the device, one forward call per frame.

use burn::tensor::{Device, Tensor};

use super::graph::{Activation, Graph, TensorShape};
use super::ops::{self, BurnLayer};
use crate::Size;

/// A network with its weights on a burn device.
///
/// A forward call launches kernels and nothing else (no upload, no readback, no wait), so burn's `capture`
/// can record and replay it.
pub struct BurnNetwork {
    steps: Vec<LayerStep>,
    /// Number of values in the graph.
    values: usize,
    input: (usize, TensorShape),
    output: (usize, TensorShape),
}

struct LayerStep {
    layer: Box<dyn BurnLayer>,
    activation: Activation,
    /// The values it reads, and whether it is the last reader of each.
    inputs: Vec<(usize, bool)>,
    output: usize,
}

impl BurnNetwork {
    /// Uploads the weights of a graph.
    pub fn new(graph: &Graph, device: &Device) -> Self {
        let mut read = vec![false; graph.values.len()];
        read[graph.output.0] = true;
        let mut steps: Vec<LayerStep> = graph
            .nodes
            .iter()
            .rev()
            .map(|node| {
                let shapes: Vec<TensorShape> = node.inputs.iter().map(|&id| graph.shape(id)).collect();
                // In reverse order, so that a value that a node reads twice is moved only once.
                let mut inputs: Vec<_> = node
                    .inputs
                    .iter()
                    .rev()
                    .map(|id| (id.0, !std::mem::replace(&mut read[id.0], true)))
                    .collect();
                inputs.reverse();
                let layer = ops::layer(&node.op, &shapes, graph.shape(node.output), device);
                LayerStep { layer, activation: node.activation, inputs, output: node.output.0 }
            })
            .collect();
        steps.reverse();
        Self {
            steps,
            values: graph.values.len(),
            input: (graph.input.0, graph.input_shape()),
            output: (graph.output.0, graph.output_shape()),
        }
    }

    /// Size of the input picture in pixels.
    pub fn input_size(&self) -> Size {
        let TensorShape { height, width, .. } = self.input.1;
        // The lowering rejects sides over that of a frame.
        Size::new(width as u32, height as u32)
    }

    /// Shape of the output.
    pub fn output_shape(&self) -> TensorShape {
        self.output.1
    }

    /// From `[1, h, w, 3]` to `[1, h, w, c]`, both NHWC; the result is contiguous.
    ///
    /// # Panics
    /// If the input's shape is not that of [`Self::input_size`].
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        assert_eq!(input.dims(), self.input.1.nhwc(), "the network's input");
        let mut values: Vec<Option<Tensor<4>>> = vec![None; self.values];
        values[self.input.0] = Some(input);
        for step in &self.steps {
            // The last reader takes the tensor itself, so that burn can write the result in place.
            let take =
                |&(id, last): &(usize, bool)| if last { values[id].take() } else { values[id].clone() };
            let inputs: Option<Vec<_>> = step.inputs.iter().map(take).collect();
            let y = step.layer.forward(inputs.expect("nodes are in the order they run"));
            values[step.output] = Some(ops::activate(step.activation, y));
        }
        ops::contiguous(values[self.output.0].take().expect("a node makes the output"))
    }
}
