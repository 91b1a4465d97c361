//! Writes a pixel kernel: a sequence of nodes over one grid.

use std::{collections::HashMap, ops::Range};

use super::super::analysis::is_pointwise;
use super::super::{layout::ValueLayout, schedule::Schedule};
use super::activation::activate;
use super::spec::Kernel;
use super::storage::{ChannelGroup, StorageFormat};
use super::vector;
use super::writer::ShaderWriter;
use crate::model::{
    OutputDecoding,
    graph::{Graph, Node, Op, TensorShape, ValueId},
};

/// A pixel kernel under construction.
pub(in crate::engine) struct PixelKernel<'a> {
    pub(super) graph: &'a Graph,
    pub(super) layouts: &'a HashMap<ValueId, ValueLayout>,
    pub(super) schedule: &'a Schedule,
    pub(super) writer: ShaderWriter,
    /// Channel groups that a thread computes, once the kernel is divided into parts.
    pub(super) tile: Option<usize>,
    /// Channel groups that are computed now, of those that a matrix reads in batches.
    pub(super) batch: Option<Range<usize>>,
    /// How to decode the network's output, if this network stores the person probability.
    pub(super) person: Option<OutputDecoding>,
    /// Index of each 1×1 value in the workgroup array `m`.
    gates: HashMap<ValueId, usize>,
    /// Names of the workgroup arrays of 1×1 values that other kernels computed: of all channels, or of this part's.
    copied: HashMap<(ValueId, bool), String>,
    /// Values in registers: all channels (`false`), or the tile of this thread (`true`).
    pub(super) registers: HashMap<(ValueId, bool), Registers>,
    /// Names of the block's pixel offsets, by layout.
    offsets: HashMap<([usize; 2], usize), Vec<String>>,
}

/// Names of vec4 variables, `[pixel of the block][channel group]`.
pub(super) type Registers = Vec<Vec<String>>;

impl<'a> PixelKernel<'a> {
    /// Writes the kernel of a schedule.
    pub(in crate::engine) fn write(
        graph: &'a Graph,
        layouts: &'a HashMap<ValueId, ValueLayout>,
        schedule: &'a Schedule,
        sums: &HashMap<ValueId, usize>,
        person: Option<OutputDecoding>,
        storage: StorageFormat,
    ) -> Kernel {
        let (registers, offsets) = (HashMap::new(), HashMap::new());
        let mut writer = ShaderWriter::new(schedule.parts, storage);
        let gates = match schedule.gates.is_empty() {
            true => HashMap::new(),
            false => vector::begin(graph, &schedule.gates, sums, &mut writer, schedule.threads),
        };
        let (tile, batch, copied) = (None, None, HashMap::new());
        let mut pixels =
            Self { graph, layouts, schedule, writer, tile, batch, person, gates, copied, registers, offsets };
        pixels.locate_block();
        if let Some(matrix) = schedule.expands {
            pixels.expand(matrix);
        }
        let cut = schedule.cut(graph);
        let batched = pixels.batched_matrix();
        for (at, &node) in schedule.nodes.iter().enumerate() {
            let cut_here = schedule.parts > 1 && at == cut;
            match batched {
                Some((matrix, _)) if at < matrix => {} // in its batches
                Some((matrix, most)) if at == matrix => {
                    let cut = cut_here.then_some(schedule.tile);
                    pixels.multiply_in_batches(most, &schedule.nodes[..at], &graph.nodes[node], cut);
                }
                _ if pixels.is_stored_in_batches(at) => pixels.multiply_and_store(&graph.nodes[node]),
                _ => pixels.node(node, cut_here),
            }
        }
        pixels.store();
        let threads = schedule.threads;
        let label = schedule.label(graph);
        pixels.writer.finish(label, threads, schedule.blocks().iter().product::<usize>().div_ceil(threads))
    }

