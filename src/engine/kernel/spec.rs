//! A finished kernel as data.

use crate::model::graph::ValueId;

/// One dispatch: WGSL, weights and bindings.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// A label for listings and timings.
    pub label: String,
    /// WGSL with the entry point `main`.
    pub wgsl: String,
    /// Content of [`KernelBinding::Weights`].
    pub weights: Vec<f32>,
    /// Content of [`KernelBinding::RuntimeConstants`].
    pub runtime_constants: Vec<f32>,
    /// The bindings in order; the index is the binding number.
    pub bindings: Vec<KernelBinding>,
    /// Number of workgroups in x and y.
    pub workgroups: [u32; 2],
}

/// The content of a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KernelBinding {
    /// The network's input picture: a plane of R'G'B', 0..1.
    Input,
    /// Exposure of the input: a vec4.
    Exposure,
    /// The network's output, f32 `[h, w, c]`.
    Output,
    /// The person probability decoded from the output: a plane of f32, 0..1.
    PersonMask,
    /// A value, in its layout.
    Value(ValueId),
    /// Sums of a value over each workgroup: `[workgroups, channel groups]` of vec4.
    Sums(ValueId),
    /// Weights of the kernel.
    Weights,
    /// Lengths and offsets that are not literals, so that layers of other widths share the WGSL.
    RuntimeConstants,
    /// Constant of the node with this index.
    NodeConstant(usize),
}
