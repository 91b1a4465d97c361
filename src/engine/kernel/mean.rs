//! The producer's half of a mean: sums over each workgroup.

use super::pixels::{PixelKernel, Registers};
use super::spec::KernelBinding;
use super::writer::BindingAccess;
use crate::model::graph::ValueId;

impl PixelKernel<'_> {
    /// Adds a value up over the workgroup's pixels, for the kernel that finishes the mean.
    pub(super) fn store_sums(&mut self, value: ValueId, registers: &Registers, once: bool) {
        let threads = self.schedule.threads;
        let groups = self.shape(value).channels.div_ceil(4);
        let count = registers[0].len();
        let (shared, name) = (
            self.writer.unique_name('r'),
            self.writer.binding(KernelBinding::Sums(value), BindingAccess::Write),
        );
        self.writer.declare(&format!("var<workgroup> {shared}: array<vec4f, {}>;", count * threads));
        for k in 0..count {
            let mut terms = Vec::new();
            for (pixel, groups) in self.pixels().into_iter().zip(registers) {
                terms.push(match self.condition(pixel, false) {
                    Some(condition) => format!("select(vec4f(0.0), {}, {condition})", groups[k]),
                    None => groups[k].clone(),
                });
            }
            self.writer.line(format!("{shared}[{}u + l] = {};", k * threads, terms.join(" + ")));
        }
        // Eight at a time, then the rest: two steps instead of one long one. In loops: drivers take long to compile reads
        // of workgroup memory.
        let eighth = threads / 8;
        self.writer.line("workgroupBarrier();");
        self.writer.line(format!(
            "for (var j = l; j < {}u; j += {threads}u) {{
             let r = j / {eighth}u * {threads}u + j % {eighth}u;
             var s = {shared}[r];
             for (var n = 1u; n < 8u; n++) {{ s += {shared}[r + n * {eighth}u]; }}
             {shared}[r] = s; }}",
            count * eighth,
        ));
        self.writer.line("workgroupBarrier();");
        let first = if once { "group.y == 0u && " } else { "" };
        // The number of parts is left to the dispatch, so that layers of other widths share the text.
        let row = match self.tile {
            Some(tile) => format!("group.x * parts.y * {tile}u + part"),
            None => format!("group.x * {groups}u"),
        };
        self.writer.line(format!(
            "if {first}l < {count}u {{
             var s = {shared}[l * {threads}u];
             for (var j = 1u; j < {eighth}u; j++) {{ s += {shared}[l * {threads}u + j]; }}
             {} }}",
            self.writer.storage().write(&name, &format!("{row} + l"), "s")
        ));
    }
}
