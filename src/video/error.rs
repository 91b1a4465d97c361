//! What can be wrong with an input, an output or a device.

use std::{io, path::PathBuf};

use crate::frame::Size;

/// An input that cannot be read, or an output that cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VideoError {
    /// Standard output is closed: whoever read it has seen enough. Success, for the command.
    #[error("the reader of standard output has left")]
    BrokenPipe,
    /// A test card that does not exist, or its alpha asked of another input.
    #[error("{reason}")]
    TestCard {
        /// What is wrong, and what there is.
        reason: String,
    },
    /// Exact alpha of an input that is no test card.
    #[error("only the test card knows its alpha")]
    NoAlpha,
    /// A file could not be read.
    #[error("cannot read {path}: {reason}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's or the decoder's words, and what to do.
        reason: String,
    },
    /// A file could not be read, in the system's words.
    #[error("cannot read {path}: {source}; {advice}", path = path.display())]
    ReadIo {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
        /// What to do.
        advice: &'static str,
    },
    /// A file could not be written.
    #[error("cannot write {path}: {reason}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's words, and what to do.
        reason: String,
    },
    /// A file could not be written, in the system's words.
    #[error("cannot write {path}: {source}", path = path.display())]
    WriteIo {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder where this user may not write.
    #[error("cannot write {path}: writing in {folder} is not permitted", path = path.display(), folder = folder.display())]
    WriteForbidden {
        /// The file.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// A folder in which no file can be made, such as /proc.
    #[error("cannot write {path}: {folder} takes no new files", path = path.display(), folder = folder.display())]
    NoNewFiles {
        /// The file.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// The output would overwrite the input while it is being read.
    #[error("{path} is the input and the output", path = path.display())]
    SameFile {
        /// The file.
        path: PathBuf,
    },
    /// A file that should be a picture is none.
    #[error("{path} is not a picture that gpucam can read ({reason}); give a PNG, JPEG or WebP file", path = path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// The decoder's words.
        reason: String,
    },
    /// Raw YUYV says nothing about its size.
    #[error("raw YUYV does not say how large its frames are, and {path} needs that", path = path.display())]
    RawSize {
        /// The file, or `-`.
        path: PathBuf,
    },
    /// Raw YUYV whose length is no whole number of frames.
    #[error("{path} has {left} left over after {frames} of {size}", path = path.display(), left = count(*left, "byte"), frames = count(*frames, "frame"))]
    RawLength {
        /// The file, or `-`.
        path: PathBuf,
        /// The size given.
        size: Size,
        /// Whole frames in the file.
        frames: u64,
        /// Bytes after the last whole frame.
        left: u64,
        /// Common sizes that would fit.
        fitting: Vec<Size>,
    },
    /// A stream that breaks YUV4MPEG2.
    #[error("{path} is not a sound .y4m stream: {reason}; write it anew with: ffmpeg -i INPUT -pix_fmt yuv422p {path}", path = path.display())]
    Y4m {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A .y4m whose samples gpucam does not read.
    #[error("{path} has colour space C{name}, and gpucam reads 8-bit C420, C422, C444 and Cmono; convert it with: ffmpeg -i {path} -pix_fmt yuv422p converted.y4m", path = path.display())]
    Y4mColour {
        /// The file.
        path: PathBuf,
        /// The tag after `C`.
        name: String,
    },
    /// A stream that ends inside a frame.
    #[error("{path} is cut off inside frame {frame}, after {whole}; copy or write the file again", path = path.display(), whole = count(frame.saturating_sub(1), "whole frame"))]
    CutOff {
        /// The file.
        path: PathBuf,
        /// The broken frame, counted from 1.
        frame: u64,
    },
    /// A video needs ffmpeg, and there is none.
    #[error("{path} needs the ffmpeg program, which is not installed; install it with: sudo apt install ffmpeg", path = path.display())]
    FfmpegMissing {
        /// The file.
        path: PathBuf,
    },
    /// ffmpeg could not read a file.
    #[error("ffmpeg cannot read {path}: {reason}; see whether ffplay shows it", path = path.display())]
    Ffmpeg {
        /// The file.
        path: PathBuf,
        /// ffmpeg's last words.
        reason: String,
    },
    /// An output whose ending names no format.
    #[error("gpucam does not know how to write {path}; end its name in {endings}", path = path.display())]
    OutputEnding {
        /// The file.
        path: PathBuf,
        /// What works, as words.
        endings: &'static str,
    },
    /// The input ended before the frame that was to be kept.
    #[error("{path} was not written: the input has {frames}, not {frame}; ask for an earlier one", path = path.display(), frames = count(*frames, "frame"))]
    NoSuchFrame {
        /// The picture.
        path: PathBuf,
        /// The frame asked for, counted from 1.
        frame: u64,
        /// Frames seen.
        frames: u64,
    },
    /// An .npy file that is not a model's input.
    #[error("{path} {reason}; save it with: numpy.save(name, x.astype('float32')) where x has the shape [h, w, 3]", path = path.display())]
    Npy {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// A number with its noun.
fn count(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}
