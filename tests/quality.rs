//! `--quality low`: it is cheaper, it hides the background as reliably, and it is chosen by measurement.

use std::{
    os::fd::BorrowedFd,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use burn::tensor::Tensor;
use gpucam::internals::{
    Error, GpuError, Look, Pipeline, Quality, Result, Settings, Size, Smooth, effects,
    gpu::Tuning,
    live::{
        FrameProcessor, GuardRules, LiveLoop, LiveSource, Output, SourceEvent,
        look::LookDecision,
        quality::{QualityDecision, QualityMode, QualitySelector},
    },
    model::{OutputDecoding, OutputGrid, Reading},
    passes::LearnRoom,
    pipeline::InputFormat,
    segmenter::Segmenter,
    sys,
    video::{Fps, VideoFormat},
};
use libtest_mimic::Trial;

use crate::{
    live::live_loop,
    pipeline::stand_in,
    support::{
        gpu::{BT601, gpu, open_tuned, scene},
        gpu_test, test,
    },
};

pub fn trials() -> Vec<Trial> {
    vec![
        test("quality::choice", choice),
        test("quality::second_look_needs_half_of_the_time", second_look),
        gpu_test("quality::what_was_asked_for_is_not_given_up", asked_for),
        gpu_test("quality::low_is_another_recording", recordings),
        gpu_test("quality::low_hides_what_high_hides", nobody),
        gpu_test("quality::every_effect_at_low", every_effect),
        gpu_test("quality::switch_at_low", switch),
        gpu_test("quality::live_chooses_once_and_shows_nothing_else", live),
    ]
}

/// The smallest frame that low quality halves.
const SIZE: Size = Size::new(960, 540);

const fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

fn choice() {
    use Quality::{High, Low};
    // Interval, time at high alone, times at high and low in turns, the quality chosen, whether both were
    // measured.
    let table = [
        (33, 20, [20, 15], High, false),
        (33, 29, [29, 15], High, false),
        (33, 31, [31, 15], Low, true),
        (33, 60, [60, 40], Low, true),  // neither keeps the rate; low is faster
        (33, 60, [60, 60], High, true), // low gains nothing
        (33, 60, [60, 61], High, true),
        (33, 60, [60, 55], High, true), // low gains too little
        (33, 34, [34, 29], Low, true),
        (33, 60, [25, 20], High, true),   // the first measurement was disturbed
        (100, 60, [60, 40], High, false), // a slow camera
        (16, 20, [20, 14], Low, true),
    ];
    for (interval, alone, both, want, asks) in table {
        let mut asked = Vec::new();
        let time = |qualities: &[Quality]| {
            asked.push(qualities.to_vec());
            Ok(if qualities.len() == 1 { vec![ms(alone)] } else { both.map(ms).to_vec() })
        };
        let decision = QualityDecision::measure(ms(interval), time).expect("nothing fails");
        let (high, low) = if asks { (both[0], Some(ms(both[1]))) } else { (alone, None) };
        assert_eq!(decision, QualityDecision { quality: want, interval: ms(interval), high: ms(high), low });
        let all = [vec![High], vec![High, Low]];
        assert_eq!(asked, all[..if asks { 2 } else { 1 }], "{decision}");
    }
    let decision = QualityDecision { quality: Low, interval: ms(33), high: ms(41), low: Some(ms(28)) };
    let line = "without a GPU a frame takes 41 ms at high quality, 28 ms at low; one comes every 33 ms: low \
                (--quality high overrides it)";
    assert_eq!(decision.to_string(), line);
    let decision = QualityDecision { quality: High, low: None, high: ms(21), ..decision };
    let line = "without a GPU a frame takes 21 ms at high quality; one comes every 33 ms: high (--quality low \
                overrides it)";
    assert_eq!(decision.to_string(), line);
    let lost = || Error::Gpu(GpuError::Lost { reason: "made up".into() });
    assert!(matches!(
        QualityDecision::measure(ms(33), |_| Err(lost())),
        Err(Error::Gpu(GpuError::Lost { .. }))
    ));
    for (mode, want) in [(QualityMode::Auto, High), (QualityMode::High, High), (QualityMode::Low, Low)] {
        assert_eq!(mode.for_file(), want);
    }
}

/// What may be given up is what is left to gpucam, and a bit gives up that alone.
fn asked_for() {
    let tuning = Tuning { measure_quality: false, learn_room: true, ..*gpu().tuning() };
    let gpu = open_tuned(tuning);
    let input = InputFormat::from(SIZE);
    let made = |mode, learn_room, given_up| {
        let settings = Settings { learn_room, ..settings("blur", Quality::default()) };
        let mut selector = QualitySelector::new(mode, Fps::new(60, 1));
        let load = || stand_in(&gpu);
        let (pipeline, luxuries) = selector
            .paced(&gpu, load, input, &settings, given_up, |_| panic!("measured"))
            .expect("a pipeline");
        let names: Vec<_> = luxuries.all.iter().map(|luxury| luxury.name).collect();
        let passes: Vec<_> = pipeline.recordings().iter().flat_map(|recording| recording.names()).collect();
        (names, luxuries.words(), ["room_learn", "halve"].map(|pass| passes.contains(&pass)))
    };
    let (room, edge) = ("the learnt room", "the edge's full resolution");
    let all = vec![room, edge];
    use LearnRoom::{Auto, On};
    let table = [
        (QualityMode::Auto, Auto, None, all.clone(), "", [true, false]),
        (QualityMode::Auto, Auto, Some(1), all.clone(), room, [false, false]),
        (QualityMode::Auto, Auto, Some(2), all.clone(), edge, [true, true]),
        (QualityMode::Auto, Auto, Some(3), all, &format!("{room} and {edge}"), [false, true]),
        (QualityMode::High, Auto, Some(1), vec![room], room, [false, false]),
        (QualityMode::Low, Auto, None, vec![room], "", [true, true]),
        (QualityMode::Auto, On, Some(1), vec![edge], edge, [true, true]),
        (QualityMode::High, On, None, vec![], "", [true, false]),
    ];
    for (mode, learn_room, given_up, names, words, passes) in table {
        let got = made(mode, learn_room, given_up);
        assert_eq!(got, (names, words.to_owned(), passes), "{mode:?}, {learn_room:?}, {given_up:?}");
    }
}

/// A frame with a second look may take half of the camera's interval.
fn second_look() {
    let table =
        [(33, 8, 8, Look::Twice), (33, 8, 9, Look::Once), (16, 2, 3, Look::Twice), (16, 9, 0, Look::Once)];
    for (interval, once, second, want) in table {
        let decision = LookDecision { interval: ms(interval), once: ms(once), second: ms(second) };
        assert_eq!(decision.look(), want, "{decision}");
    }
    let decision = LookDecision { interval: ms(33), once: ms(9), second: ms(14) };
    let line = "a frame takes 9.0 ms and a second look 14.0 ms; one comes every 33.0 ms: the model looks once (--look \
                twice overrides it)";
    assert_eq!(decision.to_string(), line);
}

fn settings(effect: &str, quality: Quality) -> Settings {
    let effects = effect.parse().unwrap_or_else(|error| panic!("{effect}: {error}"));
    Settings { effects, quality, smooth: Smooth::Off, ..Settings::default() }
}

fn pipeline(size: Size, effect: &str, quality: Quality) -> Pipeline {
    let settings = settings(effect, quality);
    Pipeline::new(gpu(), stand_in(gpu()), size, BT601, &settings).expect("a pipeline")
}

fn picture(pipeline: &mut Pipeline, frame: &[u8]) -> Vec<u8> {
    let mut output = vec![0xaa; frame.len()];
    pipeline.process(frame, Duration::ZERO, &mut output).expect("a frame");
    output
}

/// Mean absolute difference in codes.
fn apart(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64
}

fn recordings() {
    let names = |size, quality| -> Vec<&str> {
        let pipeline = pipeline(size, "blur", quality);
        pipeline.recordings().iter().flat_map(|recording| recording.names()).collect()
    };
    let high = names(SIZE, Quality::High);
    let mut low = names(SIZE, Quality::Low);
    assert!(!high.contains(&"halve") && !high.contains(&"enlarge"));
    assert_eq!(low.first(), Some(&"halve"), "{low:?}");
    low.retain(|name| !["halve", "enlarge"].contains(name));
    assert_eq!(low, high, "two passes more, and the others on less");
    let small = Size::new(640, 360);
    assert_eq!(names(small, Quality::Low), names(small, Quality::High));
    assert!(Quality::Low.halves(SIZE) && !Quality::High.halves(SIZE) && !Quality::Low.halves(small));
}

/// If the model finds nobody or fails, low quality shows nothing of the background.
fn nobody() {
    for size in [SIZE, Size::new(1282, 721)] {
        let frame = scene(size, 81);
        let hidden = |quality| {
            let broken = |x: Tensor<4>| {
                let zero = x.mean_dim(3) * 0.0;
                zero.clone() / zero
            };
            let reading = Reading {
                scale: 2.0,
                offset: -1.0,
                person: OutputDecoding::Logit,
                grid: OutputGrid::Centres,
            };
            let segmenter = Segmenter::from_burn(gpu(), Size::new(256, 144), reading, broken);
            let settings = settings("blur", quality);
            let mut pipeline = Pipeline::new(gpu(), segmenter, size, BT601, &settings).expect("a pipeline");
            let shown = picture(&mut pipeline, &frame);
            let alpha = pipeline.alpha().expect("alpha");
            assert!(alpha.len() == size.area() && alpha.iter().all(|&a| a == 0.0), "somebody is shown");
            shown
        };
        let (high, low) = (hidden(Quality::High), hidden(Quality::Low));
        let (near, raw) = (apart(&high, &low), apart(&low, &frame));
        note!("{size}: low is {near:.2} codes from high, {raw:.2} from the room");
        // Both are the background with the same blur, and far from the unprocessed frame.
        assert!(near <= 1.0 && raw >= 10.0 * near, "{size}: {near} from high, {raw} from the room");
    }
}

/// Every effect works at low quality and is close to its result at high.
fn every_effect() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("behind.png");
    let gradient = |x: u32, y: u32| image::Rgb([(x * 4) as u8, (y * 7) as u8, 90]);
    image::RgbImage::from_fn(64, 36, gradient).save(&file).expect("a picture");
    let image = format!("image:{}", file.display());
    let neon = concat!("custom:", env!("CARGO_MANIFEST_DIR"), "/examples/effects/neon.wgsl");
    let mut texts: Vec<&str> = vec![&image, neon, "blur:20,shape=disc"];
    texts.extend(
        effects::ALL.iter().map(|spec| spec.name).filter(|name| name.parse::<effects::Effects>().is_ok()),
    );
    assert!(texts.len() > 10, "{texts:?}");
    let frame = scene(SIZE, 82);
    for text in texts {
        let [high, low] =
            [Quality::High, Quality::Low].map(|quality| picture(&mut pipeline(SIZE, text, quality), &frame));
        let (near, raw) = (apart(&high, &low), apart(&high, &frame));
        note!("{text}: {near:.2} codes apart; {raw:.2} from the camera's");
        // The mask's edge is softer, which shows most if the output consists of the mask alone.
        let most = if ["transparent", "mask"].contains(&text) { 6.0 } else { 2.0 };
        assert!(near <= most, "{text}: {near} codes apart");
        let mut beside = low;
        beside.rotate_right(SIZE.yuyv_bytes() / 4);
        assert!(apart(&high, &beside) > most, "{text}: the control passes");
    }
}

