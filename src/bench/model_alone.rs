//! The network alone, on burn (one kernel launch per operator, as in any burn program) and on our kernels.

use std::{fmt, time::Instant};

use burn::tensor::Tensor;

use crate::{
    Result,
    gpu::{Gpu, Recorder, Recording, burn::Lease},
    model::{BurnNetwork, Model, Reading},
    segmenter::{InferenceEngine, Segmenter},
};

/// A network on the GPU in both engines, from input tensor to output tensor.
pub struct ModelAlone {
    network: BurnNetwork,
    input: Lease,
    fast: Segmenter,
    recording: Recording,
}

impl fmt::Debug for ModelAlone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelAlone({:?}, {:?})", self.input, self.fast)
    }
}

impl ModelAlone {
    /// Prepares both engines; none if the fast engine does not support the network.
    pub fn new(gpu: &Gpu, model: &Model, reading: Reading) -> Option<Self> {
        let fast = Segmenter::load(gpu, model, reading, InferenceEngine::Fast);
        if fast.engine() != InferenceEngine::Fast {
            return None;
        }
        let mut rec = Recorder::new(gpu);
        let small = rec.plane("input", fast.input_size());
        let exposure = rec.storage("exposure", 16);
        fast.record(&mut rec, &small, &exposure);
        let network = BurnNetwork::new(&model.graph, gpu.burn());
        let size = network.input_size();
        let input = Lease::new(Tensor::zeros([1, size.height as usize, size.width as usize, 3], gpu.burn()));
        input.flush();
        Some(Self { network, input, fast, recording: rec.finish() })
    }

    /// Milliseconds from the first call to the end of the GPU's work: burn's, then ours.
    ///
    /// # Errors
    /// [`crate::GpuError::Lost`].
    pub(super) fn time(&self, gpu: &Gpu) -> Result<(f64, f64)> {
        gpu.wait()?;
        let start = Instant::now();
        Lease::new(self.network.forward(self.input.tensor())).flush();
        gpu.wait()?;
        let burn = start.elapsed();
        let start = Instant::now();
        self.recording.submit(gpu);
        gpu.wait()?;
        Ok((burn.as_secs_f64() * 1e3, start.elapsed().as_secs_f64() * 1e3))
    }
}
