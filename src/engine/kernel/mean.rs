//! The producer's half of a mean: sums over each workgroup.

use super::pixels::{Pixels, Registers};
use super::spec::Slot;
use super::writer::Access;
use crate::model::graph::ValueId;

impl Pixels<'_> {
    /// Adds a value up over the workgroup's pixels, for the kernel that finishes the mean.
    pub(super) fn sum(&mut self, value: ValueId, registers: &Registers, once: bool) {
        let threads = self.chain.threads;
        let groups = self.shape(value).channels.div_ceil(4);
        let count = registers[0].len();
        let (shared, name) = (self.source.name('r'), self.source.buffer(Slot::Sums(value), Access::Write));
        self.source.declare(&format!("var<workgroup> {shared}: array<vec4f, {}>;", count * threads));
        for k in 0..count {
            let mut terms = Vec::new();
            for (pixel, groups) in self.pixels().into_iter().zip(registers) {
                terms.push(match self.condition(pixel, false) {
                    Some(condition) => format!("select(vec4f(0.0), {}, {condition})", groups[k]),
                    None => groups[k].clone(),
                });
            }
            self.source.line(format!("{shared}[{}u + l] = {};", k * threads, terms.join(" + ")));
        }
        // Eight at a time, then the rest: two steps instead of one long one. In loops: drivers take long to compile reads
        // of workgroup memory.
        let eighth = threads / 8;
        self.source.line("workgroupBarrier();");
        self.source.line(format!(
            "for (var j = l; j < {}u; j += {threads}u) {{
             let r = j / {eighth}u * {threads}u + j % {eighth}u;
             var s = {shared}[r];
             for (var n = 1u; n < 8u; n++) {{ s += {shared}[r + n * {eighth}u]; }}
             {shared}[r] = s; }}",
            count * eighth,
        ));
        self.source.line("workgroupBarrier();");
        let first = if once { "group.y == 0u && " } else { "" };
        // The number of parts is left to the dispatch, so that layers of other widths share the text.
        let row = match self.tile {
            Some(tile) => format!("group.x * parts.y * {tile}u + part"),
            None => format!("group.x * {groups}u"),
        };
        self.source.line(format!(
            "if {first}l < {count}u {{
             var s = {shared}[l * {threads}u];
             for (var j = 1u; j < {eighth}u; j++) {{ s += {shared}[l * {threads}u + j]; }}
             {} }}",
            self.source.stored().write(&name, &format!("{row} + l"), "s")
        ));
    }
}