    /// Multiplies the expansion matrix into workgroup memory, for the block's pixels and this part's
    /// channels. Unrolled over the pixels: llvmpipe idiom 5.
    fn expand(&mut self, at: usize) {
        let value = self.graph.nodes[at].output;
        let layout = self.layouts[&value];
        let Schedule { threads, parts, tile, .. } = *self.schedule;
        let (grid, block) = self.schedule.expand_grid(self.graph);
        let [y, x] = [0, 1].map(|axis| block[axis] / self.schedule.block[axis]);
        let schedule = Schedule { threads, parts, tile, block, ..Schedule::new(vec![at], grid) };
        let name = self.writer.hold(value, layout.plane(), tile);
        self.writer.line(format!("{{\nlet oy = oy * {y}u;\nlet ox = ox * {x}u;"));
        let storage = self.writer.storage();
        let writer = std::mem::replace(&mut self.writer, ShaderWriter::new(parts, storage));
        let (gates, copied, registers, offsets) =
            (HashMap::new(), HashMap::new(), HashMap::new(), HashMap::new());
        let cut = (parts > 1).then_some(tile);
        let (schedule, tile, batch) = (&schedule, None, None);
        let mut inner =
            PixelKernel { schedule, writer, gates, copied, registers, offsets, tile, batch, ..*self };
        let node = &self.graph.nodes[at];
        // Of each pixel, a batch and its sums share the registers.
        let most = (self.schedule.batch / inner.pixels().len()).saturating_sub(self.schedule.tile).max(1);
        match inner.shape(node.inputs[0]).channels.div_ceil(4) > most {
            true => inner.multiply_in_batches(most, &[], node, cut),
            false => inner.node(at, cut.is_some()),
        }
        let offsets = inner.pixel_offsets(value);
        let made = inner.registers[&(value, cut.is_some())].clone();
        for (at, pixel) in inner.pixels().into_iter().enumerate() {
            let lines = inner.writer.store_held(&name, layout.plane(), &offsets[at], &made[at]);
            inner.guarded(pixel, false, &lines);
        }
        self.writer = inner.writer;
        self.writer.line("}\nworkgroupBarrier();");
        self.writer.forget_loads();
    }

    /// Declares the first row and column of the thread's block, `oy` and `ox`, and whether it lies on the
    /// grid: `live`.
    fn locate_block(&mut self) {
        let Schedule { threads, block, parts, .. } = *self.schedule;
        let [rows, columns] = self.schedule.blocks();
        self.writer.line(format!("let i = group.x * {threads}u + l;"));
        self.writer.line(format!("let oy = i / {columns}u * {}u;", block[0]));
        self.writer.line(format!("let ox = i % {columns}u * {}u;", block[1]));
        if rows * columns % threads != 0 {
            self.writer.line(format!("let live = i < {}u;", rows * columns));
        }
        if parts > 1 {
            self.writer.line(format!("let part = group.y * {}u;", self.schedule.tile));
        }
    }

    pub(super) fn node(&mut self, at: usize, cut_here: bool) {
        let graph = self.graph;
        let node = &graph.nodes[at];
        let made = match &node.op {
            // A node that mixes channels reads its whole input, so only its output is divided.
            op if self.schedule.mixes_channels(graph, at) => {
                let cut = cut_here.then_some(self.schedule.tile);
                match op {
                    Op::TransposeConv2d(conv) => return self.tiles(node, conv),
                    _ if is_pointwise(op) => self.pointwise(node, cut),
                    Op::Conv2d(conv) => self.conv(node, conv, cut),
                    _ => self.concatenation(node),
                }
            }
            _ if cut_here => {
                self.tile = Some(self.schedule.tile);
                self.per_channel(at, node)
            }
            _ => self.per_channel(at, node),
        };
        self.finish_node(node, made);
    }

