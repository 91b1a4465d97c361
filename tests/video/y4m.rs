//! YUV4MPEG2: round trips, ffmpeg as a second reader, chroma siting by hand.

use std::{fs, path::Path, process::Command};

use gpucam::internals::{
    Colorimetry, Matrix, Range, Size,
    video::{Fps, InputOptions, VideoFormat},
};
use libtest_mimic::Trial;

use super::{SIZES, ffmpeg::with_ffmpeg, folder, format, noise, read, write};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("video::y4m::there_and_back", there_and_back),
        with_ffmpeg("video::y4m::ffmpeg_reads_the_same_bytes", ffmpeg_reads_the_same_bytes),
        with_ffmpeg("video::y4m::ffmpeg_reads_the_same_header", ffmpeg_reads_the_same_header),
        with_ffmpeg("video::y4m::what_ffmpeg_writes", what_ffmpeg_writes),
        test("video::y4m::chroma_of_420_lies_between_rows", chroma_of_420_lies_between_rows),
        test("video::y4m::chroma_of_others", chroma_of_others),
        test("video::y4m::odd_width_and_frame_parameters", odd_width_and_frame_parameters),
    ]
}

fn there_and_back() {
    let folder = folder();
    for size in SIZES {
        for range in [Range::Limited, Range::Full] {
            let path = folder.path().join("a.y4m");
            let said = VideoFormat {
                size,
                fps: Fps::new(30000, 1001),
                colorimetry: Colorimetry { matrix: Matrix::Bt601, range },
            };
            let frames: Vec<_> = (0..3).map(|i| noise(size.yuyv_bytes(), i)).collect();
            write(&path, said, &frames);
            let (got, back) = read(&path, &InputOptions::default());
            assert_eq!(got, said);
            assert!(back == frames, "{size} {range:?}");
        }
    }
}

/// A file decoded to YUYV by ffmpeg.
fn through_ffmpeg(path: &Path) -> Vec<u8> {
    let out = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(path)
        .args(["-f", "rawvideo", "-pix_fmt", "yuyv422", "-"])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

fn ffmpeg_reads_the_same_bytes() {
    let folder = folder();
    for size in SIZES {
        let path = folder.path().join("a.y4m");
        let mut frames: Vec<_> = (0..3).map(|i| noise(size.yuyv_bytes(), i)).collect();
        write(&path, format(size), &frames);
        let got = through_ffmpeg(&path);
        assert!(got == frames.concat(), "{size}");
        frames[1][4] ^= 1;
        assert!(got != frames.concat(), "{size}: the control passed");
    }
}

fn ffmpeg_reads_the_same_header() {
    let folder = folder();
    for (range, name) in [(Range::Limited, "tv"), (Range::Full, "pc")] {
        let path = folder.path().join("a.y4m");
        let colorimetry = Colorimetry { matrix: Matrix::Bt601, range };
        let size = Size::new(646, 362);
        let said = VideoFormat { size, fps: Fps::new(24000, 1001), colorimetry };
        write(&path, said, &[noise(size.yuyv_bytes(), 1)]);
        let out = Command::new("ffprobe")
            .args(["-v", "error", "-of", "csv=p=0", "-show_entries"])
            .arg("stream=width,height,pix_fmt,color_range,r_frame_rate")
            .arg(&path)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&out.stdout);
        let mut got: Vec<_> = text.trim().split(',').collect();
        let mut want = vec!["646", "362", "24000/1001", name];
        // ffmpeg also encodes full range in the name of the pixel format.
        got.retain(|v| !v.starts_with("yuv"));
        got.sort_unstable();
        want.sort_unstable();
        assert_eq!(got, want);
    }
}

fn what_ffmpeg_writes() {
    let folder = folder();
    let path = folder.path().join("a.y4m");
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=322x182:r=25:d=0.2"])
        .args(["-pix_fmt", "yuv420p"])
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success());
    let (said, back) = read(&path, &InputOptions::default());
    assert_eq!((said.size, said.fps, back.len()), (Size::new(322, 182), Fps::new(25, 1), 5));
    let theirs = through_ffmpeg(&path);
    // Luma is identical. ffmpeg repeats chroma rows where we interpolate, so chroma is equal on average.
    let ours = back.concat();
    assert!(ours.iter().step_by(2).eq(theirs.iter().step_by(2)), "luma");
    let mean =
        |v: &[u8], at| v.iter().skip(at).step_by(4).map(|&c| f64::from(c)).sum::<f64>() / v.len() as f64;
    for at in [1, 3] {
        assert!((mean(&ours, at) - mean(&theirs, at)).abs() < 0.1, "chroma {at}");
    }
    assert!((mean(&ours, 1) - mean(&theirs, 3)).abs() > 0.1, "Cb and Cr could be swapped unseen");
}

