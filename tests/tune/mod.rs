//! Self-tuning: what wins, what never does, what is kept, and when it counts.

mod cli;
mod kept;
mod slack;

use std::{
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

use gpucam::internals::{
    Model, Reading, Size, Tuning,
    gpu::space::{Choice, SPACE, Tunable},
    gpu::tuning::{Profile, ValueFormat},
    model::{
        catalogue::{self, CatalogueEntry},
        graph::{Activation, Attention, Node, Op, ValueId, ValueInfo},
    },
    tune::{
        self, Case, End, Event, TuneOptions,
        judge::{self, Verdict, judge},
    },
};
use libtest_mimic::Trial;

use crate::support::{
    self, Files,
    gpu::{gpu, open_tuned},
    gpu_test, needs, test,
};

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        test("tune::space_is_sound", space),
        test("tune::only_clear_gains_win", judged),
        gpu_test("tune::limits_hold", limits),
        needs(&[Files::MODEL], gpu_test("tune::wrong_candidates_never_win", wrong_never_wins)),
        needs(
            &[Files::MODEL, Files::Model("selfie-general")],
            gpu_test("tune::the_second_look", the_second_look),
        ),
        needs(&[Files::MODEL], gpu_test("tune::a_model_without_kernels", a_model_without_kernels)),
        needs(&[Files::MODEL], gpu_test("tune::ends_in_time", ends_in_time)),
        test("tune::says_how_it_ended", says_how_it_ended),
    ];
    trials.extend(cli::trials());
    trials.extend(kept::trials());
    trials.extend(slack::trials());
    trials
}

/// Every field of the space is one of the passes' or the network's, each value of it can be set and read back, and what
/// every profile has is a value that files may have.
fn space() {
    let limits = wgpu::Limits { max_storage_textures_per_shader_stage: 8, ..wgpu::Limits::default() };
    for tunable in SPACE {
        let (part, _) = tunable.path();
        assert_eq!(part == "kernels", tunable.is_of_network, "{}", tunable.name);
        assert!(["passes", "kernels"].contains(&part), "{} is asked of the picture", tunable.name);
        assert!(tunable.choices.len() >= 2, "{}", tunable.name);
        for profile in Profile::ALL.map(Profile::tuning) {
            for &choice in tunable.choices {
                let Some(set) = tunable.set(&profile, choice, &limits) else { continue };
                assert_eq!(tunable.of(&set), choice, "{}", tunable.name);
                let back = tunable.set(&set, tunable.of(&profile), &limits);
                assert_eq!(back, Some(profile), "{} changes others too", tunable.name);
            }
        }
    }
    // The controls: what files may not have, and a field that is none.
    let tiles = SPACE.iter().find(|tunable| tunable.name == "passes.tiles").expect("a field");
    let gpu = Profile::Gpu.tuning();
    assert_eq!(tiles.set(&gpu, Choice::Count(9), &limits), None);
    assert_eq!(tiles.set(&gpu, Choice::Is(true), &limits), None);
    let look = Tunable { name: "passes.look_twice", ..*tiles };
    assert_eq!(look.set(&gpu, Choice::Is(true), &limits), None);
}

/// What the adapter cannot run is no candidate.
fn limits() {
    let threads = SPACE.iter().find(|tunable| tunable.name == "kernels.workgroup_threads").expect("a field");
    let own = *gpu().tuning();
    let small = wgpu::Limits { max_compute_invocations_per_workgroup: 64, ..wgpu::Limits::default() };
    assert_eq!(threads.set(&own, Choice::Count(128), &small), None);
    assert!(threads.set(&own, Choice::Count(128), &wgpu::Limits::default()).is_some(), "the control");
    let tuning = threads.set(&Profile::Gpu.tuning(), Choice::Count(32), &small);
    assert_eq!(tuning, None, "fewer threads than kernels.least_threads");
    let textures = SPACE.iter().find(|tunable| tunable.name == "kernels.textures").expect("a field");
    let few = wgpu::Limits::default();
    assert_eq!(textures.set(&own, Choice::Is(true), &few), None, "a kernel may bind too few of them");
}

/// Ratios around `middle`, as noisy as `noise`.
fn ratios(middle: f64, noise: f64, count: usize) -> Vec<f64> {
    (0..count).map(|i| middle + noise * (2.0 * support::gpu::noise(7, i) - 1.0)).collect()
}

