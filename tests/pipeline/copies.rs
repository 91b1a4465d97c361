//! How often the processor copies a frame on its way, and what a frame costs it.

use std::{
    io::{Cursor, Write},
    os::fd::BorrowedFd,
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use gpucam::internals::{
    Colorimetry, Pipeline, Result, Settings, Size,
    frame::{copies, packed::PackedFrame},
    gpu::Tuning,
    live::{GuardRules, LiveLoop, LiveSource, Output, ProcessorFactory, SourceEvent},
    model::{Model, catalogue},
    pipeline::InputFormat,
    segmenter::{InferenceEngine, Segmenter},
    sys,
    video::{
        Fps, InputOptions, Sink, Source, VideoFormat,
        raw::{RawSink, RawSource},
    },
};
use libtest_mimic::Trial;

use super::stand_in;
use crate::support::{
    files::{Files, model_file, needs},
    gpu::{BT601, gpu, open_tuned, scene},
    gpu_test,
    limits::unlimited,
    test,
};

pub fn trials() -> Vec<Trial> {
    vec![
        gpu_test("pipeline::copies::two_from_camera_to_virtual_camera", live),
        gpu_test("pipeline::copies::one_from_file_to_file", files),
        test("pipeline::copies::all_are_counted", all_are_counted),
        gpu_test("pipeline::copies::what_is_lent_stays_whole", lent),
        unlimited(
            "memory that processor and GPU share",
            gpu_test("pipeline::copies::shared_memory_gives_the_same_bytes", shared_memory),
        ),
        needs(&[Files::MODEL], gpu_test("pipeline::copies::time_of_the_processor", processor_time)),
    ]
}

const SIZE: Size = Size::new(320, 180);
const FRAMES: u64 = 12;

/// Lends one frame of a mapped buffer, as a camera does.
struct Camera {
    buffer: Vec<u8>,
    left: u64,
    /// Whether each frame is copied before it is lent: the control.
    copies: bool,
}

impl LiveSource for Camera {
    fn format(&self) -> VideoFormat {
        VideoFormat { size: SIZE, fps: Fps::new(30, 1), colorimetry: Colorimetry::default() }
    }

    fn next(&mut self, _: BorrowedFd<'_>) -> SourceEvent<'_> {
        let Some(left) = self.left.checked_sub(1) else { return SourceEvent::Ended };
        self.left = left;
        // Faster than any camera, and slower than those that show frames.
        thread::sleep(Duration::from_millis(10));
        if self.copies {
            let mut copy = vec![0; self.buffer.len()];
            copies::copy(&self.buffer, &mut copy);
            self.buffer = copy;
        }
        SourceEvent::Frame { bytes: &self.buffer, at: sys::now(), dropped: 0 }
    }
}

/// Copies frames into the memory of a virtual camera, in the packing that it takes.
struct VirtualCamera {
    buffer: Vec<u8>,
    frames: u64,
    nv12: bool,
}

impl Output for VirtualCamera {
    fn show(&mut self, _: &[u8], _: Duration) -> Result<()> {
        unreachable!("frames come in their packings");
    }

    fn wants_nv12(&self) -> bool {
        self.nv12
    }

    fn show_frame(&mut self, frame: &PackedFrame, _: Duration) -> Result<()> {
        let bytes = if self.nv12 { frame.nv12().unwrap_or_default() } else { frame.yuyv() };
        if bytes.is_empty() {
            return Ok(()); // begun before NV12 was asked for
        }
        self.buffer.resize(bytes.len(), 0);
        copies::copy(bytes, &mut self.buffer);
        self.frames += 1;
        Ok(())
    }

    fn show_slate(&mut self) -> Result<()> {
        Ok(())
    }

    fn consumers(&mut self) -> u32 {
        1
    }
}

/// Copies of a frame in a run, counted where every copy of a frame's bytes is made.
fn run_live(effect: &str, nv12: bool, copies: bool) -> f64 {
    let settings = Settings { effects: effect.parse().expect("an effect"), ..Settings::default() };
    let hides_background = settings.effects.hides_background();
    let make_processor: ProcessorFactory = Box::new(move |input: InputFormat| {
        Ok(Box::new(Pipeline::with_input(gpu(), stand_in(gpu()), input, &settings)?))
    });
    let mut output = VirtualCamera { buffer: Vec::new(), frames: 0, nv12 };
    let run = LiveLoop {
        source: Box::new(Camera { buffer: scene(SIZE, 3), left: FRAMES, copies }),
        make_processor,
        output: &mut output,
        size: SIZE,
        rules: GuardRules { hides_background, ..GuardRules::default() },
        frames: Some(FRAMES),
        signals: None,
    };
    let before = copies::counted();
    run.run().expect("a run");
    assert!(output.frames >= FRAMES - 2, "{} frames of {FRAMES} were shown", output.frames);
    // On a busy machine a picture is shown once more while the next one is late.
    let again = output.frames.saturating_sub(FRAMES);
    (copies::counted() - before - again) as f64 / FRAMES as f64
}

/// Into memory that the GPU reads, and out of memory that it wrote.
fn live() {
    for (effect, nv12) in [("blur", false), ("blur", true), ("none", false)] {
        let copies = run_live(effect, nv12, false);
        note!("{effect}, NV12 {nv12}: {copies:.2} copies a frame");
        assert!(copies <= 2.0 && copies > 1.5, "{effect}, NV12 {nv12}: {copies} copies of a frame");
    }
    let control = run_live("blur", false, true);
    assert!(control > 2.5, "control: a copy more is not counted: {control}");
}

/// Keeps what a sink writes.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Only into memory that the GPU reads: the kernel writes the file from where the GPU left the frame.
fn files() {
    let clip: Vec<u8> = (0..FRAMES).flat_map(|seed| scene(SIZE, seed)).collect();
    let options = InputOptions { size: Some(SIZE), ..InputOptions::default() };
    let mut source = RawSource::new(Path::new("clip.yuyv"), Box::new(Cursor::new(clip.clone())), &options)
        .expect("a clip");
    let (kept, format) = (Kept::default(), source.format());
    let mut sink = RawSink::new(Path::new("out.yuyv"), Box::new(kept.clone()), format);
    let new =
        || Pipeline::new(gpu(), stand_in(gpu()), SIZE, BT601, &Settings::default()).expect("a pipeline");
    let (mut pipeline, before) = (new(), copies::counted());
    let mut frame = PackedFrame::new(SIZE);
    let mut count = 0;
    let mut finish = |pipeline: &mut Pipeline| {
        pipeline.finish_frame(&mut frame).expect("a frame");
        assert!(frame.is_lent());
        assert!(sink.write(frame.yuyv()).expect("written").is_continue());
    };
    while let Some(input) = source.next().expect("a frame") {
        pipeline.begin(input, Fps::DEFAULT.time(count)).expect("a frame");
        count += 1;
        if pipeline.in_flight() == Pipeline::IN_FLIGHT {
            finish(&mut pipeline);
        }
    }
    while pipeline.in_flight() > 0 {
        finish(&mut pipeline);
    }
    assert_eq!((count, copies::counted() - before), (FRAMES, FRAMES), "copies of {FRAMES} frames");
    // The same bytes as with a copy, which is counted: the control.
    let (mut pipeline, before) = (new(), copies::counted());
    let mut want = Vec::new();
    for (input, time) in clip.chunks(SIZE.yuyv_bytes()).zip(0..) {
        let mut output = vec![0; SIZE.yuyv_bytes()];
        pipeline.process(input, Fps::DEFAULT.time(time), &mut output).expect("a frame");
        want.extend(output);
    }
    assert!(*kept.0.lock().expect("no panic") == want, "other bytes than with a copy");
    assert_eq!(copies::counted() - before, 2 * FRAMES, "control: the copy into a slice is not counted");
}

/// In the files that a live frame goes through, nothing copies many bytes without counting them.
fn all_are_counted() {
    const PATH: [&str; 9] = [
        "live",
        "pipeline",
        "gpu/readback.rs",
        "frame/packed.rs",
        "video/camera/mod.rs",
        "video/camera/source.rs",
        "video/loopback.rs",
        "video/pipewire/output.rs",
        "video/pipewire/picture.rs",
    ];
    /// Copies of less than a frame, and those of faults on purpose.
    const OTHERS: [&str; 4] =
        ["values.to_vec()", "&[pair[0], pair[2]]", "slate[..", "picture[..slate.len()]"];
    let copies = |text: &str| -> Vec<String> {
        let lines: Vec<&str> = text.lines().collect();
        let is_copy = |line: &str| {
            ["copy_from_slice(", "extend_from_slice(", ".to_vec()"].iter().any(|call| line.contains(call))
        };
        let is_counted = |at: usize| {
            lines[at.saturating_sub(3)..at].iter().any(|line| line.contains("copies::count()"))
                || OTHERS.iter().any(|other| lines[at].contains(other))
        };
        let uncounted = (0..lines.len()).filter(|&at| is_copy(lines[at]) && !is_counted(at));
        uncounted.map(|at| lines[at].trim().to_owned()).collect()
    };
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for name in PATH.map(|name| source.join(name)) {
        match name.is_dir() {
            true => {
                files.extend(std::fs::read_dir(&name).expect("a folder").map(|e| e.expect("a file").path()))
            }
            false => files.push(name),
        }
    }
    assert!(files.len() > 30, "{} files", files.len());
    for file in files.iter().filter(|file| !file.ends_with("fault_injection.rs")) {
        let found = copies(&std::fs::read_to_string(file).expect("a text"));
        assert!(
            found.is_empty(),
            "{}: copies that nobody counts, use copies::copy: {found:?}",
            file.display()
        );
    }
    assert_eq!(copies("a;\nto.copy_from_slice(from);").len(), 1, "the control");
}

/// A frame that is kept does not change while others are made, and is whole after the pipeline has gone.
fn lent() {
    let mut pipeline =
        Pipeline::new(gpu(), stand_in(gpu()), SIZE, BT601, &Settings::default()).expect("a pipeline");
    let mut process = |seed: u64, frame: &mut PackedFrame| {
        pipeline.process_frame(&scene(SIZE, seed), Fps::DEFAULT.time(seed), frame).expect("a frame");
    };
    let mut kept = PackedFrame::new(SIZE);
    process(0, &mut kept);
    let (want, mut other) = (kept.yuyv().to_vec(), PackedFrame::new(SIZE));
    for seed in 1..6 {
        process(seed, &mut other);
        assert!(kept.yuyv() == want && other.yuyv() != want, "frame {seed} is in the memory of a kept one");
    }
    drop(pipeline);
    assert!(kept.is_lent() && kept.yuyv() == want && !kept.is_lost(), "it went with the pipeline");
    let copy = kept.clone();
    assert!(!copy.is_lent() && copy.yuyv() == want);
    // On another thread, as in a run; and dropped there.
    std::thread::spawn(move || assert!(kept.yuyv() == want)).join().expect("the thread");
}

/// Where processor and GPU share memory, a frame is written where shaders read it.
fn shared_memory() {
    let run = |shares_memory: bool| {
        let tuning = Tuning { shares_memory, ..*gpu().tuning() };
        let gpu = open_tuned(tuning);
        let mut pipeline =
            Pipeline::new(&gpu, stand_in(&gpu), SIZE, BT601, &Settings::default()).expect("a pipeline");
        let is_mapped = pipeline.maps_input();
        let mut bytes = Vec::new();
        let mut output = vec![0; SIZE.yuyv_bytes()];
        for seed in 0..4 {
            pipeline.process(&scene(SIZE, seed), Fps::DEFAULT.time(seed), &mut output).expect("a frame");
            bytes.extend_from_slice(&output);
        }
        // With two in flight, the second has to be staged.
        for seed in (4..10).step_by(2) {
            for seed in [seed, seed + 1] {
                pipeline.begin(&scene(SIZE, seed), Fps::DEFAULT.time(seed)).expect("a frame");
            }
            for _ in 0..2 {
                pipeline.finish(&mut output).expect("a frame");
                bytes.extend_from_slice(&output);
            }
        }
        (is_mapped, bytes)
    };
    let (staged, shared) = (run(false), run(true));
    assert!(!staged.0, "memory is shared unasked");
    if !shared.0 {
        note!("not tested: this adapter has no MAPPABLE_PRIMARY_BUFFERS");
        return;
    }
    assert!(staged.1 == shared.1, "other bytes from shared memory");
}

/// What a 720p frame costs the thread that makes it, beside waiting: with a copy out to a frame of its own and
/// another one to the virtual camera, as it was before, and with what was lent.
fn processor_time() {
    let (size, entry) = (Size::new(1280, 720), catalogue::default());
    let model = Model::open(&model_file(&entry.name)).expect("the default model");
    let (input, mut shown) = (scene(size, 3), vec![0; size.yuyv_bytes()]);
    for shares_memory in [false, true] {
        let tuning = Tuning { shares_memory, ..*gpu().tuning() };
        let gpu = open_tuned(tuning);
        let segmenter = Segmenter::load(&gpu, &model, entry.reading, InferenceEngine::Fast);
        let mut pipeline =
            Pipeline::new(&gpu, segmenter, size, BT601, &Settings::default()).expect("a pipeline");
        let (mut own, mut frame) = (vec![0; size.yuyv_bytes()], PackedFrame::new(size));
        let mut times = [const { Vec::new() }; 2];
        for number in 0..24 {
            for (way, times) in times.iter_mut().enumerate() {
                let (start, began) = (sys::thread_cpu(), Instant::now());
                let at = Fps::DEFAULT.time(2 * number + way as u64);
                if way == 0 {
                    pipeline.process(&input, at, &mut own).expect("a frame");
                    shown.copy_from_slice(&own);
                } else {
                    pipeline.process_frame(&input, at, &mut frame).expect("a frame");
                    shown.copy_from_slice(frame.yuyv());
                }
                times.push((sys::thread_cpu() - start, began.elapsed()));
            }
        }
        let median = |times: &[(Duration, Duration)]| {
            let mut cpu: Vec<_> = times.iter().skip(4).map(|time| time.0).collect();
            cpu.sort();
            cpu[cpu.len() / 2]
        };
        let stages = pipeline.stages().expect("stages");
        let [before, after] = times.map(|times| median(&times));
        note!(
            "{size}, shared memory {shares_memory}: {before:?} of a thread with a copy more, {after:?} now; {stages:?}"
        );
    }
}
