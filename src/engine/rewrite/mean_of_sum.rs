//! The mean of a sum is the sum of the means: each is taken where its operand is made.

use super::{producer, value};
use crate::model::graph::{Activation, Binary, BinaryKind, Graph, Node, Op, Shape};

/// `mean(a + b)` becomes `mean(a) + mean(b)`, for two computed operands of one shape.
pub fn split(graph: &mut Graph) -> bool {
    let found = graph.nodes.iter().enumerate().find_map(|(at, node)| {
        let sum = &graph.nodes[producer(graph, node.inputs[0])?];
        let plain = Op::Binary(Binary { kind: BinaryKind::Add, constant: None });
        let shape = graph.shape(sum.output);
        let fits = node.op == Op::Mean
            && sum.op == plain
            && sum.activation == Activation::None
            && sum.inputs.iter().all(|&id| graph.shape(id) == shape);
        fits.then(|| (at, sum.clone()))
    });
    let Some((at, sum)) = found else { return false };
    let Node { output, activation, .. } = graph.nodes[at].clone();
    let shape = Shape::new(1, 1, graph.shape(output).channels);
    let mut means = Vec::new();
    for &input in &sum.inputs {
        let mean = value(graph, format!("{}, mean", graph.values[input.0].name), shape);
        let node = Node { op: Op::Mean, inputs: vec![input], output: mean, activation: Activation::None };
        graph.nodes.insert(at, node);
        means.push(mean);
    }
    graph.nodes[at + 2] = Node { op: sum.op, inputs: means, output, activation };
    super::order::drop_unused(graph);
    true
}
