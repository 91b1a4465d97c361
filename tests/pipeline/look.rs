//! The second look: where it counts, where it costs nothing, and that it helps.

use std::time::Duration;

use gpucam::internals::{
    Look, Pipeline, Refine, Segmenter, Settings, Size, Smooth,
    model::{Model, catalogue},
    segmenter::InferenceEngine,
    video::testcard::{Scene, TestCard},
};
use libtest_mimic::Trial;

use crate::support::{
    Files,
    files::model_file,
    gpu::{BT601, gpu},
    gpu_test, needs,
};

pub fn trials() -> Vec<Trial> {
    let both = [Files::MODEL, Files::Model("selfie-general")];
    vec![
        needs(&both, gpu_test("pipeline::look_twice_helps", helps)),
        needs(&both, gpu_test("pipeline::look_once_where_there_is_no_box", without_a_box)),
        needs(&both, gpu_test("pipeline::look_by_the_settings", settings)),
    ]
}

const SIZE: Size = Size::new(640, 360);

fn load(name: &str, engine: InferenceEngine) -> Segmenter {
    let entry = catalogue::named(name).expect("a name of the catalogue");
    Segmenter::load(gpu(), &Model::open(&model_file(name)).expect("a model"), entry.reading, engine)
}

fn pipeline(settings: &Settings) -> Pipeline {
    let fast = InferenceEngine::Fast;
    let segmenter = load("selfie-landscape", fast).with_second(load("selfie-general", fast));
    Pipeline::new(gpu(), segmenter, SIZE, BT601, settings).expect("a pipeline")
}

fn looking(look: Look) -> Pipeline {
    pipeline(&Settings { look, smooth: Smooth::Off, ..Settings::default() })
}

fn alpha(pipeline: &mut Pipeline, frame: &[u8]) -> Vec<f32> {
    pipeline.process(frame, Duration::ZERO, &mut vec![0; frame.len()]).expect("a frame");
    pipeline.alpha().expect("alpha")
}

fn error(alpha: &[f32], exact: &[f32]) -> f64 {
    let apart: f64 = alpha.iter().zip(exact).map(|(a, b)| f64::from((a - b).abs())).sum();
    apart / exact.len() as f64
}

/// From the second frame on the mask is another one, and nearer to the truth; a frame alone is looked at twice at once.
fn helps() {
    let card = TestCard::new(Scene::Clutter, 2, SIZE);
    let [mut once, mut twice] = [Look::Once, Look::Twice].map(looking);
    let (frame, exact) = (card.yuyv(0).bytes, card.alpha(0));
    assert!(alpha(&mut once, &frame) == alpha(&mut twice, &frame), "the first frame has no box");
    let [before, after] = [&mut once, &mut twice].map(|pipeline| alpha(pipeline, &frame));
    let [before_error, after_error] = [&before, &after].map(|alpha| error(alpha, &exact));
    note!("error of a cluttered room: {:.2}, twice {:.2}", 1e3 * before_error, 1e3 * after_error);
    assert!(after != before && after_error < 0.97 * before_error);
    let mut alone = looking(Look::Twice);
    alone.process_still(&frame, Duration::ZERO, &mut vec![0; frame.len()]).expect("a frame");
    assert!(alone.alpha().expect("alpha") == after);
    // A reset forgets the box.
    twice.reset();
    assert!(alpha(&mut twice, &frame) == before, "the first frame after a reset has no box");
}

/// In the first frame and after a cut, the mask is the first look's to the bit. Where nobody was in the frame before,
/// the second look takes the whole frame.
fn without_a_box() {
    let [mut once, mut twice] = [Look::Once, Look::Twice].map(looking);
    let card = TestCard::new(Scene::Still, 2, SIZE);
    let dark = [16, 128].repeat(SIZE.area());
    let bright = [235, 128].repeat(SIZE.area());
    let person = card.yuyv(0).bytes;
    // The first frame, a cut to nobody, another one, a cut to somebody; and once more, now with a box.
    for (number, frame) in [&person, &dark, &bright, &person, &person].into_iter().enumerate() {
        let [before, after] = [&mut once, &mut twice].map(|pipeline| alpha(pipeline, frame));
        assert_eq!(before == after, number < 4, "frame {number}");
    }
    // Somebody of so little contrast that it is no cut.
    let luma =
        |bytes: &[u8]| bytes.iter().step_by(2).map(|&y| f64::from(y)).sum::<f64>() / SIZE.area() as f64;
    let mean = luma(&person);
    let grey = [mean as u8, 128].repeat(SIZE.area());
    let faint: Vec<u8> =
        person.iter().zip(&grey).map(|(p, g)| (0.3 * f64::from(*p) + 0.7 * f64::from(*g)) as u8).collect();
    let exact = card.alpha(0);
    let [before, after] = [&mut once, &mut twice].map(|pipeline| {
        for _ in 0..2 {
            let alpha = alpha(pipeline, &grey);
            assert!(alpha.iter().all(|a| *a < 0.01), "nobody is in a grey frame");
        }
        error(&alpha(pipeline, &faint), &exact)
    });
    note!("error of somebody who comes in: {:.2}, twice {:.2}", 1e3 * before, 1e3 * after);
    assert!(before != after, "the whole frame was looked at once");
}

/// What decides whether frames are looked at twice.
fn settings() {
    let dispatches = |settings: &Settings| {
        let memory = || gpu().memory().map_or(0, |(used, _)| used);
        let before = memory();
        let pipeline = pipeline(settings);
        // What other tests take meanwhile is in it too.
        note!("{:?}: {:.1} MB", settings.look, memory().wrapping_sub(before) as f64 / 1e6);
        let names: Vec<_> = pipeline.recordings().iter().flat_map(|recording| recording.names()).collect();
        let close = names.iter().filter(|name| **name == "close_up").count();
        (names.len(), close)
    };
    let default = Settings::default();
    let [once, twice] =
        [Look::Once, Look::Twice].map(|look| dispatches(&Settings { look, ..default.clone() }));
    note!("dispatches: {} once, {} twice", once.0, twice.0);
    assert_eq!((once.1, twice.1), (0, 1));
    let auto = dispatches(&default);
    assert_eq!(auto, if gpu().tuning().look_twice { twice } else { once });
    let plain = Settings { look: Look::Twice, refine: Refine::None, ..default };
    assert_eq!(dispatches(&plain).1, 0, "the box comes from the guided method");
    // burn has no part in the recording.
    let burn = load("selfie-landscape", InferenceEngine::Fast)
        .with_second(load("selfie-general", InferenceEngine::Burn));
    assert!(burn.second().is_none());
}
