//! Transposed convolution.

use super::activation::activate;
use super::matrix::WeightMatrix;
use super::pixels::{PixelKernel, Registers};
use super::spec::KernelBinding;
use super::storage::ChannelGroup;
use super::writer::{BindingAccess, COMPONENTS};
use crate::model::graph::{ConstantTensor, Node, TransposeConv2d};

impl PixelKernel<'_> {
    /// Windows that do not overlap, over the grid of the input: a matrix from the channels of a sample to
    /// those of its output tile, which the thread stores at once.
    pub(super) fn tiles(&mut self, node: &Node, conv: &TransposeConv2d) {
        let input = self.operand(node.inputs[0]);
        let [out, rows, columns, channels] = [0, 1, 2, 3].map(|axis| conv.weights.shape[axis]);
        let shape = self.shape(node.output);
        let is_output = node.output == self.graph.output;
        // Channels per tap: exact for the output, padded to whole groups for a value.
        let each = if is_output { out } else { out.next_multiple_of(4) };
        let taps = rows * columns;
        let row = |r: usize| (r / each, r % each);
        let weights = (0..taps * each).flat_map(|r| {
            let (tap, o) = row(r);
            (0..channels).map(move |c| match o < out {
                true => conv.weights.data[(o * taps + tap) * channels + c],
                false => 0.0,
            })
        });
        let weights = ConstantTensor { shape: vec![taps * each, channels], data: weights.collect() };
        let bias = (0..taps * each).map(|r| conv.bias.data.get(row(r).1).copied().unwrap_or(0.0));
        let bias = ConstantTensor { shape: vec![taps * each], data: bias.collect() };
        let made = self.matrix(WeightMatrix { weights: &weights, bias: &bias }, &input);
        let made = self.map_registers(made, |value| activate(node.activation, value, "vec4f"));

        let pixels = self.pixels();
        for (p, pixel) in pixels.into_iter().enumerate() {
            for tap in 0..taps {
                let at = [tap / columns, tap % columns];
                let mut inside = Vec::new();
                let mut places = Vec::new();
                for (axis, letter) in [(0, "oy"), (1, "ox")] {
                    let (before, after) = conv.padding[axis];
                    let place = format!(
                        "(({letter} + {}u) * {}u + {}u - {before}u)",
                        pixel[axis], conv.stride[axis], at[axis]
                    );
                    // Left of the first column the u32 wraps to a large value.
                    if before + after > 0 {
                        inside.push(format!("{place} < {}u", shape.sides()[axis]));
                    }
                    places.push(place);
                }
                let store = match is_output {
                    true => self.store_output_tile(&made[p], tap * out, out, &places),
                    false => self.store_value_tile(node, &made[p], tap * each / 4, each / 4, &places),
                };
                let store = match inside.is_empty() {
                    true => store,
                    false => format!("if {} {{\n{store}\n}}", inside.join(" && ")),
                };
                self.guarded(pixel, false, &store);
            }
        }
    }

    fn store_output_tile(&mut self, made: &[String], first: usize, out: usize, places: &[String]) -> String {
        let name = self.writer.binding(KernelBinding::Output, BindingAccess::WriteFloats);
        let width = self.shape(self.graph.output).width;
        let store = |o: usize| {
            let (register, component) = (&made[(first + o) / 4], COMPONENTS[(first + o) % 4]);
            format!(
                "{name}[({} * {width}u + {}) * {out}u + {o}u] = {register}.{component};",
                places[0], places[1]
            )
        };
        let stores = (0..out).map(store).collect::<Vec<_>>().join("\n");
        let channel = |o: usize| format!("{}.{}", made[(first + o) / 4], COMPONENTS[(first + o) % 4]);
        let channels: Vec<_> = (0..out).map(channel).collect();
        stores + &self.store_person(&channels, &places[0], &places[1])
    }

    fn store_value_tile(
        &mut self,
        node: &Node,
        made: &[String],
        first: usize,
        groups: usize,
        places: &[String],
    ) -> String {
        let layout = self.layout(node.output);
        let offset = format!(
            "({} + {}u) * {}u + {} + {}u",
            places[0],
            layout.before[0],
            layout.columns(),
            places[1],
            layout.before[1],
        );
        self.writer.store(
            node.output,
            ChannelGroup::At,
            layout.plane(),
            &offset,
            &made[first..first + groups],
        )
    }

    /// Overlapping windows, over the grid of the output: each output gathers the samples that reach it.
    pub(super) fn gather(&mut self, at: usize, node: &Node, conv: &TransposeConv2d) -> Registers {
        let layout = self.layout(node.inputs[0]);
        let [top, left] = layout.before;
        let [_, rows, columns, _] = [0, 1, 2, 3].map(|axis| conv.weights.shape[axis]);
        let count = self.groups(self.shape(node.output).channels);
        let w = self.writer.binding(KernelBinding::NodeConstant(at), BindingAccess::Read);
        let stride = 1 + rows * columns * layout.groups() * 4;
        let mut all = Vec::new();
        for [py, px] in self.pixels() {
            let mut groups = Vec::new();
            for k in 0..count {
                let (a, r) = (self.writer.unique_name('a'), self.writer.unique_name('r'));
                let group = self.group(k);
                let offset = format!(
                    "(y / {sy}u + {top}u) * {line}u + x / {sx}u + {left}u",
                    line = layout.columns(),
                    sy = conv.stride[0],
                    sx = conv.stride[1],
                );
                let all = ChannelGroup::Expression("c".into());
                let sample = self.writer.load(node.inputs[0], &all, layout.plane(), &offset);
                // Row fy reaches output y from sample (y + before − fy) / s, if that is an integer inside the
                // value.
                let weight = |place: &str| self.writer.storage().read(&w, place);
                let [first, x, y, z, w4] = [r.as_str(), "t", "t + 1u", "t + 2u", "t + 3u"].map(weight);
                self.writer.line(format!(
                    "let {r} = {group} * {stride}u; var {a} = {first};
                     for (var fy = 0u; fy < {rows}u; fy++) {{ for (var fx = 0u; fx < {columns}u; fx++) {{
                     let y = oy + {py}u + {by}u - fy; let x = ox + {px}u + {bx}u - fx;
                     if y % {sy}u == 0u && x % {sx}u == 0u && y / {sy}u < {height}u && x / {sx}u < {width}u {{
                     for (var c = 0u; c < {inputs}u; c++) {{
                     let s = {sample};
                     let t = {r} + 1u + ((fy * {columns}u + fx) * {inputs}u + c) * 4u;
                     {a} += s.x * {x} + s.y * {y} + s.z * {z} + s.w * {w4};
                     }} }} }} }}",
                    by = conv.padding[0].0,
                    bx = conv.padding[1].0,
                    sy = conv.stride[0],
                    sx = conv.stride[1],
                    height = layout.shape.height,
                    width = layout.shape.width,
                    inputs = layout.groups(),
                ));
                groups.push(a);
            }
            all.push(groups);
        }
        all
    }
}
