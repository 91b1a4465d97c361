//! Node order and dead code.

use super::edit::producer;
use crate::model::graph::{Graph, ValueId};

/// Removes nodes whose result is unused.
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

/// Orders the nodes depth first from the output: chains stay together, and each value is computed just before
/// its first use.
pub fn depth_first(graph: &mut Graph) {
    let producers: Vec<Option<usize>> =
        (0..graph.values.len()).map(|value| producer(graph, ValueId(value))).collect();
    let mut order = Vec::new();
    let mut done = vec![false; graph.nodes.len()];
    // (node, index of its next operand). An explicit stack, because the model file decides the depth.
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
