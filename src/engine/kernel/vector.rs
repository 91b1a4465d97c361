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
    let mut vector = Vector { graph, sums, source, known: HashMap::new(), floats: 0 };
    for &at in nodes {
        vector.node(at);
    }
    for &value in exported {
        let channels = graph.shape(value).channels;
        let from = vector.known[&value];
        let name = vector.source.buffer(Slot::Value(value), Access::WriteFloats);
        vector.each(channels, |c| format!("{name}[{c}] = m[{from}u + {c}];"));
    }
    let floats = vector.floats.max(1);
    vector.source.declare(&format!("var<workgroup> m: array<f32, {floats}>;"));
    vector.source.finish("gate".into(), THREADS, 1)
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
}

impl Vector<'_> {
    /// Runs `statement` for each channel, spread over the threads, then waits for all.
    fn each(&mut self, channels: usize, statement: impl Fn(&str) -> String) {
        self.source.line(format!(
            "for (var c = l; c < {channels}u; c += {THREADS}u) {{\n{}\n}}\nworkgroupBarrier();",
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
        let name = self.source.buffer(Slot::Value(value), Access::ReadFloats);
        self.each(self.graph.shape(value).channels, |c| format!("m[{at}u + {c}] = {name}[{c}];"));
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
                self.each(channels, |c| format!("let s = m[{from}u + {c}]; m[{to}u + {c}] = {};", end("s")));
            }
            Op::Binary(binary) => {
                let sign = if binary.kind == BinaryKind::Add { "+" } else { "*" };
                let from: Vec<_> =
                    node.inputs.iter().map(|&id| (self.operand(id), self.graph.shape(id))).collect();
                let mut terms: Vec<_> = from
                    .iter()
                    .map(|(at, shape)| match shape.channels {
                        1 => format!("m[{at}u]"),
                        _ => format!("m[{at}u + c]"),
                    })
                    .collect();
                if let Some(constant) = &binary.constant {
                    let name = self.source.buffer(Slot::Constant(at), Access::ReadFloats);
                    terms.push(format!("{name}[{}]", if constant.shape[3] == 1 { "0u" } else { "c" }));
                }
                let to = self.place(node.output);
                self.each(channels, |c| {
                    format!("let s = {} {sign} {}; m[{to}u + {c}] = {};", terms[0], terms[1], end("s"))
                });
            }
            Op::Concatenation => {
                let from: Vec<_> =
                    node.inputs.iter().map(|&id| (self.operand(id), self.graph.shape(id))).collect();
                let to = self.place(node.output);
                let mut first = to;
                for (at, shape) in from {
                    self.each(shape.channels, |c| {
                        format!("let s = m[{at}u + {c}]; m[{first}u + {c}] = {};", end("s"))
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
        let scale = (1.0 / shape.area() as f64) as f32;
        self.each(shape.channels, |c| {
            format!(
                "var s = 0.0; for (var i = 0u; i < {count}u; i++) {{ s += {name}[i * {row}u + {c}]; }}
                 s *= {scale:?}; m[{to}u + {c}] = {end};"
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
        self.each(outputs, |c| {
            format!(
                "var s = {name}[{c}]; for (var i = 0u; i < {inputs}u; i++) {{
                 s += m[{from}u + i] * {name}[(i + 1u) * {outputs}u + {c}]; }}
                 m[{to}u + {c}] = {end};"
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
