//! The fast engine: rules, kernels and whole networks against plain f64 loops.

mod build;
mod chains;
mod evaluate;
mod networks;
mod rules;
mod texts;

use gpucam::internals::engine::{KernelNetwork, KernelPlan, Tuning, Values};
use gpucam::internals::gpu::Recorder;
use gpucam::internals::{Size, model::Graph};
use libtest_mimic::Trial;

use crate::support::gpu::{gpu, poison_storage};

pub fn trials() -> Vec<Trial> {
    [rules::trials(), chains::trials(), networks::trials(), texts::trials()].into_iter().flatten().collect()
}

/// The tuning of software Vulkan, but with f32 values.
pub const F32: Tuning = Tuning {
    fuse: true,
    text: 64,
    outputs: 8,
    threads: 64,
    repeats: 18,
    expand: true,
    pictures: false,
    values: Values::F32,
    pixels: 6,
};

/// One kernel per node, without rewrites.
pub const PLAIN: Tuning = Tuning { fuse: false, ..F32 };

/// Small limits, so that small networks are divided as large ones are.
pub const NARROW: Tuning =
    Tuning { text: 12, outputs: 2, threads: 16, repeats: 3, pictures: true, pixels: 1, ..F32 };

/// The tuning of llvmpipe, and that of its newer versions: values in textures.
pub const PACKED8: Tuning = Tuning { values: Values::SharedExponent, ..F32 };
pub const PICTURES: Tuning = Tuning { pictures: true, pixels: 1, repeats: 36, expand: false, ..PACKED8 };

/// The tuning of a hardware GPU.
pub const GPU: Tuning = Tuning { outputs: 4, repeats: 1024, pixels: 2, ..F32 };

/// Runs one forward pass.
pub fn run(graph: &Graph, input: &[f32], tuning: Tuning) -> Vec<f32> {
    let plan = KernelPlan::new(graph, tuning).unwrap_or_else(|refusal| panic!("{refusal}"));
    let network = KernelNetwork::new(gpu(), plan);
    poison_storage(gpu(), network.output());
    let mut rec = Recorder::new(gpu());
    record(&mut rec, &network, input);
    rec.finish().submit(gpu());
    gpu().read_storage(network.output()).expect("an output")
}

/// Records the network over an f32 `[h, w, 3]` input, without exposure.
pub fn record(rec: &mut Recorder<'_>, network: &KernelNetwork, input: &[f32]) {
    let shape = network.plan().input;
    let picture = rec.plane("input", Size::new(shape.width as u32, shape.height as u32));
    let texels: Vec<[f32; 4]> = input.as_chunks().0.iter().map(|&[r, g, b]| [r, g, b, 0.0]).collect();
    gpu().write_plane(&picture, bytemuck::cast_slice(&texels));
    let exposure = rec.constants("exposure", &[1.0, 1.0, 0.0, f32::MAX]);
    network.record(rec, &picture, &exposure);
}
