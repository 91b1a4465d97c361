//! Time and allocations of a whole frame, from input bytes to output bytes, by size and by refinement.
//!
//! Run with `cargo bench --bench frame`. Needs the default model (`gpucam models fetch selfie-landscape`).
//! `gpucam … --timings` shows the stages of a frame.

use std::time::Duration;

use divan::Bencher;
use gpucam::internals::{
    Colorimetry, Gpu, Pipeline, Refine, Settings, Size,
    model::{Model, catalogue},
    segmenter::{InferenceEngine, Segmenter},
    video::testcard::{Scene, TestCard},
};

/// Counts the allocations of a frame. They are wgpu's, because gpucam allocates only at the start.
#[global_allocator]
static ALLOCATIONS: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}

/// A pipeline for frames of `size` and an input frame.
fn prepare(size: Size, refine: Refine) -> (Pipeline, Vec<u8>) {
    let entry = catalogue::default();
    let file = catalogue::ModelFolders::from_env().find(entry).expect("a readable folder");
    let file = file.expect("the default model: fetch it with `gpucam models fetch selfie-landscape`");
    let gpu = Gpu::open(None).expect("an adapter");
    let segmenter =
        Segmenter::load(&gpu, &Model::open(&file).expect("the model"), entry.reading, InferenceEngine::Fast);
    let settings = Settings { refine, ..Settings::default() };
    let mut pipeline =
        Pipeline::new(&gpu, segmenter, size, Colorimetry::default(), &settings).expect("a pipeline");
    let frame = TestCard::new(Scene::Still, 0, size).frame(0).yuyv.bytes;
    // Drivers compile during the first frame.
    pipeline.process(&frame, Duration::ZERO, &mut vec![0; frame.len()]).expect("a frame");
    (pipeline, frame)
}

fn run(bencher: Bencher<'_, '_>, size: Size, refine: Refine) {
    let (mut pipeline, frame) = prepare(size, refine);
    let mut output = vec![0; frame.len()];
    bencher
        .counter(divan::counter::BytesCount::of_slice(&frame))
        .bench_local(|| pipeline.process(&frame, Duration::ZERO, &mut output));
}

#[divan::bench(args = [360, 720, 1080], sample_count = 20)]
fn blur(bencher: Bencher<'_, '_>, height: u32) {
    run(bencher, Size::new(height / 9 * 16, height), Refine::Guided);
}

#[divan::bench(sample_count = 10)]
fn blur_720_bilateral(bencher: Bencher<'_, '_>) {
    run(bencher, Size::new(1280, 720), Refine::Bilateral);
}

#[divan::bench(sample_count = 20)]
fn blur_720_without_refinement(bencher: Bencher<'_, '_>) {
    run(bencher, Size::new(1280, 720), Refine::None);
}
