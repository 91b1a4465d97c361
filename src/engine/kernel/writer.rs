//! The text of a kernel while it is written: bindings, weights, lines.

use std::{collections::HashMap, fmt::Write, ops::Range};

use super::super::tuning::Values;
use super::spec::{Kernel, Slot};
use super::storage::{COLUMNS, EIGHT, FOUR, Group, Stored};

use crate::model::graph::ValueId;

/// Names of the components of a vec4.
pub(super) const COMPONENTS: [char; 4] = ['x', 'y', 'z', 'w'];

/// A kernel under construction.
pub(in crate::engine) struct Source {
    slots: Vec<(Slot, Access)>,
    /// Weights that every thread of a workgroup reads with literal indices: one list for each part, of equal length.
    weights: Vec<Vec<f32>>,
    /// Declarations beside the bindings.
    declarations: String,
    /// What is copied into workgroup memory beside the weights: (name, vec4 `j` of it, vec4s).
    shared: Vec<(String, String, usize)>,
    /// Before all else, where software Vulkan reads once for all lanes.
    prologue: String,
    body: String,
    names: usize,
    /// For [`Slot::Numbers`]: numbers, and behind them more of them in whole vec4s.
    numbers: Vec<f32>,
    content: Vec<f32>,
    /// Which of the numbers say where in the content something is.
    places: Vec<usize>,
    stored: Stored,
    /// Eights that are in registers, by the text that reads them.
    read: HashMap<String, String>,
    /// Values that lie in workgroup memory, this part's groups only, and under which name.
    held: HashMap<ValueId, String>,
}

/// What the model sees of a picture.
const EXPOSED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/lib/exposed.wgsl"));

/// How a kernel uses a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Access {
    /// Reads vec4s.
    Read,
    /// Reads texels of four floats.
    ReadTexels,
    /// Reads one vec4.
    ReadOne,
    /// Reads eights of channels.
    ReadEights,
    /// Writes them.
    WriteEights,
    /// Writes vec4s.
    Write,
    /// Writes single floats.
    WriteFloats,
    /// Writes texels of one float.
    WriteTexels,
}

impl Source {
    pub(in crate::engine) fn new(parts: usize, stored: Stored) -> Self {
        let (declarations, body) = (String::new(), String::new());
        Self {
            slots: Vec::new(),
            weights: vec![Vec::new(); parts],
            declarations,
            shared: Vec::new(),
            body,
            names: 0,
            numbers: Vec::new(),
            content: Vec::new(),
            places: Vec::new(),
            stored,
            prologue: String::new(),
            read: HashMap::new(),
            held: HashMap::new(),
        }
    }

    /// A line of the body.
    pub(in crate::engine) fn line(&mut self, line: impl AsRef<str>) {
        self.body.push_str(line.as_ref());
        self.body.push('\n');
    }

    /// A declaration outside of the body.
    pub(in crate::engine) fn declare(&mut self, line: &str) {
        self.declarations.push_str(line);
        self.declarations.push('\n');
    }

    /// Declarations that several parts of the body use.
    pub(in crate::engine) fn declare_once(&mut self, text: &str) {
        if !self.declarations.contains(text) {
            self.declare(text);
        }
    }

    /// A name that is used nowhere else.
    pub(in crate::engine) fn name(&mut self, letter: char) -> String {
        self.names += 1;
        format!("{letter}{}", self.names)
    }

    /// The name of a buffer, bound at its first use.
    pub(in crate::engine) fn buffer(&mut self, slot: Slot, access: Access) -> String {
        let wanted = (slot, access);
        let at = self.slots.iter().position(|known| *known == wanted).unwrap_or_else(|| {
            self.slots.push(wanted);
            self.slots.len() - 1
        });
        format!("b{at}")
    }

    /// A vec4 of a value of several pixels, of planes of `plane` pixels: an expression.
    pub(in crate::engine) fn get(
        &mut self,
        value: ValueId,
        group: &Group,
        plane: usize,
        offset: &str,
    ) -> String {
        if !self.stored.in_eights(plane) {
            return self.element(value, Access::Read, &format!("{} + {offset}", group.place(plane)));
        }
        let place = format!("{} + {offset}", group.place_of_eight(plane));
        let eight = self.element(value, Access::ReadEights, &place);
        self.declare_once(FOUR);
        group.four_of(&eight)
    }

    /// The same, for the body's own level: what is read once is kept.
    pub(in crate::engine) fn get_here(
        &mut self,
        value: ValueId,
        group: Group,
        plane: usize,
        offset: &str,
    ) -> String {
        let held = self.held.get(&value).cloned();
        let group = if held.is_some() { group.of_its_part() } else { group };
        if !self.stored.in_eights(plane) {
            return match held {
                Some(name) => format!("{name}[{} + {offset}]", group.place(plane)),
                None => self.get(value, &group, plane, offset),
            };
        }
        let place = format!("{} + {offset}", group.place_of_eight(plane));
        let text = match held {
            Some(name) => format!("{name}[{place}]"),
            None => self.element(value, Access::ReadEights, &place),
        };
        let eight = self.read.get(&text).cloned().unwrap_or_else(|| {
            let name = self.name('e');
            self.line(format!("let {name} = {text};"));
            self.read.insert(text, name.clone());
            name
        });
        self.declare_once(FOUR);
        group.four_of(&eight)
    }

