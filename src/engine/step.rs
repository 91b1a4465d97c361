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
    let (nodes, summed) = match step {
        KernelStep::Pixels(schedule) => (&schedule.nodes, schedule.summed.as_slice()),
        KernelStep::Vector { nodes, .. } => (nodes, [].as_slice()),
    };
    let by_nodes = nodes.iter().flat_map(|&at| &graph.nodes[at].inputs);
    by_nodes.chain(summed).any(|input| values.contains(input))
}
