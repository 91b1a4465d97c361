//! Nodes on single pixels (means, small matrices), computed by one workgroup in its memory: as a kernel of their own,
//! or at the start of a pixel kernel that reads what they make, once in each of its workgroups.

use std::collections::HashMap;

use super::super::analysis::groups;
use super::activation::activate;
use super::constant::in_groups;
use super::matrix::Matrix;
use super::spec::{Kernel, Slot};
use super::storage::Stored;
use super::writer::{Access, Source};
use crate::model::graph::{Binary, BinaryKind, Graph, Node, Op, ValueId};

/// Threads of the workgroup of a kernel of their own.
const THREADS: usize = 64;

/// The kernel of `nodes`, which writes the values that are `exported`. `sums` says how many sums a mean is taken of.
pub(in crate::engine) fn write(
    graph: &Graph,
    nodes: &[usize],
    exported: &[ValueId],
    sums: &HashMap<ValueId, usize>,
    stored: Stored,
) -> Kernel {
    let mut source = Source::new(1, stored);
    let mut vector =
        Vector { graph, sums, source: &mut source, threads: THREADS, known: HashMap::new(), length: 0 };
    nodes.iter().for_each(|&at| vector.node(at));
    for &value in exported {
        let (from, groups) = (vector.number(vector.known[&value]), groups(graph, value));
        let put = vector.source.put_single(value, "c", &format!("m[{from} + c]"));
        vector.each(groups, |_| put.clone());
    }
    vector.declare();
    source.finish("gate".into(), THREADS, 1)
}

/// Writes `nodes` at the start of a kernel of `threads`: where in `m`, a vec4 for each four channels, their results are.
pub(super) fn begin(
    graph: &Graph,
    nodes: &[usize],
    sums: &HashMap<ValueId, usize>,
    source: &mut Source,
    threads: usize,
) -> HashMap<ValueId, usize> {
    let mut vector = Vector { graph, sums, source, threads, known: HashMap::new(), length: 0 };
    nodes.iter().for_each(|&at| vector.node(at));
    vector.declare();
    vector.known
}

struct Vector<'a> {
    graph: &'a Graph,
    sums: &'a HashMap<ValueId, usize>,
    source: &'a mut Source,
    threads: usize,
    /// Where a value begins in workgroup memory, in vec4s.
    known: HashMap<ValueId, usize>,
    length: usize,
}