/// Effects switched on a running pipeline are drawn at low quality too.
fn switch() {
    let frame = scene(SIZE, 83);
    let want = picture(&mut pipeline(SIZE, "blur:30", Quality::Low), &frame);
    assert!(picture(&mut pipeline(SIZE, "blur:30", Quality::High), &frame) != want, "the control passes");
    let mut pipeline = pipeline(SIZE, "blur:8", Quality::Low);
    assert!(picture(&mut pipeline, &frame) != want);
    pipeline.switch("blur:30".parse().expect("an effect"));
    let taken = (0..500).any(|_| {
        thread::sleep(ms(10));
        picture(&mut pipeline, &frame) == want
    });
    assert!(taken, "the new effect is never drawn as it is at low quality");
}

// ---- live

/// A camera that repeats one frame.
struct RepeatedFrame(Vec<u8>, u32);

impl LiveSource for RepeatedFrame {
    fn format(&self) -> VideoFormat {
        VideoFormat { size: SIZE, fps: None, colorimetry: BT601 }
    }

    fn next(&mut self, _: BorrowedFd<'_>) -> SourceEvent<'_> {
        let Some(left) = self.1.checked_sub(1) else { return SourceEvent::Ended };
        self.1 = left;
        SourceEvent::Frame { bytes: &self.0, at: sys::now(), dropped: 0 }
    }
}

/// Records the frames shown; `None` for the slate.
#[derive(Default)]
struct RecordedOutput(Vec<Option<Vec<u8>>>);

impl Output for RecordedOutput {
    fn show(&mut self, yuyv: &[u8], _: Duration) -> Result<()> {
        self.0.push(Some(yuyv.to_vec()));
        Ok(())
    }

