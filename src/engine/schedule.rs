//! How the work of a pixel kernel is divided: pixels per thread, threads per workgroup, output channels per
//! part.

use super::analysis::{is_doubled, is_pointwise, is_tiled, tile_vec4s, vector_kernel_vec4s};
use super::layout::ValueLayout;
use super::limits::{THREADS, WORKGROUP_VEC4S};
use crate::gpu::tuning::{KernelTuning, ValueFormat, WeightSource};
use crate::model::graph::{Graph, Node, Op, ValueId};

/// Nodes over one grid that share a pixel kernel, and how their work is divided.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Schedule {
    /// Indices of the nodes, in execution order.
    pub(super) nodes: Vec<usize>,
    /// Height and width in pixels.
    pub(super) grid: [usize; 2],
    /// Rows and columns of pixels per thread.
    pub(super) block: [usize; 2],
    /// Threads per workgroup.
    pub(super) threads: usize,
    /// Number of parts into which the output channels are divided.
    pub(super) parts: usize,
    /// Groups of four output channels per part.
    pub(super) tile: usize,
    /// Most groups of four input channels of a pixel that a matrix reads before it multiplies them; the last one makes
    /// half as many of its output before it stores them.
    pub(super) batch: usize,
    /// Values that other kernels read.
    pub(super) exported: Vec<ValueId>,
    /// Values that this kernel sums for a mean.
    pub(super) summed: Vec<ValueId>,
    /// 1×1 nodes that each workgroup computes first.
    pub(super) gates: Vec<usize>,
    /// The matrix that feeds the first node, a window. Each workgroup multiplies it first, for all pixels.
    pub(super) expands: Option<usize>,
}

