//! Kernels made from hostile models: what is accepted and small is run once on the GPU, which must answer.

use std::{
    collections::HashSet,
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use gpucam::internals::{
    Size,
    engine::{KernelNetwork, KernelPlan},
    fuzz,
    gpu::Recorder,
};

use super::{CORPUS, hex, mutate::Mutator, plan, seeds};
use crate::support::gpu::{gpu, noise, poison_storage};

/// Threads of all kernels, and bytes of their texts, that are run at most: software Vulkan does and compiles as much
/// in a second. What is larger may be slow, and then the guard's limit ends it.
const THREADS: u64 = 1 << 20;
const TEXT: usize = 96 << 10;
/// The longest pass accepted: far above what so few threads can need, and far below what a hang is.
const LONGEST: Duration = Duration::from_secs(20);

fn is_small(plan: &KernelPlan) -> bool {
    let threads: u64 = plan
        .kernels
        .iter()
        .map(|kernel| 256 * kernel.workgroups.iter().map(|&n| u64::from(n)).product::<u64>())
        .sum();
    threads <= THREADS && plan.kernels.iter().map(|kernel| kernel.wgsl.len()).sum::<usize>() <= TEXT
}

/// What the GPU sees of a plan: models that differ in their weights alone are one.
fn identity(plan: &KernelPlan) -> u64 {
    let mut hasher = DefaultHasher::new();
    for kernel in &plan.kernels {
        (&kernel.wgsl, kernel.workgroups, kernel.weights.len()).hash(&mut hasher);
    }
    hasher.finish()
}

fn run_once(plan: KernelPlan) -> Duration {
    let began = Instant::now();
    let size = Size::new(plan.input.width as u32, plan.input.height as u32);
    let network = KernelNetwork::new(gpu(), plan);
    poison_storage(gpu(), network.output());
    let mut rec = Recorder::new(gpu());
    let picture = rec.plane("input", size);
    let texels: Vec<[f32; 4]> =
        (0..size.area()).map(|i| [noise(1, i) as f32, noise(2, i) as f32, f32::NAN, 0.0]).collect();
    gpu().write_plane(&picture, bytemuck::cast_slice(&texels));
    let exposure = rec.constants("exposure", &[1.0, 1.0, 0.0, f32::MAX]);
    network.record(&mut rec, &picture, &exposure);
    rec.finish().submit(gpu());
    let _: Vec<f32> = gpu().read_storage(network.output()).expect("the GPU answers");
    began.elapsed()
}

pub fn kernels_run_once_on_the_gpu() {
    let (time, seed) = plan();
    let mut mutator = Mutator::new(seed, &["TFL3"]);
    let mut corpus = seeds::of("tflite");
    let (mut known, mut inputs, mut large, mut slowest) = (HashSet::new(), 0u64, 0u64, Duration::ZERO);
    let (began, first) = (Instant::now(), corpus.len());
    while inputs < first as u64 || began.elapsed() < time {
        let input = match usize::try_from(inputs).ok().filter(|index| *index < first) {
            Some(index) => corpus[index].clone(),
            None => mutator.next(&corpus),
        };
        inputs += 1;
        let Some(plan) = fuzz::plan(&input, gpu().tuning().kernels) else { continue };
        if !is_small(&plan) {
            large += 1;
            continue;
        }
        if !known.insert(identity(&plan)) {
            continue;
        }
        if corpus.len() < first + CORPUS {
            corpus.push(input.clone());
        }
        let took = catch_unwind(AssertUnwindSafe(|| run_once(plan)));
        if took.as_ref().map_or(true, |took| *took > LONGEST) {
            let file = env::temp_dir().join("gpucam-fuzz-gpu");
            fs::write(&file, &input).unwrap();
            panic!("on the GPU: {took:?}, in {}: {}", file.display(), hex(&input));
        }
        slowest = slowest.max(took.unwrap_or_default());
    }
    note!(
        "{inputs} models, {} different ones ran on the GPU, {large} too large for it, slowest {:.0} ms",
        known.len(),
        1e3 * slowest.as_secs_f64()
    );
    assert!(known.len() >= first, "{} of the seeds alone: {first}", known.len());
}
