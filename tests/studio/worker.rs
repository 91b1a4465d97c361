//! The thread behind the window, on a device of its own.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use gpucam::internals::{
    Colorimetry, Gpu, Pipeline, Segmenter, Settings, Size,
    effects::Effects,
    model::{Model, catalogue},
    pipeline::InputFormat,
    segmenter::InferenceEngine,
    studio::{
        message::{Command, Event, Place},
        settings::{Input, MaskView, PictureSettings, SourceChoice},
        worker::{Setup, Worker},
    },
    video::{
        self, InputOptions,
        testcard::{Scene, TestCard},
    },
};

use crate::support::{
    files::model_file,
    gpu::{codes_apart, gpu, holds_codes, open},
};

const SIZE: Size = Size::new(320, 180);
const PATIENCE: Duration = Duration::from_secs(120);

fn start(gpu: &Gpu) -> Worker {
    start_with(gpu, "testcard".as_ref())
}

fn start_with(gpu: &Gpu, input: &Path) -> Worker {
    start_showing(gpu, input, "none")
}

fn start_showing(gpu: &Gpu, input: &Path, effect: &str) -> Worker {
    let load_model = Box::new(|gpu: &Gpu, _: &Settings| {
        let entry = catalogue::named("selfie-landscape")?;
        let model = Model::open(&model_file("selfie-landscape"))?;
        Ok(Segmenter::load(gpu, &model, entry.reading, InferenceEngine::Fast))
    });
    let setup = Setup { gpu: gpu.clone(), load_model, wake: Box::new(|| ()) };
    let mut worker = Worker::start(setup).expect("a pipe");
    worker.send(Command::Picture(PictureSettings::default()));
    worker.send(Command::Effects(vec![effect.into()]));
    let input = Input::File(input.into());
    worker.send(Command::Source(SourceChoice { size: Some(SIZE), ..SourceChoice::new(input) }));
    worker
}

/// Waits for an event that `wanted` takes something from.
fn wait<T>(worker: &Worker, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let Some(event) = worker.wait(Duration::from_secs(1)) else { continue };
        if let Event::Fault(place, Some(sentence)) = &event {
            note!("{place:?}: {sentence}");
        }
        if let Some(found) = wanted(event) {
            return found;
        }
    }
    panic!("nothing came within {PATIENCE:?}");
}

fn opened(worker: &Worker) -> [wgpu::TextureView; 2] {
    wait(worker, |event| match event {
        Event::Opened { before, after, .. } => Some([before, after]),
        _ => None,
    })
}

fn frames(worker: &Worker, count: usize) {
    let mut left = count;
    wait(worker, |event| {
        left -= usize::from(matches!(event, Event::Frame { .. }));
        (left == 0).then_some(())
    });
}

fn read(gpu: &Gpu, view: &wgpu::TextureView) -> Vec<u8> {
    gpu.read_texture(view.texture()).expect("a readable texture")
}

/// 8-bit R'G'B' and alpha of YUYV, in float64.
fn rgba(yuyv: &[u8]) -> Vec<u8> {
    let code = |v: f64| (255.0 * v.clamp(0.0, 1.0)).round() as u8;
    let pixel = |y: u8, pair: &[u8]| {
        let [r, g, b] = Colorimetry::default().rgb(y, pair[1], pair[3]).map(code);
        [r, g, b, 255]
    };
    yuyv.chunks_exact(4).flat_map(|pair| [pixel(pair[0], pair), pixel(pair[2], pair)]).flatten().collect()
}

fn first_frame(path: &Path) -> Vec<u8> {
    let options = InputOptions { size: Some(SIZE), ..InputOptions::default() };
    let mut source = video::open_source(path, &options).expect("a picture");
    source.next().expect("a frame").expect("a frame").to_vec()
}