    /// A node that computes each channel from one channel.
    fn per_channel(&mut self, at: usize, node: &Node) -> Registers {
        match &node.op {
            Op::DepthwiseConv2d(conv) => self.depthwise(node, conv),
            Op::AveragePool2d(pool) => self.average_pool(node, pool.0),
            Op::ResizeBilinear(sampling) => self.resize(node, *sampling),
            Op::Binary(binary) => self.binary(at, node, binary),
            Op::Concatenation => self.concatenation(node),
            Op::TransposeConv2d(conv) => self.gather(at, node, conv),
            Op::Conv2d(conv) => self.plain_conv(at, node, conv),
            Op::Activate => self.operand(node.inputs[0]),
            Op::Mean | Op::FullyConnected(_) => unreachable!("not of one pixel alone"),
            Op::Attention(_) => unreachable!("the plan refuses it"),
        }
    }

    /// Applies the activation and records the registers of the result.
    pub(super) fn finish_node(&mut self, node: &Node, made: Registers) {
        let made = self.map_registers(made, |value| activate(node.activation, value, "vec4f"));
        self.registers.insert((node.output, self.tile.is_some()), made);
    }

    /// Maps registers through an expression. If the expression is the register itself, no new one is
    /// declared.
    pub(super) fn map_registers(
        &mut self,
        from: Registers,
        expression: impl Fn(&str) -> String,
    ) -> Registers {
        let one = |value: String| {
            let text = expression(&value);
            if text == value { value } else { self.bind(text) }
        };
        let mut one = one;
        from.into_iter().map(|groups| groups.into_iter().map(&mut one).collect()).collect()
    }

    /// Binds an expression to a new `let`.
    pub(super) fn bind(&mut self, expression: String) -> String {
        let name = self.writer.unique_name('v');
        self.writer.line(format!("let {name} = {expression};"));
        name
    }

    /// Pixels of the block as (row, column), in row-major order.
    pub(super) fn pixels(&self) -> Vec<[usize; 2]> {
        let [rows, columns] = self.schedule.block;
        (0..rows * columns).map(|i| [i / columns, i % columns]).collect()
    }

    /// Number of channel groups that this thread computes.
    pub(super) fn groups(&self, channels: usize) -> usize {
        self.tile.or(self.batch.as_ref().map(Range::len)).unwrap_or(channels.div_ceil(4))
    }

    /// The first of them, if they are not a part's.
    fn first_group(&self) -> usize {
        self.batch.as_ref().map_or(0, |batch| batch.start)
    }

    /// Declares one accumulator per pixel and group, initialised with the biases, which are weights from index
    /// `first` on.
    pub(super) fn biases(&mut self, first: usize, count: usize) -> Registers {
        let mut sum = |group: usize| {
            let name = self.writer.unique_name('a');
            let bias = self.writer.weight(first + group);
            self.writer.line(format!("var {name} = {bias};"));
            name
        };
        let [rows, columns] = self.schedule.block;
        (0..rows * columns).map(|_| (0..count).map(&mut sum).collect()).collect()
    }

    /// The `k`-th channel group of this thread, as an expression.
    pub(super) fn group(&self, k: usize) -> String {
        self.own_group(k).text()
    }

    /// The `k`-th channel group of this thread.
    pub(super) fn own_group(&self, k: usize) -> ChannelGroup {
        if self.tile.is_some() { ChannelGroup::OfPart(k) } else { ChannelGroup::At(self.first_group() + k) }
    }

    /// Loads a vec4 of a value: the thread's group `k` at `offset` in its plane.
    pub(super) fn load_group(&mut self, value: ValueId, k: usize, offset: &str) -> String {
        let plane = self.layouts[&value].plane();
        self.writer.load_cached(value, self.own_group(k), plane, offset)
    }

    pub(super) fn layout(&self, value: ValueId) -> ValueLayout {
        self.layouts[&value]
    }

    /// Shape of a value.
    pub(super) fn shape(&self, value: ValueId) -> TensorShape {
        self.graph.shape(value)
    }

