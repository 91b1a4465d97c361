//! The fast engine: rules, kernels and whole networks against plain f64 loops.

mod build;
mod chains;
mod evaluate;
mod networks;
mod rules;
mod texts;

use gpucam::internals::gpu::Recorder;
use gpucam::internals::{Size, model::Graph};
use gpucam::internals::{
    engine::{KernelNetwork, KernelPlan},
    gpu::tuning::{KernelTuning, Profile, ValueFormat},
};
use libtest_mimic::Trial;

use crate::support::gpu::{gpu, poison_storage};

pub fn trials() -> Vec<Trial> {
    [rules::trials(), chains::trials(), networks::trials(), texts::trials()].into_iter().flatten().collect()
}

/// The kernels of software Vulkan, and those of llvmpipe since Mesa 23: values in textures.
pub const PACKED8: KernelTuning = Profile::Software.tuning().kernels;
pub const TEXTURES: KernelTuning = Profile::SoftwareMesa23.tuning().kernels;

/// The kernels of SwiftShader: weights in the text.
pub const TEXT_WEIGHTS: KernelTuning = Profile::SwiftShader.tuning().kernels;

/// The kernels of a hardware GPU.
pub const GPU: KernelTuning = Profile::Gpu.tuning().kernels;

/// Those of software Vulkan, but with f32 values.
pub const F32: KernelTuning = KernelTuning { values: ValueFormat::F32, ..PACKED8 };

/// One kernel per node, without rewrites.
pub const PLAIN: KernelTuning = KernelTuning { fuse: false, ..F32 };

/// Small limits, so that small networks are divided as large ones are.
pub const NARROW: KernelTuning = KernelTuning {
    weight_blocks: 12,
    window_blocks: 36,
    output_groups: 2,
    input_groups: 2,
    workgroup_threads: 16,
    gate_repeats: 3,
    textures: true,
    pixels: 1,
    ..F32
};

/// Runs one forward pass.
pub fn run(graph: &Graph, input: &[f32], tuning: KernelTuning) -> Vec<f32> {
    // A device with the limits of a small adapter has no room for values in textures.
    let textures = tuning.textures && gpu().device().limits().max_storage_textures_per_shader_stage >= 8;
    let tuning = KernelTuning { textures, ..tuning };
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
