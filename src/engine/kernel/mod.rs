//! Kernels as text, generated from templates.
//!
//! A *pixel kernel* computes a chain of nodes over one grid: a thread owns a block of pixels, reads what lies in
//! memory once, and keeps what it makes in registers until another kernel needs it. A *vector kernel* computes a chain
//! of nodes on single pixels (the gates) in one workgroup. Weights are copied into workgroup memory and read with
//! literal indices.

mod activation;
mod constant;
mod conv;
mod depthwise;
mod elementwise;
mod matrix;
mod mean;
mod output;
mod pixels;
mod pointwise;
mod pool;
mod resize;
mod spec;
mod storage;
mod store;
mod transpose;
mod vector;
mod writer;

pub use self::spec::{Kernel, KernelBinding};
pub(super) use self::{
    constant::constant,
    pixels::PixelKernel,
    storage::{COLUMNS, StorageFormat},
    vector::write as write_vector,
};
