//! Inputs and outputs: round trips, other programs as references, bad files.

use std::{fs, ops::ControlFlow, path::Path};

use gpucam::internals::{
    Colorimetry, Matrix, Range, Result, Size,
    video::{FIRST_FRAME, InputOptions, Source, VideoFormat, open_sink, open_source},
};
use libtest_mimic::Trial;

mod bad;
mod colour;
pub mod ffmpeg;
mod fit;
mod jpeg;
mod looped;
mod mask;
mod picture;
mod steady;
mod stream;
mod y4m;

pub(super) fn trials() -> Vec<Trial> {
    [
        bad::trials(),
        colour::trials(),
        ffmpeg::trials(),
        fit::trials(),
        jpeg::trials(),
        mask::trials(),
        picture::trials(),
        looped::trials(),
        steady::trials(),
        stream::trials(),
        y4m::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// All colorimetries.
const COLORIMETRIES: [Colorimetry; 4] = [
    Colorimetry { matrix: Matrix::Bt601, range: Range::Limited },
    Colorimetry { matrix: Matrix::Bt601, range: Range::Full },
    Colorimetry { matrix: Matrix::Bt709, range: Range::Limited },
    Colorimetry { matrix: Matrix::Bt709, range: Range::Full },
];

/// The default size, and one that is no multiple of a workgroup or block size.
const SIZES: [Size; 2] = [Size::new(1280, 720), Size::new(646, 362)];

/// Deterministic pseudorandom bytes.
pub(crate) fn noise(count: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..count).map(|_| next()).collect()
}

/// The format of a file in BT.601 limited without a rate.
fn format(size: Size) -> VideoFormat {
    VideoFormat { size, fps: None, colorimetry: Colorimetry::default() }
}

/// Writes all frames to a file.
pub(crate) fn write(path: &Path, format: VideoFormat, frames: &[Vec<u8>]) {
    let mut sink = open_sink(path, format, FIRST_FRAME, None).unwrap();
    for frame in frames {
        if let ControlFlow::Break(()) = sink.write(frame).unwrap() {
            break;
        }
    }
    sink.finish().unwrap();
}

/// All remaining frames.
fn all(source: &mut dyn Source) -> Result<Vec<Vec<u8>>> {
    let mut frames = Vec::new();
    while let Some(frame) = source.next()? {
        frames.push(frame.to_vec());
    }
    Ok(frames)
}

/// Format and frames of a file.
fn read(path: &Path, wanted: &InputOptions) -> (VideoFormat, Vec<Vec<u8>>) {
    let mut source = open_source(path, wanted).unwrap();
    let known = source.frames();
    let frames = all(&mut *source).unwrap();
    assert_eq!(known, Some(frames.len() as u64), "frames() of {}", path.display());
    assert!(source.next().unwrap().is_none(), "an ended source stays ended");
    (source.format(), frames)
}

/// A temporary folder.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
