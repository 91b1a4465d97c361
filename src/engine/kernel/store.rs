//! The stores of a pixel kernel: values for other kernels, the output, sums; guarded at the edge of the grid.

use super::super::schedule::Schedule;
use super::pixels::{PixelKernel, Registers};
use super::storage::ChannelGroup;
use crate::model::graph::ValueId;

impl PixelKernel<'_> {
    /// Stores the values that other kernels read, and the sums for means.
    pub(super) fn store(&mut self) {
        let (graph, schedule) = (self.graph, self.schedule);
        let tile = self.tile;
        for value in schedule.nodes.iter().map(|&node| graph.nodes[node].output) {
            // Values from before the cut are complete in every part, so only the first part stores them.
            let once = schedule.parts > 1 && !self.registers.contains_key(&(value, true));
            let Some(registers) = self.registers.get(&(value, schedule.parts > 1 && !once)).cloned() else {
                continue; // transposed convolutions store their tiles themselves
            };
            self.tile = tile.filter(|_| !once);
            if value == graph.output {
                self.store_output(value, &registers, once);
            }
            if schedule.exported.contains(&value) {
                self.store_value(value, &registers, once);
            }
            if schedule.summed.contains(&value) {
                self.store_sums(value, &registers, once);
            }
        }
        self.tile = tile;
        // A schedule without nodes sums a value of another kernel.
        let made: Vec<_> = schedule.nodes.iter().map(|&node| graph.nodes[node].output).collect();
        for &value in schedule.summed.iter().filter(|value| !made.contains(value)) {
            self.tile = (schedule.parts > 1).then_some(schedule.tile);
            let registers = self.operand(value);
            self.store_sums(value, &registers, false);
        }
    }

    fn store_value(&mut self, value: ValueId, registers: &Registers, once: bool) {
        let offsets = self.pixel_offsets(value);
        let plane = self.layouts[&value].plane();
        for (at, pixel) in self.pixels().into_iter().enumerate() {
            let own = if self.tile.is_some() { ChannelGroup::OfPart } else { ChannelGroup::At };
            let lines = self.writer.store(value, own, plane, &offsets[at], &registers[at]);
            self.guarded(pixel, once, &lines);
        }
    }

    /// Stores some groups of a value, from number `first` on.
    pub(super) fn store_groups(&mut self, value: ValueId, first: usize, registers: &Registers) {
        let offsets = self.pixel_offsets(value);
        let plane = self.layouts[&value].plane();
        for (at, pixel) in self.pixels().into_iter().enumerate() {
            let own = |k: usize| ChannelGroup::At(first + k);
            let lines = self.writer.store(value, own, plane, &offsets[at], &registers[at]);
            self.guarded(pixel, false, &lines);
        }
    }

    /// Emits lines that run only for pixels on the grid and, if `once`, only in the first part.
    pub(super) fn guarded(&mut self, pixel: [usize; 2], once: bool, lines: &str) {
        match self.condition(pixel, once) {
            Some(condition) => self.writer.line(format!("if {condition} {{\n{lines}}}")),
            None => self.writer.line(lines),
        }
    }

    /// Condition for a pixel of the block to lie on the grid; `None` if it always does.
    pub(super) fn condition(&self, pixel: [usize; 2], once: bool) -> Option<String> {
        let Schedule { threads, block, grid, .. } = *self.schedule;
        let [rows, columns] = self.schedule.blocks();
        let mut conditions = Vec::new();
        if once {
            conditions.push("group.y == 0u".to_owned());
        }
        if rows * columns % threads != 0 {
            conditions.push("live".to_owned());
        }
        for (axis, letter) in [(0, "oy"), (1, "ox")] {
            // Only the last block can extend beyond the edge.
            let last = grid[axis].div_ceil(block[axis]) * block[axis] - block[axis] + pixel[axis];
            if last >= grid[axis] {
                conditions.push(format!("{letter} + {}u < {}u", pixel[axis], grid[axis]));
            }
        }
        (!conditions.is_empty()).then(|| conditions.join(" && "))
    }
}
