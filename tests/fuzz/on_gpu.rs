//! Kernels made from hostile models: what is accepted and small is run once on the GPU, which must answer. Models are
//! made at random, and mutated.

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
use crate::{
    model::builder::{Field, File},
    support::gpu::{gpu, noise, poison_storage},
};

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

/// A model of random operators, shapes and weights, many of which are accepted; weights are of any size, or no numbers.
fn model(mutator: &mut Mutator) -> Vec<u8> {
    let mut file = File::default();
    let (mut h, mut w, mut c) = (1 + mutator.below(20), 1 + mutator.below(20), 3);
    let mut x = file.value("picture", &[1, h, w, c]);
    file.inputs = vec![x];
    let weights = |mutator: &mut Mutator, count: usize| -> Vec<f32> {
        const ODD: [f32; 8] = [0.0, -1.0, 1e38, -1e38, 1e-40, f32::NAN, f32::INFINITY, 0.5];
        (0..count)
            .map(|_| match mutator.below(6) {
                0 => ODD[mutator.below(ODD.len())],
                _ => mutator.below(2001) as f32 / 1000.0 - 1.0,
            })
            .collect()
    };
    for index in 0..1 + mutator.below(5) {
        let stride = [1, 1, 1, 2, 2, 3][mutator.below(6)];
        let kernel = [1, 1, 2, 3, 3, 5][mutator.below(6)];
        let activation = Field::U8([0, 1, 3][mutator.below(3)]);
        let windowed = |number: usize| {
            let stride = || Field::I32(stride as i32);
            let mut fields = vec![(0, Field::U8(0)), (1, stride()), (2, stride())];
            fields.push(if number == 5 { (3, Field::I32(kernel as i32)) } else { (3, Field::U8(0)) });
            fields
        };
        let kind = mutator.below(9);
        // The shape of what comes out; a fifth of the files lies about it.
        let (before, lie) = ((h, w, c), mutator.below(20) == 0);
        match kind {
            0..=2 => (h, w, c) = (h.div_ceil(stride), w.div_ceil(stride), 1 + mutator.below(20)),
            3 | 4 => (h, w) = (h.div_ceil(stride), w.div_ceil(stride)),
            5 => (h, w) = ((2 * h).min(40), (2 * w).min(40)),
            _ => {}
        }
        let y = file.value(&format!("y{index}"), &[1, h + usize::from(lie), w, c]);
        match kind {
            0..=2 => {
                let filter = weights(mutator, c * kernel * kernel * before.2);
                let filter = file.floats("filter", &[c, kernel, kernel, before.2], &filter);
                let bias = weights(mutator, c);
                let bias = file.floats("bias", &[c], &bias);
                let mut options = windowed(1);
                options[3] = (3, activation);
                file.operator((3, "", 1), &[x, filter, bias], y, Some((1, options)));
            }
            3 => {
                let filter = weights(mutator, kernel * kernel * c);
                let filter = file.floats("filter", &[1, kernel, kernel, c], &filter);
                let bias = weights(mutator, c);
                let bias = file.floats("bias", &[c], &bias);
                let mut options = windowed(2);
                options[3] = (3, Field::I32(1));
                options.push((4, activation));
                file.operator((4, "", 1), &[x, filter, bias], y, Some((2, options)));
            }
            4 => {
                let mut options = windowed(5);
                options.push((4, Field::I32(kernel as i32)));
                file.operator((1, "", 1), &[x], y, Some((5, options)));
            }
            5 => {
                let size = file.ints("size", &[h as i32, w as i32]);
                file.operator((23, "", 3), &[x, size], y, Some((15, vec![(3, Field::U8(1))])));
            }
            6 => file.operator((14, "", 1), &[x], y, None),
            7 => file.operator((0, "", 1), &[x, x], y, None),
            _ => file.operator((18, "", 1), &[x, x], y, None),
        }
        x = y;
    }
    file.outputs = vec![x];
    file.bytes()
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
    if let Some(file) = env::var_os("GPUCAM_FUZZ_FILE") {
        let plan = fuzz::plan(&fs::read(file).unwrap(), gpu().tuning().kernels).expect("an accepted model");
        for _ in 0..2 {
            note!("{:?}", run_once(plan.clone()));
        }
        return;
    }
    let (time, seed) = plan();
    let mut mutator = Mutator::new(seed, &["TFL3"]);
    let mut corpus = seeds::of("tflite");
    let (mut known, mut inputs, mut large, mut slowest) = (HashSet::new(), 0u64, 0u64, Duration::ZERO);
    let (began, first) = (Instant::now(), corpus.len());
    while inputs < first as u64 || began.elapsed() < time {
        let input = match usize::try_from(inputs).ok().filter(|index| *index < first) {
            Some(index) => corpus[index].clone(),
            None if inputs.is_multiple_of(2) => model(&mut mutator),
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
        let mut took = catch_unwind(AssertUnwindSafe(|| run_once(plan.clone())));
        if took.as_ref().is_ok_and(|took| *took > LONGEST) {
            // The machine may have been busy: the same once more.
            took = catch_unwind(AssertUnwindSafe(|| run_once(plan)));
        }
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
    assert!(known.len() >= first + 3, "{} different models, {first} of them seeds", known.len());
}
