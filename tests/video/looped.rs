//! Looped videos and animations: durations, rates, ends and errors.

use std::{fs::File, time::Duration};

use gpucam::internals::{
    Colorimetry, Error, Size, VideoError, Yuyv,
    video::{
        Fit, Fps, VideoFormat,
        looped::{LoopedVideo, TimedFrame},
    },
};
use image::{Delay, Frame, RgbImage, Rgba, RgbaImage, codecs::gif::GifEncoder};
use libtest_mimic::Trial;

use super::{ffmpeg::with_ffmpeg, folder, format, noise, write};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("video::looped::gif", gif),
        test("video::looped::one_picture", one_picture),
        test("video::looped::y4m", y4m),
        test("video::looped::dies", dies),
        with_ffmpeg("video::looped::through_ffmpeg", through_ffmpeg),
        with_ffmpeg("video::looped::apng", apng),
    ]
}

const SIZE: Size = Size::new(32, 18);

fn open(path: &std::path::Path, fit: Fit) -> LoopedVideo {
    LoopedVideo::open(path, VideoFormat { size: SIZE, fps: None, colorimetry: Colorimetry::default() }, fit)
}

fn pictures(video: &LoopedVideo, count: usize) -> Vec<TimedFrame> {
    (0..count).map(|_| video.wait().unwrap().expect("another picture")).collect()
}

fn grey(value: u8) -> [u8; 2] {
    let bytes = Yuyv::from_rgb8(Size::new(2, 1), Colorimetry::default(), &[value; 6]).bytes;
    [bytes[0], bytes[1]]
}

/// Frames have their own durations, 100 ms if they have none, and black behind transparency.
fn gif() {
    let folder = folder();
    let path = folder.path().join("a.gif");
    let mut encoder = GifEncoder::new(File::create(&path).unwrap());
    for (value, delay) in [(40, 50), (120, 200), (250, 0)] {
        let picture = RgbaImage::from_pixel(32, 18, Rgba([value, value, value, 255]));
        let delay = Delay::from_saturating_duration(Duration::from_millis(delay));
        encoder.encode_frame(Frame::from_parts(picture, 0, 0, delay)).unwrap();
    }
    drop(encoder);
    let shown = pictures(&open(&path, Fit::Cover), 7);
    let times: Vec<_> = shown.iter().map(|s| s.duration.as_millis()).collect();
    assert_eq!(times, [50, 200, 100, 50, 200, 100, 50]);
    for (shown, value) in shown.iter().zip([40, 120, 250].into_iter().cycle()) {
        assert!(shown.yuyv.chunks(2).all(|p| p[0].abs_diff(grey(value)[0]) <= 1 && p[1].abs_diff(128) <= 1));
    }
}

/// A still picture is given once and stays.
fn one_picture() {
    let folder = folder();
    for name in ["a.png", "a.gif", "a.webp", "a.jpg"] {
        let path = folder.path().join(name);
        RgbImage::from_pixel(16, 18, image::Rgb([200; 3])).save(&path).unwrap();
        let video = open(&path, Fit::Contain);
        let first = video.wait().unwrap().expect("a picture").yuyv;
        assert_eq!(video.wait().unwrap(), None, "{name}");
        // 16 of the 32 columns, with black beside them.
        assert_eq!((first[0], first[2 * 31]), (16, 16), "{name}");
        assert!(first[2 * 16].abs_diff(grey(200)[0]) <= 1, "{name}: {}", first[2 * 16]);
    }
}

fn y4m() {
    let folder = folder();
    let path = folder.path().join("a.y4m");
    let frames: Vec<_> = (0..3).map(|i| noise(SIZE.yuyv_bytes(), 20 + i)).collect();
    write(&path, VideoFormat { fps: Fps::new(30000, 1001), ..format(SIZE) }, &frames);
    let shown = pictures(&open(&path, Fit::Cover), 8);
    assert!(shown.iter().zip(frames.iter().cycle()).all(|(s, f)| s.yuyv == *f));
    let round: Duration = shown[..3].iter().map(|s| s.duration).sum();
    assert!(
        round.abs_diff(Duration::from_secs_f64(3.0 * 1001.0 / 30000.0)) < Duration::from_nanos(3),
        "{round:?}"
    );
    // 120 frames per second are reduced to 60.
    write(&path, VideoFormat { fps: Fps::new(120, 1), ..format(SIZE) }, &frames);
    let shown = pictures(&open(&path, Fit::Cover), 2);
    assert!(shown[0].yuyv == frames[0] && shown[1].yuyv == frames[2]);
}