    /// Writes vec4s of a value of several pixels, group after group of those that `group` counts, as statements.
    pub(in crate::engine) fn put(
        &mut self,
        value: ValueId,
        group: impl Fn(usize) -> Group,
        plane: usize,
        offset: &str,
        vec4s: &[String],
    ) -> String {
        let eights = self.stored.in_eights(plane);
        let mut lines = Vec::new();
        for (k, cell) in self.cells(plane, vec4s).iter().enumerate() {
            let (place, access) = match eights {
                true => (group(2 * k).place_of_eight(plane), Access::WriteEights),
                false => (group(k).place(plane), Access::Write),
            };
            lines.push(self.assign(value, access, &format!("{place} + {offset}"), cell));
        }
        lines.join("\n")
    }

    /// Vec4s as they lie in memory.
    fn cells(&mut self, plane: usize, vec4s: &[String]) -> Vec<String> {
        if !self.stored.in_eights(plane) {
            return vec4s.to_vec();
        }
        self.declare_once(EIGHT);
        let eight = |two: &[String]| {
            format!("eight({}, {})", two[0], two.get(1).map_or("vec4f(0.0)", String::as_str))
        };
        vec4s.chunks(2).map(eight).collect()
    }

    /// A place in workgroup memory, with a border of zeros, for `groups` of a value of planes of `plane` pixels: its name.
    pub(in crate::engine) fn hold(&mut self, value: ValueId, plane: usize, groups: usize) -> String {
        let name = self.name('x');
        let (kind, count) = match self.stored.in_eights(plane) {
            true => ("vec4u", groups.div_ceil(2) * plane),
            false => ("vec4f", groups * plane),
        };
        self.declare(&format!("var<workgroup> {name}: array<{kind}, {count}>;"));
        self.shared.push((name.clone(), format!("{kind}()"), count));
        self.held.insert(value, name.clone());
        name
    }