    fn show_slate(&mut self) -> Result<()> {
        self.0.push(None);
        Ok(())
    }

    fn consumers(&mut self) -> u32 {
        1
    }
}

/// Frames that a live run shows, and the measurements it reports. The processor is created twice, as after a
/// lost GPU.
fn run(mode: QualityMode, fps: Option<Fps>, frame: &[u8]) -> (Vec<Option<Vec<u8>>>, Vec<String>) {
    let (mut output, reports) = (RecordedOutput::default(), Arc::new(Mutex::new(Vec::new())));
    let (mut selector, lines) = (QualitySelector::new(mode, fps), reports.clone());
    let make_processor = Box::new(move |input_format: InputFormat| -> Result<Box<dyn FrameProcessor>> {
        let mut make = || {
            let report =
                |decision: &QualityDecision| lines.lock().expect("no panic").push(decision.to_string());
            let settings = settings("blur", Quality::default());
            selector.pipeline(gpu(), || stand_in(gpu()), input_format, &settings, report)
        };
        make()?;
        Ok(Box::new(make()?))
    });
    let source = RepeatedFrame(frame.to_vec(), 4);
    // The mask is the frame's own at either quality.
    let rules = GuardRules { max_mask_age: ms(0), ..GuardRules::default() };
    let live = LiveLoop { size: SIZE, rules, ..live_loop(source, make_processor, &mut output) };
    live.run().expect("it ends with its input");
    let reports = reports.lock().expect("no panic").clone();
    (output.0, reports)
}

/// During the measurement only the slate is shown. Afterwards every frame equals, byte for byte, the output
/// of a new pipeline of the chosen quality, so no state of the measurement is left.
fn live() {
    let frame = scene(SIZE, 84);
    let [high, low] =
        [Quality::High, Quality::Low].map(|quality| picture(&mut pipeline(SIZE, "blur", quality), &frame));
    assert!(high != low && high != frame && low != frame);
    let without_gpu = gpu().tuning().measure_quality;
    let (hasty, patient) = (Fps::new(1000, 1), Fps::new(1, 1000));
    for (mode, fps, want, measures) in [
        (QualityMode::Auto, patient, Some(&high), without_gpu),
        (QualityMode::Auto, hasty, None, without_gpu), // whichever is faster on this machine
        (QualityMode::High, hasty, Some(&high), false),
        (QualityMode::Low, patient, Some(&low), false),
    ] {
        let (shown, reports) = run(mode, fps, &frame);
        note!("{mode:?}, {} pictures: {reports:?}", shown.iter().flatten().count());
        assert_eq!(reports.len(), usize::from(measures), "{mode:?}: {reports:?}");
        let want =
            want.unwrap_or(if reports.iter().any(|line| line.contains(": low (")) { &low } else { &high });
        assert!(shown.iter().flatten().count() >= 4, "every frame is shown");
        assert!(shown.iter().flatten().all(|yuyv| yuyv == want), "{mode:?}: another picture");
        assert_eq!(shown.last(), Some(&None), "the slate stays");
    }
}
