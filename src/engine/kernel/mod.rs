//! Writes the WGSL of the kernels.
//!
//! A *pixel kernel* computes a sequence of nodes over one grid: a thread owns a block of pixels, loads each
//! operand once, and keeps the results in registers until another kernel needs them. A *vector kernel*
//! computes 1×1 nodes (the gates) in one workgroup. Weights are staged in workgroup memory and read with
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
