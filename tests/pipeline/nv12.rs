//! NV12 beside YUYV: the same picture, in the same readback, and nothing of it while nobody wants it.

use std::time::{Duration, Instant};

use gpucam::internals::{
    Pipeline, Settings, Size,
    frame::{
        packed::{PackedFrame, pack_nv12},
        slate,
    },
    gpu::CreatedResources,
    pipeline::InputFormat,
};
use libtest_mimic::Trial;

use super::{BT601, stand_in};
use crate::support::{
    gpu::{gpu, open, scene},
    gpu_test, test,
};

pub fn trials() -> Vec<Trial> {
    vec![
        gpu_test("pipeline::nv12_is_the_same_picture", same_picture),
        gpu_test("pipeline::nv12_comes_in_the_same_readback", same_readback),
        test("pipeline::nv12_on_the_cpu", on_the_cpu),
    ]
}

/// What the CPU makes of the frame's YUYV.
fn packed(frame: &PackedFrame) -> Vec<u8> {
    let mut nv12 = vec![77; frame.size().nv12_bytes().expect("a size of NV12")];
    pack_nv12(frame.yuyv(), frame.size(), &mut nv12);
    nv12
}

/// Whatever the effects, also after a switch, where the finished picture is another buffer.
fn same_picture() {
    let size = Size::new(320, 180);
    let settings = Settings { effects: "none".parse().expect("an effect"), ..Settings::default() };
    for effect in ["none", "blur"] {
        let settings = Settings { effects: effect.parse().expect("an effect"), ..settings.clone() };
        let mut pipeline = Pipeline::new(gpu(), stand_in(gpu()), size, BT601, &settings).expect("a pipeline");
        let mut frame = PackedFrame::new(size);
        frame.want_nv12(true);
        let mut show = |pipeline: &mut Pipeline, seed: u32| {
            let at = Duration::from_millis(40 * u64::from(seed));
            pipeline.process_frame(&scene(size, seed.into()), at, &mut frame).expect("a frame");
            assert!(frame.nv12().expect("NV12") == packed(&frame), "{effect}: another picture in NV12");
            frame.clone()
        };
        let before = show(&mut pipeline, 0);
        assert!(show(&mut pipeline, 1).nv12() != before.nv12(), "the control: the frame before passes");
        if !pipeline.switch("pixelate".parse().expect("an effect")) {
            continue;
        }
        let (start, mut seed) = (Instant::now(), 1);
        let old = show(&mut pipeline, 1);
        while show(&mut pipeline, 1).yuyv() == old.yuyv() {
            assert!(start.elapsed() < Duration::from_secs(60), "the switch does not come");
            seed += 1;
        }
        note!("{effect}: switched after {seed} frames");
    }
    // A size that NV12 cannot hold stays in YUYV alone.
    for size in [Size::new(322, 180), Size::new(320, 181)] {
        let mut pipeline =
            Pipeline::new(gpu(), stand_in(gpu()), size, BT601, &Settings::default()).expect("a pipeline");
        let mut frame = PackedFrame::new(size);
        frame.want_nv12(true);
        pipeline.process_frame(&scene(size, 3), Duration::ZERO, &mut frame).expect("a frame");
        assert!(frame.nv12().is_none(), "{size}");
    }
}

fn same_readback() {
    let gpu = open(); // counts of its own
    let size = Size::new(640, 360);
    let mut pipeline =
        Pipeline::new(&gpu, stand_in(&gpu), size, BT601, &Settings::default()).expect("a pipeline");
    let mut frame = PackedFrame::new(size);
    let mut show = |wanted: bool, pipeline: &mut Pipeline| {
        frame.want_nv12(wanted);
        let start = Instant::now();
        pipeline.process_frame(&scene(size, 4), Duration::ZERO, &mut frame).expect("a frame");
        start.elapsed()
    };
    let names = |pipeline: &Pipeline| -> Vec<_> {
        pipeline.recordings().iter().flat_map(|recording| recording.names()).collect()
    };
    let bytes = [size.yuyv_bytes(), size.yuyv_bytes() + size.nv12_bytes().expect("NV12")];
    let (mut recorded, mut live) = (Vec::new(), None);
    // Without it, with it, and without it again.
    for wanted in [false, true, false] {
        show(wanted, &mut pipeline);
        let created = gpu.created();
        let fastest = (0..5).map(|_| show(wanted, &mut pipeline)).min().expect("frames");
        let want = CreatedResources {
            readbacks: created.readbacks + 5,
            readback_bytes: created.readback_bytes + 5 * bytes[usize::from(wanted)] as u64,
            ..created
        };
        assert_eq!(gpu.created(), want, "more than one readback a frame, or something new in it");
        note!("{size}, NV12 {wanted}: {fastest:?} a frame");
        recorded.push(names(&pipeline));
        // What NV12 needed is given back, but for its compiled shader.
        let now = (gpu.live().buffers, gpu.live().bind_groups);
        let before = *live.get_or_insert(now);
        assert!(wanted || before == now, "NV12 left something behind: {before:?} became {now:?}");
        assert!(!wanted || before < now, "the control: NV12 needs nothing");
    }
    assert!(recorded[0] == recorded[2] && !recorded[0].contains(&"nv12"), "nobody wants it");
    assert_eq!(recorded[1].strip_prefix(&recorded[0][..]), Some(&["nv12"][..]));
}

fn on_the_cpu() {
    let size = Size::new(64, 36);
    let mut pipeline = Pipeline::passthrough(InputFormat::from(size)).expect("a pipeline");
    let mut frame = PackedFrame::new(size);
    frame.want_nv12(true);
    let bytes = scene(size, 6);
    pipeline.process_frame(&bytes, Duration::ZERO, &mut frame).expect("a frame");
    assert!(frame.yuyv() == bytes && frame.nv12() == Some(&packed(&frame)[..]));
    // A frame that fails is black in both.
    pipeline.process_frame(&bytes[1..], Duration::ZERO, &mut frame).expect_err("a byte is missing");
    let mut black = vec![0; size.yuyv_bytes()];
    slate(&mut black);
    assert!(frame.yuyv() == black && frame.nv12() == Some(&packed(&frame)[..]));
    frame.want_nv12(false);
    pipeline.process_frame(&bytes, Duration::ZERO, &mut frame).expect("a frame");
    assert!(frame.yuyv() == bytes && frame.nv12().is_none());
}