fn judged() {
    let open = |ratios: &[f64]| judge(ratios);
    assert_eq!(open(&ratios(0.5, 0.0, 3)), Verdict::Open, "three pairs are too few");
    assert_eq!(open(&ratios(2.0, 0.1, 4)), Verdict::NoFaster, "clearly slower: dropped after four");
    assert_eq!(open(&ratios(0.8, 0.01, 4)), Verdict::Open, "four lucky pairs win nothing");
    assert_eq!(open(&ratios(0.8, 0.01, 9)), Verdict::Faster);
    assert_eq!(open(&ratios(1.0, 0.01, 9)), Verdict::NoFaster, "the same");
    assert_eq!(open(&ratios(0.98, 0.001, judge::MOST)), Verdict::NoFaster, "less than it must bring");
    assert_eq!(open(&ratios(0.95, 0.4, 12)), Verdict::Open, "noise");
    assert_eq!(judge(&ratios(1.0, 0.9, judge::MOST)), Verdict::NoFaster, "noise to the end");
    assert!(judge::is_surely_less(&ratios(0.985, 0.02, judge::MOST)));
    assert!(!judge::is_surely_less(&ratios(0.985, 0.4, judge::MOST)), "the control: noise");
    // A few frames that something disturbed decide nothing.
    let mut disturbed = ratios(0.9, 0.01, 15);
    disturbed[3] = 9.0;
    disturbed[8] = 0.01;
    assert_eq!(open(&disturbed), Verdict::Faster);
    // No difference, in a thousand series of noise: how often that wins.
    let wins = (0..1000).filter(|&series| {
        let noise = |i: usize| {
            1.0 + 0.2 * (support::gpu::noise(series, i) + support::gpu::noise(series + 5000, i) - 1.0)
        };
        let all: Vec<f64> = (0..judge::MOST).map(noise).collect();
        let ended =
            (1..=all.len()).map(|count| open(&all[..count])).find(|verdict| *verdict != Verdict::Open);
        ended == Some(Verdict::Faster)
    });
    let wins = wins.count();
    note!("noise of ±20 % wins {wins} of 1000 times");
    assert!(wins < 30, "{wins} of 1000");
}

fn the(name: &str) -> Tunable {
    *SPACE.iter().find(|tunable| tunable.name == name).expect("a field")
}

fn read(entry: &CatalogueEntry) -> (Model, Reading) {
    (Model::open(&support::files::model_file(&entry.name)).expect("the model"), entry.reading)
}

fn case() -> Case {
    Case::new(read(catalogue::default()), None, Size::new(160, 90))
}

/// Events of a tuning of these fields with a planted fault.
fn events(space: Vec<Tunable>, tamper: Option<gpucam::internals::gpu::Tamper>) -> (tune::Tuned, Vec<Event>) {
    events_with(*gpu().tuning(), &case(), space, tamper)
}

fn events_with(
    tuning: Tuning,
    case: &Case,
    space: Vec<Tunable>,
    tamper: Option<gpucam::internals::gpu::Tamper>,
) -> (tune::Tuned, Vec<Event>) {
    let gpu = open_tuned(tuning);
    let mut events = Vec::new();
    let options = TuneOptions { space, tamper, ..TuneOptions::for_time(Duration::from_secs(100)) };
    let began = Instant::now();
    let tuned = tune::run(&gpu, case, &options, |event| events.push(event.clone())).expect("it works");
    note!("{:?} in {:.1?}: {events:?}", tuned.end, began.elapsed());
    (tuned, events)
}

/// The WGSL with a `main` that returns at once: as fast as can be, and wrong.
fn idle(wgsl: &str) -> String {
    let main = wgsl.find("fn main(").expect("an entry point");
    let body = main + wgsl[main..].find(") {").expect("a body") + 3;
    format!("{} if true {{ return; }} {}", &wgsl[..body], &wgsl[body..])
}

/// A pass, a kernel, and a text that is none; each fault is planted in one value of one field alone.
fn wrong_never_wins() {
    let own = the("passes.composite_rows").of(gpu().tuning());
    let refused = |events: &[Event], field: &str| -> Vec<String> {
        let why = |event: &Event| match event {
            Event::Refused { field: of, why, .. } if *of == field => Some(why.clone()),
            _ => None,
        };
        events.iter().filter_map(why).collect()
    };
    let field = "passes.composite_rows";
    let (tuned, events_of) = events(
        vec![the(field)],
        Some(|tuning, label, wgsl| {
            let planted = tuning.passes.composite_rows == 2 && label == "composite";
            planted.then(|| idle(wgsl))
        }),
    );
    let why = refused(&events_of, field);
    assert!(why.len() == 1 && why[0].contains("picture is off"), "{events_of:?}");
    assert!(tuned.tuning.passes.composite_rows != 2 && own != Choice::Count(2), "it won");
    assert_eq!(tuned.end, End::Finished);

    let (tuned, events_of) = events(
        vec![the(field)],
        Some(|tuning, label, _| {
            let planted = tuning.passes.composite_rows == 2 && label == "composite";
            planted.then(|| "fn main() { no WGSL }".into())
        }),
    );
    let why = refused(&events_of, field);
    assert!(why.len() == 1 && !why[0].contains('\n'), "{events_of:?}");
    assert!(tuned.tuning.passes.composite_rows != 2, "it won");

    // A network whose every kernel is idle, with the values stored as they are not.
    let other = match gpu().tuning().kernels.values {
        ValueFormat::F32 => ValueFormat::SharedExponent,
        ValueFormat::SharedExponent => ValueFormat::F32,
    };
    let field = "kernels.values";
    let (tuned, events_of) = events(
        vec![the(field)],
        Some(|tuning, label, wgsl| {
            let planted = tuning.kernels.values != gpu().tuning().kernels.values && label.contains('@');
            planted.then(|| idle(wgsl))
        }),
    );
    let why = refused(&events_of, field);
    assert!(why.len() == 1 && why[0].contains("mask is off"), "{events_of:?}");
    assert!(tuned.tuning.kernels.values != other, "it won");

    // The control: without the faults nothing is refused.
    let (tuned, events_of) = events(vec![the("passes.composite_rows"), the(field)], None);
    assert_eq!(tuned.counts[2], 0, "{events_of:?}");
    assert!(events_of.len() >= 2, "{events_of:?}");
}

