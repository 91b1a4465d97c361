//! Frames in flight: the same bytes as one by one, from buffers that are created once.

use gpucam::internals::{Pipeline, Settings, Size, gpu::CreatedResources, video::Fps};
use libtest_mimic::Trial;

use crate::{
    pipeline::stand_in,
    support::{
        gpu::{BT601, gpu, open, scene},
        gpu_test,
    },
};

pub fn trials() -> Vec<Trial> {
    vec![
        gpu_test("pipeline::slots::frames_in_flight_are_the_same_bytes", same_bytes),
        gpu_test("pipeline::slots::frames_in_flight_make_nothing", makes_nothing),
    ]
}

/// Two frames at a time give the same bytes in the same order as one by one, effects of state included.
fn same_bytes() {
    let size = Size::new(320, 180);
    let frames: Vec<_> = [40, 41, 41, 7, 40, 12].map(|seed| scene(size, seed)).into();
    let new =
        || Pipeline::new(gpu(), stand_in(gpu()), size, BT601, &Settings::default()).expect("a pipeline");
    let mut serial = new();
    let mut want = Vec::new();
    for (frame, time) in frames.iter().zip(0..) {
        want.push(vec![0xaa; frame.len()]);
        serial.process(frame, Fps::DEFAULT.time(time), want.last_mut().expect("one")).expect("a frame");
    }
    let mut pipeline = new();
    let mut got = Vec::new();
    let mut most = 0;
    let mut finish = |pipeline: &mut Pipeline| {
        let mut output = vec![0xaa; size.yuyv_bytes()];
        pipeline.finish(&mut output).expect("a frame");
        got.push(output);
    };
    for (frame, time) in frames.iter().zip(0..) {
        pipeline.begin(frame, Fps::DEFAULT.time(time)).expect("a frame");
        most = most.max(pipeline.in_flight());
        if pipeline.in_flight() == Pipeline::IN_FLIGHT {
            finish(&mut pipeline);
        }
    }
    while pipeline.in_flight() > 0 {
        finish(&mut pipeline);
    }
    assert_eq!(most, 2, "never two at a time");
    assert!(got == want, "frames in flight are other bytes, or in another order");
    // The control: order and state change the bytes.
    assert!(want[0] != want[1] && want[0] != want[4] && want[1] != want[2]);

    // A later call does not return frames that were begun and never finished.
    pipeline.begin(&frames[3], Fps::DEFAULT.time(6)).expect("a frame");
    let mut output = vec![0xaa; size.yuyv_bytes()];
    pipeline.process(&frames[0], Fps::DEFAULT.time(7), &mut output).expect("a frame");
    serial.process(&frames[3], Fps::DEFAULT.time(6), &mut want[0]).expect("a frame");
    serial.process(&frames[0], Fps::DEFAULT.time(7), &mut want[0]).expect("a frame");
    assert!(output == want[0], "a frame that was dropped came out");
}

fn makes_nothing() {
    let gpu = open(); // counts of its own
    let size = Size::new(320, 180);
    let mut pipeline =
        Pipeline::new(&gpu, stand_in(&gpu), size, BT601, &Settings::default()).expect("a pipeline");
    let (input, mut output) = (scene(size, 3), vec![0; size.yuyv_bytes()]);
    let mut two = |first| {
        pipeline.begin(&input, Fps::DEFAULT.time(first)).expect("a frame");
        pipeline.begin(&input, Fps::DEFAULT.time(first + 1)).expect("a frame");
        pipeline.finish(&mut output).expect("a frame");
        pipeline.finish(&mut output).expect("a frame");
    };
    two(0);
    let (created, live) = (gpu.created(), gpu.live());
    (1..4).for_each(|pair| two(2 * pair));
    let bytes = 6 * size.yuyv_bytes() as u64;
    let want = CreatedResources {
        readbacks: created.readbacks + 6,
        readback_bytes: created.readback_bytes + bytes,
        ..created
    };
    assert_eq!((gpu.created(), gpu.live()), (want, live), "something was made after the first two frames");
}
