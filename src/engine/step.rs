//! One kernel of the plan: the nodes it computes, before the WGSL is written.

use super::schedule::Schedule;
use crate::model::graph::{Graph, ValueId};

/// A kernel to be written as WGSL.
#[derive(Clone, Debug)]
pub(super) enum KernelStep {
    /// Nodes over a grid of pixels.
    Pixels(Schedule),
    /// 1×1 nodes, computed by a single workgroup.
    Vector { nodes: Vec<usize>, exported: Vec<ValueId> },
}

/// Whether a step reads at least one of `values`.
pub(super) fn reads_any(graph: &Graph, step: &KernelStep, values: &[ValueId]) -> bool {
    let inputs = |at: &usize| graph.nodes[*at].inputs.iter().any(|input| values.contains(input));
    match step {
        KernelStep::Pixels(Schedule { nodes, summed, gates, expands, .. }) => {
            nodes.iter().chain(gates).chain(expands).any(inputs)
                || summed.iter().any(|value| values.contains(value))
        }
        KernelStep::Vector { nodes, .. } => nodes.iter().any(inputs),
    }
}
