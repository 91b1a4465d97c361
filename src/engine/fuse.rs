//! Which nodes become one kernel.
//!
//! A node joins the kernel that made its operands where it reads them pixel by pixel on the same grid, and the kernel
//! stays within the limits of workgroup memory and text. A resize or the finish of a mean waits until a node reads
//! it, and becomes part of that node's kernel.

use std::collections::{HashMap, HashSet};

use super::analysis::{fits_vector, grid, reads_around, vector_length};
use super::error::Refusal;
use super::limits::WORKGROUP_VEC4S;
use super::schedule::Chain;
use super::step::Step;
use super::tuning::Tuning;
use super::{fuse_expand, fuse_gates};
use crate::model::graph::{Graph, Op, ValueId};

/// The kernels of a graph, each after those whose results it reads.
pub(super) fn steps(graph: &Graph, tuning: Tuning) -> Result<Vec<Step>, Refusal> {
    let makers = graph.nodes.iter().enumerate().map(|(at, node)| (node.output, at)).collect();
    let (homes, sums) = (HashMap::new(), HashMap::new());
    let mut grouping = Grouping { graph, tuning, makers, steps: Vec::new(), homes, sums };
    for (at, node) in graph.nodes.iter().enumerate() {
        let waits = matches!(node.op, Op::ResizeBilinear(_) | Op::Mean);
        if !waits || node.output == graph.output {
            grouping.place(at)?;
        }
    }
    grouping.export();
    let mut steps = grouping.steps;
    fuse_gates::gates(graph, tuning, &mut steps);
    fuse_expand::windows(graph, tuning, &mut steps);
    Ok(steps)
}

struct Grouping<'a> {
    graph: &'a Graph,
    tuning: Tuning,
    makers: HashMap<ValueId, usize>,
    steps: Vec<Step>,
    /// Which step makes a value.
    homes: HashMap<ValueId, usize>,
    /// Which step adds a value up.
    sums: HashMap<ValueId, usize>,
}

