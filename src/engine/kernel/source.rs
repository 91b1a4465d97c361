//! The text of a kernel while it is written: bindings, weights, lines.

use std::fmt::Write;

use super::elementwise::COMPONENTS;
use super::{Kernel, Slot};
use crate::model::graph::ValueId;

/// A kernel under construction.
pub(in crate::engine) struct Source {
    slots: Vec<(Slot, Access)>,
    /// Weights that every thread of a workgroup reads with literal indices: one list for each part, of equal length.
    weights: Vec<Vec<f32>>,
    /// Declarations beside the bindings.
    declarations: String,
    /// What is copied into workgroup memory beside the weights: (name, vec4 `j` of it, vec4s).
    shared: Vec<(String, String, usize)>,
    body: String,
    names: usize,
    /// For [`Slot::Numbers`]: numbers, and behind them more of them in whole vec4s.
    numbers: Vec<f32>,
    content: Vec<f32>,
    /// Which of the numbers say where in the content something is.
    places: Vec<usize>,
    /// Whether values lie in pictures.
    pictures: bool,
}

/// Columns of a picture that holds a value, a vec4 in each texel: a power of two, so that places are cut by shifts.
pub(in crate::engine) const COLUMNS: u32 = 256;

/// How a kernel uses a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Access {
    /// Reads vec4s.
    Read,
    /// Reads single floats.
    ReadFloats,
    /// Writes vec4s.
    Write,
    /// Writes single floats.
    WriteFloats,
    /// Writes texels of one float.
    WriteTexels,
}

impl Source {
    pub(in crate::engine) fn new(parts: usize, pictures: bool) -> Self {
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
            pictures,
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

    /// A vec4 of a value.
    pub(in crate::engine) fn get(&mut self, value: ValueId, place: &str) -> String {
        let name = self.buffer(Slot::Value(value), Access::Read);
        if !self.pictures {
            return format!("{name}[{place}]");
        }
        format!("textureLoad({name}, {})", self.texel(place))
    }

    /// Writes a vec4 of a value, as a statement.
    pub(in crate::engine) fn put(&mut self, value: ValueId, place: &str, vec4: &str) -> String {
        let name = self.buffer(Slot::Value(value), Access::Write);
        if !self.pictures {
            return format!("{name}[{place}] = {vec4};");
        }
        format!("textureStore({name}, {}, {vec4});", self.texel(place))
    }

    /// Where in a picture the vec4 of that place lies.
    fn texel(&mut self, place: &str) -> String {
        self.declare_once(&format!(
            "fn texel(i: u32) -> vec2u {{ return vec2u(i % {COLUMNS}u, i / {COLUMNS}u); }}\n",
        ));
        format!("texel({place})")
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

    /// The name of the numbers' buffer, of vec4s.
    pub(in crate::engine) fn numbers(&mut self) -> String {
        self.buffer(Slot::Numbers, Access::Read)
    }

    /// A number that the text does not hold.
    pub(in crate::engine) fn number(&mut self, number: f32) -> String {
        // Equal numbers of one kernel may differ in another: each has its own place.
        self.numbers.push(number);
        let at = self.numbers.len() - 1;
        format!("{}[{}u].{}", self.numbers(), at / 4, COMPONENTS[at % 4])
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
        let from = self.get(value, &format!("{first}j"));
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
            pictures,
            ..
        } = self;
        numbers.resize(numbers.len().next_multiple_of(4), 0.0);
        let first = (numbers.len() / 4) as f32;
        places.into_iter().for_each(|at| numbers[at] += first);
        numbers.extend(content);
        let parts = weights.len();
        let staged = weights[0].len() / 4;
        let mut text = String::new();
        for (at, (slot, access)) in slots.iter().enumerate() {
            let picture = match (slot, access) {
                (_, Access::WriteTexels) => Some("texture_storage_2d<r32float, write>"),
                (Slot::Value(_), Access::Read) if pictures => Some("texture_storage_2d<rgba32float, read>"),
                (Slot::Value(_), Access::Write) if pictures => Some("texture_storage_2d<rgba32float, write>"),
                _ => None,
            };
            if let Some(kind) = picture {
                let _ = writeln!(text, "@group(0) @binding({at}) var b{at}: {kind};");
                continue;
            }
            let (space, element) = match access {
                Access::Read => ("read", "vec4f"),
                Access::ReadFloats => ("read", "f32"),
                Access::Write => ("read_write", "vec4f"),
                Access::WriteFloats | Access::WriteTexels => ("read_write", "f32"),
            };
            let _ = writeln!(text, "@group(0) @binding({at}) var<storage, {space}> b{at}: array<{element}>;");
        }
        if staged > 0 {
            let at = slots.len();
            slots.push((Slot::Weights, Access::Read));
            let _ = writeln!(text, "@group(0) @binding({at}) var<storage, read> weights: array<vec4f>;");
            let _ = writeln!(text, "var<workgroup> q: array<vec4f, {staged}>;");
        }
        text.push_str(&declarations);
        let _ = writeln!(
            text,
            "@compute @workgroup_size({threads})\nfn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) parts: vec3u, \
             @builtin(local_invocation_index) l: u32) {{"
        );
        if staged > 0 {
            let first = if parts > 1 { format!("group.y * {staged}u + ") } else { String::new() };
            text.push_str(&stage("q", &format!("weights[{first}j]"), staged, threads));
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
