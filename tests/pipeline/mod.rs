//! The whole pipeline, from bytes to bytes, against the float64 mirror; GPU objects and readbacks per frame.
//! The network is a stand-in of three burn operations, so that no model file is needed.

mod copies;
mod developed;
mod front;
mod look;
mod nv12;
mod room;
mod room_kept;
mod slots;

use std::time::Duration;

use burn::tensor::Tensor;
use gpucam::internals::{
    Error, Exposure, FrameError, Gpu, Pipeline, Range, Refine, Settings, Size, Smooth,
    frame::{
        geometry::Geometry,
        layout::{PixelLayout, RangeTables},
        pixel_format::PixelFormat,
    },
    gpu::CreatedResources,
    model::{ModelView, OutputDecoding, OutputGrid, Reading},
    pipeline::InputFormat,
    segmenter::Segmenter,
};
use libtest_mimic::Trial;

use crate::{
    mirror::{
        self,
        chain::{self, Refine as Mirror},
        person,
        preprocess::Content,
    },
    support::{
        gpu::{BT601, BT709_FULL, gpu, noise, open, scene},
        gpu_test,
        limits::unlimited,
        report::{Unit, compared},
        test,
    },
};

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        gpu_test("pipeline::chain_is_the_mirrors", chain),
        gpu_test("pipeline::frames_in_a_row_are_the_mirrors", steady),
        gpu_test("pipeline::makes_nothing_after_the_first_frame", makes_nothing),
        gpu_test("pipeline::nan_hides_everything", nan),
        gpu_test("pipeline::frames_do_not_depend_on_each_other", repeats),
        gpu_test("pipeline::a_reset_forgets_all_frames", reset),
        unlimited("GPU timestamps", gpu_test("pipeline::timings_name_every_stage", timings)),
        gpu_test("pipeline::other_layouts_are_unpacked_first", other_layouts),
        test("pipeline::other_layouts_on_the_cpu", other_layouts_on_the_cpu),
        test("pipeline::none_is_untouched", none),
        test("pipeline::wrong_lengths_give_black", lengths),
        test("pipeline::masks_have_the_mirrors_size", mask_sizes),
    ];
    trials.extend(copies::trials());
    trials.extend(developed::trials());
    trials.extend(front::trials());
    trials.extend(look::trials());
    trials.extend(nv12::trials());
    trials.extend(room::trials());
    trials.extend(room_kept::trials());
    trials.extend(slots::trials());
    trials
}

const NET: Size = Size::new(256, 144);
/// Codes may differ by one where rounding differs. At most this share of the bytes may differ by more: a
/// position or a colour on the boundary between two cases can fall on either side.
const BESIDE: f64 = 1e-3;

/// The mirror's settings by default.
const DEFAULTS: chain::Settings = chain::Settings {
    colorimetry: BT601,
    refine: Mirror::Guided,
    strength: 12.0,
    net: (256, 144),
    content: Content { x: 0, y: 0, width: 256, height: 144 },
    grid: person::Grid::Centres,
};

/// The stand-in network: a logit that rises with the mean of R'G'B'.
fn network(x: Tensor<4>) -> Tensor<4> {
    x.mean_dim(3) * 12.0 - 6.0
}

fn reading(person: OutputDecoding) -> Reading {
    Reading { scale: 2.0, offset: -1.0, person, grid: OutputGrid::Centres }
}

/// A segmenter that needs no model file.
pub fn stand_in(gpu: &Gpu) -> Segmenter {
    Segmenter::from_burn(gpu, NET, reading(OutputDecoding::Logit), |x| network(x * 0.5 + 0.5))
}

/// The stand-in network in float64.
fn mirror_person(input: &mirror::Plane<3>) -> mirror::Mask {
    let logits: Vec<f64> =
        input.data.iter().map(|p| ((p[0] + p[1] + p[2]) / 3.0 * 0.5 + 0.5) * 12.0 - 6.0).collect();
    person::probability(&logits, input.width, input.height, 1, person::Person::Logit)
}

