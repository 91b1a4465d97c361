//! A network on the GPU with its input and output where our passes reach them.

use burn::tensor::Tensor;

use super::{Model, Network, Reading};
use crate::{
    Result, Size,
    gpu::{self, Gpu, Plane, Recorder, Recording, Storage, burn::Forward},
    passes,
};

/// A network, captured once, and how to read it. It writes no memory that we do not know of beforehand, so
/// bind groups are made once.
#[derive(Debug)]
pub struct Segmenter {
    forward: Forward,
    reading: Reading,
    input: Size,
}

/// What a model says of one input.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Size of the model's output.
    pub size: Size,
    /// Channels of the output.
    pub channels: u32,
    /// The raw output, `[height, width, channels]`.
    pub logits: Vec<f32>,
    /// Person probability 0..1, `[height, width]`.
    pub person: Vec<f32>,
}

impl Segmenter {
    /// Puts `model` on the GPU: weights as tensors, the forward pass captured.
    pub fn load(gpu: &Gpu, model: &Model, reading: Reading) -> Self {
        let network = Network::new(&model.graph, gpu.burn());
        Self::new(gpu, network.input_size(), reading, move |input| network.forward(input))
    }

    /// Captures `network`, which takes f32 `[1, height, width, 3]` of `input` size and gives
    /// `[1, height, width, channels]`, both contiguous.
    pub fn new(
        gpu: &Gpu,
        input: Size,
        reading: Reading,
        network: impl Fn(Tensor<4>) -> Tensor<4> + 'static,
    ) -> Self {
        let shape = [1, input.height as usize, input.width as usize, 3];
        Self { forward: Forward::capture(gpu, shape, network), reading, input }
    }

    /// Size of the model's input.
    pub fn input_size(&self) -> Size {
        self.input
    }

    /// Size of the model's output.
    pub fn output_size(&self) -> Size {
        let [_, height, width, _] = self.forward.output_shape();
        Size::new(width as u32, height as u32)
    }

    /// Channels of the model's output.
    pub fn channels(&self) -> u32 {
        self.forward.output_shape()[3] as u32
    }

    /// How input and output are read.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// The input tensor: f32 `[1, height, width, 3]`.
    pub fn input(&self) -> Storage {
        self.forward.input()
    }

    /// Kernels of one forward pass.
    pub fn kernels(&self) -> u64 {
        self.forward.kernels()
    }

    /// Whether burn replays a recording of the network.
    pub fn is_captured(&self) -> bool {
        self.forward.is_captured()
    }

    /// Records the person probability of the output.
    pub fn probability(&self, rec: &mut Recorder<'_>) -> Plane<gpu::Person> {
        passes::softmax(rec, self.forward.output(), self.output_size(), self.channels(), self.reading.person)
    }

    /// Submits one forward pass after all that was submitted before.
    pub fn run(&mut self, gpu: &Gpu) {
        self.forward.run(gpu);
    }

    /// The answer to an input tensor given as it is, f32 `[height, width, 3]`, for checking a model.
    ///
    /// # Errors
    /// [`crate::Error::GpuLost`].
    pub fn answer(&mut self, gpu: &Gpu, input: &[f32]) -> Result<Answer> {
        let tensor = self.input();
        gpu.queue().write_buffer(&tensor.buffer, tensor.offset, bytemuck::cast_slice(input));
        self.run(gpu);
        let mut rec = Recorder::new(gpu);
        let person = self.probability(&mut rec);
        submit(gpu, &rec.finish());
        Ok(Answer {
            size: self.output_size(),
            channels: self.channels(),
            logits: gpu.read_storage(self.forward.output())?,
            person: gpu.read_plane(&person)?,
        })
    }

    /// The answer to the input that is in the tensor already, after [`Segmenter::run`].
    ///
    /// # Errors
    /// [`crate::Error::GpuLost`].
    pub fn last_answer(&self, gpu: &Gpu, person: &Plane<gpu::Person>) -> Result<Answer> {
        Ok(Answer {
            size: self.output_size(),
            channels: self.channels(),
            logits: gpu.read_storage(self.forward.output())?,
            person: gpu.read_plane(person)?,
        })
    }
}

fn submit(gpu: &Gpu, recording: &Recording) {
    let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    recording.encode(&mut encoder, None);
    gpu.queue().submit([encoder.finish()]);
}
