//! The model on the GPU, run by either engine, with input and output in GPU memory.

use burn::tensor::Tensor;

use crate::{
    ModelError, Result, Size, engine,
    gpu::{
        self, Gpu, Plane, Recorder, Rgb, Storage,
        burn::Forward,
        tuning::{KernelTuning, ValueFormat},
    },
    model::{BurnNetwork, Model, Reading, catalogue},
    passes,
};

/// The engine that runs the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum InferenceEngine {
    /// Our own kernels, made for the network; burn where they do not cover it.
    #[default]
    Fast,
    /// burn, an operator at a time.
    Burn,
}

/// A network on the GPU, and how to interpret its input and output. Its buffers are allocated once, so bind
/// groups are created once too.
#[derive(Debug)]
pub struct Segmenter {
    runner: Runner,
    reading: Reading,
    input: Size,
    second: Option<Box<Segmenter>>,
}

#[derive(Debug)]
enum Runner {
    /// Dispatches in our own recording.
    Recorded(Box<engine::KernelNetwork>),
    /// A graph captured from burn, submitted separately.
    Captured(Box<Forward>),
}

/// A model's output for one input.
#[derive(Clone, Debug)]
pub struct ModelOutput {
    /// Size of the model's output in pixels.
    pub size: Size,
    /// Number of channels of the output.
    pub channels: u32,
    /// The raw output, f32 `[height, width, channels]`.
    pub logits: Vec<f32>,
    /// Person probability, 0..1, f32 `[height, width]`.
    pub person: Vec<f32>,
}

impl Segmenter {
    /// Loads the catalogue's model of this name, such as `selfie-landscape`, from the user's folders of
    /// models, on the fast engine. It never fetches.
    ///
    /// # Errors
    /// [`ModelError::Unknown`], [`ModelError::Missing`], and those of [`Model::open`].
    pub fn open(gpu: &Gpu, name: &str) -> Result<Self> {
        let entry = catalogue::named(name)?;
        let file = catalogue::ModelFolders::from_env().find(entry)?;
        let file = file.ok_or_else(|| ModelError::Missing { name: name.into() })?;
        Ok(Self::load(gpu, &Model::open(&file)?, entry.reading, InferenceEngine::Fast))
    }

    /// Uploads `model` for `engine`. If the fast engine has no kernel for an operation, burn runs the model.
    pub fn load(gpu: &Gpu, model: &Model, reading: Reading, engine: InferenceEngine) -> Self {
        Self::load_with(gpu, model, reading, engine, gpu.tuning().kernels)
    }

    /// The same with all values stored as f32, to verify a model. Otherwise the fast engine may store fewer
    /// digits, which changes the mask by less than 0.01.
    #[doc(hidden)]
    pub fn load_exact(gpu: &Gpu, model: &Model, reading: Reading, engine: InferenceEngine) -> Self {
        let tuning = KernelTuning { values: ValueFormat::F32, ..gpu.tuning().kernels };
        Self::load_with(gpu, model, reading, engine, tuning)
    }

    fn load_with(
        gpu: &Gpu,
        model: &Model,
        reading: Reading,
        engine: InferenceEngine,
        tuning: KernelTuning,
    ) -> Self {
        if engine == InferenceEngine::Fast {
            match engine::KernelPlan::with_person_output(&model.graph, tuning, Some(reading.person)) {
                Ok(plan) => {
                    let input = Size::new(plan.input.width as u32, plan.input.height as u32);
                    let network = engine::KernelNetwork::new(gpu, plan);
                    return Self {
                        runner: Runner::Recorded(Box::new(network)),
                        reading,
                        input,
                        second: None,
                    };
                }
                Err(refusal) => {
                    tracing::warn!("burn runs the model, for the fast engine has no kernel: {refusal}")
                }
            }
        }
        let network = BurnNetwork::new(&model.graph, gpu.burn());
        Self::from_burn(gpu, network.input_size(), reading, move |input| network.forward(input))
    }

    /// Captures `network`, a function from f32 `[1, height, width, 3]` of size `input` to f32
    /// `[1, height, width, channels]`, both contiguous.
    #[doc(hidden)]
    pub fn from_burn(
        gpu: &Gpu,
        input: Size,
        reading: Reading,
        network: impl Fn(Tensor<4>) -> Tensor<4> + 'static,
    ) -> Self {
        let shape = [1, input.height as usize, input.width as usize, 3];
        let runner = Runner::Captured(Box::new(Forward::capture(gpu, shape, network)));
        Self { runner, reading, input, second: None }
    }