/// Halves the brightness of YUYV bytes.
fn dimmed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.iter_mut().step_by(2).for_each(|luma| *luma = 8 + *luma / 2);
    bytes
}

fn chain() {
    let cases = [
        (Size::new(1280, 720), BT601, Refine::Guided, Exposure::Auto, "blur"),
        (Size::new(640, 360), BT709_FULL, Refine::Guided, Exposure::Off, "blur:30"),
        (Size::new(646, 362), BT601, Refine::Guided, Exposure::Auto, "blur:4"),
        (Size::new(640, 480), BT601, Refine::Guided, Exposure::Auto, "blur"),
        (Size::new(360, 640), BT601, Refine::Guided, Exposure::Auto, "blur"),
        (Size::new(646, 362), BT601, Refine::Bilateral, Exposure::Auto, "blur"),
        (Size::new(646, 362), BT601, Refine::None, Exposure::Auto, "blur"),
        (Size::new(62, 35), BT601, Refine::Guided, Exposure::Auto, "blur"),
    ];
    for (size, colorimetry, refine, exposure, effect) in cases {
        let bytes = match exposure {
            Exposure::Auto => dimmed(scene(size, 31)), // so that exposure applies a gain
            Exposure::Off => scene(size, 31),
        };
        let settings = Settings {
            effects: effect.parse().expect("an effect"),
            refine,
            exposure,
            smooth: Smooth::Off,
            ..Settings::default()
        };
        let mut pipeline =
            Pipeline::new(gpu(), stand_in(gpu()), size, colorimetry, &settings).expect("a pipeline");
        let mut got = vec![0xaa; bytes.len()];
        pipeline.process(&bytes, Duration::ZERO, &mut got).expect("a frame");

        let view = ModelView::for_frame(size, NET);
        let [x, y] = view.content_at.map(|v| v as usize);
        let (width, height) = (view.content_size.width as usize, view.content_size.height as usize);
        let strength = effect.strip_prefix("blur:").map_or(12.0, |text| text.parse().expect("a number"));
        let refine = match refine {
            Refine::Guided => Mirror::Guided,
            Refine::Bilateral => Mirror::Bilateral,
            Refine::None => Mirror::Plain,
        };
        let settings = |strength| chain::Settings {
            colorimetry,
            refine,
            strength,
            net: (256, 144),
            content: Content { x, y, width, height },
            grid: person::Grid::Centres,
        };
        let input = chain::input(&bytes, size, settings(strength), exposure == Exposure::Auto, (2.0, -1.0));
        let person = mirror_person(&input);
        let beside = |strength| {
            let want = chain::chain(&bytes, size, &person, settings(strength));
            assert_eq!(got.len(), want.len());
            let off = got.iter().zip(&want).filter(|(g, w)| g.abs_diff(**w) > 1).count();
            off as f64 / got.len() as f64
        };
        let alpha = pipeline.alpha().expect("alpha");
        assert!(
            alpha.iter().any(|&a| a > 0.9) && alpha.iter().any(|&a| a < 0.1),
            "a mask of one piece proves little"
        );
        let (own, control) = (beside(strength), beside(60.0 + strength));
        note!(
            "{size} {refine:?} {exposure:?} {effect}: {own:.1e} of the bytes over 1 LSB, control {control:.1e}"
        );
        compared(Unit::Share, &format!("chain {size} {refine:?} {exposure:?} {effect}"), own, BESIDE);
        assert!(own <= BESIDE, "{size} {effect}: {own:e} of the bytes are more than 1 LSB off");
        assert!(control > BESIDE, "{size} {effect}: the control passes");
    }
}