impl Schedule {
    pub(super) fn new(nodes: Vec<usize>, grid: [usize; 2]) -> Self {
        let (exported, summed, gates) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            nodes,
            grid,
            block: [1, 1],
            threads: 8,
            parts: 1,
            tile: 1,
            batch: usize::MAX,
            exported,
            summed,
            gates,
            expands: None,
        }
    }

    /// Number of pixel blocks along each axis.
    pub(super) fn blocks(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.grid[axis].div_ceil(self.block[axis]))
    }

    /// Grid of the expansion matrix, and the block of it that a thread computes.
    pub(super) fn expand_grid(&self, graph: &Graph) -> ([usize; 2], [usize; 2]) {
        let grid = graph.shape(graph.nodes[self.nodes[0]].inputs[0]).sides();
        (grid, [0, 1].map(|axis| self.block[axis] * (grid[axis] / self.grid[axis])))
    }

    /// Whether each output channel of node `at` reads all input channels, with the weights staged in
    /// workgroup memory.
    pub(super) fn mixes_channels(&self, graph: &Graph, at: usize) -> bool {
        let node = &graph.nodes[at];
        let channels = graph.shape(node.inputs[0]).channels;
        match &node.op {
            Op::TransposeConv2d(conv) => is_tiled(conv),
            op if is_pointwise(op) => true,
            Op::Conv2d(conv) => conv.window.size.iter().product::<usize>() * channels <= 160,
            Op::FullyConnected(_) => true,
            Op::DepthwiseConv2d(_)
            | Op::AveragePool2d(_)
            | Op::Mean
            | Op::Activate
            | Op::Binary(_)
            | Op::ResizeBilinear(_)
            | Op::Concatenation
            | Op::Attention(_) => false,
        }
    }

    /// Index in `nodes` from which the output channels are divided into parts: the last node that mixes
    /// channels, else 0.
    pub(super) fn cut(&self, graph: &Graph) -> usize {
        self.nodes.iter().rposition(|&at| self.mixes_channels(graph, at)).unwrap_or(0)
    }

    /// Chooses block, threads, parts and tile. Returns false if nothing fits the limits.
    pub(super) fn choose_tiling(&mut self, graph: &Graph, tuning: KernelTuning) -> bool {
        let node = |at: usize| &graph.nodes[at];
        let mixing: Vec<usize> =
            self.nodes.iter().copied().filter(|&at| self.mixes_channels(graph, at)).collect();
        let text: usize = mixing.iter().map(|&at| weight_blocks(graph, node(at))).sum();
        let groups = self.groups(graph);
        let can_cut = self.can_cut(graph);
        let windows = self.nodes.iter().any(|&at| matches!(node(at).op, Op::DepthwiseConv2d(_)));
        // A driver takes as long to compile a load as three weight blocks.
        let text = text + 3 * self.nodes.iter().map(|&at| window_reads(graph, node(at))).sum::<usize>();
        self.block = self.choose_block(graph, &mixing, text, self.most_pixels(tuning));
        self.batch = tuning.input_groups;

        let limit = if windows { tuning.window_blocks } else { 3 * tuning.weight_blocks / 2 };
        let most = match mixing.last() {
            // A division may repeat loads, but no arithmetic.
            Some(_) if mixing.len() > 1 || (windows && self.nodes.len() > 1) => {
                if text > limit {
                    return false;
                }
                groups
            }
            Some(&at) => {
                let each = weight_blocks(graph, node(at)).div_ceil(groups).max(1);
                // At least two groups while the WGSL stays short: with one group, loads cost as much as the
                // arithmetic.
                (tuning.weight_blocks / each)
                    .clamp(if each <= tuning.weight_blocks { 2 } else { 1 }, tuning.output_groups)
            }
            None if windows => 1,
            None => 4,
        };
        let (least, most) = if can_cut { (1, most) } else { (groups, groups) };
        if !can_cut && self.nodes.len() > 1 && text > limit {
            return false;
        }
        // The largest divisor that fits, so that all parts are equal. With packed values a part holds an even
        // number of groups.
        let packed8 = tuning.values == ValueFormat::SharedExponent;
        let whole = |tile: usize| !packed8 || tile.is_multiple_of(2) || tile == groups;
        let most = if packed8 { most.max(2) } else { most };
        let fits = |tile: &usize| groups.is_multiple_of(*tile) && *tile <= most && whole(*tile);
        for tile in (least..=groups).rev().filter(fits) {
            (self.tile, self.parts) = (tile, groups / tile);
            self.threads = self.choose_threads(tuning);
            if self.memory(graph, tuning) <= WORKGROUP_VEC4S && self.nodes.len() <= 10 {
                return true;
            }
        }
        false
    }

    /// Most pixels per thread. The one workgroup that expands a whole grid takes more, where it has fewer threads than
    /// that has pixels.
    fn most_pixels(&self, tuning: KernelTuning) -> usize {
        let is_large = self.expands.is_some() && self.grid.iter().product::<usize>() > THREADS;
        if is_large { tuning.pixels.max(4) } else { tuning.pixels }
    }

    /// Number of workgroups.
    pub(super) fn workgroups(&self) -> usize {
        self.blocks().iter().product::<usize>().div_ceil(self.threads) * self.parts
    }

    fn choose_threads(&self, tuning: KernelTuning) -> usize {
        if self.expands.is_some() {
            return self.blocks().iter().product::<usize>().next_multiple_of(8); // sums go in steps of 8
        }
        if !self.gates.is_empty() {
            // Large workgroups, so that few repeat the gates; preferably without idle threads.
            let blocks = self.blocks().iter().product::<usize>();
            let fits = |threads: &usize| blocks.div_ceil(*threads) * self.parts <= tuning.gate_repeats;
            let sizes = || (tuning.least_threads..=256).step_by(8).filter(fits);
            let even = sizes().find(|&threads| blocks.is_multiple_of(threads));
            return even.or_else(|| sizes().next()).unwrap_or(256);
        }
        let least = tuning.least_threads.min(tuning.workgroup_threads);
        match self.blocks().iter().product::<usize>() {
            n if n >= 16 * tuning.workgroup_threads => tuning.workgroup_threads,
            n if n > 8 * 32 => least.max(32.min(tuning.workgroup_threads)),
            _ => least,
        }
    }

    /// Number of channel groups of the last node.
    fn groups(&self, graph: &Graph) -> usize {
        let last = self.nodes.last().map(|&at| graph.nodes[at].output).or(self.summed.last().copied());
        last.map_or(1, |value| graph.shape(value).channels.div_ceil(4))
    }

    /// Whether all nodes from the cut on compute each channel group by itself, and need no operand whole.
    fn can_cut(&self, graph: &Graph) -> bool {
        let cut = self.cut(graph);
        let groups = self.groups(graph);
        let made_before: Vec<ValueId> =
            self.nodes[..cut.min(self.nodes.len())].iter().map(|&at| graph.nodes[at].output).collect();
        let sums_fit = self.summed.iter().all(|&value| graph.shape(value).channels.div_ceil(4) == groups);
        sums_fit
            && self.nodes.iter().enumerate().skip(cut).all(|(i, &at)| {
                let node = &graph.nodes[at];
                let whole = match &node.op {
                    Op::Concatenation | Op::Attention(_) => true,
                    Op::TransposeConv2d(_) => self.mixes_channels(graph, at),
                    Op::DepthwiseConv2d(conv) => conv.multiplier > 1,
                    Op::Conv2d(_)
                    | Op::FullyConnected(_)
                    | Op::AveragePool2d(_)
                    | Op::Mean
                    | Op::Activate
                    | Op::Binary(_)
                    | Op::ResizeBilinear(_) => false,
                };
                let mixes = i == cut && self.mixes_channels(graph, at);
                let reads_whole = !mixes && node.inputs.iter().any(|input| made_before.contains(input));
                let picture = !mixes && node.inputs.contains(&graph.input);
                !whole && !reads_whole && !picture && graph.shape(node.output).channels.div_ceil(4) == groups
            })
    }

    /// Workgroup memory of the kernel in vec4s.
    fn memory(&self, graph: &Graph, tuning: KernelTuning) -> usize {
        let cut = self.cut(graph);
        let staged = |node: &Node, tile: usize| {
            if tuning.weights == WeightSource::Workgroup { staged_vec4s(graph, node, tile) } else { 0 }
        };
        let weights: usize = self
            .nodes
            .iter()
            .enumerate()
            .map(|(i, &at)| {
                let tile = if self.parts > 1 && i >= cut { self.tile } else { 0 };
                match &graph.nodes[at].op {
                    Op::DepthwiseConv2d(_) => staged(&graph.nodes[at], tile),
                    _ if self.mixes_channels(graph, at) => staged(&graph.nodes[at], tile),
                    _ => 0,
                }
            })
            .sum();
        let sums = |&value: &ValueId| {
            let whole = graph.shape(value).channels.div_ceil(4);
            if self.parts > 1 { self.tile.min(whole) } else { whole }
        };
        let inputs = self.nodes.iter().flat_map(|&at| &graph.nodes[at].inputs);
        let single = inputs.filter(|&&input| graph.shape(input).sides() == [1, 1]);
        let single: usize = single.map(|&input| graph.shape(input).channels.div_ceil(4)).sum();
        let expanded = self.expands.map_or(0, |at| {
            let node = &graph.nodes[at];
            let Op::DepthwiseConv2d(conv) = &graph.nodes[self.nodes[0]].op else { return 0 };
            let plane = ValueLayout::for_window(graph.shape(node.output), conv.window).plane();
            let groups = if tuning.values == ValueFormat::F32 { self.tile } else { self.tile.div_ceil(2) };
            staged(node, self.tile) + plane * groups
        });
        let parts_of_sums = if tuning.split_gates && !self.gates.is_empty() { self.threads } else { 0 };
        let gates = self.gates.iter().map(|&at| vector_kernel_vec4s(graph, &graph.nodes[at])).sum::<usize>()
            + parts_of_sums;
        weights + single + gates + expanded + self.summed.iter().map(sums).sum::<usize>() * self.threads
    }

    /// Chooses the pixels per thread. Neighbouring pixels share loads, so wider windows get larger blocks.
    fn choose_block(&self, graph: &Graph, mixing: &[usize], text: usize, most: usize) -> [usize; 2] {
        let window = self.nodes.iter().find_map(|&at| match &graph.nodes[at].op {
            Op::DepthwiseConv2d(conv) => Some(conv.window),
            Op::Conv2d(conv) if self.mixes_channels(graph, at) && !is_pointwise(&graph.nodes[at].op) => {
                Some(conv.window)
            }
            _ => None,
        });
        let wanted: &[[usize; 2]] = match window {
            Some(window) if mixing.is_empty() && window.stride == [1, 1] && window.dilation == [1, 1] => {
                if window.size[0] > 3 {
                    &[[3, 2], [2, 2], [1, 2]]
                } else {
                    &[[2, 2], [1, 2]]
                }
            }
            Some(window) if mixing.is_empty() && window.stride == [2, 2] => &[[1, 2]],
            Some(window) if text <= 130 && window.stride == [1, 1] && window.dilation == [1, 1] => {
                &[[2, 2], [1, 2]]
            }
            Some(_) if text <= 130 => &[[1, 2]],
            None if text <= 40 && self.nodes.iter().any(|&at| doubles_width(graph, &graph.nodes[at])) => {
                &[[1, 2]]
            }
            _ => &[],
        };
        let fits = |block: &&[usize; 2]| {
            block[0] * block[1] <= most && (0..2).all(|axis| self.grid[axis].is_multiple_of(block[axis]))
        };
        wanted.iter().find(fits).copied().unwrap_or([1, 1])
    }

    /// A label such as `pw16>32+dw3x32 @72x128` for listings and timings.
    pub(super) fn label(&self, graph: &Graph) -> String {
        let name = |&at: &usize| {
            let node = &graph.nodes[at];
            let channels = graph.shape(node.output).channels;
            match &node.op {
                Op::Conv2d(conv) if is_pointwise(&node.op) => {
                    format!("pw{}>{channels}", conv.weights.shape[3])
                }
                Op::Conv2d(conv) => format!("conv{}x{}>{channels}", conv.window.size[0], conv.window.size[1]),
                Op::DepthwiseConv2d(conv) => format!("dw{}x{channels}", conv.window.size[0]),
                Op::TransposeConv2d(_) => "spread".into(),
                Op::FullyConnected(_) => format!("dense>{channels}"),
                Op::AveragePool2d(_) => "pool".into(),
                Op::Mean => "mean".into(),
                Op::Activate => "act".into(),
                Op::Binary(_) => "binary".into(),
                Op::ResizeBilinear(_) => "resize".into(),
                Op::Concatenation => "concat".into(),
                Op::Attention(_) => "attention".into(),
            }
        };
        let mut names: Vec<_> = self.expands.iter().chain(&self.nodes).map(name).collect();
        names.extend(self.summed.iter().map(|_| "sum".to_owned()));
        format!("{} @{}x{}", names.join("+"), self.grid[0], self.grid[1])
    }
}