impl Vector<'_> {
    fn declare(&mut self) {
        self.source.declare(&format!("var<workgroup> m: array<vec4f, {}>;", self.length));
    }

    /// The name of a whole number below 2²⁴, which the text does not hold: layers of other widths share it, and no loop
    /// is unrolled. It is read outside of any loop, where software Vulkan reads it once for all lanes.
    fn number(&mut self, number: usize) -> String {
        let (name, text) = (self.source.name('n'), self.source.number(number as f32));
        self.source.line(format!("let {name} = u32({text});"));
        name
    }

    /// The name of the place of more numbers, in vec4s.
    fn content(&mut self, content: &[f32]) -> String {
        let (name, text) = (self.source.name('n'), self.source.content(content));
        self.source.line(format!("let {name} = u32({text});"));
        name
    }

    /// Runs `statement` for each of `count` groups of channels, spread over the threads, then waits for all.
    fn each(&mut self, count: usize, statement: impl Fn(&str) -> String) {
        let count = self.number(count);
        let (threads, statement) = (self.threads, statement("c"));
        self.source.line(format!(
            "for (var c = l; c < {count}; c += {threads}u) {{\n{statement}\n}}\nworkgroupBarrier();"
        ));
    }

    fn place(&mut self, value: ValueId) -> usize {
        let at = self.length;
        self.length += groups(self.graph, value);
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
        if value == self.graph.input {
            let rgb = self.source.picture("vec2u(0u)");
            self.each(1, |_| format!("m[{to}] = vec4f({rgb}, 0.0);"));
        } else {
            let from = self.source.get_single(value, "c"); // the loop's variable
            self.each(groups(self.graph, value), |c| format!("m[{to} + {c}] = {from};"));
        }
        at
    }

    fn node(&mut self, at: usize) {
        let node = &self.graph.nodes[at];
        match &node.op {
            Op::Mean => self.mean(node),
            Op::Activate => {
                let from = self.operand(node.inputs[0]);
                let from = self.number(from);
                self.make(node, |c| format!("let s = m[{from} + {c}];"));
            }
            Op::Binary(binary) => self.binary(node, binary),
            Op::Concatenation => self.concatenation(node),
            op => self.dense(node, Matrix::of(op)),
        }
    }

    /// Makes each group of a node's result: `statement` sets `s`, the activation ends it.
    fn make(&mut self, node: &Node, statement: impl Fn(&str) -> String) {
        let to = self.place(node.output);
        let to = self.number(to);
        let end = activate(node.activation, "s", "vec4f");
        self.each(groups(self.graph, node.output), |c| format!("{}\nm[{to} + {c}] = {end};", statement(c)));
    }

    fn binary(&mut self, node: &Node, binary: &Binary) {
        let channels = self.graph.shape(node.output).channels;
        // Of the numbers where they are named, else of what is known.
        let stored = self.source.stored();
        let term = |numbers: &Option<String>, at: &str, own: usize, c: &str| {
            let element = |at: &str| match numbers {
                Some(name) => stored.read(name, at),
                None => format!("m[{at}]"),
            };
            match own {
                1 if channels > 1 => format!("{}.xxxx", element(at)),
                _ => element(&format!("{at} + {c}")),
            }
        };
        let mut terms: Vec<(Option<String>, String, usize)> = Vec::new();
        for &input in &node.inputs {
            let at = self.operand(input);
            terms.push((None, self.number(at), self.graph.shape(input).channels));
        }
        if let Some(constant) = &binary.constant {
            let at = self.content(&in_groups(constant));
            terms.push((Some(self.source.numbers()), at, constant.shape[3]));
        }
        let sign = if binary.kind == BinaryKind::Add { "+" } else { "*" };
        let [a, b] = &terms[..] else { unreachable!("two operands") };
        let text = |(numbers, at, own): &(Option<String>, String, usize), c: &str| term(numbers, at, *own, c);
        self.make(node, |c| format!("let s = {} {sign} {};", text(a, c), text(b, c)));
    }

    fn concatenation(&mut self, node: &Node) {
        let mut first = 0;
        let mut lines =
            String::from("var s = vec4f(0.0); for (var j = 0u; j < 4u; j++) { let d = 4u * c + j;\n");
        for &input in &node.inputs {
            let at = self.operand(input);
            let channels = self.graph.shape(input).channels;
            let [from, begin, end] = [at, first, first + channels].map(|number| self.number(number));
            lines += &format!(
                "if d >= {begin} && d < {end} {{ s[j] = m[{from} + (d - {begin}) / 4u][(d - {begin}) % 4u]; }}\n"
            );
            first += channels;
        }
        lines += "}";
        self.make(node, |_| lines.clone());
    }

    /// The consumer's half of a mean.
    fn mean(&mut self, node: &Node) {
        let shape = self.graph.shape(node.inputs[0]);
        let name = self.source.buffer(Slot::Sums(node.inputs[0]), Access::Read);
        let stored = self.source.stored();
        let scale = self.source.number((1.0 / shape.area() as f64) as f32);
        let [rows, row] =
            [self.sums[&node.inputs[0]], groups(self.graph, node.output)].map(|n| self.number(n));
        let factor = self.source.name('n');
        self.source.line(format!("let {factor} = {scale};"));
        self.make(node, |c| {
            let sum = stored.read(&name, &format!("i * {row} + {c}"));
            format!("var s = vec4f(0.0); for (var i = 0u; i < {rows}; i++) {{ s += {sum}; }} s *= {factor};")
        });
    }

    /// A matrix: a thread for four outputs.
    fn dense(&mut self, node: &Node, matrix: Matrix<'_>) {
        let from = self.operand(node.inputs[0]);
        let from = self.number(from);
        let w = self.content(&matrix.rows());
        let name = self.source.numbers();
        let [rows, row] = [matrix.inputs(), matrix.outputs()].map(|n| self.number(n.div_ceil(4)));
        let stored = self.source.stored();
        self.make(node, |c| {
            let at = |place: String| stored.read(&name, &place);
            let [x, y, z, w4] = [0, 1, 2, 3].map(|i| at(format!("r + {i}u * {row}")));
            format!(
                "var s = {}; var r = {w} + {row} + {c};
                 for (var i = 0u; i < {rows}; i++) {{ let v = m[{from} + i];
                 s += v.x * {x} + v.y * {y} + v.z * {z} + v.w * {w4};
                 r += 4u * {row}; }}",
                at(format!("{w} + {c}"))
            )
        });
    }
}