/// What the window shows is what a virtual camera would.
pub fn draws() {
    let gpu = gpu();
    // A picture, for the test card moves.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("card.png");
    let card = rgba(&TestCard::new(Scene::Still, 0, SIZE).yuyv(0).bytes);
    image::save_buffer(&path, &card, SIZE.width, SIZE.height, image::ExtendedColorType::Rgba8)
        .expect("a file");
    let yuyv = first_frame(&path);
    let effects: Effects = "colour:#00b140".parse().expect("an effect");
    let settings = Settings { effects, ..Settings::default() };
    let segmenter = || {
        let entry = catalogue::named("selfie-landscape").expect("a model");
        let model = Model::open(&model_file("selfie-landscape")).expect("a model");
        Segmenter::load(gpu, &model, entry.reading, InferenceEngine::Fast)
    };
    let input = InputFormat::from(SIZE);
    let with = || Pipeline::with_model(gpu, segmenter(), input, &settings).expect("a pipeline");
    let (mut read_back, mut drawing) = (with(), with());
    let mut output = vec![0; SIZE.yuyv_bytes()];
    read_back.process(&yuyv, Duration::ZERO, &mut output).expect("a frame");
    drawing.draw(&yuyv, Duration::ZERO).expect("a frame");
    let drawn = drawing.drawn().expect("a pipeline with a model");
    let bytes: Vec<u8> = gpu.read_storage(&drawn.after.words).expect("a readable buffer");
    // The same dispatches; the control: the camera's own picture.
    holds_codes("drawn frame", &bytes, &output, &yuyv, 0);
    let before: Vec<u8> = gpu.read_storage(&drawn.before.words).expect("a readable buffer");
    assert_eq!(before, yuyv);

    // The same through the thread and its textures.
    let mut worker = start_with(gpu, &path);
    let [before, after] = opened(&worker);
    frames(&worker, 2);
    worker.send(Command::Effects(vec!["colour:#00b140".into()]));
    wait(&worker, |_| (codes_apart(&read(gpu, &after), &rgba(&yuyv)) > 60).then_some(()));
    frames(&worker, 20);
    worker.send(Command::Awake(false));
    while worker.wait(Duration::from_millis(500)).is_some() {}
    holds_codes("the texture before", &read(gpu, &before), &rgba(&yuyv), &rgba(&output), 1);
    // Twenty frames of averaging alpha over time lie between both.
    let corner = &read(gpu, &after)[..4];
    note!("the corner is {corner:?}");
    assert!(corner[1] > 140 && corner[0] < 40, "{corner:?} is not green");
}

pub fn commands() {
    let gpu = gpu();
    let mut worker = start(gpu);
    let [before, after] = opened(&worker);
    frames(&worker, 2);
    worker.send(Command::MaskView(MaskView::Mask));
    let is_grey =
        |pixels: &[u8]| pixels.chunks_exact(4).all(|p| p[0].abs_diff(p[1]) < 3 && p[1].abs_diff(p[2]) < 3);
    wait(&worker, |_| is_grey(&read(gpu, &after)).then_some(()));
    assert!(!is_grey(&read(gpu, &before)), "the control: the camera's picture has colours");
    worker.send(Command::MaskView(MaskView::Picture));

    // A wrong effect is said, and what is shown stays.
    worker.send(Command::Effects(vec!["blur:1000".into()]));
    let sentence = wait(&worker, |event| match event {
        Event::Fault(Place::Effects, sentence) => sentence,
        _ => None,
    });
    assert!(sentence.contains("0..40"), "{sentence}");
    worker.send(Command::Effects(vec!["blur".into()]));
    wait(&worker, |event| matches!(event, Event::Fault(Place::Effects, None)).then_some(()));

    // Another geometry makes new textures.
    let mut picture = PictureSettings::default();
    picture.geometry.size = Some(Size::new(160, 90));
    worker.send(Command::Picture(picture));
    let [_, small] = opened(&worker);
    assert_eq!(small.texture().size().width, 160);

    // Cards are drawn; one whose file is missing says so.
    worker.send(Command::Cards(vec!["hologram".into(), "image:/nowhere.png".into()]));
    let (mut drawn, mut missing) = (false, false);
    wait(&worker, |event| {
        match event {
            Event::Card { text, .. } => drawn |= text == "hologram",
            Event::Fault(Place::Card(text), Some(_)) => missing |= text.contains("nowhere"),
            _ => {}
        }
        (drawn && missing).then_some(())
    });

    // Passes are timed while the plot is open, and only then.
    let timed = |event| match event {
        Event::Frame { passes, .. } => Some(passes),
        _ => None,
    };
    assert!(wait(&worker, timed).is_empty(), "the control: nobody asked");
    worker.send(Command::Timing(true));
    if gpu.has_timestamps() {
        let passes = wait(&worker, |event| timed(event).filter(|passes| !passes.is_empty()));
        assert!(passes.iter().any(|(name, _)| name == "guide"), "{passes:?}");
    }

    // A source that is not there is said.
    let nowhere = SourceChoice::new(Input::File("/nowhere.y4m".into()));
    worker.send(Command::Source(nowhere));
    let sentence = wait(&worker, |event| match event {
        Event::Fault(Place::Source, sentence) => sentence,
        _ => None,
    });
    assert!(sentence.contains("/nowhere.y4m"), "{sentence}");
}