impl Grouping<'_> {
    /// Puts a node, and what waits for it, into a kernel.
    fn place(&mut self, at: usize) -> Result<(), Refusal> {
        let graph = self.graph;
        let node = &graph.nodes[at];
        if self.homes.contains_key(&node.output) {
            return Ok(());
        }
        let is_vector = node.output != graph.output && fits_vector(graph, node);
        // What waits and can be part of this kernel; the rest is made now.
        let mut nodes = Vec::new();
        for &input in &node.inputs {
            let Some(&maker) = self.makers.get(&input) else { continue };
            if self.homes.contains_key(&input) {
                continue;
            }
            let inner = match &graph.nodes[maker].op {
                Op::Mean => is_vector,
                _ => !is_vector && self.tuning.fuse && !reads_around(graph, node, input),
            };
            if !inner {
                self.place(maker)?;
                continue;
            }
            // What it reads in turn cannot wait any longer.
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

    /// The first step that may read a value from memory.
    fn after(&self, value: ValueId) -> usize {
        self.homes.get(&value).map_or(0, |home| home + 1)
    }

    /// Puts nodes on single pixels into a vector kernel; which.
    fn place_vector(&mut self, nodes: &[usize]) -> Result<usize, Refusal> {
        let graph = self.graph;
        let mut first = 0;
        let own: HashSet<_> = nodes.iter().map(|&at| graph.nodes[at].output).collect();
        for &at in nodes {
            for &input in &graph.nodes[at].inputs {
                if graph.nodes[at].op == Op::Mean {
                    first = first.max(self.sum(input)? + 1);
                } else if let Some(&home) = self.homes.get(&input) {
                    let is_vector = matches!(self.steps[home], Step::Vector { .. });
                    first = first.max(if is_vector { home } else { home + 1 });
                } else if !own.contains(&input) {
                    first = first.max(self.after(input));
                }
            }
        }
        let length = |nodes: &[usize]| -> usize {
            nodes.iter().map(|&at| vector_length(graph, &graph.nodes[at])).sum()
        };
        for (at, step) in self.steps.iter_mut().enumerate().skip(first) {
            let Step::Vector { nodes: joined, .. } = step else { continue };
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
        self.steps.push(Step::Vector { nodes: nodes.to_vec(), exported: Vec::new() });
        Ok(self.steps.len() - 1)
    }

    /// The step that adds a value up for a mean.
    fn sum(&mut self, value: ValueId) -> Result<usize, Refusal> {
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
            && let Step::Pixels(chain) = &self.steps[home]
            && !chain.nodes.iter().any(|&at| {
                let node = &graph.nodes[at];
                node.output == value && matches!(node.op, Op::TransposeConv2d(_))
            })
        {
            let mut chain = chain.clone();
            chain.summed.push(value);
            if chain.shape_up(graph, self.tuning) {
                joined = Some(home);
                self.steps[home] = Step::Pixels(chain);
            }
        }
        let step = match joined {
            Some(step) => step,
            None => {
                let mut chain = Chain::new(Vec::new(), graph.shape(value).sides());
                chain.summed.push(value);
                if !chain.shape_up(graph, self.tuning) {
                    return Err(Refusal(format!("the mean of {} is too large", graph.values[value.0].name)));
                }
                self.steps.push(Step::Pixels(chain));
                self.steps.len() - 1
            }
        };
        self.sums.insert(value, step);
        Ok(step)
    }

    /// Puts nodes over one grid into a pixel kernel; which.
    fn place_pixels(&mut self, nodes: &[usize]) -> Result<usize, Refusal> {
        let graph = self.graph;
        let last = nodes[nodes.len() - 1];
        let own: HashSet<_> = nodes.iter().map(|&at| graph.nodes[at].output).collect();
        let (mut strict, mut soft) = (0, None);
        for &at in nodes {
            let node = &graph.nodes[at];
            for &input in node.inputs.iter().filter(|input| !own.contains(input)) {
                match self.homes.get(&input) {
                    Some(&home) if !reads_around(graph, node, input) => soft = soft.max(Some(home)),
                    _ => strict = strict.max(self.after(input)),
                }
            }
        }
        if let Some(home) = soft.filter(|&home| home >= strict && self.tuning.fuse)
            && let Step::Pixels(chain) = &self.steps[home]
            && chain.grid == grid(graph, &graph.nodes[last])
        {
            let mut chain = chain.clone();
            chain
                .nodes
                .extend(nodes.iter().filter(|at| !chain.nodes.contains(at)).copied().collect::<Vec<_>>());
            if chain.shape_up(graph, self.tuning) {
                self.steps[home] = Step::Pixels(chain);
                return Ok(home);
            }
        }
        let mut chain = Chain::new(nodes.to_vec(), grid(graph, &graph.nodes[last]));
        if !chain.shape_up(graph, self.tuning) {
            if nodes.len() == 1 {
                return Err(self.refuse(last, "is too large for workgroup memory"));
            }
            for &at in &nodes[..nodes.len() - 1] {
                let step = self.place_pixels(&[at])?;
                self.homes.insert(graph.nodes[at].output, step);
            }
            return self.place_pixels(&[last]);
        }
        self.steps.push(Step::Pixels(chain));
        Ok(self.steps.len() - 1)
    }

    fn refuse(&self, at: usize, why: &str) -> Refusal {
        Refusal(format!("{} {why}", self.graph.values[self.graph.nodes[at].output.0].name))
    }

    /// Marks what each step must write because another reads it.
    fn export(&mut self) {
        let graph = self.graph;
        let mut read: HashSet<ValueId> = HashSet::new();
        for step in &self.steps {
            let (nodes, summed) = match step {
                Step::Pixels(chain) => (&chain.nodes, chain.summed.as_slice()),
                Step::Vector { nodes, .. } => (nodes, [].as_slice()),
            };
            let own: HashSet<_> = nodes.iter().map(|&at| graph.nodes[at].output).collect();
            read.extend(summed.iter().filter(|value| !own.contains(value)));
            for &at in nodes.iter().filter(|&&at| graph.nodes[at].op != Op::Mean) {
                read.extend(graph.nodes[at].inputs.iter().filter(|input| !own.contains(input)));
            }
        }
        for (at, step) in self.steps.iter_mut().enumerate() {
            let (nodes, exported) = match step {
                Step::Pixels(chain) => (&chain.nodes, &mut chain.exported),
                Step::Vector { nodes, exported } => (&*nodes, exported),
            };
            let made = nodes.iter().map(|&node| graph.nodes[node].output);
            exported.extend(made.filter(|value| read.contains(value) && self.homes.get(value) == Some(&at)));
        }
    }
}
