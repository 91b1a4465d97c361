//! burn's graph capture of a forward call: the replay equals a plain call, for any later input.

use std::time::Instant;

use burn::backend::Wgpu;
use burn::tensor::{Tensor, TensorData, capture};
use cubecl::wgpu::{AutoCompiler, WgpuServer};
use gpucam::internals::model::{BurnNetwork, Model};
use libtest_mimic::Trial;

use super::{Noise, device, gpu, tflite};
use crate::support::{Files, files::model_file, gpu_test, needs};

pub fn trials() -> Vec<Trial> {
    vec![
        gpu_test("model::capture::small", || {
            check("small", &Model::from_bytes("small", &tflite::small()).unwrap())
        }),
        of("selfie-landscape"),
        of("meet-lite"),
    ]
}

fn of(name: &'static str) -> Trial {
    let run = || check(name, &Model::open(&model_file(name)).expect("a model"));
    needs(&[Files::Model(name)], gpu_test(&format!("model::capture::{name}"), run))
}

/// Writes into a tensor's memory, as our passes do.
fn overwrite(tensor: &Tensor<4>, data: &[f32]) {
    let cube = tensor.clone().try_into_primitive::<Wgpu>().expect("a wgpu tensor");
    let resource =
        cube.client.get_resource::<WgpuServer<AutoCompiler>>(cube.handle.clone()).expect("an allocation");
    let resource = resource.resource();
    device().flush().expect("a flush");
    gpu().1.queue.write_buffer(&resource.buffer, resource.offset, bytemuck::cast_slice(data));
}

fn read(tensor: &Tensor<4>) -> Vec<f32> {
    tensor.clone().into_data().try_to_vec().expect("float32")
}

/// Number of live bind groups: cubecl creates one per kernel, and the capture keeps them (other tests count
/// too).
fn bind_groups() -> isize {
    gpu().1.device.get_internal_counters().hal.bind_groups.read()
}

#[expect(unsafe_code, reason = "replay wants the captured buffers alive, and they are")]
fn check(name: &str, model: &Model) {
    let network = BurnNetwork::new(&model.graph, device());
    let shape = model.graph.input_shape().nhwc();
    let mut noise = Noise(11);
    let pictures: Vec<Vec<f32>> = (0..2).map(|_| noise.take(shape.iter().product())).collect();
    let input = Tensor::<4>::from_data(TensorData::new(pictures[0].clone(), shape), device());

    // The result of a plain call for each picture.
    let plain = pictures.iter().map(|picture| {
        overwrite(&input, picture);
        read(&network.forward(input.clone()))
    });
    let plain: Vec<Vec<f32>> = plain.collect();

    overwrite(&input, &pictures[0]);
    let before = bind_groups();
    let mut graph = capture(device(), || network.forward(input.clone()));
    let kernels = bind_groups() - before;
    let hardware = graph.is_hardware();
    assert!(hardware, "{name}: burn re-runs the closure instead of replaying it");
    for (picture, wanted) in pictures.iter().zip(&plain).rev() {
        overwrite(&input, picture);
        // SAFETY: `input`, `network` and `graph` outlive the read below, on this thread.
        let output = read(unsafe { graph.replay() });
        assert_eq!(&output, wanted, "{name}");
    }
    // Control: the two pictures have different outputs.
    assert_ne!(plain[0], plain[1], "{name}");

    let time = |run: &mut dyn FnMut()| {
        let started = Instant::now();
        (0..5).for_each(|_| run());
        device().sync().expect("a wait");
        started.elapsed().as_secs_f64() * 200.0
    };
    let plain = time(&mut || drop(network.forward(input.clone())));
    // SAFETY: as above; `time` waits.
    let replayed = time(&mut || drop(unsafe { graph.replay() }.clone()));
    note!("{name}: {kernels} bind groups held, {plain:.1} ms plain, {replayed:.1} ms replayed");
}
