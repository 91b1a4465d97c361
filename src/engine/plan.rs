//! Compiles a graph to kernels, without a GPU.

use std::collections::{HashMap, HashSet};

use super::error::UnsupportedError;
use super::fuse;
use super::kernel::{self, Kernel, KernelBinding, PixelKernel, StorageFormat};
use super::layout::{self, ValueLayout};
use super::limits::{BINDING_BYTES, BINDINGS, PLAN_BYTES, TEXTURE_ROWS, WGSL_BYTES, WORKGROUPS};
use super::rewrite::{self, order};
use super::step::KernelStep;
use crate::Size;
use crate::gpu::tuning::{KernelTuning, ValueFormat, WeightSource};
use crate::model::{
    OutputDecoding,
    graph::{Activation, Graph, Node, Op, TensorShape, ValueId, ValueInfo},
};

/// A network as kernels: the dispatches in order, and the size of each buffer.
#[derive(Clone, Debug)]
pub struct KernelPlan {
    /// The dispatches, in order.
    pub kernels: Vec<Kernel>,
    /// Shape of the input.
    pub input: TensorShape,
    /// Shape of the output.
    pub output: TensorShape,
    graph: Graph,
    layouts: HashMap<ValueId, ValueLayout>,
    sums: HashMap<ValueId, usize>,
    storage: StorageFormat,
}

impl KernelPlan {
    /// Compiles a network.
    ///
    /// # Errors
    /// If a node has no kernel within the limits.
    pub fn new(graph: &Graph, tuning: KernelTuning) -> Result<Self, UnsupportedError> {
        Self::with_person_output(graph, tuning, None)
    }

    /// Compiles a network whose last kernel also decodes the output to a person probability, if one thread of
    /// that kernel holds all channels of a pixel.
    ///
    /// # Errors
    /// If a node has no kernel within the limits.
    pub fn with_person_output(
        graph: &Graph,
        tuning: KernelTuning,
        person: Option<OutputDecoding>,
    ) -> Result<Self, UnsupportedError> {
        // Packed values need parts of at least two channel groups, which exceeds the workgroup memory of some
        // layers; and what several nodes together exceed, each alone may not.
        let unpacked = KernelTuning { values: ValueFormat::F32, ..tuning };
        let weights = match tuning.weights {
            WeightSource::Text => WeightSource::Uniform,
            other => other,
        };
        let alone = KernelTuning { fuse: false, weights, ..unpacked };
        Self::build(graph, tuning, person).or_else(|refusal| {
            let mut others = [unpacked, alone].into_iter().filter(|other| *other != tuning);
            others.find_map(|other| Self::build(graph, other, person).ok()).ok_or(refusal)
        })
    }

    fn build(
        graph: &Graph,
        tuning: KernelTuning,
        person: Option<OutputDecoding>,
    ) -> Result<Self, UnsupportedError> {
        let (input, output) = (graph.input_shape(), graph.output_shape());
        let mut graph = if tuning.fuse { rewrite::rewrite(graph) } else { graph.clone() };
        if graph.nodes.is_empty() || input.channels != 3 {
            return Err(UnsupportedError("the network has no operator, or no picture as its input".into()));
        }
        if let Some(node) = graph.nodes.iter().find(|node| matches!(node.op, Op::Attention(_))) {
            let name = &graph.values[node.output.0].name;
            return Err(UnsupportedError(format!("{:?}, which makes '{name}'", node.op)));
        }
        copy_ends(&mut graph);
        order::drop_unused(&mut graph);
        let layouts = layout::layouts(&graph);
        // What computes and copies these expects no border around them.
        let is_bordered =
            |at: &usize| graph.values[*at].shape.sides() == [1, 1] && layouts[&ValueId(*at)].plane() > 1;
        if let Some(at) = (0..graph.values.len()).find(is_bordered) {
            let name = &graph.values[at].name;
            return Err(UnsupportedError(format!("a padded window over '{name}', which is one pixel")));
        }
        let steps = fuse::fuse(&graph, tuning)?;
        let mut sums = HashMap::new();
        for step in &steps {
            let KernelStep::Pixels(schedule) = step else { continue };
            let workgroups = schedule.blocks().iter().product::<usize>().div_ceil(schedule.threads);
            sums.extend(schedule.summed.iter().map(|&value| (value, workgroups)));
        }
        let storage = StorageFormat {
            textures: tuning.textures,
            values: tuning.values,
            weights: tuning.weights,
            split_gates: tuning.split_gates,
        };
        let kernels = steps.iter().map(|step| match step {
            KernelStep::Pixels(schedule) => {
                PixelKernel::write(&graph, &layouts, schedule, &sums, person, storage)
            }
            KernelStep::Vector { nodes, exported } => {
                kernel::write_vector(&graph, nodes, exported, &sums, storage)
            }
        });
        let kernels = kernels.collect();
        let plan = Self { kernels, input, output, graph, layouts, sums, storage };
        plan.check()?;
        Ok(plan)
    }

