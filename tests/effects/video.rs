use std::{
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use gpucam::internals::{
    Error, Result, Size,
    effects::{Animated, Effects, RecordedEffects, RecordingState, VideoPlayback},
    gpu::Storage,
    video::{
        Fps, VideoFormat,
        looped::{Iteration, LoopedVideo, TimedFrame},
    },
};

use crate::{
    mirror::{Plane, Rgb, backdrop, light, replace, store::unorm16, yuyv},
    passes::words,
    support::gpu::{BT601, BT709_FULL, blob, codes_apart, gpu, noise, scene, upload},
    video::write,
};

const SIZE: Size = Size::new(64, 36);

const fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

fn patches(size: Size, seed: u64) -> Rgb {
    Plane::from_fn(size.width as usize, size.height as usize, |x, y| {
        [0, 1, 2].map(|k| noise(seed, 3 * (y / 8 * 99 + x / 8) + k))
    })
}

/// Five pictures at 10 fps, looped: each is shown at its time, as the mirror draws it.
pub fn test() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.y4m");
    for colorimetry in [BT601, BT709_FULL] {
        let pictures: Vec<_> = (0..5).map(|i| yuyv::encode(&patches(SIZE, 91 + i), colorimetry)).collect();
        // A .y4m has no field for its matrix; gpucam assumes BT.601.
        let told = gpucam::internals::Colorimetry { matrix: gpucam::internals::Matrix::Bt601, ..colorimetry };
        let coded: Vec<_> = (0..5).map(|i| yuyv::encode(&patches(SIZE, 91 + i), told)).collect();
        write(&path, VideoFormat { size: SIZE, fps: Fps::new(10, 1), colorimetry: told }, &coded);
        let bytes = scene(SIZE, 96);
        let alpha = blob(SIZE, 97).map(|[a]| [unorm16((1.4 * a - 0.2).clamp(0.0, 1.0))]);
        let background = backdrop::backdrop(&yuyv::decode_unclamped(&bytes, SIZE, colorimetry), &alpha, 12.0);
        let share = replace::share(&yuyv::decode(&bytes, SIZE, colorimetry), &alpha, 12.0);
        let mirror = |index: usize, gains: [f64; 3]| {
            let picture = &pictures[index];
            let light = replace::light(&yuyv::decode(picture, SIZE, colorimetry), 12.0, 24.0);
            let wrap = Some((&light, 0.5, gpucam::internals::passes::Blend::Screen));
            replace::replace(&bytes, SIZE, colorimetry, &alpha, (&background, &share), picture, (wrap, gains))
        };
        let decoded = yuyv::decode(&bytes, SIZE, colorimetry);
        // The person's light: the first picture's at once, then it follows within seconds.
        let mut person = None::<(u64, [f64; 3])>;
        let mut follow = |at: u64, index: usize| {
            let shown = yuyv::decode(&pictures[index], SIZE, colorimetry);
            let goal = light::light_match(&decoded, &alpha, &shown, 0.8).expect("a person");
            let (last, from) = person.unwrap_or((at, goal));
            let share = 1.0 - (-((at - last) as f64) / 3000.0).exp();
            let now = [0, 1, 2].map(|k| from[k] + share * (goal[k] - from[k]));
            person = Some((at, now));
            light::gains(now)
        };
        let effects: Effects =
            format!("video:{},wrap=0.5,match=0.8", path.display()).parse().expect("an effect");
        let frame = upload(gpu(), &bytes, SIZE, colorimetry);
        let recorded =
            RecordedEffects::record(gpu(), &frame, &words(gpu(), &alpha), None, None, &effects.blocking());
        let mut recorded = recorded.unwrap_or_else(|error| panic!("{error}"));
        // A camera's clock does not start at 0, and its rate is not the video's.
        for at in [0, 40, 99, 100, 133, 250, 499, 500, 612, 1400, 1401, 2399, 2400, 60_000] {
            assert_eq!(recorded.update(gpu(), ms(777_000 + at)).expect("a step"), RecordingState::Current);
            recorded.recording().submit(gpu());
            let got: Vec<u8> = gpu().read_storage(recorded.picture()).expect("a readable buffer");
            let index = (at / 100 % 5) as usize;
            let gains = follow(at, index);
            let off = |i: usize| codes_apart(&got, &mirror(i, gains));
            // Where the matrices differ, the video is converted in 8 bits: 2 codes more.
            let tolerance = if colorimetry == BT601 { 1 } else { 3 };
            assert!(off(index) <= tolerance, "{at} ms: {} LSB", off(index));
            assert!(off((index + 1) % 5) > 2 * tolerance, "the control passes");
            let unlit = codes_apart(&got, &mirror(index, [1.0; 3]));
            assert!(unlit > tolerance, "{at} ms: the person's light is not the video's");
        }
    }
}

