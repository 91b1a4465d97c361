//! Moves a 1×1 convolution before an upscale. The cost falls by the ratio of the pixel counts.
//!
//! Both are linear and act on different axes (channels; height and width). The weights of a bilinear sample
//! sum to 1, so the bias passes unchanged.

use super::super::analysis::is_pointwise;
use super::edit::{new_value, producer, readers};
use crate::model::graph::{Activation, Graph, Node, Op, TensorShape};

/// `conv(resize(x))` becomes `resize(conv(x))`, if nothing else reads `resize(x)`.
pub fn swap(graph: &mut Graph) -> bool {
    let found = graph.nodes.iter().enumerate().find_map(|(at, node)| {
        let resize = producer(graph, node.inputs[0])?;
        let before = &graph.nodes[resize];
        let fits = is_pointwise(&node.op)
            && matches!(before.op, Op::ResizeBilinear(_))
            && before.activation == Activation::None
            && readers(graph, before.output) == 1
            && graph.shape(before.inputs[0]).area() < graph.shape(before.output).area();
        fits.then_some((at, resize))
    });
    let Some((at, resize)) = found else { return false };
    let small = graph.nodes[resize].inputs[0];
    let [height, width] = graph.shape(small).sides();
    let output = graph.nodes[at].output;
    let channels = graph.shape(output).channels;
    let name = format!("{}, small", graph.values[output.0].name);
    let between = new_value(graph, name, TensorShape { height, width, channels });
    let conv = graph.nodes[at].op.clone();
    let sampling = graph.nodes[resize].op.clone();
    let activation = graph.nodes[at].activation;
    graph.nodes[resize] =
        Node { op: conv, inputs: vec![small], output: between, activation: Activation::None };
    graph.nodes[at] = Node { op: sampling, inputs: vec![between], output, activation };
    true
}
