//! Streams: raw YUYV, pipes, --frames, --fps, --size.

use std::{
    fs::{self, File},
    io::Write,
    ops::ControlFlow,
    path::Path,
};

use gpucam::internals::{
    Error, Size, VideoError,
    cli::hint::sentence,
    video::{
        Fps, InputKind, InputOptions, Sink, Source, open_source, open_stream, raw::RawSink, raw::RawSource,
        y4m::Y4mSink,
    },
};
use libtest_mimic::Trial;

use super::{SIZES, all, folder, format, noise, read, write};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("video::stream::names", names),
        test("video::stream::raw_there_and_back", raw_there_and_back),
        test("video::stream::raw_through_a_pipe", raw_through_a_pipe),
        test("video::stream::a_pipe_may_carry_y4m", a_pipe_may_carry_y4m),
        test("video::stream::a_reader_that_leaves_is_no_error", a_reader_that_leaves_is_no_error),
        test("video::stream::a_full_disk_is_an_error", a_full_disk_is_an_error),
        test("video::stream::frames_limits", frames_limits),
        test("video::stream::fps_repeats_and_leaves_out", fps_repeats_and_leaves_out),
        test("video::stream::fps_reads_fractions", fps_reads_fractions),
        test("video::stream::size_covers_and_crops", size_covers_and_crops),
    ]
}

fn names() {
    let card = |s: &str| InputKind::TestCard(Some(s.into()));
    for (name, input) in [
        ("-", InputKind::Stdin),
        ("testcard", InputKind::TestCard(None)),
        ("testcard:hair,2", card("hair,2")),
        ("testcard.png", InputKind::Picture),
        ("a/b.JPG", InputKind::Picture),
        ("a.WebP", InputKind::Picture),
        ("a.y4m", InputKind::Y4m),
        ("a.yuyv", InputKind::Raw),
        ("a.mp4", InputKind::Video),
        ("png", InputKind::Video),
    ] {
        assert_eq!(InputKind::from_name(Path::new(name)), input, "{name}");
    }
}

fn raw_there_and_back() {
    let folder = folder();
    for size in SIZES {
        let path = folder.path().join(format!("{size}.yuyv"));
        let frames: Vec<_> = (0..3).map(|i| noise(size.yuyv_bytes(), i)).collect();
        write(&path, format(size), &frames);
        assert_eq!(fs::read(&path).unwrap(), frames.concat(), "the file is the frames and nothing else");
        let wanted = InputOptions { size: Some(size), fps: Fps::new(15, 1), ..InputOptions::default() };
        let (said, back) = read(&path, &wanted);
        assert!(back == frames, "{size}");
        assert_eq!((said.size, said.fps), (size, Fps::new(15, 1)));
    }
}

fn raw_through_a_pipe() {
    let (size, frame) = (Size::new(4, 2), noise(16, 1));
    let wanted = InputOptions { size: Some(size), ..InputOptions::default() };
    let source = |bytes: Vec<u8>| {
        let (reader, mut writer) = std::io::pipe().unwrap();
        // In small pieces, as from pipes.
        bytes.chunks(5).for_each(|piece| writer.write_all(piece).unwrap());
        RawSource::new(Path::new("-"), Box::new(reader), &wanted).unwrap()
    };
    let mut whole = source(frame.repeat(3));
    assert_eq!(whole.frames(), None, "a pipe's length is not known");
    assert_eq!(all(&mut whole).unwrap(), vec![frame.clone(); 3]);

    let mut cut = source(frame.repeat(3)[..37].to_vec());
    for _ in 0..2 {
        assert_eq!(cut.next().unwrap(), Some(&frame[..]), "whole frames come before the error");
    }
    let e = cut.next().unwrap_err();
    assert!(matches!(e, Error::Video(VideoError::RawLength { frames: 2, left: 5, .. })), "{e}");
    assert!(source(Vec::new()).next().unwrap_err().to_string().contains("not one byte"));
}

fn a_pipe_may_carry_y4m() {
    let (size, frame) = (Size::new(4, 2), noise(16, 1));
    let mut y4m = Vec::new();
    let mut sink = Y4mSink::new(Path::new("-"), &mut y4m, format(size)).unwrap();
    let _ = sink.write(&frame).unwrap();
    drop(sink);
    let open = |bytes: &[u8], size| {
        let wanted = InputOptions { size, ..InputOptions::default() };
        let reader = Box::new(std::io::Cursor::new(bytes.to_vec()));
        open_stream(Path::new("-"), reader, &wanted).and_then(|mut s| all(&mut *s))
    };
    assert_eq!(open(&y4m, None).unwrap().concat(), frame);
    assert_eq!(open(&frame, Some(size)).unwrap().concat(), frame);
    for short in [0, 3] {
        let e = sentence(&open(&frame[..short], Some(size)).unwrap_err());
        assert!((e.starts_with("standard input ") || e.starts_with("cannot ")) && e.contains(';'), "{e}");
    }
    let e = open(&frame, None).unwrap_err();
    assert!(matches!(e, Error::Video(VideoError::RawSize { .. })), "{e}");
}