    /// Uploads a model, and the one of the second look if there is one.
    #[cfg(feature = "cli")]
    pub(crate) fn load_with_second(
        gpu: &Gpu,
        first: &(Model, Reading),
        second: Option<&(Model, Reading)>,
        engine: InferenceEngine,
    ) -> Self {
        let load = |(model, reading): &(Model, Reading)| Self::load(gpu, model, *reading, engine);
        match second {
            None => load(first),
            Some(second) => load(first).with_second(load(second)),
        }
    }

    /// With a second model, for [`Settings::look`](crate::Settings::look): it looks at the person's box.
    /// `selfie-general` is made for that. Burn cannot run it; a model that only burn runs is dropped.
    #[must_use]
    pub fn with_second(self, second: Self) -> Self {
        let second = (second.engine() == InferenceEngine::Fast).then(|| Box::new(second));
        Self { second, ..self }
    }

    /// The model for the second look.
    #[doc(hidden)]
    pub fn second(&self) -> Option<&Self> {
        self.second.as_deref()
    }

    /// Size of the model's input in pixels.
    pub fn input_size(&self) -> Size {
        self.input
    }

    /// Size of the model's output in pixels.
    #[doc(hidden)]
    pub fn output_size(&self) -> Size {
        let [_, height, width, _] = self.output_shape();
        Size::new(width as u32, height as u32)
    }

    /// Number of channels of the model's output.
    #[doc(hidden)]
    pub fn channels(&self) -> u32 {
        self.output_shape()[3] as u32
    }

    fn output_shape(&self) -> [usize; 4] {
        match &self.runner {
            Runner::Recorded(network) => network.plan().output.nhwc(),
            Runner::Captured(forward) => forward.output_shape(),
        }
    }

    /// How to interpret input and output.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    fn output(&self) -> &Storage {
        match &self.runner {
            Runner::Recorded(network) => network.output(),
            Runner::Captured(forward) => forward.output(),
        }
    }

    /// Number of kernels in one forward pass.
    #[doc(hidden)]
    pub fn kernels(&self) -> u64 {
        match &self.runner {
            Runner::Recorded(network) => network.plan().kernels.len() as u64,
            Runner::Captured(forward) => forward.kernels(),
        }
    }

    /// The engine that runs the network.
    pub fn engine(&self) -> InferenceEngine {
        match &self.runner {
            Runner::Recorded(_) => InferenceEngine::Fast,
            Runner::Captured(_) => InferenceEngine::Burn,
        }
    }

    /// Records the forward pass over `small`, a picture of the input's size, and returns true. With burn it
    /// only records the conversion of the input and returns false: submit the rest with [`Segmenter::run`].
    /// `exposure` comes from [`passes::expose`].
    #[doc(hidden)]
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

    /// Records the decoding of the output to the person probability, and returns its plane.
    #[doc(hidden)]
    pub fn probability(&self, rec: &mut Recorder<'_>) -> Plane<gpu::Mask> {
        if let Runner::Recorded(network) = &self.runner
            && let Some(person) = network.person()
        {
            return person.clone(); // the network's last kernel writes it
        }
        passes::softmax(rec, self.output(), self.output_size(), self.channels(), self.reading.person)
    }

    /// Submits one forward pass, after all work submitted before; does nothing if the pass is part of a
    /// recording.
    #[doc(hidden)]
    pub fn run(&mut self, gpu: &Gpu) {
        if let Runner::Captured(forward) = &mut self.runner {
            forward.run(gpu);
        }
    }

    /// Runs the model on an input that needs no exposure, f32 `[height, width, 3]`, to verify a model.
    ///
    /// # Errors
    /// [`GpuError::Lost`](crate::GpuError::Lost).
    #[doc(hidden)]
    pub fn infer(&mut self, gpu: &Gpu, input: &[f32]) -> Result<ModelOutput> {
        let texels: Vec<[f32; 4]> = input.as_chunks().0.iter().map(|&[r, g, b]| [r, g, b, 0.0]).collect();
        let small = Plane::new(gpu, "input", self.input);
        gpu.write_plane(&small, bytemuck::cast_slice(&texels));
        let neutral = [1.0, 1.0, 0.0, f32::MAX];
        let exposure = Storage::with_content(
            gpu,
            "exposure",
            bytemuck::cast_slice(&neutral),
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

    /// Reads the output of the last forward pass, after [`Segmenter::run`].
    ///
    /// # Errors
    /// [`GpuError::Lost`](crate::GpuError::Lost).
    #[doc(hidden)]
    pub fn read_output(&self, gpu: &Gpu, person: &Plane<gpu::Mask>) -> Result<ModelOutput> {
        Ok(ModelOutput {
            size: self.output_size(),
            channels: self.channels(),
            logits: gpu.read_storage(self.output())?,
            person: gpu.read_plane(person)?,
        })
    }
}
