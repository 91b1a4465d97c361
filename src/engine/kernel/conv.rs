//! Convolutions over all channels: unrolled for the stem, a loop for all others.

use super::pixels::{PixelKernel, Registers};
use super::spec::KernelBinding;
use super::storage::ChannelGroup;
use super::writer::{BindingAccess, COMPONENTS};
use crate::model::graph::{Conv2d, Node};

impl PixelKernel<'_> {
    /// CONV_2D of few channels, unrolled: each sample is loaded once and used for all outputs of the block.
    pub(super) fn conv(&mut self, node: &Node, conv: &Conv2d, cut: Option<usize>) -> Registers {
        self.tile = cut.or(self.tile);
        let window = conv.window;
        let taps = window.size[0] * window.size[1];
        let (channels, outputs) = (self.shape(node.inputs[0]).channels, self.shape(node.output).channels);
        let count = self.groups(outputs);
        let tiled = self.tile.is_some();
        let weight = |o: usize, tap: usize, c: usize| match o < outputs {
            true => conv.weights.data[(o * taps + tap) * channels + c],
            false => 0.0,
        };
        let staged = |part: usize| {
            let first = if tiled { 4 * part * count } else { 0 };
            let all = first..first + 4 * count;
            let bias = all.clone().map(|o| conv.bias.data.get(o).copied().unwrap_or(0.0));
            let rows = (0..taps * channels)
                .flat_map(|i| all.clone().map(move |o| weight(o, i / channels, i % channels)));
            bias.chain(rows).collect()
        };
        let first = self.writer.weights(staged);
        let pixels = self.pixels();
        let sums = self.biases(first, count);
        let mut uses = std::collections::BTreeMap::<[usize; 2], Vec<(usize, usize)>>::new();
        for (p, [y, x]) in pixels.iter().enumerate() {
            for tap in 0..taps {
                let row = y * window.stride[0] + tap / window.size[1] * window.dilation[0];
                let column = x * window.stride[1] + tap % window.size[1] * window.dilation[1];
                uses.entry([row, column]).or_default().push((p, tap));
            }
        }
        for ([row, column], uses) in uses {
            for c in (0..channels).step_by(4) {
                let sample = self.sample(node, conv, [row, column], c / 4);
                for &(p, tap) in &uses {
                    for (group, sum) in sums[p].iter().enumerate() {
                        let term = |j: usize| {
                            let at = first + count + (tap * channels + c + j) * count + group;
                            format!("{sample}.{} * {}", COMPONENTS[j], self.writer.weight(at))
                        };
                        let terms: Vec<_> = (0..4.min(channels - c)).map(term).collect();
                        self.writer.line(format!("{sum} += {};", terms.join(" + ")));
                    }
                }
            }
        }
        sums
    }

    /// Channel group `k` of the sample at a row and column of the block's receptive field, from a value or
    /// from the input picture; zero outside.
    fn sample(&mut self, node: &Node, conv: &Conv2d, [row, column]: [usize; 2], k: usize) -> String {
        let (input, window) = (node.inputs[0], conv.window);
        if input != self.graph.input {
            let layout = self.layout(input);
            let [top, left] = layout.window(window.padding);
            let plane = layout.plane();
            let offset = format!(
                "(oy * {}u + {}u) * {}u + ox * {}u + {}u",
                window.stride[0],
                top + row,
                layout.columns(),
                window.stride[1],
                left + column
            );
            let text = self.writer.load_cached(input, ChannelGroup::At(k), plane, &offset);
            return self.bind(text);
        }
        let shape = self.shape(input);
        let mut inside = Vec::new();
        let mut places = Vec::new();
        for (axis, letter, at) in [(0, "oy", row), (1, "ox", column)] {
            let (n, before) = (shape.sides()[axis], window.padding[axis].0);
            let block = self.schedule.block[axis];
            let last = (self.schedule.grid[axis].div_ceil(block) - 1) * block * window.stride[axis] + at;
            let place = format!("{letter} * {}u + {at}u", window.stride[axis]);
            if at < before {
                inside.push(format!("{place} >= {before}u"));
            }
            if last >= n + before {
                inside.push(format!("{place} < {}u", n + before));
            }
            places.push(format!("({place} - {before}u)"));
        }
        let text = self.writer.load_input(&format!("vec2u({}, {})", places[1], places[0]));
        match inside.is_empty() {
            true => self.bind(text),
            false => self.bind(format!("select(vec3f(0.0), {text}, {})", inside.join(" && "))),
        }
    }

    /// CONV_2D of any size: loops over taps and channels, and reads the weights from their buffer.
    pub(super) fn plain_conv(&mut self, at: usize, node: &Node, conv: &Conv2d) -> Registers {
        let (window, layout) = (conv.window, self.layout(node.inputs[0]));
        let [top, left] = layout.window(window.padding);
        let channels = self.shape(node.inputs[0]).channels;
        let count = self.groups(self.shape(node.output).channels);
        let w = self.writer.binding(KernelBinding::NodeConstant(at), BindingAccess::Read);
        let [taps_y, taps_x] = window.size;
        // The constant holds, for each output group, the biases and then a row of four weights for each tap
        // and channel.
        let stride = 1 + taps_y * taps_x * layout.groups() * 4;
        let mut all = Vec::new();
        for [py, px] in self.pixels() {
            let mut groups = Vec::new();
            for k in 0..count {
                let (a, r) = (self.writer.unique_name('a'), self.writer.unique_name('r'));
                let group = self.group(k);
                let sample = self.writer.load(
                    node.inputs[0],
                    &ChannelGroup::Expression("c".into()),
                    layout.plane(),
                    &format!(
                        "((oy + {py}u) * {sy}u + {top}u + fy * {dy}u) * {columns}u
                         + (ox + {px}u) * {sx}u + {left}u + fx * {dx}u",
                        columns = layout.columns(),
                        sy = window.stride[0],
                        sx = window.stride[1],
                        dy = window.dilation[0],
                        dx = window.dilation[1],
                    ),
                );
                let weight = |i: usize| self.writer.storage().read(&w, &format!("{r} + {i}u"));
                let [first, x, y, z, w4] = [0, 1, 2, 3, 4].map(weight);
                self.writer.line(format!(
                    "var {r} = {group} * {stride}u; var {a} = {first};
                     for (var fy = 0u; fy < {taps_y}u; fy++) {{ for (var fx = 0u; fx < {taps_x}u; fx++) {{
                     for (var c = 0u; c < {groups}u; c++) {{
                     let s = {sample};
                     {a} += s.x * {x} + s.y * {y} + s.z * {z} + s.w * {w4};
                     {r} += 4u; }} }} }}",
                    groups = layout.groups(),
                ));
                groups.push(a);
            }
            all.push(groups);
        }
        debug_assert!(channels <= 4 * layout.groups());
        all
    }
}
