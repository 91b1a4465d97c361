//! What a pixel kernel writes: values for other kernels, the answer, sums; and for which pixels.

use super::super::schedule::Chain;
use super::pixels::{Pixels, Registers};
use super::storage::Group;
use crate::model::graph::ValueId;

impl Pixels<'_> {
    /// Writes what other kernels read, and the sums of what means are taken of.
    pub(super) fn store(&mut self) {
        let (graph, chain) = (self.graph, self.chain);
        let tile = self.tile;
        for value in chain.nodes.iter().map(|&node| graph.nodes[node].output) {
            // What was made before the cut is whole in every part: the first one writes it.
            let once = chain.parts > 1 && !self.registers.contains_key(&(value, true));
            let Some(registers) = self.registers.get(&(value, chain.parts > 1 && !once)).cloned() else {
                continue; // tiles are written where they are made
            };
            self.tile = tile.filter(|_| !once);
            if value == graph.output {
                self.store_answer(value, &registers, once);
            }
            if chain.exported.contains(&value) {
                self.store_value(value, &registers, once);
            }
            if chain.summed.contains(&value) {
                self.sum(value, &registers, once);
            }
        }
        self.tile = tile;
        // A chain without nodes adds up what another kernel made.
        let made: Vec<_> = chain.nodes.iter().map(|&node| graph.nodes[node].output).collect();
        for &value in chain.summed.iter().filter(|value| !made.contains(value)) {
            self.tile = (chain.parts > 1).then_some(chain.tile);
            let registers = self.operand(value);
            self.sum(value, &registers, false);
        }
    }

    fn store_value(&mut self, value: ValueId, registers: &Registers, once: bool) {
        let offsets = self.pixel_offsets(value);
        let plane = self.layouts[&value].plane();
        for (at, pixel) in self.pixels().into_iter().enumerate() {
            let own = if self.tile.is_some() { Group::OfPart } else { Group::At };
            let lines = self.source.put(value, own, plane, &offsets[at], &registers[at]);
            self.guarded(pixel, once, &lines);
        }
    }

    /// Lines that run for pixels on the grid only; `once`: by the first part only.
    pub(super) fn guarded(&mut self, pixel: [usize; 2], once: bool, lines: &str) {
        match self.condition(pixel, once) {
            Some(condition) => self.source.line(format!("if {condition} {{\n{lines}}}")),
            None => self.source.line(lines),
        }
    }

    /// What must hold for a pixel of the block to be on the grid; nothing where it always is.
    pub(super) fn condition(&self, pixel: [usize; 2], once: bool) -> Option<String> {
        let Chain { threads, block, grid, .. } = *self.chain;
        let [rows, columns] = self.chain.blocks();
        let mut conditions = Vec::new();
        if once {
            conditions.push("group.y == 0u".to_owned());
        }
        if rows * columns % threads != 0 {
            conditions.push("live".to_owned());
        }
        for (axis, letter) in [(0, "oy"), (1, "ox")] {
            // Only the last block hangs over the edge.
            let last = grid[axis].div_ceil(block[axis]) * block[axis] - block[axis] + pixel[axis];
            if last >= grid[axis] {
                conditions.push(format!("{letter} + {}u < {}u", pixel[axis], grid[axis]));
            }
        }
        (!conditions.is_empty()).then(|| conditions.join(" && "))
    }
}
