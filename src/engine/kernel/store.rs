//! What a pixel kernel writes: values for other kernels, the answer, sums; and for which pixels.

use super::super::schedule::Schedule;
use super::pixels::{PixelKernel, Registers};
use super::storage::ChannelGroup;
use crate::model::graph::ValueId;

impl PixelKernel<'_> {
    /// Writes what other kernels read, and the sums of what means are taken of.
    pub(super) fn store(&mut self) {
        let (graph, schedule) = (self.graph, self.schedule);
        let tile = self.tile;
        for value in schedule.nodes.iter().map(|&node| graph.nodes[node].output) {
            // What was made before the cut is whole in every part: the first one writes it.
            let once = schedule.parts > 1 && !self.registers.contains_key(&(value, true));
            let Some(registers) = self.registers.get(&(value, schedule.parts > 1 && !once)).cloned() else {
                continue; // tiles are written where they are made
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
        // A chain without nodes adds up what another kernel made.
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

    /// Lines that run for pixels on the grid only; `once`: by the first part only.
    pub(super) fn guarded(&mut self, pixel: [usize; 2], once: bool, lines: &str) {
        match self.condition(pixel, once) {
            Some(condition) => self.writer.line(format!("if {condition} {{\n{lines}}}")),
            None => self.writer.line(lines),
        }
    }

    /// What must hold for a pixel of the block to be on the grid; nothing where it always is.
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
            // Only the last block hangs over the edge.
            let last = grid[axis].div_ceil(block[axis]) * block[axis] - block[axis] + pixel[axis];
            if last >= grid[axis] {
                conditions.push(format!("{letter} + {}u < {}u", pixel[axis], grid[axis]));
            }
        }
        (!conditions.is_empty()).then(|| conditions.join(" && "))
    }
}
