//! Kernels as text, generated from templates.
//!
//! A *pixel kernel* computes a chain of nodes over one grid: a thread owns a block of pixels, reads what lies in
//! memory once, and keeps what it makes in registers until another kernel needs it. A *vector kernel* computes a chain
//! of nodes on single pixels (the gates) in one workgroup. Weights are copied into workgroup memory and read with
//! literal indices.

mod answer;
mod conv;
mod depthwise;
mod elementwise;
mod mean;
mod pixels;
mod pointwise;
mod pool;
mod resize;
mod source;
mod store;
mod stored;
mod transpose;
mod vector;

pub(super) use self::{
    pixels::Pixels,
    resize::doubles,
    stored::{COLUMNS, Stored},
    transpose::is_tiled,
    vector::{fits as fits_vector, length as vector_length, write as write_vector},
};
use crate::model::graph::{Activation, Array, Op, TransposeConv2d, ValueId};

/// A dispatch: text, weights, and what is bound, in the order of the bindings.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// What it computes, for people.
    pub label: String,
    /// WGSL with the entry point `main`.
    pub wgsl: String,
    /// For [`Slot::Weights`].
    pub weights: Vec<f32>,
    /// For [`Slot::Numbers`].
    pub numbers: Vec<f32>,
    /// What is bound.
    pub slots: Vec<Slot>,
    /// Workgroups in x and y.
    pub workgroups: [u32; 2],
}

/// What a binding holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The picture that the network sees, a plane of R'G'B'.
    Picture,
    /// How it is to be exposed, a vec4.
    Exposure,
    /// The network's output, f32 `[h, w, c]`.
    Answer,
    /// The person probability of the output, a plane.
    Person,
    /// A value, as its layout says.
    Value(ValueId),
    /// Sums of a value over each workgroup: `[workgroups, groups]` of vec4.
    Sums(ValueId),
    /// The kernel's own weights.
    Weights,
    /// Lengths and places that the kernel's text leaves open.
    Numbers,
    /// Numbers of node `.0` of the graph.
    Constant(usize),
}

/// An activation of the vec4 (or float) `x`.
fn activate(activation: Activation, x: &str, kind: &str) -> String {
    match activation {
        Activation::None => x.to_owned(),
        Activation::Relu => format!("max({x}, {kind}(0.0))"),
        Activation::Relu6 => format!("clamp({x}, {kind}(0.0), {kind}(6.0))"),
        Activation::HardSwish => {
            format!("{x} * clamp({x} * (1.0 / 6.0) + 0.5, {kind}(0.0), {kind}(1.0))")
        }
        Activation::Logistic => format!("1.0 / (1.0 + exp(-{x}))"),
    }
}

/// What a kernel reads as the constant of a node.
pub(super) fn constant(op: &Op) -> Vec<f32> {
    match op {
        Op::Binary(binary) => binary.constant.as_ref().map(in_groups).unwrap_or_default(),
        Op::Conv2d(conv) if conv.window.size != [1; 2] || !super::rewrite::resize_last::is_pointwise(op) => {
            conv::plain_weights(&conv.weights, &conv.bias)
        }
        Op::TransposeConv2d(TransposeConv2d { weights, bias, .. }) => conv::plain_weights(weights, bias),
        _ => Vec::new(),
    }
}

/// `[1, h, w, c]` as a value without border lies in memory.
fn in_groups(array: &Array) -> Vec<f32> {
    let [_, h, w, c] = [0, 1, 2, 3].map(|axis| array.shape[axis]);
    let mut all = Vec::new();
    for group in (0..c).step_by(4) {
        for pixel in 0..h * w {
            all.extend((group..group + 4).map(|k| if k < c { array.data[pixel * c + k] } else { 0.0 }));
        }
    }
    all
}