fn a_reader_that_leaves_is_no_error() {
    let frame = noise(16, 1);
    let check = |mut sink: Box<dyn Sink>, reader: std::io::PipeReader| {
        assert_eq!(sink.write(&frame).unwrap(), ControlFlow::Continue(()));
        drop(reader);
        assert_eq!(sink.write(&frame).unwrap(), ControlFlow::Break(()));
        assert_eq!(sink.write(&frame).unwrap(), ControlFlow::Break(()));
        sink.finish().unwrap();
    };
    let (name, said) = (Path::new("-"), format(Size::new(4, 2)));
    let (reader, writer) = std::io::pipe().unwrap();
    check(Box::new(RawSink::new(name, Box::new(writer), said)), reader);
    let (reader, writer) = std::io::pipe().unwrap();
    check(Box::new(Y4mSink::new(name, writer, said).unwrap()), reader);
}

fn a_full_disk_is_an_error() {
    let (name, said) = (Path::new("/dev/full"), format(Size::new(4, 2)));
    let mut sink = RawSink::new(name, Box::new(File::create(name).unwrap()), said);
    let e = sink.write(&noise(16, 1)).unwrap_err();
    assert!(e.to_string().contains("the disk is full"), "{e}");
    assert!(Y4mSink::new(name, File::create(name).unwrap(), said).is_err(), "the header went nowhere");
}

fn frames_limits() {
    let folder = folder();
    let (size, path) = (Size::new(8, 4), folder.path().join("a.yuyv"));
    let frames: Vec<_> = (0..5).map(|i| noise(size.yuyv_bytes(), i)).collect();
    write(&path, format(size), &frames);
    for (asked, given) in [(None, 5), (Some(0), 0), (Some(2), 2), (Some(9), 5)] {
        let (_, back) =
            read(&path, &InputOptions { size: Some(size), frames: asked, ..InputOptions::default() });
        assert!(back == frames[..given], "--frames {asked:?}");
    }
}

fn fps_repeats_and_leaves_out() {
    let folder = folder();
    let (size, path) = (Size::new(8, 4), folder.path().join("a.y4m"));
    let frames: Vec<_> = (0..7).map(|i| noise(size.yuyv_bytes(), i)).collect();
    let said = gpucam::internals::video::VideoFormat { fps: Fps::new(30, 1), ..format(size) };
    write(&path, said, &frames);
    // Each output frame i, at i/fps seconds, shows the newest input: floor(30 i / fps).
    for (fps, want) in [
        ((30, 1), vec![0, 1, 2, 3, 4, 5, 6]),
        ((15, 1), vec![0, 2, 4, 6]),
        ((60, 1), vec![0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]),
        ((20, 1), vec![0, 1, 3, 4, 6]),
        ((40, 1), vec![0, 0, 1, 2, 3, 3, 4, 5, 6, 6]),
    ] {
        let fps = Fps::new(fps.0, fps.1);
        let (got, back) = read(&path, &InputOptions { fps, ..InputOptions::default() });
        assert_eq!(got.fps, fps);
        let index: Vec<_> = back.iter().map(|f| frames.iter().position(|g| g == f).unwrap()).collect();
        assert_eq!(index, want, "30 → {fps:?}");
    }
}

fn fps_reads_fractions() {
    let read = |text: &str| text.parse::<Fps>().map(|f| (f.numerator(), f.denominator()));
    for (text, want) in [
        ("30", (30, 1)),
        ("29.97", (30000, 1001)),
        ("23.976", (24000, 1001)),
        ("59.94", (60000, 1001)),
        ("12.5", (25, 2)),
        ("30000/1001", (30000, 1001)),
        ("50/2", (25, 1)),
        ("1000/1", (1000, 1)),
    ] {
        assert_eq!(read(text), Ok(want), "{text}");
    }
    for text in ["", "fast", "0", "-5", "1/0", "0/1", "nan", "inf", "1e9", "4000000000/1", "1/4000000000"] {
        let e = read(text).unwrap_err();
        assert!(e.contains("such as 30"), "{text}: {e}");
    }
}

fn size_covers_and_crops() {
    let folder = folder();
    let path = folder.path().join("a.y4m");
    // Columns of luma 40, 80, 120, 160: a square crop of the 4:1 picture keeps the middle two.
    let (size, square) = (Size::new(64, 16), Size::new(16, 16));
    let luma = |x: usize| 40 * (1 + x / 16) as u8;
    let row: Vec<u8> = (0..32).flat_map(|p| [luma(2 * p), 128, luma(2 * p + 1), 128]).collect();
    write(&path, format(size), &[row.repeat(16)]);
    let (said, back) = read(&path, &InputOptions { size: Some(square), ..InputOptions::default() });
    assert_eq!(said.size, square);
    assert_eq!(back[0].len(), square.yuyv_bytes());
    for x in 0..16 {
        // To within one code, because scaling goes through 8-bit R'G'B'.
        let got = back[0][2 * x];
        assert!(got.abs_diff(luma(24 + x)) <= 1, "column {x}: {got}, not {}", luma(24 + x));
    }
    let odd = InputOptions { size: Some(Size::new(15, 16)), ..InputOptions::default() };
    assert!(open_source(&path, &odd).is_err());
}