fn makes_nothing() {
    let gpu = open(); // counts of its own
    let size = Size::new(640, 360);
    let mut pipeline =
        Pipeline::new(&gpu, stand_in(&gpu), size, BT601, &Settings::default()).expect("a pipeline");
    let mut output = vec![0; size.yuyv_bytes()];
    let mut process =
        |seed| pipeline.process(&scene(size, seed), Duration::ZERO, &mut output).expect("a frame");
    process(0);
    let (created, live) = (gpu.created(), gpu.live());
    for frame in 1..=5 {
        process(frame);
        let want = CreatedResources {
            readbacks: created.readbacks + frame,
            readback_bytes: created.readback_bytes + frame * size.yuyv_bytes() as u64,
            ..created
        };
        assert_eq!(gpu.created(), want, "frame {frame} made something, or read back more than its bytes");
    }
    // Live objects include burn's.
    note!("after one frame {live:?}, after six {:?}, made by our passes {created:?}", gpu.live());
    assert_eq!(gpu.live(), live, "something was made and not given back");
    // The control: another pipeline raises the same counters.
    let _other = Pipeline::new(&gpu, stand_in(&gpu), size, BT601, &Settings::default()).expect("a pipeline");
    assert!(gpu.created().bind_groups > created.bind_groups && gpu.live().bind_groups > live.bind_groups);
}

fn nan() {
    let size = Size::new(320, 180);
    let broken = |x: Tensor<4>| {
        let zero = x.mean_dim(3) * 0.0;
        zero.clone() / zero
    };
    for kind in [OutputDecoding::Logit, OutputDecoding::Probability] {
        let segmenter = Segmenter::from_burn(gpu(), NET, reading(kind), broken);
        let mut pipeline =
            Pipeline::new(gpu(), segmenter, size, BT601, &Settings::default()).expect("a pipeline");
        let (input, mut output) = (scene(size, 33), vec![0; size.yuyv_bytes()]);
        pipeline.process(&input, Duration::ZERO, &mut output).expect("a frame");
        assert!(
            pipeline.model_output().expect("an answer").expect("a model").logits.iter().all(|v| v.is_nan())
        );
        assert!(pipeline.alpha().expect("alpha").iter().all(|&a| a == 0.0), "somebody is shown");
        // The output is the mirror's picture of a background with no person.
        let hidden = chain::chain(&input, size, &mirror::Plane::flat(256, 144, [0.0]), DEFAULTS);
        let off = |control: &[u8]| output.iter().zip(control).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(off(&hidden) <= Some(1), "{:?} LSB from the hidden room", off(&hidden));
        assert!(off(&input) > Some(1), "the control passes");
    }
}

/// A camera frame in NV12 with padding, and the same frame as packed YUYV.
fn incoming() -> (InputFormat, Vec<u8>, Vec<u8>) {
    let size = Size::new(322, 181);
    let layout = PixelLayout { pixel_format: PixelFormat::Nv12, size, stride: 331, range: Range::Full };
    let bytes = crate::video::noise(layout.bytes(), 9);
    let mut frame = vec![0; size.yuyv_bytes()];
    layout.unpack(&RangeTables::from_range(Range::Full), &bytes, &mut frame).expect("a whole picture");
    (InputFormat { size, layout: Some(layout), colorimetry: BT601 }, bytes, frame)
}

fn other_layouts() {
    let (input_format, bytes, frame) = incoming();
    let through = |input_format: InputFormat, bytes: &[u8]| {
        let mut pipeline = Pipeline::with_input(gpu(), stand_in(gpu()), input_format, &Settings::default())?;
        let mut output = vec![0xaa; input_format.size.yuyv_bytes()];
        pipeline.process(bytes, Duration::ZERO, &mut output).map(|()| output)
    };
    let want = through(InputFormat::yuyv(input_format.size, BT601), &frame).expect("a frame");
    assert!(through(input_format, &bytes).expect("a frame") == want, "unpacked first, it is the same frame");
    // The control: Cb and Cr swapped.
    let layout = input_format.layout.map(|layout| PixelLayout { pixel_format: PixelFormat::Nv21, ..layout });
    assert!(
        through(InputFormat { layout, ..input_format }, &bytes).expect("a frame") != want,
        "NV21 passes for NV12"
    );
    assert!(
        matches!(through(input_format, &bytes[1..]), Err(Error::Frame(FrameError::Bytes { .. }))),
        "a byte is missing"
    );
    for wrong in [
        PixelLayout { size: Size::new(640, 362), ..input_format.layout.expect("NV12") },
        PixelLayout { pixel_format: PixelFormat::Mjpg, ..input_format.layout.expect("NV12") },
    ] {
        let refused = through(InputFormat { layout: Some(wrong), ..input_format }, &bytes);
        assert!(matches!(refused, Err(Error::Frame(FrameError::Size { .. }))), "{wrong:?}");
    }
}