/// Reads one frame with this chroma tag and these planes.
fn one(tag: &str, size: Size, planes: &[u8]) -> Vec<u8> {
    let folder = folder();
    let path = folder.path().join("a.y4m");
    let header = format!("YUV4MPEG2 W{} H{} F25:1{tag}\nFRAME\n", size.width, size.height);
    fs::write(&path, [header.as_bytes(), planes].concat()).unwrap();
    read(&path, &InputOptions::default()).1.remove(0)
}

fn chroma_of_420_lies_between_rows() {
    // 2 wide, 6 high: chroma rows 0, 1, 2 lie at luma rows 0.5, 2.5, 4.5. Cb 40, 80, 200; Cr 240, 100, 20.
    let planes: Vec<u8> = [(10..22).collect(), vec![40, 80, 200], vec![240, 100, 20]].concat();
    // Row 1 lies a quarter of the way from 0.5 to 2.5: 40 + 10. Rows 0 and 5 lie outside and are clamped.
    let (cb, cr) = ([40, 50, 70, 110, 170, 200], [240, 205, 135, 80, 40, 20]);
    for tag in ["", " C420", " C420jpeg", " C420mpeg2"] {
        let got = one(tag, Size::new(2, 6), &planes);
        let want: Vec<u8> = (0..6).flat_map(|y| [10 + 2 * y as u8, cb[y], 11 + 2 * y as u8, cr[y]]).collect();
        assert_eq!(got, want, "{tag}");
    }
    // Control: PAL-DV chroma lies on the even rows and gives other numbers.
    let got = one(" C420paldv", Size::new(2, 6), &planes);
    let column = |at: usize| got.iter().skip(at).step_by(4).copied().collect::<Vec<_>>();
    assert_eq!(column(1), [40, 60, 80, 140, 200, 200]);
    assert_eq!(column(3), [240, 170, 100, 60, 20, 20]);
    // An odd height has one more chroma row than pairs of rows.
    let planes: Vec<u8> = [(10..16).collect(), vec![40, 80], vec![240, 100]].concat();
    assert_eq!(one("", Size::new(2, 3), &planes), [10, 40, 11, 240, 12, 50, 13, 205, 14, 70, 15, 135]);
}

fn chroma_of_others() {
    let size = Size::new(4, 1);
    assert_eq!(one(" C422", size, &[1, 2, 3, 4, 5, 6, 7, 8]), [1, 5, 2, 7, 3, 6, 4, 8]);
    let full = [1, 2, 3, 4, 10, 20, 30, 41, 50, 60, 70, 80];
    assert_eq!(one(" C444", size, &full), [1, 15, 2, 55, 3, 36, 4, 75], "the mean of two");
    assert_eq!(one(" Cmono", size, &[1, 2, 3, 4]), [1, 128, 2, 128, 3, 128, 4, 128]);
}

fn odd_width_and_frame_parameters() {
    let size = Size::new(3, 2);
    let planes = [1, 2, 9, 3, 4, 9, 5, 99, 6, 98, 7, 97, 8, 96];
    assert_eq!(one(" C422", size, &planes), [1, 5, 2, 7, 3, 6, 4, 8], "the last column is left out");

    let folder = folder();
    let path = folder.path().join("a.y4m");
    let text = b"YUV4MPEG2 W2 H1 F25:1 Ip A0:0 C422 Xanything\nFRAME Ip Xfoo\nABCDFRAME\nEFGH";
    fs::write(&path, text).unwrap();
    let mut source = gpucam::internals::video::open_source(&path, &InputOptions::default()).unwrap();
    assert_eq!(super::all(&mut *source).unwrap(), [b"ACBD", b"EGFH"]);
}
