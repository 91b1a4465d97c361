//! Depthwise convolution.

use super::pixels::{PixelKernel, Registers};
use super::writer::COMPONENTS;
use crate::model::graph::{DepthwiseConv2d, Node};

impl PixelKernel<'_> {
    /// DEPTHWISE_CONV_2D: each sample is loaded once and used for all outputs of the block.
    pub(super) fn depthwise(&mut self, node: &Node, conv: &DepthwiseConv2d) -> Registers {
        let window = conv.window;
        let [taps_y, taps_x] = window.size;
        let channels = self.shape(node.output).channels;
        let count = self.groups(channels);
        let tiled = self.tile.is_some();
        let weight = |tap: Option<usize>, c: usize| match tap {
            _ if c >= channels => 0.0,
            None => conv.bias.data[c],
            Some(tap) => conv.weights.data[tap * channels + c],
        };
        let staged = |part: usize| {
            let first = if tiled { part * count } else { 0 };
            let group = |k: usize| {
                let taps = std::iter::once(None).chain((0..taps_y * taps_x).map(Some));
                taps.flat_map(move |tap| (0..4).map(move |j| weight(tap, 4 * (first + k) + j)))
            };
            (0..count).flat_map(group).collect()
        };
        let first = self.writer.weights(staged);

        let layout = self.layout(node.inputs[0]);
        let [top, left] = layout.window(window.padding);
        let corner = self.writer.unique_name('o');
        self.writer.line(format!(
            "let {corner} = (oy * {}u + {top}u) * {}u + ox * {}u + {left}u;",
            window.stride[0],
            layout.columns(),
            window.stride[1]
        ));
        let pixels = self.pixels();
        let mut sums: Registers = vec![Vec::new(); pixels.len()];
        // (row, column) of the source → (pixel, tap) that use it, in memory order.
        let mut uses = std::collections::BTreeMap::<[usize; 2], Vec<(usize, usize)>>::new();
        for (p, [y, x]) in pixels.iter().enumerate() {
            for tap in 0..taps_y * taps_x {
                let row = y * window.stride[0] + tap / taps_x * window.dilation[0];
                let column = x * window.stride[1] + tap % taps_x * window.dilation[1];
                uses.entry([row, column]).or_default().push((p, tap));
            }
        }
        let base = |k: usize| first + k * (1 + taps_y * taps_x);
        for groups in self.writer.group_batches(count) {
            for k in groups.clone() {
                for sums in &mut sums {
                    let name = self.writer.unique_name('a');
                    let bias = self.writer.weight(base(k));
                    self.writer.line(format!("var {name} = {bias};"));
                    sums.push(name);
                }
            }
            for ([row, column], uses) in &uses {
                let offset = format!("{corner} + {}u", row * layout.columns() + column);
                for k in groups.clone() {
                    let sample = match conv.multiplier {
                        1 => self.load_group(node.inputs[0], k, &offset),
                        m => self.repeated(node, k, m, &offset),
                    };
                    let sample = self.bind(sample);
                    for &(p, tap) in uses {
                        let weight = self.writer.weight(base(k) + 1 + tap);
                        self.writer.line(format!("{} += {sample} * {weight};", sums[p][k]));
                    }
                }
            }
        }
        sums
    }

    /// The source channels of output group `k`, for a layer with channel multiplier `m`.
    fn repeated(&mut self, node: &Node, k: usize, m: usize, offset: &str) -> String {
        let last = self.shape(node.inputs[0]).channels - 1;
        let channel = |j: usize| ((4 * k + j) / m).min(last);
        let groups: Vec<_> =
            (0..4).map(|j| self.load_group(node.inputs[0], channel(j) / 4, offset)).collect();
        let text: Vec<_> = (0..4).map(|j| format!("{}.{}", groups[j], COMPONENTS[channel(j) % 4])).collect();
        format!("vec4f({})", text.join(", "))
    }
}