fn other_layouts_on_the_cpu() {
    let (input_format, bytes, frame) = incoming();
    let mut pipeline = Pipeline::passthrough(input_format).expect("a pipeline");
    let mut output = vec![77; input_format.size.yuyv_bytes()];
    pipeline.process(&bytes, Duration::ZERO, &mut output).expect("a frame");
    assert!(output == frame);
    let short = pipeline.process(&bytes[1..], Duration::ZERO, &mut output);
    assert!(
        short.is_err() && output.chunks(2).all(|pair| pair == [16, 128]),
        "a byte is missing, and that is black"
    );
}

/// Consecutive frames, with the state that passes carry from one to the next.
fn steady() {
    let size = Size::new(640, 360);
    let mut pipeline =
        Pipeline::new(gpu(), stand_in(gpu()), size, BT601, &Settings::default()).expect("a pipeline");
    let mut memory = None;
    // The same scene with new noise, then another scene.
    for (frame, seed) in [70, 71, 72, 73, 5].into_iter().enumerate() {
        let bytes = dimmed(scene(size, seed));
        let mut got = vec![0xaa; bytes.len()];
        pipeline.process(&bytes, Duration::ZERO, &mut got).expect("a frame");
        let person = mirror_person(&chain::input(&bytes, size, DEFAULTS, true, (2.0, -1.0)));
        let alpha = chain::temporal_alpha(&bytes, size, &person, DEFAULTS, &mut memory);
        let off = |want: &[u8]| {
            let off = got.iter().zip(want).filter(|(g, w)| g.abs_diff(**w) > 1).count();
            off as f64 / got.len() as f64
        };
        let own = off(&chain::blurred(&bytes, size, &alpha, DEFAULTS));
        let control = off(&chain::chain(&bytes, size, &person, DEFAULTS));
        note!("frame {frame}: {own:.1e} of the bytes over 1 LSB, control {control:.1e}");
        compared(Unit::Share, &format!("frame {frame} in a row"), own, BESIDE);
        assert!(own <= BESIDE, "frame {frame}: {own:e} of the bytes are more than 1 LSB off");
        assert!(frame == 0 || seed == 5 || control > BESIDE, "frame {frame}: without a memory it passes too");
    }
}

fn repeats() {
    let size = Size::new(640, 360);
    let settings = Settings { smooth: Smooth::Off, ..Settings::default() };
    let mut pipeline = Pipeline::new(gpu(), stand_in(gpu()), size, BT601, &settings).expect("a pipeline");
    let mut process = |seed| {
        let mut output = vec![0; size.yuyv_bytes()];
        pipeline.process(&scene(size, seed), Duration::ZERO, &mut output).expect("a frame");
        output
    };
    let first = process(40);
    let other = process(41);
    assert!(first != other && process(40) == first, "the same frame gave other bytes");
}

