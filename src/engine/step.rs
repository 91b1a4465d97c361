//! One kernel of the plan: the nodes it computes, before they are written as WGSL.

use super::schedule::Chain;
use crate::model::graph::{Graph, ValueId};

/// A kernel to be written.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Over a grid of pixels.
    Pixels(Chain),
    /// Over single pixels, in one workgroup.
    Vector { nodes: Vec<usize>, exported: Vec<ValueId> },
}

/// Whether a step reads one of the values.
pub(super) fn reads(graph: &Graph, step: &Step, values: &[ValueId]) -> bool {
    let (nodes, summed) = match step {
        Step::Pixels(chain) => (&chain.nodes, chain.summed.as_slice()),
        Step::Vector { nodes, .. } => (nodes, [].as_slice()),
    };
    let by_nodes = nodes.iter().flat_map(|&at| &graph.nodes[at].inputs);
    by_nodes.chain(summed).any(|input| values.contains(input))
}
