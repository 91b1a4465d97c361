//! The fast engine: a network as our own kernels, a flat list of dispatches.
//!
//! ```text
//! Graph ─ rewrite ▶ Graph ─ group ▶ chains of nodes ─ kernel ▶ KernelPlan: WGSL, weights ─ KernelNetwork::new ▶ on the GPU
//!         rules             which share a kernel      templates                      record ▶ dispatches
//! ```
//! A [`KernelPlan`] is made without a GPU. What no kernel covers is refused by name; then burn runs the network.

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
mod tuning;

pub use self::{
    error::UnsupportedError,
    kernel::{Kernel, KernelBinding},
    network::KernelNetwork,
    plan::KernelPlan,
    tuning::{Tuning, Values},
};
