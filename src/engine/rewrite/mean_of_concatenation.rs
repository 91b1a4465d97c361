//! The mean of a concatenation is the concatenation of the means.

use super::edit::{new_value, producer};
use super::order::drop_unused;
use crate::model::graph::{Activation, Graph, Node, Op, TensorShape};

/// `mean(concat(a, b, …))` becomes `concat(mean(a), mean(b), …)`.
pub fn split(graph: &mut Graph) -> bool {
    let found = graph.nodes.iter().enumerate().find_map(|(at, node)| {
        let joined = &graph.nodes[producer(graph, node.inputs[0])?];
        let bare = joined.activation == Activation::None;
        (node.op == Op::Mean && joined.op == Op::Concatenation && bare).then(|| (at, joined.clone()))
    });
    let Some((at, joined)) = found else { return false };
    let Node { output, activation, .. } = graph.nodes[at].clone();
    let mut means = Vec::new();
    for &input in &joined.inputs {
        let shape = TensorShape::new(1, 1, graph.shape(input).channels);
        let mean = new_value(graph, format!("{}, mean", graph.values[input.0].name), shape);
        let node = Node { op: Op::Mean, inputs: vec![input], output: mean, activation: Activation::None };
        graph.nodes.insert(at, node);
        means.push(mean);
    }
    let at = at + means.len();
    graph.nodes[at] = Node { op: Op::Concatenation, inputs: means, output, activation };
    drop_unused(graph);
    true
}
