//! Matrix on the channels of each pixel: 1×1 CONV_2D and FULLY_CONNECTED.

use super::super::analysis::is_pointwise;
use super::activation::activate;
use super::matrix::WeightMatrix;
use super::pixels::{PixelKernel, Registers};
use super::writer::COMPONENTS;
use crate::model::graph::{Node, Op};

/// A matrix that is being multiplied.
struct Product {
    /// Index of its first weight.
    weights: usize,
    /// One for each pixel and output group.
    sums: Registers,
}

impl PixelKernel<'_> {
    /// Multiplies registers into registers. `cut` limits the outputs to that many groups: those of this part.
    pub(super) fn pointwise(&mut self, node: &Node, cut: Option<usize>) -> Registers {
        let input = self.operand(node.inputs[0]);
        self.tile = cut.or(self.tile);
        self.matrix(WeightMatrix::from_op(&node.op), &input)
    }

    /// The product of the matrix with the registers of all input groups.
    pub(super) fn matrix(&mut self, matrix: WeightMatrix<'_>, input: &Registers) -> Registers {
        let product = self.begin_product(matrix);
        self.add_products(matrix, &product, 0, input);
        product.sums
    }

    /// The matrix that the kernel multiplies in batches of its input groups, as an index of the schedule's nodes, and
    /// the most groups of a batch: the first one, if it reads more groups than that, and only it reads what the nodes
    /// before it compute.
    pub(super) fn batched_matrix(&self) -> Option<(usize, usize)> {
        let (graph, schedule) = (self.graph, self.schedule);
        let at = schedule.nodes.iter().position(|&node| schedule.mixes_channels(graph, node))?;
        let node = |at: usize| &graph.nodes[schedule.nodes[at]];
        let input = node(at).inputs[0];
        let is_inner = |before: usize| {
            let made = node(before).output;
            matches!(node(before).op, Op::Binary(_) | Op::Activate | Op::ResizeBilinear(_))
                && !schedule.exported.contains(&made)
                && !schedule.summed.contains(&made)
                && !schedule.nodes[at + 1..].iter().any(|&later| graph.nodes[later].inputs.contains(&made))
        };
        // A resize reads four texels for one.
        let reads = if (0..at).any(|at| matches!(node(at).op, Op::ResizeBilinear(_))) { 4 } else { 1 };
        let batch = (schedule.batch / reads).max(1);
        let is_long = self.shape(input).channels.div_ceil(4) > batch;
        let is_batched =
            is_long && input != graph.input && is_pointwise(&node(at).op) && (0..at).all(is_inner);
        is_batched.then_some((at, batch))
    }

    /// Computes the nodes `before` a matrix and multiplies their result, a batch of channel groups after the other,
    /// so that the registers of one batch are free for the next. No batch has more than `most` groups.
    pub(super) fn multiply_in_batches(
        &mut self,
        most: usize,
        before: &[usize],
        node: &Node,
        cut: Option<usize>,
    ) {
        let matrix = WeightMatrix::from_op(&node.op);
        let groups = matrix.inputs().div_ceil(4);
        self.tile = cut;
        let product = self.begin_product(matrix);
        self.tile = None;
        let kept = self.registers.clone();
        let batch = groups.div_ceil(groups.div_ceil(most)); // as equal as possible
        for first in (0..groups).step_by(batch) {
            self.batch = Some(first..(first + batch).min(groups));
            before.iter().for_each(|&at| self.node(at, false));
            let input = self.operand(node.inputs[0]);
            self.add_products(matrix, &product, first, &input);
            self.registers.clone_from(&kept);
        }
        (self.batch, self.tile) = (None, cut);
        self.finish_node(node, product.sums);
    }

    /// Whether a node of the schedule is a last matrix with so many outputs that they would fill the registers, and all
    /// that is done with them is to store them.
    pub(super) fn is_stored_in_batches(&self, at: usize) -> bool {
        let (graph, schedule) = (self.graph, self.schedule);
        let node = &graph.nodes[schedule.nodes[at]];
        at > 0
            && at + 1 == schedule.nodes.len()
            && schedule.parts == 1
            && is_pointwise(&node.op)
            && self.shape(node.output).channels.div_ceil(4) > schedule.batch
            && node.output != graph.output
            && schedule.exported.contains(&node.output)
            && !schedule.summed.contains(&node.output)
    }

    /// Multiplies a matrix, and stores a batch of its output groups after the other.
    pub(super) fn multiply_and_store(&mut self, node: &Node) {
        let matrix = WeightMatrix::from_op(&node.op);
        let input = self.operand(node.inputs[0]);
        let groups = matrix.outputs().div_ceil(4);
        let most = self.schedule.batch.div_ceil(2);
        let batch = groups.div_ceil(groups.div_ceil(most)).next_multiple_of(2); // packed values are pairs
        for first in (0..groups).step_by(batch) {
            let count = batch.min(groups - first);
            let weights = self.writer.weights(|_| matrix.staged(first, count));
            let product = Product { weights, sums: self.biases(weights, count) };
            self.add_products(matrix, &product, 0, &input);
            let made = self.map_registers(product.sums, |value| activate(node.activation, value, "vec4f"));
            self.store_groups(node.output, first, &made);
        }
    }

    /// Declares the weights of a matrix, and its sums, which begin with the biases.
    fn begin_product(&mut self, matrix: WeightMatrix<'_>) -> Product {
        let count = self.groups(matrix.outputs());
        let tiled = self.tile.is_some();
        let weights = self.writer.weights(|part| matrix.staged(if tiled { part * count } else { 0 }, count));
        Product { weights, sums: self.biases(weights, count) }
    }

    /// Adds the products of a matrix with input groups from number `first` on.
    fn add_products(&mut self, matrix: WeightMatrix<'_>, product: &Product, first: usize, input: &Registers) {
        let last = input.first().map_or(0, Vec::len) + first;
        for c in (4 * first..matrix.inputs().min(4 * last)).step_by(4) {
            for (sums, input) in product.sums.iter().zip(input) {
                for (group, sum) in sums.iter().enumerate() {
                    let term = |j: usize| {
                        let weight = product.weights + (1 + c + j) * sums.len() + group;
                        format!("{}.{} * {}", input[c / 4 - first], COMPONENTS[j], self.writer.weight(weight))
                    };
                    let terms: Vec<_> = (0..4.min(matrix.inputs() - c)).map(term).collect();
                    self.writer.line(format!("{sum} += {};", terms.join(" + ")));
                }
            }
        }
    }
}
