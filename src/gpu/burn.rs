//! The only file that reaches into burn: the wgpu buffers behind its tensors, and its submissions to the
//! shared queue.

#![allow(unsafe_code)] // one call: replaying a captured graph, see `Forward::run`

use std::fmt;

use burn::{backend::Wgpu, tensor::Tensor};
use burn_wgpu::CubeTensor;
use cubecl::wgpu::{AutoCompiler, WgpuServer};

use super::{Gpu, Storage};

/// A tensor's allocation, kept alive while passes use its bytes.
pub struct Lease {
    tensor: Tensor<4>,
    cube: CubeTensor,
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lease({:?})", self.tensor.dims())
    }
}

impl Lease {
    /// Takes a row-major f32 tensor.
    ///
    /// # Panics
    /// If the tensor is not contiguous or not on wgpu: a bug, never an effect of the input.
    pub fn new(tensor: Tensor<4>) -> Self {
        let cube = tensor.clone().try_into_primitive::<Wgpu>().expect("a tensor on wgpu, without fusion");
        assert!(cube.is_contiguous(), "a pass reads raw storage, so the tensor must be row-major");
        Self { tensor, cube }
    }

    /// The tensor.
    pub fn tensor(&self) -> Tensor<4> {
        self.tensor.clone()
    }

    /// Its bytes: a range of a buffer that burn may share among tensors, so one dispatch must not bind two of
    /// them.
    pub fn storage(&self) -> Storage {
        let handle = self.cube.handle.clone();
        let resource = self
            .cube
            .client
            .get_resource::<WgpuServer<AutoCompiler>>(handle)
            .expect("leased memory is alive");
        let resource = resource.resource();
        let bytes = 4 * self.tensor.dims().iter().product::<usize>() as u64;
        Storage { buffer: resource.buffer.clone(), offset: resource.offset, bytes }
    }

    /// Submits burn's queued work, so that it runs before any later submission.
    pub fn flush(&self) {
        // The next wait reports a device error.
        if let Err(error) = self.cube.client.flush() {
            tracing::debug!("burn's flush: {error:?}");
        }
    }
}

type Graph = burn::tensor::Graph<Tensor<4>, Box<dyn FnMut() -> Tensor<4>>>;

/// A network's forward pass, captured once and replayed against the same buffers each frame.
///
/// burn has a stream per thread: capture and run it on the same thread.
pub struct Forward {
    input: Lease,
    output: Lease,
    graph: Graph,
    /// The output for the passes: burn's own memory, or a copy if burn does not capture.
    result: Storage,
    kernels: u64,
    _one_thread: std::marker::PhantomData<*const ()>,
}

impl fmt::Debug for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Forward({:?} -> {:?}, {} kernels)", self.input, self.output, self.kernels)
    }
}

impl Forward {
    /// Captures `network` for an input of shape `[1, height, width, 3]`.
    pub fn capture(gpu: &Gpu, shape: [usize; 4], network: impl Fn(Tensor<4>) -> Tensor<4> + 'static) -> Self {
        let input = Lease::new(Tensor::zeros(shape, gpu.burn()));
        let tensor = input.tensor();
        input.flush();
        let idle = gpu.wait();
        let before = gpu.live().bind_groups;
        let run: Box<dyn FnMut() -> Tensor<4>> = Box::new(move || network(tensor.clone()));
        let graph = burn::tensor::capture(gpu.burn(), run);
        let output = Lease::new(graph.output().clone());
        output.flush();
        // A capture keeps one bind group per kernel; those of the warm-up are freed once the GPU is idle.
        let kernels = match idle.and(gpu.wait()) {
            Ok(()) if graph.is_hardware() => (gpu.live().bind_groups - before).max(0) as u64,
            _ => 0,
        };
        let result = if graph.is_hardware() {
            output.storage()
        } else {
            tracing::debug!("burn did not capture the network: it is launched anew each frame");
            Storage::new(gpu, "output", output.storage().bytes)
        };
        Self { input, output, graph, result, kernels, _one_thread: std::marker::PhantomData }
    }

    /// The input tensor's bytes: f32 `[height, width, 3]`, for a pass to write.
    pub fn input(&self) -> Storage {
        self.input.storage()
    }

    /// The output's bytes: f32 `[height, width, channels]`, in the same buffer for every frame.
    pub fn output(&self) -> &Storage {
        &self.result
    }

    /// Shape of the output, `[1, height, width, channels]`.
    pub fn output_shape(&self) -> [usize; 4] {
        self.output.tensor.dims()
    }

    /// Number of kernels in one forward pass; 0 if burn did not capture it.
    pub fn kernels(&self) -> u64 {
        self.kernels
    }

    /// Submits one forward pass; it runs after everything submitted before.
    pub fn run(&mut self, gpu: &Gpu) {
        // SAFETY: `Graph::replay` requires that every tensor the closure touched is alive (the closure owns
        // the input and the weights, `self` the output), that nothing else uses them during the replay (one
        // queue orders all work), and that input and output are accessed on the capture's stream or in its
        // order (the type is not Send, and our submissions go to the same queue before and after `flush`).
        let output = unsafe { self.graph.replay() }.clone();
        if self.graph.is_hardware() {
            self.output.flush();
            return;
        }
        self.output = Lease::new(output);
        self.output.flush();
        let from = self.output.storage();
        let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(&from.buffer, from.offset, &self.result.buffer, 0, from.bytes);
        gpu.queue().submit([encoder.finish()]);
    }
}
