//! The fast engine: rules, kernels and whole networks against plain f64 loops.

mod build;
mod chains;
mod evaluate;
mod networks;
mod rules;
mod texts;

use gpucam::engine::{Network, Plan, Tuning};
use gpucam::gpu::Recorder;
use gpucam::model::Graph;
use libtest_mimic::Trial;

use crate::support::gpu::{gpu, poison_storage};

pub fn trials() -> Vec<Trial> {
    [rules::trials(), chains::trials(), networks::trials(), texts::trials()].into_iter().flatten().collect()
}

/// A kernel for each node, as the graph stands.
pub const PLAIN: Tuning =
    Tuning { fuse: false, text: 64, outputs: 8, threads: 64, repeats: 18, pictures: false };

/// Small limits, so that small networks are cut as large ones are.
pub const NARROW: Tuning =
    Tuning { fuse: true, text: 12, outputs: 2, threads: 16, repeats: 3, pictures: true };

/// What newer versions of Mesa's llvmpipe get: values in pictures.
pub const PICTURES: Tuning =
    Tuning { fuse: true, text: 64, outputs: 8, threads: 64, repeats: 18, pictures: true };

/// One forward pass.
pub fn run(graph: &Graph, input: &[f32], tuning: Tuning) -> Vec<f32> {
    let plan = Plan::new(graph, tuning).unwrap_or_else(|refusal| panic!("{refusal}"));
    let network = Network::new(gpu(), plan);
    poison_storage(gpu(), network.output());
    let bytes: &[u8] = bytemuck::cast_slice(input);
    gpu().queue().write_buffer(&network.input().buffer, network.input().offset, bytes);
    let mut rec = Recorder::new(gpu());
    network.record(&mut rec);
    rec.finish().submit(gpu());
    gpu().read_storage(network.output()).expect("an output")
}