    /// Checks every kernel, and all buffers together, against the limits.
    fn check(&self) -> Result<(), UnsupportedError> {
        for kernel in &self.kernels {
            let refuse = |why: &str| Err(UnsupportedError(format!("{} {why}", kernel.label)));
            let large = kernel.bindings.iter().any(|&binding| match binding {
                KernelBinding::Weights | KernelBinding::RuntimeConstants | KernelBinding::NodeConstant(_) => {
                    false
                }
                binding => self.bytes(binding) > BINDING_BYTES,
            });
            if large {
                return refuse("needs a buffer of more than 128 MiB");
            }
            let size = |&binding: &KernelBinding| match binding {
                KernelBinding::Weights => self.texture_size_for(4 * kernel.weights.len() as u64),
                KernelBinding::RuntimeConstants => {
                    self.texture_size_for(4 * kernel.runtime_constants.len() as u64)
                }
                KernelBinding::NodeConstant(node) => {
                    self.texture_size_for(4 * self.constant(node).len() as u64)
                }
                binding => self.texture_size(binding),
            };
            if kernel.bindings.iter().filter_map(size).any(|size| size.height > TEXTURE_ROWS) {
                return refuse("needs a picture of more than 8192 rows");
            }
            if kernel.bindings.len() > BINDINGS {
                return refuse("reads and writes more buffers than a kernel may");
            }
            if kernel.workgroups.iter().any(|&count| count > WORKGROUPS) {
                return refuse("has too many pixels or channels");
            }
            if kernel.wgsl.len() > WGSL_BYTES {
                return refuse("is too long a text");
            }
        }
        match self.total_bytes() <= PLAN_BYTES {
            true => Ok(()),
            false => Err(UnsupportedError("its kernels need more than 2 GiB of buffers together".into())),
        }
    }

    /// Size of all buffers: those that kernels share count once.
    fn total_bytes(&self) -> u64 {
        let of_kernel = |kernel: &Kernel| 4 * (kernel.weights.len() + kernel.runtime_constants.len()) as u64;
        let own: u64 = self.kernels.iter().map(of_kernel).sum();
        let bindings: HashSet<KernelBinding> =
            self.kernels.iter().flat_map(|kernel| kernel.bindings.iter().copied()).collect();
        let shared = bindings.into_iter().map(|binding| match binding {
            KernelBinding::Weights | KernelBinding::RuntimeConstants => 0,
            KernelBinding::NodeConstant(node) => 4 * self.constant(node).len() as u64,
            binding => self.bytes(binding),
        });
        own + shared.sum::<u64>()
    }

    /// Whether a kernel writes the person probability.
    pub fn has_person_output(&self) -> bool {
        self.kernels.iter().any(|kernel| kernel.bindings.contains(&KernelBinding::PersonMask))
    }