    /// Writes all of its groups at one place of its planes, as statements.
    pub(in crate::engine) fn put_held(
        &mut self,
        name: &str,
        plane: usize,
        place: &str,
        vec4s: &[String],
    ) -> String {
        let cells = self.cells(plane, vec4s).into_iter().enumerate();
        let lines = cells.map(|(k, cell)| format!("{name}[{}u + {place}] = {cell};", k * plane));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What was read in a scope that has ended is no longer known.
    pub(in crate::engine) fn forget(&mut self) {
        self.read.clear();
    }

    /// A vec4 of a value of one pixel.
    pub(in crate::engine) fn get_single(&mut self, value: ValueId, place: &str) -> String {
        self.element(value, Access::Read, place)
    }

    /// Writes a vec4 of a value of one pixel, as a statement.
    pub(in crate::engine) fn put_single(&mut self, value: ValueId, place: &str, vec4: &str) -> String {
        self.assign(value, Access::Write, place, vec4)
    }

    /// Numbers of groups of channels that are best worked on together, of `count`.
    pub(in crate::engine) fn together(&self, count: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let each = if self.stored.values == Values::F32 { 1 } else { 2 };
        (0..count).step_by(each).map(move |first| first..(first + each).min(count))
    }

    fn element(&mut self, value: ValueId, access: Access, place: &str) -> String {
        let name = self.buffer(Slot::Value(value), access);
        self.stored.read(&name, place)
    }

    fn assign(&mut self, value: ValueId, access: Access, place: &str, what: &str) -> String {
        let name = self.buffer(Slot::Value(value), access);
        self.stored.write(&name, place, what)
    }

    /// How vec4s lie in memory.
    pub(in crate::engine) fn stored(&self) -> Stored {
        self.stored
    }

    /// Adds weights, given for each part; where they begin, in vec4s.
    pub(in crate::engine) fn weights(&mut self, of: impl Fn(usize) -> Vec<f32>) -> usize {
        let first = self.weights[0].len() / 4;
        for (part, weights) in self.weights.iter_mut().enumerate() {
            weights.extend(of(part));
        }
        debug_assert!(self.weights.iter().all(|w| w.len() == self.weights[0].len() && w.len() % 4 == 0));
        first
    }

    /// R, G and B of the network's input at a place of the picture, `vec2u`.
    pub(in crate::engine) fn picture(&mut self, place: &str) -> String {
        let name = self.buffer(Slot::Picture, Access::ReadTexels);
        let exposure = self.buffer(Slot::Exposure, Access::ReadOne);
        self.declare_once(EXPOSED);
        if self.prologue.is_empty() {
            self.prologue = format!("let exposure = {exposure};\n");
        }
        format!("exposed(textureLoad({name}, {place}).rgb, exposure)")
    }

    /// The name of the numbers' buffer, of vec4s.
    pub(in crate::engine) fn numbers(&mut self) -> String {
        self.buffer(Slot::Numbers, Access::Read)
    }

    /// A number that the text does not hold.
    pub(in crate::engine) fn number(&mut self, number: f32) -> String {
        // Equal numbers of one kernel may differ in another: each has its own place.
        self.numbers.push(number);
        let at = self.numbers.len() - 1;
        let name = self.numbers();
        format!("{}.{}", self.stored.read(&name, &format!("{}u", at / 4)), COMPONENTS[at % 4])
    }

    /// Adds whole vec4s to the numbers' buffer: a number that says where they begin, in vec4s.
    pub(in crate::engine) fn content(&mut self, content: &[f32]) -> String {
        debug_assert!(content.len().is_multiple_of(4));
        self.places.push(self.numbers.len());
        let at = self.number((self.content.len() / 4) as f32);
        self.content.extend(content);
        at
    }

    /// Copies `count` vec4s of a value into workgroup memory at the start: from `each` times the part on.
    pub(in crate::engine) fn share(&mut self, value: ValueId, count: usize, each: usize) -> String {
        let first = if each > 0 { format!("group.y * {each}u + ") } else { String::new() };
        let from = self.get_single(value, &format!("{first}j"));
        let name = self.name('g');
        self.declare(&format!("var<workgroup> {name}: array<vec4f, {count}>;"));
        self.shared.push((name.clone(), from, count));
        name
    }

    /// The finished kernel, of `workgroups` in x and as many in y as there are parts.
    pub(in crate::engine) fn finish(self, label: String, threads: usize, workgroups: usize) -> Kernel {
        let Self {
            mut slots,
            weights,
            declarations,
            shared,
            body,
            mut numbers,
            content,
            places,
            stored,
            prologue,
            ..
        } = self;
        numbers.resize(numbers.len().next_multiple_of(4), 0.0);
        let first = (numbers.len() / 4) as f32;
        places.into_iter().for_each(|at| numbers[at] += first);
        numbers.extend(content);
        let parts = weights.len();
        let staged = weights[0].len() / 4;
        let mut text = String::new();
        if stored.pictures {
            let _ = writeln!(
                text,
                "fn texel(i: u32) -> vec2u {{ return vec2u(i % {COLUMNS}u, i / {COLUMNS}u); }}"
            );
        }
        let weights_at = slots.len();
        if staged > 0 {
            slots.push((Slot::Weights, Access::Read));
            let _ = writeln!(text, "var<workgroup> q: array<vec4f, {staged}>;");
        }
        for (at, (_, access)) in slots.iter().enumerate() {
            let picture = match access {
                Access::WriteTexels => Some("texture_storage_2d<r32float, write>"),
                Access::ReadTexels => Some("texture_storage_2d<rgba32float, read>"),
                Access::Read if stored.pictures => Some("texture_storage_2d<rgba32float, read>"),
                Access::Write if stored.pictures => Some("texture_storage_2d<rgba32float, write>"),
                Access::ReadEights if stored.pictures => Some("texture_storage_2d<rgba32uint, read>"),
                Access::WriteEights if stored.pictures => Some("texture_storage_2d<rgba32uint, write>"),
                _ => None,
            };
            if let Some(kind) = picture {
                let _ = writeln!(text, "@group(0) @binding({at}) var b{at}: {kind};");
                continue;
            }
            let (space, element) = match access {
                Access::Read | Access::ReadTexels | Access::ReadOne => ("read", "vec4f"),
                Access::ReadEights => ("read", "vec4u"),
                Access::WriteEights => ("read_write", "vec4u"),
                Access::Write => ("read_write", "vec4f"),
                Access::WriteFloats | Access::WriteTexels => ("read_write", "f32"),
            };
            let kind = if *access == Access::ReadOne { element.into() } else { format!("array<{element}>") };
            let _ = writeln!(text, "@group(0) @binding({at}) var<storage, {space}> b{at}: {kind};");
        }
        text.push_str(&declarations);
        let _ = writeln!(
            text,
            "@compute @workgroup_size({threads})\nfn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) parts: vec3u, \
             @builtin(local_invocation_index) l: u32) {{"
        );
        text.push_str(&prologue);
        if staged > 0 {
            let first = if parts > 1 { format!("group.y * {staged}u + ") } else { String::new() };
            let weights = stored.read(&format!("b{weights_at}"), &format!("{first}j"));
            text.push_str(&stage("q", &weights, staged, threads));
        }
        for (name, from, count) in &shared {
            text.push_str(&stage(name, from, *count, threads));
        }
        if staged > 0 || !shared.is_empty() {
            text.push_str("workgroupBarrier();\n");
        }
        text.push_str(&body);
        text.push_str("}\n");
        Kernel {
            label,
            wgsl: text,
            weights: weights.concat(),
            numbers,
            slots: slots.into_iter().map(|(slot, _)| slot).collect(),
            workgroups: [workgroups as u32, parts as u32],
        }
    }
}

/// Copies `length` vec4s into workgroup memory, all threads together. A loop, not a text for each turn: drivers take
/// long to compile a read.
fn stage(to: &str, from: &str, length: usize, threads: usize) -> String {
    format!("for (var j = l; j < {length}u; j += {threads}u) {{ {to}[j] = {from}; }}\n")
}