/// An iteration whose pictures arrive when the test sends them.
struct SentPictures(Receiver<Result<TimedFrame>>);

impl Iteration for SentPictures {
    fn next(&mut self) -> Result<Option<TimedFrame>> {
        self.0.recv().ok().transpose()
    }
}

fn shown(value: u8) -> TimedFrame {
    TimedFrame { yuyv: vec![value; SIZE.yuyv_bytes()], duration: ms(100) }
}

/// A decoder that is late or fails leaves its last picture, and nothing waits for it.
pub fn late() {
    let (tell, told) = mpsc::channel();
    let mut rounds = vec![SentPictures(told)];
    let video = LoopedVideo::from_iterations(
        Box::new(move || match rounds.pop() {
            Some(round) => Ok(Box::new(round) as Box<dyn Iteration>),
            None => {
                Err(Error::System { what: "a second round", source: std::io::Error::other("there is none") })
            }
        }),
        SIZE,
    );
    let words = Storage::new(gpu(), "video", SIZE.yuyv_bytes() as u64);
    tell.send(Ok(shown(1))).expect("a reader");
    let mut playing =
        VideoPlayback::start(gpu(), video, words.clone(), false).expect("sound").expect("a picture");
    let mut at = |time: u64| -> u8 {
        let start = Instant::now();
        playing.update(gpu(), ms(time)).expect("a step");
        assert!(start.elapsed() < ms(5000), "it waited");
        let bytes: Vec<u8> = gpu().read_storage(&words).expect("a readable buffer");
        assert!(bytes.iter().all(|b| *b == bytes[0]), "two pictures at once");
        bytes[0]
    };
    assert_eq!([at(5000), at(5050), at(5300)], [1; 3], "the first picture stays while no other comes");
    let mut reaches = |time: u64, want: u8| {
        // The decoder's thread has to run first.
        let got = (0..500).map(|_| {
            thread::sleep(ms(10));
            at(time)
        });
        assert!(got.take_while(|got| *got <= want).any(|got| got == want), "not {want} at {time} ms");
        thread::sleep(ms(30));
        assert_eq!(at(time), want, "it races");
    };
    tell.send(Ok(shown(2))).expect("a reader");
    reaches(5310, 2);
    // Much later, several come at once: playback catches up by half a second and does not race through the
    // rest.
    reaches(90_000, 2);
    (3..6).for_each(|i| tell.send(Ok(shown(i))).expect("a reader"));
    reaches(90_010, 5);
    (6..16).for_each(|i| tell.send(Ok(shown(i))).expect("a reader"));
    reaches(90_020, 8);
    tell.send(Err(Error::System { what: "the test", source: std::io::Error::other("as it should") }))
        .expect("a reader");
    reaches(95_000, 15);
    reaches(99_000, 15);
    // Pictures after a failure are ignored.
    let _ = tell.send(Ok(shown(16)));
    reaches(99_500, 15);
}

/// A video without a picture, or that cannot be opened, is an error when the effect is recorded.
pub fn broken() {
    let nothing: LoopedVideo = LoopedVideo::from_iterations(
        Box::new(|| Ok(Box::new(SentPictures(mpsc::channel().1)) as Box<dyn Iteration>)),
        SIZE,
    );
    let words = Storage::new(gpu(), "video", SIZE.yuyv_bytes() as u64);
    assert!(VideoPlayback::start(gpu(), nothing, words.clone(), false).expect("no error").is_none());
    let error = || Error::System { what: "the test", source: std::io::Error::other("as it should") };
    let broken = LoopedVideo::from_iterations(Box::new(move || Err(error())), SIZE);
    assert!(VideoPlayback::start(gpu(), broken, words, true).is_err());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.y4m");
    for (content, say) in [
        (&b"YUV4MPEG2 W64 H36 F10:1 C422\n"[..], "it has no frame"),
        (b"nothing", "not a sound .y4m"),
        (b"YUV4MPEG2 W16384 H36 F10:1\n", "16384x36 is larger"),
    ] {
        std::fs::write(&path, content).expect("a file");
        let effects: Effects = format!("video:{}", path.display()).parse().expect("an effect");
        let frame = upload(gpu(), &scene(SIZE, 98), SIZE, BT601);
        let alpha = words_of_nobody();
        let error = RecordedEffects::record(gpu(), &frame, &alpha, None, None, &effects)
            .expect_err("it cannot be read")
            .to_string();
        assert!(error.contains("a.y4m") && error.contains(say) && !error.contains('\n'), "{error}");
    }
}

fn words_of_nobody() -> gpucam::internals::passes::Alpha {
    words(gpu(), &Plane::flat(64, 36, [0.0]))
}
