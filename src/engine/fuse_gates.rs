//! Gate fusion: 1×1 nodes, such as the gates of squeeze and excitation, move into the kernel that reads them.
//!
//! Each workgroup of that kernel repeats them. This saves a dispatch and pays while there are few workgroups.

use super::analysis::is_pointwise;
use super::limits::BINDINGS;
use super::schedule::Schedule;
use super::step::{KernelStep, reads_any};
use crate::gpu::tuning::KernelTuning;
use crate::model::graph::{Graph, Op, ValueId};

/// Fuses every vector step whose results only one pixel step reads.
pub(super) fn fold_gates(graph: &Graph, tuning: KernelTuning, steps: &mut Vec<KernelStep>) {
    for at in (0..steps.len()).rev() {
        let KernelStep::Vector { nodes, exported } = &steps[at] else { continue };
        let (nodes, exported) = (nodes.clone(), exported.clone());
        let readers: Vec<usize> = (0..steps.len())
            .filter(|&other| other != at && reads_any(graph, &steps[other], &exported))
            .collect();
        let [reader] = readers[..] else { continue };
        let KernelStep::Pixels(schedule) = &steps[reader] else { continue };
        if let Some(schedule) = folded(graph, tuning, schedule, &nodes, &exported) {
            steps[reader] = KernelStep::Pixels(schedule);
            steps.remove(at);
        }
    }
}

/// The schedule with the gates, if it fits.
fn folded(
    graph: &Graph,
    tuning: KernelTuning,
    schedule: &Schedule,
    gates: &[usize],
    made: &[ValueId],
) -> Option<Schedule> {
    // Windows and resizes read their operands from memory.
    let reads_pixel =
        |op: &Op| matches!(op, Op::Binary(_) | Op::Concatenation | Op::Activate) || is_pointwise(op);
    let readers = schedule.nodes.iter().map(|&at| &graph.nodes[at]);
    let mut readers = readers.filter(|node| node.inputs.iter().any(|input| made.contains(input)));
    if !tuning.fuse || schedule.grid == [1, 1] || !readers.all(|node| reads_pixel(&node.op)) {
        return None;
    }
    let mut schedule = Schedule { gates: [gates, &schedule.gates].concat(), ..schedule.clone() };
    let fits = schedule.choose_tiling(graph, tuning)
        && schedule.workgroups() <= tuning.gate_repeats
        && bindings(graph, &schedule) <= BINDINGS;
    fits.then_some(schedule)
}

/// Upper bound of the number of buffers that the kernel binds.
fn bindings(graph: &Graph, schedule: &Schedule) -> usize {
    let nodes = || schedule.gates.iter().chain(&schedule.nodes).map(|&at| &graph.nodes[at]);
    let own: Vec<ValueId> = nodes().map(|node| node.output).collect();
    // A value and its sums are separate buffers.
    let inputs = nodes().flat_map(|node| node.inputs.iter().map(|&input| (node.op == Op::Mean, input)));
    let mut read: Vec<_> = inputs.filter(|(_, input)| !own.contains(input)).collect();
    read.extend(schedule.summed.iter().filter(|value| !own.contains(value)).map(|&value| (false, value)));
    read.sort_unstable();
    read.dedup();
    let constants =
        nodes().filter(|node| matches!(&node.op, Op::Binary(binary) if binary.constant.is_some()));
    let answers = own.iter().filter(|&&value| value == graph.output);
    // Two more: the kernel's weights and the gates' runtime constants.
    2 + read.len() + constants.count() + schedule.exported.len() + schedule.summed.len() + answers.count()
}
