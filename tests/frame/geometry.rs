//! Geometry in the whole pipeline: it precedes every other pass, and following the person leaves no trails.

use std::time::Duration;

use gpucam::internals::{
    Error, FrameError, Pipeline, Settings, Shape, Size, Smooth,
    frame::geometry::{Crop, Cut, Geometry, Region, Rotate},
    gpu::CreatedResources,
    pipeline::InputFormat,
};
use libtest_mimic::Trial;

use crate::{
    mirror::reframe::{cropped, pack, turned, unpack},
    pipeline::stand_in,
    support::{
        gpu::{BT601, gpu, noise, open, scene},
        gpu_test,
    },
};

pub fn trials() -> Vec<Trial> {
    vec![
        gpu_test("frame::geometry::comes_before_all_else", before_all_else),
        gpu_test("frame::geometry::needs_no_model_alone", alone),
        gpu_test("frame::geometry::numbers_out_of_range_are_refused", out_of_range),
        gpu_test("frame::geometry::follow_begins_with_the_whole", begins_whole),
        gpu_test("frame::geometry::follow_steadies_nothing_while_it_moves", nothing_remembered),
        gpu_test("frame::geometry::follow_makes_nothing_after_the_first_frame", makes_nothing),
    ]
}

const SIZE: Size = Size::new(640, 360);

fn pipeline(geometry: Geometry, smooth: Smooth, effect: &str, size: Size) -> Pipeline {
    let effects = effect.parse().expect("an effect");
    let settings = Settings { geometry, smooth, effects, ..Settings::default() };
    Pipeline::new(gpu(), stand_in(gpu()), size, BT601, &settings).expect("a pipeline")
}

fn frame(pipeline: &mut Pipeline, bytes: &[u8], at: Duration) -> Vec<u8> {
    let mut output = vec![0xaa; pipeline.size().yuyv_bytes()];
    pipeline.process(bytes, at, &mut output).expect("a frame");
    output
}

/// The time of frame `number` at 30 frames per second.
fn time(number: u32) -> Duration {
    Duration::from_secs(1) * number / 30
}

/// A zoom of 0 would halve an endless picture without an end; a threshold's two values would divide by 0.
fn out_of_range() {
    let geometry = |geometry| Settings { geometry, ..Settings::default() };
    let zoom = |factor| geometry(Geometry { cut: Cut::Zoom(factor), ..Geometry::default() });
    let follow = |closest| geometry(Geometry { follow: Some(closest), ..Geometry::default() });
    let shape = |shape| Settings { shape, ..Settings::default() };
    let numbers = [0.0, -1.0, 0.99, 1e9, f64::NAN, f64::INFINITY];
    let mut wrong: Vec<_> = numbers.iter().flat_map(|&number| [zoom(number), follow(number)]).collect();
    for threshold in [(0.5, 0.5), (0.6, 0.4), (-0.1, 1.0), (0.0, 1.1), (f64::NAN, 1.0), (0.0, f64::NAN)] {
        wrong.push(shape(Shape { threshold, ..Shape::default() }));
    }
    for number in [-21.0, 21.0, f64::NAN] {
        wrong.push(shape(Shape { grow: number, ..Shape::default() }));
        wrong.push(shape(Shape { feather: number, ..Shape::default() }));
        wrong.push(shape(Shape { islands: number, ..Shape::default() }));
    }
    let made = |settings: &Settings| Pipeline::new(gpu(), stand_in(gpu()), SIZE, BT601, settings);
    for settings in &wrong {
        let refused = made(settings).expect_err("out of range");
        let (geometry, shape) = (settings.geometry, settings.shape);
        assert!(
            matches!(refused, Error::Frame(FrameError::Setting { .. })),
            "{refused}: {geometry:?}, {shape:?}"
        );
    }
    let right = Shape { threshold: (0.0, 0.5), grow: -20.0, feather: 10.0, islands: 0.1 };
    for settings in [zoom(1.0), zoom(8.0), follow(4.0), shape(right)] {
        made(&settings).expect("within the ranges");
    }
}

