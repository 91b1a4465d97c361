//! What is chosen for an adapter.

use crate::gpu::{
    Gpu,
    tuning::{KernelTuning, ValueFormat},
};

/// What kernels are cut by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tuning {
    /// Whether several nodes may share a kernel.
    pub fuse: bool,
    /// Most 4×4 blocks of weights that a kernel's text holds, half as many again for two matrices, twice that with a
    /// window: more of them read less, and take longer to compile.
    pub text: usize,
    /// Most groups of four output channels a thread computes of one matrix.
    pub outputs: usize,
    /// Threads of a workgroup on large grids.
    pub threads: usize,
    /// Most workgroups that may each compute a gate for themselves, to save a dispatch.
    pub repeats: usize,
    /// Whether a matrix is multiplied in the kernel of the window that reads it, where its whole grid fits into workgroup
    /// memory: a dispatch less.
    pub expand: bool,
    /// Whether values lie in pictures, not in buffers: llvmpipe since about Mesa 23 compiles a read of a buffer to
    /// branches for every lane and channel, which takes it five times as long as the whole network with pictures.
    pub pictures: bool,
    /// What values of several pixels are stored as.
    pub values: Values,
    /// Most pixels of a thread.
    pub pixels: usize,
}

/// Numbers in memory; in registers, and what is added up, all are f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Values {
    /// Four channels to a read.
    F32,
    /// Eight channels to a read, of 15 bits each and with one exponent: half the bytes, and a quarter of the error of
    /// f16, by which a mask of ours was 0.028 off.
    SharedExponent,
}

impl Default for Tuning {
    /// For software Vulkan, where a thread is a lane of eight and a read costs as much as forty sums.
    fn default() -> Self {
        Self {
            fuse: true,
            text: 64,
            outputs: 8,
            threads: 64,
            repeats: 18,
            expand: true,
            pictures: false,
            values: Values::SharedExponent,
            pixels: 6,
        }
    }
}

impl Tuning {
    /// For an adapter.
    pub fn of(gpu: &Gpu) -> Self {
        let KernelTuning {
            fuse,
            fuse_expand,
            gate_repeats,
            weight_blocks,
            output_groups,
            pixels,
            workgroup_threads,
            textures,
            values,
        } = gpu.tuning().kernels;
        Self {
            fuse,
            text: weight_blocks,
            outputs: output_groups,
            threads: workgroup_threads,
            repeats: gate_repeats,
            expand: fuse_expand,
            pictures: textures,
            values: match values {
                ValueFormat::F32 => Values::F32,
                ValueFormat::SharedExponent => Values::SharedExponent,
            },
            pixels,
        }
    }
}