/// Where a run looks twice, so do the frames that are measured: a fault in the second look alone is found. The control
/// looks once, and runs no such shader.
fn the_second_look() {
    let tuning = Tuning { look_twice: true, ..*gpu().tuning() };
    let refused = |second: Option<(Model, Reading)>| {
        let case = Case::new(read(catalogue::default()), second, Size::new(160, 90));
        let tamper = |tuning: &Tuning, label: &str, wgsl: &str| {
            let planted = tuning.passes.composite_rows == 2 && label == "person_box";
            planted.then(|| idle(wgsl))
        };
        let (tuned, events) = events_with(tuning, &case, vec![the("passes.composite_rows")], Some(tamper));
        assert_eq!(tuned.end, End::Finished, "{events:?}");
        events.iter().filter(|event| matches!(event, Event::Refused { .. })).count()
    };
    assert_eq!((refused(Some(read(catalogue::second()))), refused(None)), (1, 0));
}

/// What only burn can run has no kernels to tune, which is no fault of the GPU.
fn a_model_without_kernels() {
    let (mut model, reading) = read(catalogue::default());
    let graph = &mut model.graph;
    let made = ValueId(graph.values.len());
    graph.values.push(ValueInfo { name: "softmax".into(), ..graph.values[graph.output.0].clone() });
    graph.nodes.push(Node {
        op: Op::Attention(Attention::Softmax),
        inputs: vec![graph.output],
        output: made,
        activation: Activation::None,
    });
    graph.output = made;
    let gpu = open_tuned(*gpu().tuning());
    let case = Case::new((model, reading), None, Size::new(160, 90));
    let error = tune::run(&gpu, &case, &TuneOptions::for_time(Duration::from_secs(9)), |_| ());
    let words = error.expect_err("no kernels").to_string();
    assert!(words.contains("nothing can be tuned (no kernel: ") && words.contains("'softmax'"), "{words}");
}

/// Between the time and the counts, as in "12.3 s, all was tried; 4 candidates". A thread that ended is no lost GPU.
fn says_how_it_ended() {
    let lost = End::Lost("with passes.composite_rows 4".into());
    let all = [End::Finished, End::TimeOver, End::Stopped, End::LeftBehind, lost, End::Broken];
    let words = [
        "all was tried",
        "the time was over",
        "stopped",
        "the driver was still compiling at the end",
        "the GPU was lost with passes.composite_rows 4",
        "the measuring thread ended early; run `gpucam tune` again",
    ];
    assert_eq!(all.map(|end| end.to_string()), words);
}

/// Stopped from outside, it ends at once with what it has; and it ends in time although nothing more was asked.
fn ends_in_time() {
    let gpu = open_tuned(*gpu().tuning());
    let (stopped, case) = (TuneOptions::for_time(Duration::from_secs(600)), case());
    stopped.stop.store(true, Relaxed);
    let began = Instant::now();
    let tuned = tune::run(&gpu, &case, &stopped, |_| ()).expect("it works");
    note!("stopped: {:?} after {:.1?}", tuned.end, began.elapsed());
    assert!([End::Stopped, End::LeftBehind].contains(&tuned.end), "{:?}", tuned.end);
    assert_eq!((tuned.tuning, tuned.gains.len()), (*gpu.tuning(), 0));
    let short = TuneOptions::for_time(Duration::from_millis(100));
    let began = Instant::now();
    let tuned = tune::run(&gpu, &case, &short, |_| ()).expect("it works");
    note!("0.1 s: {:?} after {:.1?}", tuned.end, began.elapsed());
    assert!([End::TimeOver, End::LeftBehind].contains(&tuned.end), "{:?}", tuned.end);
}