/// A turned picture gives the same bytes as a camera that delivers it turned, over consecutive frames.
fn before_all_else() {
    let part = Cut::Crop(Crop { size: Size::new(320, 300), at: Some([31, 50]) });
    let cases = [
        Geometry { mirror: true, ..Geometry::default() },
        Geometry { rotate: Rotate::Quarter, flip: true, ..Geometry::default() },
        Geometry { rotate: Rotate::ThreeQuarters, cut: part, ..Geometry::default() },
    ];
    for geometry in cases {
        let mut own = pipeline(geometry, Smooth::Auto, "blur", SIZE);
        let mut plain = pipeline(Geometry::default(), Smooth::Auto, "blur", own.size());
        for number in 0..3 {
            let bytes = scene(SIZE, 90 + u64::from(number));
            let mut picture = turned(&unpack(&bytes, SIZE), &geometry);
            if geometry.cut == part {
                picture = cropped(&picture, (31, 50), own.size());
            }
            let seen = pack(&picture);
            let (got, want) = (frame(&mut own, &bytes, time(number)), frame(&mut plain, &seen, time(number)));
            assert!(got == want, "{geometry:?}, frame {number}");
            assert!(got != seen, "{geometry:?}: nothing was blurred");
        }
    }
}

/// Without an effect no model is needed, and the output is the turned picture, to the byte.
fn alone() {
    let settings =
        |geometry| Settings { geometry, effects: "none".parse().expect("an effect"), ..Settings::default() };
    let bytes = scene(SIZE, 91);
    for rotate in [Rotate::Quarter, Rotate::Half] {
        let geometry = Geometry { rotate, mirror: true, ..Geometry::default() };
        assert!(!settings(geometry).needs_model());
        let mut pipeline = Pipeline::reframe_only(gpu(), InputFormat::yuyv(SIZE, BT601), &settings(geometry))
            .expect("a pipeline");
        assert!(frame(&mut pipeline, &bytes, time(0)) == pack(&turned(&unpack(&bytes, SIZE), &geometry)));
        assert_eq!(pipeline.dispatches(), (1, 0));
        assert!(!pipeline.switch("blur".parse().expect("an effect")), "there is no model");
        assert!(pipeline.alpha().expect("alpha").iter().all(|&a| a == 1.0));
        if rotate == Rotate::Quarter {
            assert_eq!(pipeline.size(), Size::new(360, 640));
            let mut short = vec![77; 100];
            let error = pipeline.process(&bytes, time(1), &mut short).expect_err("too short");
            assert!(
                matches!(error, Error::Frame(FrameError::Bytes { size: Size { width: 360, .. }, got: 100 })),
                "{error}"
            );
            assert!(short.chunks_exact(2).all(|pair| pair == [16, 128]), "what is left is not black");
        }
    }
    let mut same =
        Pipeline::reframe_only(gpu(), InputFormat::yuyv(SIZE, BT601), &settings(Geometry::default()))
            .expect("a pipeline");
    assert!(same.gpu().is_none() && frame(&mut same, &bytes, time(0)) == bytes);
    let follow = Geometry { follow: Some(2.0), ..Geometry::default() };
    assert!(settings(follow).needs_model(), "who is not found cannot be followed");
}

/// A bright figure on the left of a dark background, with new noise in each frame. The stand-in model finds
/// brightness.
fn figure(number: u32) -> Vec<u8> {
    let (w, h) = (SIZE.width as usize, SIZE.height as usize);
    let mut bytes = Vec::with_capacity(SIZE.yuyv_bytes());
    for (y, x) in (0..h).flat_map(|y| (0..w).map(move |x| (y, x))) {
        let is_figure = x.abs_diff(240) < 50 && y > 90;
        let grey = if is_figure { 190.0 } else { 60.0 + ((x / 40 + y / 40) % 2) as f64 * 20.0 };
        let grey = grey + 6.0 * (noise(92 + u64::from(number), y * w + x) - 0.5);
        bytes.extend([grey.round() as u8, 128]);
    }
    bytes
}

