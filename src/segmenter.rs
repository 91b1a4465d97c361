//! The model on the GPU, by either engine, with its input and output where our passes reach them.

use burn::tensor::Tensor;

use crate::{
    Result, Size, engine,
    gpu::{self, Gpu, Plane, Recorder, Rgb, Storage, burn::Forward},
    model::{BurnNetwork, Model, Reading},
    passes,
};

/// What runs the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum InferenceEngine {
    /// Our own kernels, made for the network; burn where they do not cover it.
    #[default]
    Fast,
    /// burn, an operator at a time.
    Burn,
}

/// A network, made once, and how to read it. It writes no memory that we do not know of beforehand, so bind groups
/// are made once.
#[derive(Debug)]
pub struct Segmenter {
    runner: Runner,
    reading: Reading,
    input: Size,
}

#[derive(Debug)]
enum Runner {
    /// Dispatches of a recording of ours.
    Recorded(Box<engine::KernelNetwork>),
    /// A capture of burn's, submitted by itself.
    Captured(Box<Forward>),
}

/// What a model says of one input.
#[derive(Clone, Debug)]
pub struct ModelOutput {
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
    /// Puts `model` on the GPU, for `engine`; where the fast one has no kernel for it, burn takes over.
    pub fn load(gpu: &Gpu, model: &Model, reading: Reading, engine: InferenceEngine) -> Self {
        Self::load_with(gpu, model, reading, engine, engine::Tuning::of(gpu))
    }

    /// The same with all numbers f32, to check a model: the fast engine may store fewer digits, for a mask within 0.01.
    pub fn load_exact(gpu: &Gpu, model: &Model, reading: Reading, engine: InferenceEngine) -> Self {
        let tuning = engine::Tuning { values: engine::Values::F32, ..engine::Tuning::of(gpu) };
        Self::load_with(gpu, model, reading, engine, tuning)
    }

    fn load_with(
        gpu: &Gpu,
        model: &Model,
        reading: Reading,
        engine: InferenceEngine,
        tuning: engine::Tuning,
    ) -> Self {
        if engine == InferenceEngine::Fast {
            match engine::KernelPlan::with_person_output(&model.graph, tuning, Some(reading.person)) {
                Ok(plan) => {
                    let input = Size::new(plan.input.width as u32, plan.input.height as u32);
                    let network = engine::KernelNetwork::new(gpu, plan);
                    return Self { runner: Runner::Recorded(Box::new(network)), reading, input };
                }
                Err(refusal) => {
                    tracing::warn!("burn runs the model, for the fast engine has no kernel: {refusal}")
                }
            }
        }
        let network = BurnNetwork::new(&model.graph, gpu.burn());
        Self::from_burn(gpu, network.input_size(), reading, move |input| network.forward(input))
    }

    /// Captures `network`, which takes f32 `[1, height, width, 3]` of `input` size and gives
    /// `[1, height, width, channels]`, both contiguous.
    pub fn from_burn(
        gpu: &Gpu,
        input: Size,
        reading: Reading,
        network: impl Fn(Tensor<4>) -> Tensor<4> + 'static,
    ) -> Self {
        let shape = [1, input.height as usize, input.width as usize, 3];
        let runner = Runner::Captured(Box::new(Forward::capture(gpu, shape, network)));
        Self { runner, reading, input }
    }

    /// Size of the model's input.
    pub fn input_size(&self) -> Size {
        self.input
    }

    /// Size of the model's output.
    pub fn output_size(&self) -> Size {
        let [_, height, width, _] = self.output_shape();
        Size::new(width as u32, height as u32)
    }

    /// Channels of the model's output.
    pub fn channels(&self) -> u32 {
        self.output_shape()[3] as u32
    }

    fn output_shape(&self) -> [usize; 4] {
        match &self.runner {
            Runner::Recorded(network) => network.plan().output.nhwc(),
            Runner::Captured(forward) => forward.output_shape(),
        }
    }

    /// How input and output are read.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    fn output(&self) -> &Storage {
        match &self.runner {
            Runner::Recorded(network) => network.output(),
            Runner::Captured(forward) => forward.output(),
        }
    }

    /// Kernels of one forward pass.
    pub fn kernels(&self) -> u64 {
        match &self.runner {
            Runner::Recorded(network) => network.plan().kernels.len() as u64,
            Runner::Captured(forward) => forward.kernels(),
        }
    }

    /// Which engine runs the network.
    pub fn engine(&self) -> InferenceEngine {
        match &self.runner {
            Runner::Recorded(_) => InferenceEngine::Fast,
            Runner::Captured(_) => InferenceEngine::Burn,
        }
    }

    /// Appends the forward pass over a small picture of the input's size to a recording, if it can be part of one; else
    /// what brings burn its input, and [`Segmenter::run`] submits the rest. `exposure` is what [`passes::expose`] gives.
    pub fn record(&self, rec: &mut Recorder<'_>, small: &Plane<Rgb>, exposure: &Storage) -> bool {
        match &self.runner {
            Runner::Recorded(network) => {
                network.record(rec, small, exposure);
                true
            }
            Runner::Captured(forward) => {
                passes::tensor(rec, small, exposure, &forward.input());
                false
            }
        }
    }

    /// Records the person probability of the output.
    pub fn probability(&self, rec: &mut Recorder<'_>) -> Plane<gpu::Mask> {
        if let Runner::Recorded(network) = &self.runner
            && let Some(person) = network.person()
        {
            return person.clone(); // its last kernel writes it
        }
        passes::softmax(rec, self.output(), self.output_size(), self.channels(), self.reading.person)
    }

    /// Submits one forward pass after all that was submitted before; nothing where it is part of a recording.
    pub fn run(&mut self, gpu: &Gpu) {
        if let Runner::Captured(forward) = &mut self.runner {
            forward.run(gpu);
        }
    }

    /// The answer to an input given as it is, f32 `[height, width, 3]`, for checking a model.
    ///
    /// # Errors
    /// [`crate::GpuError::Lost`].
    pub fn infer(&mut self, gpu: &Gpu, input: &[f32]) -> Result<ModelOutput> {
        let texels: Vec<[f32; 4]> = input.as_chunks().0.iter().map(|&[r, g, b]| [r, g, b, 0.0]).collect();
        let small = Plane::new(gpu, "input", self.input);
        gpu.write_plane(&small, bytemuck::cast_slice(&texels));
        let as_it_is = [1.0, 1.0, 0.0, f32::MAX];
        let exposure = Storage::with_content(
            gpu,
            "exposure",
            bytemuck::cast_slice(&as_it_is),
            wgpu::BufferUsages::STORAGE,
        );
        let mut rec = Recorder::new(gpu);
        self.record(&mut rec, &small, &exposure);
        rec.finish().submit(gpu);
        self.run(gpu);
        let mut rec = Recorder::new(gpu);
        let person = self.probability(&mut rec);
        rec.finish().submit(gpu);
        Ok(ModelOutput {
            size: self.output_size(),
            channels: self.channels(),
            logits: gpu.read_storage(self.output())?,
            person: gpu.read_plane(&person)?,
        })
    }

    /// The answer to the input that is there already, after [`Segmenter::run`].
    ///
    /// # Errors
    /// [`crate::GpuError::Lost`].
    pub fn read_output(&self, gpu: &Gpu, person: &Plane<gpu::Mask>) -> Result<ModelOutput> {
        Ok(ModelOutput {
            size: self.output_size(),
            channels: self.channels(),
            logits: gpu.read_storage(self.output())?,
            person: gpu.read_plane(person)?,
        })
    }
}
