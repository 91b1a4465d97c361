//! The fast engine: a network as our own kernels, a flat list of dispatches.
//!
//! ```text
//! Graph ─ rewrite ▶ Graph ─ group ▶ chains of nodes ─ kernel ▶ Plan: WGSL, weights ─ Network::new ▶ on the GPU
//!         rules             which share a kernel      templates                      record ▶ dispatches
//! ```
//! A [`Plan`] is made without a GPU. What no kernel covers is refused by name; then burn runs the network.

mod chain;
mod expand;
mod fold;
mod group;
mod kernel;
mod layout;
mod network;
mod plan;
pub mod rewrite;
mod tuning;

pub use self::{
    kernel::{Kernel, Slot},
    network::Network,
    plan::Plan,
    tuning::{Tuning, Values},
};

/// What the engine has no kernel for, as a sentence's end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);
