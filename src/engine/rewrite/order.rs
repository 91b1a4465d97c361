//! The order of the nodes, and which are needed at all.

use super::edit::producer;
use crate::model::graph::{Graph, ValueId};

/// Removes nodes whose result nobody reads.
pub fn drop_unused(graph: &mut Graph) {
    let mut needed = vec![false; graph.values.len()];
    needed[graph.output.0] = true;
    for node in graph.nodes.iter().rev() {
        if needed[node.output.0] {
            node.inputs.iter().for_each(|input| needed[input.0] = true);
        }
    }
    graph.nodes.retain(|node| needed[node.output.0]);
}

/// Puts each node right after the last of its operands that no other has needed before: a chain stays together, and a
/// value is made when it is first wanted.
pub fn depth_first(graph: &mut Graph) {
    let producers: Vec<Option<usize>> =
        (0..graph.values.len()).map(|value| producer(graph, ValueId(value))).collect();
    let mut order = Vec::new();
    let mut done = vec![false; graph.nodes.len()];
    // (node, next operand to look at): a stack of our own, because a file decides how deep it gets.
    let mut stack: Vec<(usize, usize)> =
        producers[graph.output.0].map(|node| (node, 0)).into_iter().collect();
    while let Some((node, operand)) = stack.pop() {
        match graph.nodes[node].inputs.get(operand) {
            _ if done[node] => {}
            None => {
                done[node] = true;
                order.push(node);
            }
            Some(input) => {
                stack.push((node, operand + 1));
                stack.extend(producers[input.0].filter(|&before| !done[before]).map(|before| (before, 0)));
            }
        }
    }
    graph.nodes = order.into_iter().map(|node| graph.nodes[node].clone()).collect();
}
