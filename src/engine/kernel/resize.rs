//! Bilinear resampling.

use super::super::analysis::is_doubled;
use super::pixels::{PixelKernel, Registers};
use crate::model::graph::{Node, Sampling};

impl PixelKernel<'_> {
    /// RESIZE_BILINEAR.
    pub(super) fn resize(&mut self, node: &Node, sampling: Sampling) -> Registers {
        let input = node.inputs[0];
        let layout = self.layout(input);
        let (from, to) = (layout.shape.sides(), self.shape(node.output).sides());
        let count = self.groups(layout.shape.channels);
        if self.schedule.block == [1, 2] && is_doubled(sampling, from[1], to[1]) {
            return self.pair(node, sampling);
        }
        let mut all = Vec::new();
        for pixel in self.pixels() {
            let (y, x) = (
                self.samples("oy", pixel[0], from[0], to[0], sampling),
                self.samples("ox", pixel[1], from[1], to[1], sampling),
            );
            let mut offset = |row: &str, column: &str| {
                let name = self.writer.unique_name('o');
                let [top, left] = layout.before;
                let columns = layout.columns();
                self.writer.line(format!("let {name} = ({row} + {top}u) * {columns}u + {column} + {left}u;"));
                name
            };
            let at = [[&y.low, &x.low], [&y.low, &x.high], [&y.high, &x.low], [&y.high, &x.high]]
                .map(|[row, column]| offset(row, column));
            let mut groups = Vec::new();
            for k in 0..count {
                let [a, b, c, d] = [0, 1, 2, 3].map(|i| self.load_group(input, k, &at[i]));
                let text = format!(
                    "mix(mix({a}, {b}, {fx}), mix({c}, {d}, {fx}), {fy})",
                    fx = x.fraction,
                    fy = y.fraction
                );
                groups.push(self.bind(text));
            }
            all.push(groups);
        }
        all
    }

    /// Upscales by 2, two neighbours at once: columns 2m and 2m + 1 lie a quarter left and right of column m,
    /// so the pair needs three source columns instead of four.
    fn pair(&mut self, node: &Node, sampling: Sampling) -> Registers {
        let input = node.inputs[0];
        let layout = self.layout(input);
        let (from, to) = (layout.shape.sides(), self.shape(node.output).sides());
        let y = self.samples("oy", 0, from[0], to[0], sampling);
        let [top, left] = layout.before;
        let row = |row: &str| format!("({row} + {top}u) * {}u + {left}u", layout.columns());
        let (low, high) = (self.bind(row(&y.low)), self.bind(row(&y.high)));
        let own = self.bind("ox / 2u".into());
        let columns = [
            self.bind(format!("max({own}, 1u) - 1u")),
            own.clone(),
            self.bind(format!("min({own} + 1u, {}u)", from[1] - 1)),
        ];
        let mut all = vec![Vec::new(); 2];
        for k in 0..self.groups(layout.shape.channels) {
            let mut sides = Vec::new();
            for column in &columns {
                let above = self.load_group(input, k, &format!("{low} + {column}"));
                let below = self.load_group(input, k, &format!("{high} + {column}"));
                sides.push(self.bind(format!("mix({above}, {below}, {})", y.fraction)));
            }
            all[0].push(self.bind(format!("mix({}, {}, 0.25)", sides[1], sides[0])));
            all[1].push(self.bind(format!("mix({}, {}, 0.25)", sides[1], sides[2])));
        }
        all
    }

    /// The two source samples on either side of output `letter + at` along an axis.
    fn samples(&mut self, letter: &str, at: usize, from: usize, to: usize, sampling: Sampling) -> Samples {
        let (place, low) = (self.writer.unique_name('p'), self.writer.unique_name('w'));
        let last = from - 1;
        let text = match sampling {
            Sampling::HalfPixel => {
                let scale = from as f64 / to as f64;
                format!("(f32({letter} + {at}u) + 0.5) * {:?} - 0.5", scale as f32)
            }
            Sampling::AlignCorners => {
                let scale = if to > 1 { last as f64 / (to - 1) as f64 } else { 0.0 };
                format!("f32({letter} + {at}u) * {:?}", scale as f32)
            }
        };
        self.writer.line(format!("let {place} = clamp({text}, 0.0, {last}.0);"));
        self.writer.line(format!("let {low} = u32({place});"));
        Samples {
            high: format!("min({low} + 1u, {last}u)"),
            fraction: format!("({place} - f32({low}))"),
            low,
        }
    }
}

/// Expressions of the indices of two neighbouring samples, and of the fraction between them, 0..1.
struct Samples {
    low: String,
    high: String,
    fraction: String,
}
