//! Graph queries and edits that the rules share.

use crate::model::graph::{Graph, Node, TensorShape, ValueId, ValueInfo};

/// Index of the node that computes a value; `None` for the input.
pub(super) fn producer(graph: &Graph, value: ValueId) -> Option<usize> {
    graph.nodes.iter().position(|node| node.output == value)
}

/// Number of uses of a value, its use as the graph's output included.
pub(super) fn readers(graph: &Graph, value: ValueId) -> usize {
    let by = |node: &Node| node.inputs.iter().filter(|&&input| input == value).count();
    graph.nodes.iter().map(by).sum::<usize>() + usize::from(graph.output == value)
}

/// Adds a value to the graph.
pub(super) fn new_value(graph: &mut Graph, name: String, shape: TensorShape) -> ValueId {
    graph.values.push(ValueInfo { name, shape });
    ValueId(graph.values.len() - 1)
}
