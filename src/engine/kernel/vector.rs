//! Writes 1×1 nodes (means, small matrices), which one workgroup computes in workgroup memory: as a kernel of
//! their own, or at the start of the pixel kernel that reads them, repeated in each of its workgroups.

use std::collections::HashMap;

use super::super::analysis::channel_groups;
use super::activation::activate;
use super::constant::in_groups;
use super::matrix::WeightMatrix;
use super::spec::{Kernel, KernelBinding};
use super::storage::StorageFormat;
use super::writer::{BindingAccess, ShaderWriter};
use crate::model::graph::{Binary, BinaryKind, Graph, Node, Op, ValueId};

/// Threads of a standalone vector kernel.
const THREADS: usize = 64;

/// Writes a kernel that computes `nodes` and stores the `exported` values. `sums` holds the number of partial
/// sums of each mean.
pub(in crate::engine) fn write(
    graph: &Graph,
    nodes: &[usize],
    exported: &[ValueId],
    sums: &HashMap<ValueId, usize>,
    storage: StorageFormat,
) -> Kernel {
    let mut writer = ShaderWriter::new(1, storage);
    let mut vector =
        VectorKernel { graph, sums, writer: &mut writer, threads: THREADS, known: HashMap::new(), length: 0 };
    nodes.iter().for_each(|&at| vector.node(at));
    for &value in exported {
        let (from, groups) = (vector.runtime_u32(vector.known[&value]), channel_groups(graph, value));
        let put = vector.writer.store_single(value, "c", &format!("m[{from} + c]"));
        vector.for_each_group(groups, |_| put.clone());
    }
    vector.declare();
    writer.finish("gate".into(), THREADS, 1)
}

/// Writes `nodes` at the start of a kernel of `threads`. Returns the index of each result in the workgroup
/// array `m`, whose vec4s hold four channels each.
pub(super) fn begin(
    graph: &Graph,
    nodes: &[usize],
    sums: &HashMap<ValueId, usize>,
    writer: &mut ShaderWriter,
    threads: usize,
) -> HashMap<ValueId, usize> {
    let mut vector = VectorKernel { graph, sums, writer, threads, known: HashMap::new(), length: 0 };
    nodes.iter().for_each(|&at| vector.node(at));
    vector.declare();
    vector.known
}

struct VectorKernel<'a> {
    graph: &'a Graph,
    sums: &'a HashMap<ValueId, usize>,
    writer: &'a mut ShaderWriter,
    threads: usize,
    /// Index of each value's first vec4 in workgroup memory.
    known: HashMap<ValueId, usize>,
    length: usize,
}