/// A truncated file gives its complete frames, then its error, then nothing.
fn dies() {
    let folder = folder();
    let path = folder.path().join("a.y4m");
    let frames: Vec<_> = (0..3).map(|i| noise(SIZE.yuyv_bytes(), 30 + i)).collect();
    write(&path, format(SIZE), &frames);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 100]).unwrap();
    let video = open(&path, Fit::Cover);
    assert_eq!(pictures(&video, 2).len(), 2);
    assert!(matches!(video.wait(), Err(Error::Video(VideoError::CutOff { frame: 3, .. }))));
    assert_eq!(video.wait().unwrap(), None);
    assert_eq!(video.next().unwrap(), None);
    let video = open(&folder.path().join("none.mp4"), Fit::Cover);
    assert!(matches!(video.wait(), Err(Error::Video(VideoError::Read { .. }))));
}

/// Every fit, at the video's rate, looped without a pause; ffmpeg ends with its reader.
fn through_ffmpeg() {
    let folder = folder();
    let path = folder.path().join("a.mkv");
    // 40 × 10, white on the left, grey on the right, 12 frames per second.
    let card = "color=c=white:s=40x10:r=12:d=0.5,format=gbrp,geq=r='if(lt(X,20),255,100)':g='if(lt(X,20),255,100)':b='if(lt(X,20),255,100)'";
    super::ffmpeg::make(&path, &[card, "-c:v", "ffv1"]);
    for (fit, want) in [
        // Luma at the left edge, in the middle of the left and of the right half, and at the top.
        (Fit::Cover, [235, 235, 102, 235]),
        (Fit::Contain, [235, 235, 102, 16]),
        (Fit::Stretch, [235, 235, 102, 235]),
        (Fit::Tile, [235, 235, 102, 235]),
    ] {
        let video = open(&path, fit);
        let shown = pictures(&video, 20);
        assert!(shown.iter().all(|s| s.yuyv.len() == SIZE.yuyv_bytes()));
        let luma = |x: usize, y: usize| shown[19].yuyv[2 * (32 * y + x)];
        let right = if fit == Fit::Tile { 28 } else { 24 };
        let got = [luma(1, 9), luma(8, 9), luma(right, 9), luma(8, 1)];
        let off = got.iter().zip(want).map(|(a, b): (&u8, u8)| a.abs_diff(b)).max().unwrap();
        assert!(off <= 3, "{fit:?}: {got:?}, not {want:?}");
        let twelve: Duration = shown[..12].iter().map(|s| s.duration).sum();
        assert!(twelve.abs_diff(Duration::from_secs(1)) < Duration::from_micros(1), "{twelve:?}");
    }
}

/// An animated PNG, and an animated WebP if this ffmpeg can write one.
fn apng() {
    let folder = folder();
    for (name, options) in
        [("a.apng", &["-f", "apng", "-plays", "0"][..]), ("a.webp", &["-loop", "0", "-lossless", "1"])]
    {
        let path = folder.path().join(name);
        let card = "nullsrc=s=32x18:r=5:d=0.6,format=rgba,geq=r='60+60*N':g='60+60*N':b='60+60*N':a=255";
        if !super::ffmpeg::try_make(&path, &[&[card][..], options].concat()) {
            continue;
        }
        let shown = pictures(&open(&path, Fit::Cover), 5);
        assert!(
            shown.iter().all(|s| s.duration == Duration::from_millis(200)),
            "{name}: {:?}",
            shown[0].duration
        );
        for (shown, value) in shown.iter().zip([60, 120, 180].into_iter().cycle()) {
            assert!(shown.yuyv[0].abs_diff(grey(value)[0]) <= 1, "{name}: {}", shown.yuyv[0]);
        }
    }
}