    /// Size of the texture that holds a binding row by row, if it lies in a texture.
    pub(super) fn texture_size(&self, binding: KernelBinding) -> Option<Size> {
        match binding {
            KernelBinding::Value(_) | KernelBinding::Sums(_) => self.texture_size_for(self.bytes(binding)),
            _ => None,
        }
    }

    /// Size of a texture for this many bytes, if buffers lie in textures.
    pub(super) fn texture_size_for(&self, bytes: u64) -> Option<Size> {
        let rows = bytes.div_ceil(16 * u64::from(kernel::COLUMNS)) as u32;
        self.storage.textures.then(|| Size::new(kernel::COLUMNS, rows))
    }

    /// Whether a binding holds eight channels per texel.
    pub(super) fn is_packed8(&self, binding: KernelBinding) -> bool {
        matches!(binding, KernelBinding::Value(value) if self.storage.is_packed8(self.layouts[&value].plane()))
    }

    /// Size of a buffer in bytes; not for weights and constants, whose content decides it.
    pub(super) fn bytes(&self, binding: KernelBinding) -> u64 {
        let floats = |shape: TensorShape| 4 * (shape.area() * shape.channels) as u64;
        match binding {
            KernelBinding::Input => 16 * self.input.area() as u64,
            KernelBinding::Exposure => 16,
            KernelBinding::Output => floats(self.output),
            KernelBinding::PersonMask => 4 * self.output.area() as u64,
            KernelBinding::Value(value) if self.is_packed8(binding) => self.layouts[&value].packed8_bytes(),
            KernelBinding::Value(value) => self.layouts[&value].bytes(),
            KernelBinding::Sums(value) => {
                16 * (self.sums[&value] * self.graph.shape(value).channels.div_ceil(4)) as u64
            }
            KernelBinding::Weights | KernelBinding::RuntimeConstants | KernelBinding::NodeConstant(_) => {
                unreachable!("made with their content")
            }
        }
    }

    /// The constant of a node, as its kernel reads it.
    pub(super) fn constant(&self, node: usize) -> Vec<f32> {
        kernel::constant(&self.graph.nodes[node].op)
    }
}

/// Inserts a copy of the input where a node needs it in memory, and of the output where a vector or
/// transposed kernel makes it.
fn copy_ends(graph: &mut Graph) {
    let copy = |graph: &mut Graph, of: ValueId| {
        graph.values.push(ValueInfo {
            name: format!("{}, copy", graph.values[of.0].name),
            ..graph.values[of.0].clone()
        });
        ValueId(graph.values.len() - 1)
    };
    let input = graph.input;
    let direct = |node: &Node| match &node.op {
        Op::Conv2d(conv) => conv.window.size.iter().product::<usize>() * 3 <= 160,
        Op::FullyConnected(_) | Op::Activate => true,
        _ => false,
    };
    if graph.nodes.iter().any(|node| node.inputs.contains(&input) && !direct(node)) {
        let inner = copy(graph, input);
        for node in graph.nodes.iter_mut().filter(|node| !direct(node)) {
            node.inputs.iter_mut().filter(|id| **id == input).for_each(|id| *id = inner);
        }
        let node =
            Node { op: Op::Activate, inputs: vec![input], output: inner, activation: Activation::None };
        graph.nodes.insert(0, node);
    }
    let output = graph.output;
    let read = graph.nodes.iter().any(|node| node.inputs.contains(&output));
    let maker = graph.nodes.iter_mut().find(|node| node.output == output);
    let Some(maker) = maker else { return };
    if maker.op == Op::Mean || (read && matches!(maker.op, Op::TransposeConv2d(_))) {
        let inner = copy(graph, output);
        for node in &mut graph.nodes {
            node.inputs.iter_mut().filter(|id| **id == output).for_each(|id| *id = inner);
            if node.output == output {
                node.output = inner;
            }
        }
        graph.nodes.push(Node {
            op: Op::Activate,
            inputs: vec![inner],
            output,
            activation: Activation::None,
        });
    }
}