    /// A value at the block's pixels, from registers or memory. Axes of length 1 are broadcast.
    pub(super) fn operand(&mut self, value: ValueId) -> Registers {
        let key = (value, self.tile.is_some());
        if let Some(registers) = self.registers.get(&key) {
            return registers.clone();
        }
        let made = if value == self.graph.input { self.load_input() } else { self.load(value) };
        self.registers.insert(key, made.clone());
        made
    }

    /// A 1×1 value that this kernel computed itself.
    fn gate_registers(&self, value: ValueId, at: usize) -> Registers {
        let channels = self.shape(value).channels;
        let name = |k: usize| match self.tile {
            _ if channels == 1 => format!("m[{at}u]"),
            Some(_) => format!("m[{at}u + part + {k}u]"),
            None => format!("m[{}u]", at + self.first_group() + k),
        };
        let groups: Vec<_> = (0..self.groups(channels)).map(name).collect();
        vec![groups; self.pixels().len()]
    }

    /// A 1×1 value, copied to workgroup memory at the start and read there with literal indices.
    fn shared_registers(&mut self, value: ValueId) -> Registers {
        let channels = self.shape(value).channels;
        let length = self.tile.unwrap_or(channels.div_ceil(4));
        let name = self
            .copied
            .entry((value, self.tile.is_some()))
            .or_insert_with(|| self.writer.copy_to_workgroup(value, length, self.tile.unwrap_or_default()));
        let name = name.clone();
        let first = if self.tile.is_some() { 0 } else { self.first_group() };
        let groups: Vec<_> = (0..self.groups(channels)).map(|k| format!("{name}[{}u]", first + k)).collect();
        vec![groups; self.pixels().len()]
    }

    fn load(&mut self, value: ValueId) -> Registers {
        if let Some(&at) = self.gates.get(&value) {
            return self.gate_registers(value, at);
        }
        let shape = self.shape(value);
        if shape.sides() == [1, 1] && shape.channels > 1 && self.schedule.grid != [1, 1] {
            return self.shared_registers(value);
        }
        let offsets = self.pixel_offsets(value);
        let single = shape.channels == 1;
        let count = self.groups(if single { 1 } else { shape.channels });
        let mut read: HashMap<String, String> = HashMap::new();
        let mut all = Vec::new();
        for offset in offsets {
            let groups = (0..count).map(|k| {
                let plane = self.layouts[&value].plane();
                let group = if single { ChannelGroup::At(0) } else { self.own_group(k) };
                let text = self.writer.load_cached(value, group, plane, &offset);
                read.get(&text).cloned().unwrap_or_else(|| {
                    let name = self.bind(text.clone());
                    read.insert(text, name.clone());
                    name
                })
            });
            all.push(groups.collect());
        }
        all
    }

    /// Names of the offsets of the block's pixels in the planes of a value.
    pub(super) fn pixel_offsets(&mut self, value: ValueId) -> Vec<String> {
        let layout = self.layouts[&value];
        let grid = self.schedule.grid;
        if layout.shape.sides() == [1, 1] && layout.plane() == 1 {
            return vec!["0u".into(); self.pixels().len()];
        }
        let same = layout.shape.sides() == grid;
        let key = (layout.before, layout.columns());
        if same && let Some(known) = self.offsets.get(&key) {
            return known.clone();
        }
        let axis = |axis: usize, letter: &str, at: usize| match layout.shape.sides()[axis] == grid[axis] {
            true => format!("({letter} + {}u)", at + layout.before[axis]),
            false => format!("{}u", layout.before[axis]),
        };
        let pixels = self.pixels();
        let mut offsets = Vec::new();
        for [y, x] in pixels {
            let name = self.writer.unique_name('o');
            let (y, x) = (axis(0, "oy", y), axis(1, "ox", x));
            self.writer.line(format!("let {name} = {y} * {}u + {x};", layout.columns()));
            offsets.push(name);
        }
        if same {
            self.offsets.insert(key, offsets.clone());
        }
        offsets
    }
}
