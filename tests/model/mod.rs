//! The importer, and the network on burn.
#![allow(unreachable_pub, reason = "a test binary has no outside")]

pub mod builder;
mod capture;
mod lower;
mod ops;
mod reference;
pub mod tflite;
pub mod vectors;

use std::sync::OnceLock;

use burn::tensor::{Device, Tensor, TensorData};
use gpucam::internals::model::{BurnNetwork, Graph};
use libtest_mimic::Trial;

pub fn trials() -> Vec<Trial> {
    let all = [tflite::trials(), lower::trials(), ops::trials(), vectors::trials(), capture::trials()];
    all.into_iter().flatten().collect()
}

/// burn's device and its wgpu objects, opened once.
fn gpu() -> &'static (Device, burn::tensor::wgpu::WgpuSetup) {
    static GPU: OnceLock<(Device, burn::tensor::wgpu::WgpuSetup)> = OnceLock::new();
    GPU.get_or_init(|| Device::wgpu_options().init_with_setup().expect("a wgpu adapter"))
}

fn device() -> &'static Device {
    &gpu().0
}

/// One forward call, NHWC in and out.
pub fn run(graph: &Graph, input: &[f32]) -> Vec<f32> {
    let network = BurnNetwork::new(graph, device());
    let input = TensorData::new(input.to_vec(), graph.input_shape().nhwc());
    let output = network.forward(Tensor::from_data(input, device()));
    assert_eq!(output.dims(), graph.output_shape().nhwc());
    let cube = output.clone().try_into_primitive::<burn::backend::Wgpu>().expect("a wgpu tensor");
    assert!(cube.is_contiguous(), "our passes read the output where it lies");
    drop(cube);
    output.into_data().try_to_vec().expect("float32")
}

/// Largest absolute difference; NaN counts as infinite.
pub fn worst(got: &[f32], want: &[f64]) -> f64 {
    assert_eq!(got.len(), want.len());
    assert!(!got.is_empty());
    got.iter().zip(want).map(|(&g, w)| (f64::from(g) - w).abs()).fold(0.0, |a, b| {
        if b <= a {
            a
        } else if b.is_nan() {
            f64::INFINITY
        } else {
            b
        }
    })
}

/// A fixed sequence of values in −1..1 (a linear congruential generator), so that tests are repeatable.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
    }

    fn take(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next()).collect()
    }
}
