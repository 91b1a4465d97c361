//! First half of a mean: sums over each workgroup. The kernel that reads the mean adds these up.

use super::pixels::{PixelKernel, Registers};
use super::spec::KernelBinding;
use super::writer::BindingAccess;
use crate::model::graph::ValueId;

impl PixelKernel<'_> {
    /// Sums a value over the workgroup's pixels and stores the sums.
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
        // Two steps: first each sum of eight, then the rest. Loops, because drivers take long to compile
        // loads from workgroup memory: llvmpipe idiom 13.
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
        // The part count comes from the dispatch, so that layers of other widths share the WGSL.
        let row = match self.tile {
            Some(tile) => format!("group.x * parts.y * {tile}u + part"),
            None => format!("group.x * {groups}u"),
        };
        // A small workgroup may have fewer threads than the value has groups.
        for done in (0..count).step_by(threads) {
            let k = if done == 0 { "l".to_owned() } else { format!("(l + {done}u)") };
            self.writer.line(format!(
                "if {first}{k} < {count}u {{
                 var s = {shared}[{k} * {threads}u];
                 for (var j = 1u; j < {eighth}u; j++) {{ s += {shared}[{k} * {threads}u + j]; }}
                 {} }}",
                self.writer.storage().write(&name, &format!("{row} + {k}"), "s")
            ));
        }
    }
}
