//! The mean of a sum is the sum of the means. This pays if an operand is resized: the sum need not be
//! computed for the mean alone, and [`super::mean_of_resize`] then takes the mean before the resize.

use super::edit::{new_value, producer};
use super::order::drop_unused;
use crate::model::graph::{Activation, Binary, BinaryKind, Graph, Node, Op, TensorShape, ValueId};

/// `mean(a + b)` becomes `mean(a) + mean(b)`, for two computed operands of one shape, at least one of them
/// resized.
pub fn split(graph: &mut Graph) -> bool {
    let found = graph.nodes.iter().enumerate().find_map(|(at, node)| {
        let sum = &graph.nodes[producer(graph, node.inputs[0])?];
        let plain = Op::Binary(Binary { kind: BinaryKind::Add, constant: None });
        let shape = graph.shape(sum.output);
        let resized = |&id: &ValueId| {
            producer(graph, id).is_some_and(|at| matches!(graph.nodes[at].op, Op::ResizeBilinear(_)))
        };
        let fits = node.op == Op::Mean
            && sum.inputs.iter().any(resized)
            && sum.op == plain
            && sum.activation == Activation::None
            && sum.inputs.iter().all(|&id| graph.shape(id) == shape);
        fits.then(|| (at, sum.clone()))
    });
    let Some((at, sum)) = found else { return false };
    let Node { output, activation, .. } = graph.nodes[at].clone();
    let shape = TensorShape::new(1, 1, graph.shape(output).channels);
    let mut means = Vec::new();
    for &input in &sum.inputs {
        let mean = new_value(graph, format!("{}, mean", graph.values[input.0].name), shape);
        let node = Node { op: Op::Mean, inputs: vec![input], output: mean, activation: Activation::None };
        graph.nodes.insert(at, node);
        means.push(mean);
    }
    graph.nodes[at + 2] = Node { op: sum.op, inputs: means, output, activation };
    drop_unused(graph);
    true
}
