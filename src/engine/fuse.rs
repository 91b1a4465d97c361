//! Decides which nodes share a kernel.
//!
//! A node joins the kernel that computes its operands if it reads them pixel by pixel on the same grid and
//! the kernel stays within the limits of workgroup memory and WGSL length. A resize, and the second half of a
//! mean, is deferred until a node reads it, and then joins that node's kernel.

use std::collections::{HashMap, HashSet};

use super::analysis::{is_single_pixel, node_grid, reads_neighbours, vector_kernel_vec4s};
use super::error::UnsupportedError;
use super::limits::WORKGROUP_VEC4S;
use super::schedule::Schedule;
use super::step::KernelStep;
use super::{fuse_expand, fuse_gates};
use crate::gpu::tuning::KernelTuning;
use crate::model::graph::{Graph, Op, ValueId};

/// The kernels of a graph, each after those whose results it reads.
///
/// # Errors
/// If a node alone exceeds the limits.
pub(super) fn fuse(graph: &Graph, tuning: KernelTuning) -> Result<Vec<KernelStep>, UnsupportedError> {
    let makers = graph.nodes.iter().enumerate().map(|(at, node)| (node.output, at)).collect();
    let (homes, sums) = (HashMap::new(), HashMap::new());
    let mut fuser = Fuser { graph, tuning, makers, steps: Vec::new(), homes, sums };
    for (at, node) in graph.nodes.iter().enumerate() {
        let waits = matches!(node.op, Op::ResizeBilinear(_) | Op::Mean);
        if !waits || node.output == graph.output {
            fuser.place(at)?;
        }
    }
    fuser.export();
    let mut steps = fuser.steps;
    fuse_gates::fold_gates(graph, tuning, &mut steps);
    fuse_expand::expand_windows(graph, tuning, &mut steps);
    Ok(steps)
}

struct Fuser<'a> {
    graph: &'a Graph,
    tuning: KernelTuning,
    makers: HashMap<ValueId, usize>,
    steps: Vec<KernelStep>,
    /// The step that computes a value.
    homes: HashMap<ValueId, usize>,
    /// The step that sums a value for a mean.
    sums: HashMap<ValueId, usize>,
}

