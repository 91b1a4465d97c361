//! Gate folding: nodes on single pixels move into the kernel that reads them, which computes them once in each of its
//! workgroups. That is a dispatch less, and worth it while there are few workgroups.

use super::analysis::is_pointwise;
use super::limits::BINDINGS;
use super::schedule::Chain;
use super::step::{Step, reads};
use super::tuning::Tuning;
use crate::model::graph::{Graph, Op, ValueId};

/// Folds every vector step whose results are read by one pixel step only.
pub(super) fn gates(graph: &Graph, tuning: Tuning, steps: &mut Vec<Step>) {
    for at in (0..steps.len()).rev() {
        let Step::Vector { nodes, exported } = &steps[at] else { continue };
        let (nodes, exported) = (nodes.clone(), exported.clone());
        let readers: Vec<usize> =
            (0..steps.len()).filter(|&other| other != at && reads(graph, &steps[other], &exported)).collect();
        let [reader] = readers[..] else { continue };
        let Step::Pixels(chain) = &steps[reader] else { continue };
        if let Some(chain) = folded(graph, tuning, chain, &nodes, &exported) {
            steps[reader] = Step::Pixels(chain);
            steps.remove(at);
        }
    }
}

/// The chain with the gates, if it can hold them.
fn folded(graph: &Graph, tuning: Tuning, chain: &Chain, gates: &[usize], made: &[ValueId]) -> Option<Chain> {
    // What reads a window, or resamples, reads memory.
    let reads_pixel =
        |op: &Op| matches!(op, Op::Binary(_) | Op::Concatenation | Op::Activate) || is_pointwise(op);
    let readers = chain.nodes.iter().map(|&at| &graph.nodes[at]);
    let mut readers = readers.filter(|node| node.inputs.iter().any(|input| made.contains(input)));
    if !tuning.fuse || chain.grid == [1, 1] || !readers.all(|node| reads_pixel(&node.op)) {
        return None;
    }
    let mut chain = Chain { gates: [gates, &chain.gates].concat(), ..chain.clone() };
    let fits = chain.shape_up(graph, tuning)
        && chain.workgroups() <= tuning.repeats
        && bindings(graph, &chain) <= BINDINGS;
    fits.then_some(chain)
}

/// Buffers that the chain's kernel binds, at most.
fn bindings(graph: &Graph, chain: &Chain) -> usize {
    let nodes = || chain.gates.iter().chain(&chain.nodes).map(|&at| &graph.nodes[at]);
    let own: Vec<ValueId> = nodes().map(|node| node.output).collect();
    // A value and its sums are two.
    let inputs = nodes().flat_map(|node| node.inputs.iter().map(|&input| (node.op == Op::Mean, input)));
    let mut read: Vec<_> = inputs.filter(|(_, input)| !own.contains(input)).collect();
    read.extend(chain.summed.iter().filter(|value| !own.contains(value)).map(|&value| (false, value)));
    read.sort_unstable();
    read.dedup();
    let constants =
        nodes().filter(|node| matches!(&node.op, Op::Binary(binary) if binary.constant.is_some()));
    let answers = own.iter().filter(|&&value| value == graph.output);
    // The kernel's weights, and the gates' numbers.
    2 + read.len() + constants.count() + chain.exported.len() + chain.summed.len() + answers.count()
}
