//! The fast engine: runs a network as generated WGSL kernels, a flat list of dispatches.
//!
//! ```text
//! Graph ─ rewrite ▶ Graph ─ fuse ▶ KernelSteps ─ kernel ▶ KernelPlan ─ KernelNetwork::new ▶ on the GPU
//!         rules             nodes that share       WGSL and                          record ▶ dispatches
//!                           a kernel               weights
//! ```
//! A [`KernelPlan`] needs no GPU. If a node has no kernel, [`UnsupportedError`] names it, and burn runs the
//! network.

mod analysis;
mod error;
mod fuse;
mod fuse_expand;
mod fuse_gates;
mod kernel;
mod layout;
mod limits;
mod network;
mod plan;
pub mod rewrite;
mod schedule;
mod step;

pub use self::{
    error::UnsupportedError,
    kernel::{Kernel, KernelBinding},
    network::KernelNetwork,
    plan::KernelPlan,
};