const FOLLOW: Geometry = Geometry {
    rotate: Rotate::No,
    mirror: false,
    flip: false,
    cut: Cut::Whole,
    size: None,
    follow: Some(2.0),
};

fn region(pipeline: &Pipeline) -> Region {
    pipeline.region().expect("a readable buffer").expect("it follows")
}

/// The first frame shows the whole picture, to the byte; later ones move the figure to the centre.
fn begins_whole() {
    for effect in ["none", "blur"] {
        let mut follows = pipeline(FOLLOW, Smooth::Auto, effect, SIZE);
        let mut plain = pipeline(Geometry::default(), Smooth::Auto, effect, SIZE);
        assert_eq!(region(&follows), Region::whole(SIZE));
        assert!(frame(&mut follows, &figure(0), time(0)) == frame(&mut plain, &figure(0), time(0)));
        assert!(plain.region().expect("a readable buffer").is_none());
        for number in 1..120 {
            frame(&mut follows, &figure(number), time(number));
        }
        let Region { at, size } = region(&follows);
        note!("{effect}: {at:?} {size:?}");
        assert!((at[0] + size[0] / 2.0 - 240.0).abs() < 0.03 * size[0], "not in the middle");
        assert!((90.0 - at[1]) / size[1] > 0.08 && size[0] < 0.8 * 640.0, "no room above, or no nearer");
    }
}

/// While the region moves, alpha comes from each frame alone, as without smoothing; at rest it is averaged
/// again.
fn nothing_remembered() {
    let [mut steady, mut plain] =
        [Smooth::Auto, Smooth::Off].map(|smooth| pipeline(FOLLOW, smooth, "blur", SIZE));
    let (mut moving, mut resting) = (Vec::new(), Vec::new());
    let mut last = region(&steady);
    for number in 0..120 {
        let shown = region(&steady);
        let mut bytes = figure(number);
        if number == 0 {
            // The region moves from the second frame on, so the state of the first frame must not affect it.
            bytes.iter_mut().step_by(2).for_each(|luma| *luma += 40);
        }
        frame(&mut steady, &bytes, time(number));
        frame(&mut plain, &bytes, time(number));
        let [a, b] = [&steady, &plain].map(|pipeline| pipeline.alpha().expect("alpha"));
        let gap = a.iter().zip(&b).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>() / a.len() as f64;
        let shift = (shown.at[0] - last.at[0]).abs().max((shown.size[0] - last.size[0]).abs());
        let list = if shift > 0.5 { &mut moving } else { &mut resting };
        list.push(gap);
        last = shown;
    }
    let most = moving.iter().copied().fold(0.0, f64::max);
    let mean = resting.iter().sum::<f64>() / resting.len() as f64;
    note!(
        "alpha with and without smoothing: at most {most:.1e} apart in {} frames that move, {mean:.1e} in {} that rest",
        moving.len(),
        resting.len()
    );
    assert!(moving.len() > 20 && resting.len() > 20, "it never moved, or never came to rest");
    assert!(most == 0.0 && mean > 1e-5);
}

fn makes_nothing() {
    let gpu = open(); // counts of its own
    let settings = Settings { geometry: FOLLOW, ..Settings::default() };
    let mut pipeline = Pipeline::new(&gpu, stand_in(&gpu), SIZE, BT601, &settings).expect("a pipeline");
    frame(&mut pipeline, &figure(0), time(0));
    let (created, live) = (gpu.created(), gpu.live());
    for number in 1..=5 {
        frame(&mut pipeline, &figure(number), time(number));
        let readbacks = created.readbacks + u64::from(number);
        let readback_bytes = created.readback_bytes + u64::from(number) * SIZE.yuyv_bytes() as u64;
        assert_eq!(
            gpu.created(),
            CreatedResources { readbacks, readback_bytes, ..created },
            "frame {number}"
        );
    }
    assert_eq!(gpu.live(), live, "something was made and not given back");
    // The control: reading the region raises the same counters.
    region(&pipeline);
    assert!(gpu.created().buffers > created.buffers && gpu.created().readback_bytes > created.readback_bytes);
}