/// After a reset, frames equal those of a new pipeline, to the byte.
fn reset() {
    let size = Size::new(640, 360);
    let geometry = Geometry { follow: Some(2.0), ..Geometry::default() };
    let settings = Settings { geometry, ..Settings::default() };
    let new = || Pipeline::new(gpu(), stand_in(gpu()), size, BT601, &settings).expect("a pipeline");
    // Each scene twice, so that state matters.
    let process = |pipeline: &mut Pipeline, seeds: [u64; 4]| {
        let frame = |(seed, at): (u64, u64)| {
            let mut output = vec![0; size.yuyv_bytes()];
            pipeline
                .process(&scene(size, seed), Duration::from_millis(40 * at), &mut output)
                .expect("a frame");
            output
        };
        seeds.into_iter().zip(0..).map(frame).collect::<Vec<_>>()
    };
    let mut pipeline = new();
    process(&mut pipeline, [40, 40, 41, 41]);
    // The control: without a reset, earlier frames have an effect.
    let remembered = process(&mut pipeline, [42, 42, 43, 43]);
    pipeline.reset();
    let got = process(&mut pipeline, [42, 42, 43, 43]);
    let want = process(&mut new(), [42, 42, 43, 43]);
    assert!(got == want, "a reset pipeline remembers something");
    assert!(remembered != want, "nothing was remembered");
}

fn timings() {
    let size = Size::new(640, 360);
    let mut pipeline =
        Pipeline::new(gpu(), stand_in(gpu()), size, BT601, &Settings::default()).expect("a pipeline");
    assert!(pipeline.timings().is_none(), "nobody asked");
    if !pipeline.enable_timing() {
        assert!(!gpu().has_timestamps());
        return;
    }
    let mut output = vec![0; size.yuyv_bytes()];
    pipeline.process(&scene(size, 42), Duration::ZERO, &mut output).expect("a frame");
    let (passes, kernels) = pipeline.dispatches();
    let table = pipeline.timings().expect("asked for").to_string();
    for name in ["guide", "model", "solve", "alpha", "blur", "composite", "whole frame", "bytes to bytes"] {
        assert!(table.contains(name), "{name} is missing:\n{table}");
    }
    let whole = table.lines().find(|line| line.starts_with("whole frame")).expect("a row");
    let total = passes as u64 + kernels;
    assert!(
        whole.split_whitespace().any(|word| word == total.to_string()),
        "{whole}: not {total} dispatches"
    );
}

fn none() {
    let size = Size::new(646, 362);
    let bytes: Vec<u8> = (0..size.yuyv_bytes()).map(|i| (256.0 * noise(43, i)) as u8).collect();
    let mut output = vec![0; bytes.len()];
    let mut pipeline = Pipeline::passthrough(size).expect("a pipeline");
    pipeline.process(&bytes, Duration::ZERO, &mut output).expect("a frame");
    assert!(output == bytes, "none touched the bytes");
}

fn lengths() {
    let size = Size::new(64, 36);
    let mut pipeline = Pipeline::passthrough(size).expect("a pipeline");
    let mut output = vec![77; size.yuyv_bytes()];
    let error = pipeline.process(&[77; 100], Duration::ZERO, &mut output).expect_err("too short");
    assert!(matches!(error, Error::Frame(FrameError::Bytes { got: 100, .. })), "{error}");
    assert!(output.chunks_exact(4).all(|word| word == [16, 128, 16, 128]), "what is left is not black");
    for size in [Size::new(0, 4), Size::new(3, 4), Size::new(4, 0), Size::new(16384, 16384)] {
        assert!(matches!(Pipeline::passthrough(size), Err(Error::Frame(FrameError::Size { .. }))), "{size}");
    }
}

fn mask_sizes() {
    let sizes = [
        (1280, 720),
        (640, 360),
        (646, 362),
        (640, 480),
        (360, 640),
        (1920, 800),
        (256, 144),
        (62, 35),
        (8, 2),
    ];
    for (width, height) in sizes {
        let size = Size::new(width, height);
        let own = ModelView::mask_size(size);
        let (w, h) = chain::mask_size(size);
        assert_eq!((own.width as usize, own.height as usize), (w, h), "{size}");
    }
}
