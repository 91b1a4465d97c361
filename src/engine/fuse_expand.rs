//! Expansion: the matrix that feeds a single depthwise window moves into the window's kernel.
//!
//! Each workgroup multiplies its part of the channels for all pixels, keeps the product in workgroup memory
//! and slides the window over it. This saves a dispatch on grids that are small enough.

use super::analysis::is_pointwise;
use super::limits::THREADS;
use super::schedule::Schedule;
use super::step::{KernelStep, reads_any};
use crate::gpu::tuning::KernelTuning;
use crate::model::graph::{Graph, Op};

/// Fuses every expansion that fits.
pub(super) fn expand_windows(graph: &Graph, tuning: KernelTuning, steps: &mut Vec<KernelStep>) {
    if !tuning.fuse || !tuning.fuse_expand {
        return;
    }
    for at in (0..steps.len()).rev() {
        let KernelStep::Pixels(matrix) = &steps[at] else { continue };
        let readers: Vec<usize> = (0..steps.len())
            .filter(|&other| other != at && reads_any(graph, &steps[other], &matrix.exported))
            .collect();
        let [reader] = readers[..] else { continue };
        let KernelStep::Pixels(window) = &steps[reader] else { continue };
        if let Some(both) = expanded(graph, tuning, matrix, window) {
            steps[reader] = KernelStep::Pixels(both);
            steps.remove(at);
        }
    }
}

/// The window's kernel with the matrix in front, if it fits.
fn expanded(graph: &Graph, tuning: KernelTuning, matrix: &Schedule, window: &Schedule) -> Option<Schedule> {
    let [node] = matrix.nodes[..] else { return None };
    let Op::DepthwiseConv2d(conv) = &graph.nodes[*window.nodes.first()?].op else { return None };
    let value = graph.nodes[node].output;
    let alone = matrix.summed.is_empty() && matrix.gates.is_empty() && value != graph.output;
    let fits = is_pointwise(&graph.nodes[node].op)
        && graph.nodes[node].inputs[0] != graph.input
        && (0..2).all(|axis| matrix.grid[axis] == conv.window.stride[axis] * window.grid[axis])
        && conv.multiplier == 1
        && window.gates.is_empty()
        && window.expands.is_none()
        // A matrix after the window needs all channels, so every part would repeat the whole window.
        && !window.nodes.iter().any(|&at| window.mixes_channels(graph, at))
        && !window.nodes[1..].iter().any(|&at| graph.nodes[at].inputs.contains(&value))
        && !window.summed.contains(&value);
    let mut schedule = Schedule { expands: Some(node), ..window.clone() };
    (alone && fits && schedule.choose_tiling(graph, tuning) && schedule.threads <= THREADS)
        .then_some(schedule)
}
