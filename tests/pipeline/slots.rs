//! Frames in flight: the same bytes as one by one, from buffers that are created once.

use std::time::{Duration, Instant};

use gpucam::internals::{
    Error, Gpu, GpuError, Pipeline, Settings, Size,
    gpu::{CreatedResources, Tuning},
    video::Fps,
};
use libtest_mimic::Trial;

use crate::{
    pipeline::stand_in,
    support::{
        gpu::{BT601, gpu, open, open_tuned, scene},
        gpu_test,
    },
};

pub fn trials() -> Vec<Trial> {
    vec![
        gpu_test("pipeline::slots::frames_in_flight_are_the_same_bytes", same_bytes),
        gpu_test("pipeline::slots::frames_in_flight_make_nothing", makes_nothing),
        gpu_test("pipeline::slots::a_frame_that_does_not_come_is_not_waited_for", does_not_come),
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

/// Submits work that keeps the GPU busy for about this long.
fn busy(gpu: &Gpu, time: Duration) {
    // llvmpipe ends all loops of a thread after 65535 iterations.
    let wgsl = "@group(0) @binding(0) var<storage, read_write> last: array<atomic<u32>>;
        @compute @workgroup_size(1) fn main(@builtin(workgroup_id) group: vec3u) {
            var x = group.x;
            for (var i = 0u; i < 60000u; i++) { x = (x ^ (x >> 3u)) * 1664525u + i; }
            atomicMax(&last[0], x);
        }";
    let device = gpu.device();
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("busy"),
        source: wgpu::ShaderSource::Wgsl(wgsl.into()),
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some("busy"),
        layout: None,
        module: &module,
        entry_point: None,
        compilation_options: Default::default(),
        cache: None,
    });
    let buffer = device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: 4,
        usage: wgpu::BufferUsages::STORAGE,
        mapped_at_creation: false,
    });
    let entries = &[wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() }];
    let layout = &pipeline.get_bind_group_layout(0);
    let group = device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries });
    let run = |groups: u32| {
        let mut encoder = device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(groups, 1, 1);
        drop(pass);
        gpu.queue().submit([encoder.finish()]);
    };
    // How fast it is, the driver's compiling left out.
    run(1);
    gpu.wait().expect("work");
    let (start, groups) = (Instant::now(), 256);
    run(groups);
    gpu.wait().expect("work");
    let scale = time.as_secs_f64() / start.elapsed().as_secs_f64();
    run((f64::from(groups) * scale).clamp(1.0, 65535.0) as u32);
}

/// Whether the driver takes more work while it is busy, and returns from a wait at its limit. llvmpipe does not:
/// it returns from the second submission when the first is done.
fn limits_waits() -> bool {
    let gpu = open();
    busy(&gpu, Duration::from_secs(1));
    let start = Instant::now();
    let buffer = gpu.device().create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: 4,
        usage: wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    let mut encoder = gpu.device().create_command_encoder(&Default::default());
    encoder.clear_buffer(&buffer, 0, None);
    gpu.queue().submit([encoder.finish()]);
    let limit = Duration::from_millis(100);
    _ = gpu.device().poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(limit) });
    let took = start.elapsed();
    gpu.wait().expect("the work");
    took < Duration::from_millis(500)
}

/// A GPU that is busy for much longer than a frame may take counts as hung; one that is not, does not.
fn does_not_come() {
    let size = Size::new(64, 36);
    let frame = scene(size, 3);
    let run = |patience: u32| {
        let tuning = Tuning { patience, ..*gpu().tuning() };
        let gpu = open_tuned(tuning);
        let mut pipeline =
            Pipeline::new(&gpu, stand_in(&gpu), size, BT601, &Settings::default()).expect("a pipeline");
        let mut output = vec![0; size.yuyv_bytes()];
        pipeline
            .process(&frame, Duration::ZERO, &mut output)
            .expect("the first frame, however long it takes");
        busy(&gpu, Duration::from_secs(2));
        let start = Instant::now();
        let result = pipeline.process(&frame, Fps::DEFAULT.time(1), &mut output);
        (result, start.elapsed())
    };
    if !limits_waits() {
        note!("not tested: this driver takes no work while it is busy; live::hang has what happens then");
        return;
    }
    let (result, took) = run(200);
    let error = result.expect_err("it comes too late");
    assert!(matches!(error, Error::Gpu(GpuError::Hung { .. })), "{error}");
    assert!((200..1500).contains(&took.as_millis()), "given up after {took:?}");
    let (result, took) = run(60_000);
    result.expect("control: with more patience it comes");
    assert!(took.as_millis() > 400, "the GPU was not busy: {took:?}");
}
