//! The vector kernel: a chain of nodes on single pixels (means, small matrices), in one workgroup.

use std::collections::HashMap;

use super::pointwise::Matrix;
use super::source::{Access, Source};
use super::{Kernel, Slot, activate};
use crate::model::graph::{BinaryKind, Graph, Node, Op, ValueId};

/// Threads of the workgroup.
const THREADS: usize = 64;

/// The kernel of `nodes`, which writes the values that are `exported`. `sums` says how many sums a mean is taken of.
pub(in crate::engine) fn write(
    graph: &Graph,
    nodes: &[usize],
    exported: &[ValueId],
    sums: &HashMap<ValueId, usize>,
) -> Kernel {
    let source = Source::new(1);
    let mut vector = Vector { graph, sums, source, known: HashMap::new(), floats: 0, numbers: Vec::new() };
    vector.source.buffer(Slot::Numbers, Access::ReadFloats);
    for &at in nodes {
        vector.node(at);
    }
    for &value in exported {
        let channels = graph.shape(value).channels;
        let first = vector.number(vector.known[&value]);
        let name = vector.source.buffer(Slot::Value(value), Access::WriteFloats);
        vector.each(channels, |c| format!("{name}[{c}] = m[{first} + {c}];"));
    }
    // Rounded up, so that kernels of one form have one text, which is compiled once.
    let floats = vector.floats.next_multiple_of(1024);
    vector.source.declare(&format!("var<workgroup> m: array<f32, {floats}>;"));
    let Vector { source, numbers, .. } = vector;
    Kernel { numbers, ..source.finish("gate".into(), THREADS, 1) }
}

/// Floats of workgroup memory that the nodes need.
pub(in crate::engine) fn floats(graph: &Graph, node: &Node) -> usize {
    let of = |value: &ValueId| graph.shape(*value).channels.next_multiple_of(4);
    of(&node.output) + node.inputs.iter().map(of).sum::<usize>()
}

struct Vector<'a> {
    graph: &'a Graph,
    sums: &'a HashMap<ValueId, usize>,
    source: Source,
    /// Where a value begins in workgroup memory.
    known: HashMap<ValueId, usize>,
    floats: usize,
    /// Lengths and places: read from memory, so that the text does not depend on them and no loop is unrolled.
    numbers: Vec<f32>,
}

