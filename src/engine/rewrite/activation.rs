//! Folds a standalone activation into the node that computes its operand.

use super::edit::{producer, readers};
use crate::model::graph::{Activation, Graph, Op};

/// `activate(op(x))` becomes one node, if nothing else reads `op(x)`.
pub fn fold(graph: &mut Graph) -> bool {
    let found = graph.nodes.iter().enumerate().find_map(|(at, node)| {
        let before = producer(graph, node.inputs[0])?;
        let bare = graph.nodes[before].activation == Activation::None;
        (node.op == Op::Activate && bare && readers(graph, node.inputs[0]) == 1).then_some((at, before))
    });
    let Some((at, before)) = found else { return false };
    let node = graph.nodes.remove(at);
    graph.nodes[before].activation = node.activation;
    graph.nodes[before].output = node.output;
    true
}