/// Whether a node is a resize to twice the width at half-pixel centres.
fn doubles_width(graph: &Graph, node: &Node) -> bool {
    let width = |value: ValueId| graph.shape(value).width;
    match node.op {
        Op::ResizeBilinear(sampling) => is_doubled(sampling, width(node.inputs[0]), width(node.output)),
        _ => false,
    }
}

/// Number of 4×4 weight blocks of a node that mixes channels.
fn weight_blocks(graph: &Graph, node: &Node) -> usize {
    let channels = graph.shape(node.inputs[0]).channels;
    let outputs = graph.shape(node.output).channels.div_ceil(4);
    match &node.op {
        Op::TransposeConv2d(conv) => {
            let taps = conv.stride[0] * conv.stride[1];
            channels.div_ceil(4) * (taps * graph.shape(node.output).channels).div_ceil(4)
        }
        Op::Conv2d(conv) => (conv.window.size.iter().product::<usize>() * channels).div_ceil(4) * outputs,
        _ => channels.div_ceil(4) * outputs,
    }
}

/// Loads of a depthwise node for one pixel and all channels.
fn window_reads(graph: &Graph, node: &Node) -> usize {
    let groups = graph.shape(node.output).channels.div_ceil(4);
    match &node.op {
        Op::DepthwiseConv2d(conv) => conv.window.size.iter().product::<usize>() * groups,
        _ => 0,
    }
}

/// Weights that a node stages in workgroup memory, in vec4s: for `tile` output groups, or for all if `tile`
/// is 0.
fn staged_vec4s(graph: &Graph, node: &Node, tile: usize) -> usize {
    let channels = graph.shape(node.inputs[0]).channels;
    let all = graph.shape(node.output).channels.div_ceil(4);
    let outputs = if tile > 0 { tile } else { all };
    match &node.op {
        Op::TransposeConv2d(conv) => tile_vec4s(conv),
        Op::Conv2d(conv) => outputs * (1 + conv.window.size.iter().product::<usize>() * channels),
        Op::DepthwiseConv2d(conv) => outputs * (1 + conv.window.size.iter().product::<usize>()),
        _ => outputs * (1 + channels),
    }
}
