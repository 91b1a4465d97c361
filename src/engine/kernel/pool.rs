//! Average pooling.

use super::pixels::{PixelKernel, Registers};
use crate::model::graph::{Node, Window};

impl PixelKernel<'_> {
    /// AVERAGE_POOL_2D. The border is zero, and the divisor counts only the samples inside the value.
    pub(super) fn average_pool(&mut self, node: &Node, window: Window) -> Registers {
        let layout = self.layout(node.inputs[0]);
        let [top, left] = layout.window(window.padding);
        let count = self.groups(layout.shape.channels);
        let inside = |letter: &str, axis: usize, at: usize| {
            let (size, stride) = (window.size[axis], window.stride[axis]);
            let (before, n) = (window.padding[axis].0, layout.shape.sides()[axis]);
            let first = format!("({letter} + {at}u) * {stride}u");
            // Both ends are in coordinates of the padded value.
            format!("f32(min({first} + {size}u, {}u) - max({first}, {before}u))", before + n)
        };
        let mut all = Vec::new();
        for [y, x] in self.pixels() {
            let area = self.bind(format!("{} * {}", inside("oy", 0, y), inside("ox", 1, x)));
            let mut groups = Vec::new();
            for k in 0..count {
                let sum = self.writer.unique_name('a');
                let offset = format!(
                    "((oy + {y}u) * {}u + {top}u + fy) * {}u + (ox + {x}u) * {}u + {left}u + fx",
                    window.stride[0],
                    layout.columns(),
                    window.stride[1],
                );
                let sample = self.writer.load(node.inputs[0], &self.own_group(k), layout.plane(), &offset);
                self.writer.line(format!(
                    "var {sum} = vec4f(0.0);
                     for (var fy = 0u; fy < {}u; fy++) {{ for (var fx = 0u; fx < {}u; fx++) {{
                     {sum} += {sample}; }} }}",
                    window.size[0], window.size[1],
                ));
                groups.push(self.bind(format!("{sum} / {area}")));
            }
            all.push(groups);
        }
        all
    }
}
