//! A kernel as data: its WGSL, its weights, what it binds.

use crate::model::graph::ValueId;

/// A dispatch: text, weights, and what is bound, in the order of the bindings.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// What it computes, for people.
    pub label: String,
    /// WGSL with the entry point `main`.
    pub wgsl: String,
    /// For [`KernelBinding::Weights`].
    pub weights: Vec<f32>,
    /// For [`KernelBinding::RuntimeConstants`].
    pub runtime_constants: Vec<f32>,
    /// What is bound.
    pub bindings: Vec<KernelBinding>,
    /// Workgroups in x and y.
    pub workgroups: [u32; 2],
}

/// What a binding holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KernelBinding {
    /// The picture that the network sees, a plane of R'G'B'.
    Input,
    /// How it is to be exposed, a vec4.
    Exposure,
    /// The network's output, f32 `[h, w, c]`.
    Output,
    /// The person probability of the output, a plane.
    PersonMask,
    /// A value, as its layout says.
    Value(ValueId),
    /// Sums of a value over each workgroup: `[workgroups, groups]` of vec4.
    Sums(ValueId),
    /// The kernel's own weights.
    Weights,
    /// Lengths and places that the kernel's text leaves open.
    RuntimeConstants,
    /// Numbers of node `.0` of the graph.
    NodeConstant(usize),
}