impl VectorKernel<'_> {
    fn declare(&mut self) {
        self.writer.declare(&format!("var<workgroup> m: array<vec4f, {}>;", self.length));
        if self.splits() {
            self.writer.declare(&format!("var<workgroup> parts_of_sums: array<vec4f, {}>;", self.threads));
        }
    }

    /// Whether all threads share in each sum.
    fn splits(&self) -> bool {
        self.writer.storage().split_gates
    }

    /// Name of a runtime constant below 2²⁴. It is no literal, so that layers of other widths share the WGSL
    /// and drivers unroll no loop. It is loaded outside of loops: llvmpipe idiom 5.
    fn runtime_u32(&mut self, number: usize) -> String {
        if self.splits() {
            return format!("{number}u");
        }
        let (name, text) = (self.writer.unique_name('n'), self.writer.runtime_constant(number as f32));
        self.writer.line(format!("let {name} = u32({text});"));
        name
    }

    /// Name of the index of an array of runtime constants, in vec4s.
    fn runtime_array(&mut self, content: &[f32]) -> String {
        let (name, text) = (self.writer.unique_name('n'), self.writer.runtime_array(content));
        self.writer.line(format!("let {name} = u32({text});"));
        name
    }

    /// Runs `statement` for each of `count` channel groups, distributed over the threads, then waits at a
    /// barrier.
    fn for_each_group(&mut self, count: usize, statement: impl Fn(&str) -> String) {
        if self.splits() && count <= self.threads {
            let statement = statement("c");
            self.writer.line(format!("if l < {count}u {{\nlet c = l;\n{statement}\n}}\nworkgroupBarrier();"));
            return;
        }
        let count = self.runtime_u32(count);
        let (threads, statement) = (self.threads, statement("c"));
        self.writer.line(format!(
            "for (var c = l; c < {count}; c += {threads}u) {{\n{statement}\n}}\nworkgroupBarrier();"
        ));
    }

    fn allocate(&mut self, value: ValueId) -> usize {
        let at = self.length;
        self.length += channel_groups(self.graph, value);
        self.known.insert(value, at);
        at
    }

    /// Index of an operand in workgroup memory. Loads it first if another kernel computed it.
    fn operand(&mut self, value: ValueId) -> usize {
        if let Some(&at) = self.known.get(&value) {
            return at;
        }
        let at = self.allocate(value);
        let to = self.runtime_u32(at);
        if value == self.graph.input {
            let rgb = self.writer.load_input("vec2u(0u)");
            self.for_each_group(1, |_| format!("m[{to}] = vec4f({rgb}, 0.0);"));
        } else {
            let from = self.writer.load_single(value, "c"); // the variable of the loop
            self.for_each_group(channel_groups(self.graph, value), |c| format!("m[{to} + {c}] = {from};"));
        }
        at
    }

    fn node(&mut self, at: usize) {
        let node = &self.graph.nodes[at];
        match &node.op {
            Op::Mean => self.mean(node),
            Op::Activate => {
                let from = self.operand(node.inputs[0]);
                let from = self.runtime_u32(from);
                self.emit(node, |c| format!("let s = m[{from} + {c}];"));
            }
            Op::Binary(binary) => self.binary(node, binary),
            Op::Concatenation => self.concatenation(node),
            op => self.dense(node, WeightMatrix::from_op(op)),
        }
    }

    /// Computes each channel group of a node's result: `statement` declares `s`, to which the activation is
    /// applied.
    fn emit(&mut self, node: &Node, statement: impl Fn(&str) -> String) {
        let to = self.allocate(node.output);
        let to = self.runtime_u32(to);
        let end = activate(node.activation, "s", "vec4f");
        self.for_each_group(channel_groups(self.graph, node.output), |c| {
            format!("{}\nm[{to} + {c}] = {end};", statement(c))
        });
    }

    /// Adds up `terms` terms for each of `count` channel groups: every thread takes some terms of one group, one
    /// after the other. `term` gives the expression of a term and a group. Returns the expression of a group's
    /// sum.
    fn split_sum(
        &mut self,
        count: usize,
        terms: usize,
        term: impl Fn(&str, &str) -> String,
    ) -> Box<dyn Fn(&str) -> String> {
        let slices = (self.threads / count).clamp(1, terms);
        let mut lines =
            format!("if l < {}u {{\nlet c = l % {count}u;\nvar s = vec4f(0.0);\n", slices * count);
        for first in (0..terms).step_by(slices) {
            let at = format!("i{first}");
            let add = format!("let {at} = l / {count}u + {first}u;\ns += {};", term(&at, "c"));
            let inside = first + slices <= terms;
            lines += &match inside {
                true => add + "\n",
                false => format!("if l / {count}u < {}u {{ {add} }}\n", terms - first),
            };
        }
        self.writer.line(format!("{lines}parts_of_sums[l] = s;\n}}\nworkgroupBarrier();"));
        Box::new(move |c| {
            let part = |slice: usize| format!("parts_of_sums[{c} + {}u]", slice * count);
            (0..slices).map(part).collect::<Vec<_>>().join(" + ")
        })
    }

    fn binary(&mut self, node: &Node, binary: &Binary) {
        let channels = self.graph.shape(node.output).channels;
        // From the runtime constants if they are named, else from workgroup memory.
        let storage = self.writer.storage();
        let term = |numbers: &Option<String>, at: &str, own: usize, c: &str| {
            let element = |at: &str| match numbers {
                Some(name) => storage.read(name, at),
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
            terms.push((None, self.runtime_u32(at), self.graph.shape(input).channels));
        }
        if let Some(constant) = &binary.constant {
            let at = self.runtime_array(&in_groups(constant));
            terms.push((Some(self.writer.runtime_constants()), at, constant.shape[3]));
        }
        let sign = if binary.kind == BinaryKind::Add { "+" } else { "*" };
        let [a, b] = &terms[..] else { unreachable!("two operands") };
        let text = |(numbers, at, own): &(Option<String>, String, usize), c: &str| term(numbers, at, *own, c);
        self.emit(node, |c| format!("let s = {} {sign} {};", text(a, c), text(b, c)));
    }

    fn concatenation(&mut self, node: &Node) {
        let mut first = 0;
        let mut lines =
            String::from("var s = vec4f(0.0); for (var j = 0u; j < 4u; j++) { let d = 4u * c + j;\n");
        for &input in &node.inputs {
            let at = self.operand(input);
            let channels = self.graph.shape(input).channels;
            let [from, begin, end] = [at, first, first + channels].map(|number| self.runtime_u32(number));
            lines += &format!(
                "if d >= {begin} && d < {end} {{ s[j] = m[{from} + (d - {begin}) / 4u][(d - {begin}) % 4u]; }}\n"
            );
            first += channels;
        }
        lines += "}";
        self.emit(node, |_| lines.clone());
    }

    /// Second half of a mean: adds up the partial sums.
    fn mean(&mut self, node: &Node) {
        let shape = self.graph.shape(node.inputs[0]);
        let name = self.writer.binding(KernelBinding::Sums(node.inputs[0]), BindingAccess::Read);
        let storage = self.writer.storage();
        let scale = self.writer.runtime_constant((1.0 / shape.area() as f64) as f32);
        let [rows, row] = [self.sums[&node.inputs[0]], channel_groups(self.graph, node.output)]
            .map(|n| self.runtime_u32(n));
        let factor = self.writer.unique_name('n');
        self.writer.line(format!("let {factor} = {scale};"));
        let count = channel_groups(self.graph, node.output);
        if self.splits() && count <= self.threads {
            let term = |at: &str, c: &str| storage.read(&name, &format!("{at} * {row} + {c}"));
            let all = self.split_sum(count, self.sums[&node.inputs[0]], term);
            return self.emit(node, |c| format!("let s = {factor} * ({});", all(c)));
        }
        self.emit(node, |c| {
            let sum = storage.read(&name, &format!("i * {row} + {c}"));
            format!("var s = vec4f(0.0); for (var i = 0u; i < {rows}; i++) {{ s += {sum}; }} s *= {factor};")
        });
    }

    /// A matrix: each thread computes four outputs.
    fn dense(&mut self, node: &Node, matrix: WeightMatrix<'_>) {
        let from = self.operand(node.inputs[0]);
        let from = self.runtime_u32(from);
        let w = self.runtime_array(&matrix.rows());
        let name = self.writer.runtime_constants();
        let [rows, row] = [matrix.inputs(), matrix.outputs()].map(|n| self.runtime_u32(n.div_ceil(4)));
        let storage = self.writer.storage();
        let count = matrix.outputs().div_ceil(4);
        if self.splits() && count <= self.threads {
            let at = |place: String| storage.read(&name, &place);
            let term = |i: &str, c: &str| {
                let weight = |j: usize| at(format!("{w} + {row} + (4u * {i} + {j}u) * {row} + {c}"));
                let [x, y, z, w4] = [0, 1, 2, 3].map(weight);
                format!("mat4x4f({x}, {y}, {z}, {w4}) * m[{from} + {i}]")
            };
            let all = self.split_sum(count, matrix.inputs().div_ceil(4), term);
            return self.emit(node, |c| format!("let s = {} + {};", at(format!("{w} + {c}")), all(c)));
        }
        self.emit(node, |c| {
            let at = |place: String| storage.read(&name, &place);
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
