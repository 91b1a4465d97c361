//! Matrix on the channels of each pixel: 1×1 CONV_2D and FULLY_CONNECTED.

use super::matrix::WeightMatrix;
use super::pixels::{PixelKernel, Registers};
use super::writer::COMPONENTS;
use crate::model::graph::Node;

impl PixelKernel<'_> {
    /// Multiplies registers into registers. `cut` limits the outputs to that many groups: those of this part.
    pub(super) fn pointwise(&mut self, node: &Node, cut: Option<usize>) -> Registers {
        let input = self.operand(node.inputs[0]);
        self.tile = cut.or(self.tile);
        self.matrix(WeightMatrix::from_op(&node.op), &input)
    }

    /// The product of the matrix with the registers of all input groups.
    pub(super) fn matrix(&mut self, matrix: WeightMatrix<'_>, input: &Registers) -> Registers {
        let count = self.groups(matrix.outputs());
        let tiled = self.tile.is_some();
        let first = self.writer.weights(|part| matrix.staged(if tiled { part * count } else { 0 }, count));
        let sums = self.biases(first, count);
        for c in (0..matrix.inputs()).step_by(4) {
            for (sums, input) in sums.iter().zip(input) {
                for (group, sum) in sums.iter().enumerate() {
                    let term = |j: usize| {
                        let weight = first + count + (c + j) * count + group;
                        format!("{}.{} * {}", input[c / 4], COMPONENTS[j], self.writer.weight(weight))
                    };
                    let terms: Vec<_> = (0..4.min(matrix.inputs() - c)).map(term).collect();
                    self.writer.line(format!("{sum} += {};", terms.join(" + ")));
                }
            }
        }
        sums
    }
}