pub fn asleep() {
    let mut worker = start(gpu());
    frames(&worker, 2);
    worker.send(Command::Awake(false));
    while worker.wait(Duration::from_millis(700)).is_some() {}
    let count = |worker: &Worker| {
        let began = Instant::now();
        let mut count = 0;
        while began.elapsed() < Duration::from_secs(2) {
            count +=
                usize::from(matches!(worker.wait(Duration::from_millis(100)), Some(Event::Frame { .. })));
        }
        count
    };
    assert_eq!(count(&worker), 0);
    // The control: seen again, it draws.
    worker.send(Command::Awake(true));
    frames(&worker, 3);
}

pub fn lost() {
    let gpu = open();
    let worker = start(&gpu);
    frames(&worker, 2);
    gpu.device().destroy();
    let reason = wait(&worker, |event| match event {
        Event::GpuLost(reason) => Some(reason),
        _ => None,
    });
    note!("lost: {reason}");
    assert!(!reason.is_empty());
}

/// The sentence about what is wrong at this place.
fn fault(worker: &Worker, place: &Place) -> String {
    wait(worker, |event| match event {
        Event::Fault(at, sentence) if at == *place => sentence,
        _ => None,
    })
}

/// A shader that is wrong when it is chosen is drawn once it is mended, and so is its card.
pub fn mended() {
    let gpu = gpu();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.wgsl");
    fs::write(&path, "fn effect(in: Input) -> vec3f {\n    return nothing;\n}\n").expect("a file");
    let mut worker = start(gpu);
    let [_, after] = opened(&worker);
    frames(&worker, 2);
    let text = format!("custom:{}", path.display());
    worker.send(Command::Shaders(vec![path.clone()]));
    worker.send(Command::Cards(vec![text.clone()]));
    worker.send(Command::Effects(vec![text.clone()]));
    let (mut effect, mut card) = (false, false);
    wait(&worker, |event| {
        effect |= matches!(event, Event::Fault(Place::Effects, Some(_)));
        card |= matches!(event, Event::Fault(Place::Card(_), Some(_)));
        (effect && card).then_some(())
    });
    let is_green = |pixels: &[u8]| pixels.chunks_exact(4).all(|p| p[1] > 140 && p[0] < 60 && p[2] < 60);
    frames(&worker, 5);
    assert!(!is_green(&read(gpu, &after)), "the control: what was shown before stays");
    fs::write(&path, "fn effect(in: Input) -> vec3f {\n    return vec3f(0.0, 1.0, 0.0);\n}\n")
        .expect("a file");
    let mut drawn = false;
    wait(&worker, |event| {
        drawn |= matches!(event, Event::Card { .. });
        (drawn && is_green(&read(gpu, &after))).then_some(())
    });
}

/// A picture that ends early is said, also where it is the first effect, and another effect is drawn afterwards.
pub fn damaged() {
    let gpu = gpu();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("half.png");
    let colour = |x: u32, y: u32| image::Rgb([(x * 7 + y * y) as u8, (x * x + 3 * y) as u8, (x * y) as u8]);
    image::RgbImage::from_fn(320, 180, colour).save(&path).expect("a picture");
    let text = format!("image:{}", path.display());
    let whole = fs::read(&path).expect("the picture");

    // The control: the whole picture is drawn.
    frames(&start_showing(gpu, "testcard".as_ref(), &text), 5);
    fs::write(&path, &whole[..whole.len() / 2]).expect("a file");
    let mut worker = start(gpu);
    frames(&worker, 2);
    worker.send(Command::Effects(vec![text.clone()]));
    let sentence = fault(&worker, &Place::Effects);
    assert!(sentence.contains("half.png"), "{sentence}");
    // What was drawn before is drawn on, also when everything is opened again.
    frames(&worker, 2);
    let mut picture = PictureSettings::default();
    picture.geometry.mirror = true;
    worker.send(Command::Picture(picture));
    opened(&worker);
    frames(&worker, 2);
    drop(worker);

    // The first effect: nothing can be drawn, until another one is chosen.
    let mut worker = start_showing(gpu, "testcard".as_ref(), &text);
    let sentence = wait(&worker, |event| match event {
        Event::Fault(Place::Effects | Place::Pipeline, sentence) => sentence,
        _ => None,
    });
    assert!(sentence.contains("half.png"), "{sentence}");
    worker.send(Command::Effects(vec!["blur".into()]));
    wait(&worker, |event| matches!(event, Event::Fault(Place::Pipeline, None)).then_some(()));
    frames(&worker, 2);
}