impl Fuser<'_> {
    /// Places a node, together with the deferred nodes that it reads, into a kernel.
    fn place(&mut self, at: usize) -> Result<(), UnsupportedError> {
        let graph = self.graph;
        let node = &graph.nodes[at];
        if self.homes.contains_key(&node.output) {
            return Ok(());
        }
        let is_vector = node.output != graph.output && is_single_pixel(graph, node);
        // Deferred operands that fit into this kernel; the others are placed now.
        let mut nodes = Vec::new();
        for &input in &node.inputs {
            let Some(&maker) = self.makers.get(&input) else { continue };
            if self.homes.contains_key(&input) {
                continue;
            }
            let inner = match &graph.nodes[maker].op {
                Op::Mean => is_vector,
                _ => !is_vector && self.tuning.fuse && !reads_neighbours(graph, node, input),
            };
            if !inner {
                self.place(maker)?;
                continue;
            }
            // Their own operands can be deferred no longer.
            for before in &graph.nodes[maker].inputs {
                if let Some(&before) = self.makers.get(before) {
                    self.place(before)?;
                }
            }
            if !nodes.contains(&maker) {
                nodes.push(maker);
            }
        }
        nodes.push(at);
        let step = if is_vector { self.place_vector(&nodes)? } else { self.place_pixels(&nodes)? };
        self.homes.insert(node.output, step);
        Ok(())
    }

    /// Index of the first step that may read a value from memory.
    fn after(&self, value: ValueId) -> usize {
        self.homes.get(&value).map_or(0, |home| home + 1)
    }

    /// Places 1×1 nodes into a vector kernel; returns its index.
    fn place_vector(&mut self, nodes: &[usize]) -> Result<usize, UnsupportedError> {
        let graph = self.graph;
        let mut first = 0;
        let own: HashSet<_> = nodes.iter().map(|&at| graph.nodes[at].output).collect();
        for &at in nodes {
            for &input in &graph.nodes[at].inputs {
                if graph.nodes[at].op == Op::Mean {
                    first = first.max(self.sum(input)? + 1);
                } else if let Some(&home) = self.homes.get(&input) {
                    let is_vector = matches!(self.steps[home], KernelStep::Vector { .. });
                    first = first.max(if is_vector { home } else { home + 1 });
                } else if !own.contains(&input) {
                    first = first.max(self.after(input));
                }
            }
        }
        let length = |nodes: &[usize]| -> usize {
            nodes.iter().map(|&at| vector_kernel_vec4s(graph, &graph.nodes[at])).sum()
        };
        for (at, step) in self.steps.iter_mut().enumerate().skip(first) {
            let KernelStep::Vector { nodes: joined, .. } = step else { continue };
            let mut all = joined.clone();
            all.extend(nodes.iter().filter(|at| !joined.contains(at)));
            if self.tuning.fuse && length(&all) <= WORKGROUP_VEC4S && all.len() <= 12 {
                *joined = all;
                return Ok(at);
            }
        }
        if length(nodes) > WORKGROUP_VEC4S {
            return Err(self.refuse(nodes[nodes.len() - 1], "has too many channels on one pixel"));
        }
        self.steps.push(KernelStep::Vector { nodes: nodes.to_vec(), exported: Vec::new() });
        Ok(self.steps.len() - 1)
    }

    /// Index of the step that sums a value for a mean.
    fn sum(&mut self, value: ValueId) -> Result<usize, UnsupportedError> {
        if let Some(&step) = self.sums.get(&value) {
            return Ok(step);
        }
        let graph = self.graph;
        if let Some(&maker) = self.makers.get(&value) {
            self.place(maker)?;
        }
        let home = self.homes.get(&value).copied();
        let mut joined = None;
        if let Some(home) = home.filter(|_| self.tuning.fuse)
            && let KernelStep::Pixels(schedule) = &self.steps[home]
            && !schedule.nodes.iter().any(|&at| {
                let node = &graph.nodes[at];
                node.output == value && matches!(node.op, Op::TransposeConv2d(_))
            })
        {
            let mut schedule = schedule.clone();
            schedule.summed.push(value);
            if schedule.choose_tiling(graph, self.tuning) {
                joined = Some(home);
                self.steps[home] = KernelStep::Pixels(schedule);
            }
        }
        let step = match joined {
            Some(step) => step,
            None => {
                let mut schedule = Schedule::new(Vec::new(), graph.shape(value).sides());
                schedule.summed.push(value);
                if !schedule.choose_tiling(graph, self.tuning) {
                    return Err(UnsupportedError(format!(
                        "the mean of {} is too large",
                        graph.values[value.0].name
                    )));
                }
                self.steps.push(KernelStep::Pixels(schedule));
                self.steps.len() - 1
            }
        };
        self.sums.insert(value, step);
        Ok(step)
    }

    /// Places nodes over one grid into a pixel kernel; returns its index.
    fn place_pixels(&mut self, nodes: &[usize]) -> Result<usize, UnsupportedError> {
        let graph = self.graph;
        let last = nodes[nodes.len() - 1];
        let own: HashSet<_> = nodes.iter().map(|&at| graph.nodes[at].output).collect();
        let (mut strict, mut soft) = (0, None);
        for &at in nodes {
            let node = &graph.nodes[at];
            for &input in node.inputs.iter().filter(|input| !own.contains(input)) {
                match self.homes.get(&input) {
                    Some(&home) if !reads_neighbours(graph, node, input) => soft = soft.max(Some(home)),
                    _ => strict = strict.max(self.after(input)),
                }
            }
        }
        if let Some(home) = soft.filter(|&home| home >= strict && self.tuning.fuse)
            && let KernelStep::Pixels(schedule) = &self.steps[home]
            && schedule.grid == node_grid(graph, &graph.nodes[last])
        {
            let mut schedule = schedule.clone();
            schedule
                .nodes
                .extend(nodes.iter().filter(|at| !schedule.nodes.contains(at)).copied().collect::<Vec<_>>());
            if schedule.choose_tiling(graph, self.tuning) {
                self.steps[home] = KernelStep::Pixels(schedule);
                return Ok(home);
            }
        }
        let mut schedule = Schedule::new(nodes.to_vec(), node_grid(graph, &graph.nodes[last]));
        if !schedule.choose_tiling(graph, self.tuning) {
            if nodes.len() == 1 {
                return Err(self.refuse(last, "is too large for workgroup memory"));
            }
            for &at in &nodes[..nodes.len() - 1] {
                let step = self.place_pixels(&[at])?;
                self.homes.insert(graph.nodes[at].output, step);
            }
            return self.place_pixels(&[last]);
        }
        self.steps.push(KernelStep::Pixels(schedule));
        Ok(self.steps.len() - 1)
    }

    fn refuse(&self, at: usize, why: &str) -> UnsupportedError {
        UnsupportedError(format!("{} {why}", self.graph.values[self.graph.nodes[at].output.0].name))
    }

    /// Marks the values that each step must write because another step reads them.
    fn export(&mut self) {
        let graph = self.graph;
        let mut read: HashSet<ValueId> = HashSet::new();
        for step in &self.steps {
            let (nodes, summed) = match step {
                KernelStep::Pixels(schedule) => (&schedule.nodes, schedule.summed.as_slice()),
                KernelStep::Vector { nodes, .. } => (nodes, [].as_slice()),
            };
            let own: HashSet<_> = nodes.iter().map(|&at| graph.nodes[at].output).collect();
            read.extend(summed.iter().filter(|value| !own.contains(value)));
            for &at in nodes.iter().filter(|&&at| graph.nodes[at].op != Op::Mean) {
                read.extend(graph.nodes[at].inputs.iter().filter(|input| !own.contains(input)));
            }
        }
        for (at, step) in self.steps.iter_mut().enumerate() {
            let (nodes, exported) = match step {
                KernelStep::Pixels(schedule) => (&schedule.nodes, &mut schedule.exported),
                KernelStep::Vector { nodes, exported } => (&*nodes, exported),
            };
            let made = nodes.iter().map(|&node| graph.nodes[node].output);
            exported.extend(made.filter(|value| read.contains(value) && self.homes.get(value) == Some(&at)));
        }
    }
}