impl Vector<'_> {
    /// A whole number below 2²⁴, as text.
    fn number(&mut self, number: usize) -> String {
        format!("u32({})", self.scalar(number as f32))
    }

    /// A number, as text.
    fn scalar(&mut self, number: f32) -> String {
        // Equal numbers of one kernel may differ in another: each has its own place.
        self.numbers.push(number);
        format!("b0[{}u]", self.numbers.len() - 1)
    }

    /// Runs `statement` for each channel, spread over the threads, then waits for all.
    fn each(&mut self, channels: usize, statement: impl Fn(&str) -> String) {
        let channels = self.number(channels);
        self.source.line(format!(
            "for (var c = l; c < {channels}; c += {THREADS}u) {{\n{}\n}}\nworkgroupBarrier();",
            statement("c")
        ));
    }

    fn place(&mut self, value: ValueId) -> usize {
        let at = self.floats;
        self.floats += self.graph.shape(value).channels.next_multiple_of(4);
        self.known.insert(value, at);
        at
    }

    /// Where an operand lies in workgroup memory; read first if another kernel made it.
    fn operand(&mut self, value: ValueId) -> usize {
        if let Some(&at) = self.known.get(&value) {
            return at;
        }
        let at = self.place(value);
        let to = self.number(at);
        let slot = if value == self.graph.input { Slot::Picture } else { Slot::Value(value) };
        let name = self.source.buffer(slot, Access::ReadFloats);
        self.each(self.graph.shape(value).channels, |c| format!("m[{to} + {c}] = {name}[{c}];"));
        at
    }

    fn node(&mut self, at: usize) {
        let node = &self.graph.nodes[at];
        let channels = self.graph.shape(node.output).channels;
        let end = |text: &str| activate(node.activation, text, "f32");
        match &node.op {
            Op::Mean => self.mean(node),
            Op::Activate => {
                let from = self.operand(node.inputs[0]);
                let to = self.place(node.output);
                let (from, to) = (self.number(from), self.number(to));
                self.each(channels, |c| format!("let s = m[{from} + {c}]; m[{to} + {c}] = {};", end("s")));
            }
            Op::Binary(binary) => {
                let sign = if binary.kind == BinaryKind::Add { "+" } else { "*" };
                let from: Vec<_> =
                    node.inputs.iter().map(|&id| (self.operand(id), self.graph.shape(id))).collect();
                let from: Vec<_> = from.into_iter().map(|(at, shape)| (self.number(at), shape)).collect();
                let mut terms: Vec<_> = from
                    .iter()
                    .map(|(at, shape)| match shape.channels {
                        1 => format!("m[{at}]"),
                        _ => format!("m[{at} + c]"),
                    })
                    .collect();
                if let Some(constant) = &binary.constant {
                    let name = self.source.buffer(Slot::Constant(at), Access::ReadFloats);
                    terms.push(format!("{name}[{}]", if constant.shape[3] == 1 { "0u" } else { "c" }));
                }
                let to = self.place(node.output);
                let to = self.number(to);
                self.each(channels, |c| {
                    format!("let s = {} {sign} {}; m[{to} + {c}] = {};", terms[0], terms[1], end("s"))
                });
            }
            Op::Concatenation => {
                let from: Vec<_> =
                    node.inputs.iter().map(|&id| (self.operand(id), self.graph.shape(id))).collect();
                let to = self.place(node.output);
                let mut first = to;
                for (at, shape) in from {
                    let (at, to) = (self.number(at), self.number(first));
                    self.each(shape.channels, |c| {
                        format!("let s = m[{at} + {c}]; m[{to} + {c}] = {};", end("s"))
                    });
                    first += shape.channels;
                }
            }
            op => self.dense(at, node, Matrix::of(op)),
        }
    }

    /// The consumer's half of a mean.
    fn mean(&mut self, node: &Node) {
        let shape = self.graph.shape(node.inputs[0]);
        let count = self.sums[&node.inputs[0]];
        let name = self.source.buffer(Slot::Sums(node.inputs[0]), Access::ReadFloats);
        let to = self.place(node.output);
        let row = shape.channels.next_multiple_of(4);
        let end = activate(node.activation, "s", "f32");
        let scale = self.scalar((1.0 / shape.area() as f64) as f32);
        let (count, row, to) = (self.number(count), self.number(row), self.number(to));
        self.each(shape.channels, |c| {
            format!(
                "var s = 0.0; for (var i = 0u; i < {count}; i++) {{ s += {name}[i * {row} + {c}]; }}
                 s *= {scale}; m[{to} + {c}] = {end};"
            )
        });
    }

    /// A matrix: a thread for each output.
    fn dense(&mut self, at: usize, node: &Node, matrix: Matrix<'_>) {
        let from = self.operand(node.inputs[0]);
        let to = self.place(node.output);
        let name = self.source.buffer(Slot::Constant(at), Access::ReadFloats);
        let (inputs, outputs) = (matrix.inputs(), matrix.outputs());
        let end = activate(node.activation, "s", "f32");
        let (from, to) = (self.number(from), self.number(to));
        let (columns, rows) = (self.number(outputs), self.number(inputs));
        self.each(outputs, |c| {
            format!(
                "var s = {name}[{c}]; for (var i = 0u; i < {rows}; i++) {{
                 s += m[{from} + i] * {name}[(i + 1u) * {columns} + {c}]; }}
                 m[{to} + {c}] = {end};"
            )
        });
    }
}

/// What the vector kernel reads as a matrix: the biases, then a row of outputs for each input.
pub(super) fn dense_weights(op: &Op) -> Vec<f32> {
    let matrix = Matrix::of(op);
    let bias = (0..matrix.outputs()).map(|o| matrix.bias(o));
    let rows = (0..matrix.inputs()).flat_map(|i| (0..matrix.outputs()).map(move |o| matrix.weight(o, i)));
    bias.chain(rows).collect()
}

/// Whether a node can be part of a vector kernel.
pub(in crate::engine) fn fits(graph: &Graph, node: &Node) -> bool {
    let single = |value: ValueId| graph.shape(value).sides() == [1, 1];
    match &node.op {
        Op::Mean => true,
        Op::Activate | Op::Concatenation => node.inputs.iter().all(|&input| single(input)),
        Op::Binary(_) => single(node.output) && node.inputs.iter().all(|&input| single(input)),
        op => single(node.inputs[0]) && super::super::rewrite::resize_last::is_pointwise(op),
    }
}
