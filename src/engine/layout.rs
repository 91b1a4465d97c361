//! Memory layout of a value: NC4HW4 with a border of zeros.

use std::collections::HashMap;

use crate::model::graph::{Graph, Op, TensorShape, ValueId, Window};

/// `[⌈c / 4⌉, rows, columns]` of vec4: each plane holds four channels, interleaved. The border is the zero
/// padding that windows read; no kernel writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ValueLayout {
    pub(super) shape: TensorShape,
    /// Border rows above and border columns left of the value.
    pub(super) before: [usize; 2],
    /// Border rows below and border columns right of it.
    pub(super) after: [usize; 2],
}

impl ValueLayout {
    fn new(shape: TensorShape) -> Self {
        Self { shape, before: [0; 2], after: [0; 2] }
    }

    /// The same layout with a border at least as wide as a window's padding.
    fn padded_for(self, window: Window) -> Self {
        let before = [0, 1].map(|axis| self.before[axis].max(window.padding[axis].0));
        let after = [0, 1].map(|axis| self.after[axis].max(window.padding[axis].1));
        Self { before, after, ..self }
    }

    /// The layout of a value that only one window reads.
    pub(super) fn for_window(shape: TensorShape, window: Window) -> Self {
        Self::new(shape).padded_for(window)
    }

    /// Number of groups of four channels; the last group may be partly unused.
    pub(super) fn groups(&self) -> usize {
        self.shape.channels.div_ceil(4)
    }

    /// Length of a row in vec4s.
    pub(super) fn columns(&self) -> usize {
        self.before[1] + self.shape.width + self.after[1]
    }

    /// Length of a plane in vec4s.
    pub(super) fn plane(&self) -> usize {
        (self.before[0] + self.shape.height + self.after[0]) * self.columns()
    }

    /// Size of the buffer in bytes, four channels to a vec4f.
    pub(super) fn bytes(&self) -> u64 {
        16 * (self.groups() * self.plane()) as u64
    }

    /// Size of the buffer in bytes, eight channels to a vec4u.
    pub(super) fn packed8_bytes(&self) -> u64 {
        16 * (self.groups().div_ceil(2) * self.plane()) as u64
    }

    /// First row and column, within the bordered plane, of a window with this padding.
    pub(super) fn window(&self, padding: [(usize, usize); 2]) -> [usize; 2] {
        [self.before[0] - padding[0].0, self.before[1] - padding[1].0]
    }
}

/// The layout of every value: its border is as wide as the widest window over it needs.
pub(super) fn layouts(graph: &Graph) -> HashMap<ValueId, ValueLayout> {
    let mut layouts: HashMap<_, _> =
        (0..graph.values.len()).map(|i| (ValueId(i), ValueLayout::new(graph.values[i].shape))).collect();
    for node in &graph.nodes {
        let window = match &node.op {
            Op::Conv2d(conv) => conv.window,
            Op::DepthwiseConv2d(conv) => conv.window,
            Op::AveragePool2d(pool) => pool.0,
            _ => continue,
        };
        let layout = layouts.get_mut(&node.inputs[0]).expect("every value has a layout");
        *layout = layout.padded_for(window);
    }
    layouts
}
