//! What can be wrong with an input, an output or a device.

use std::{
    io,
    path::{Display, Path, PathBuf},
};

use super::{control_error::ControlError, pipewire_error::PipeWireError};
use crate::{
    frame::{Size, pixel_format::PixelFormat},
    words,
};

/// What an input is called in a sentence.
fn input(path: &Path) -> Display<'_> {
    if path.as_os_str() == "-" { Path::new("standard input").display() } else { path.display() }
}

/// What an output is called in a sentence.
fn output(path: &Path) -> Display<'_> {
    if path.as_os_str() == "-" { Path::new("standard output").display() } else { path.display() }
}

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
    #[error("cannot read {path}: {reason}", path = input(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's or the decoder's words, and what to do.
        reason: String,
    },
    /// A file could not be read, in the system's words.
    #[error("cannot read {path}: {source}; {advice}", path = input(path))]
    ReadIo {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
        /// What to do.
        advice: &'static str,
    },
    /// A file could not be written.
    #[error("cannot write {path}: {reason}", path = output(path))]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's words, and what to do.
        reason: String,
    },
    /// A file could not be written, in the system's words.
    #[error("cannot write {path}: {source}", path = output(path))]
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
    /// A video to a terminal, which would show its bytes as characters.
    #[error("cannot write a video to a terminal; pipe it into a program that reads it, or name a file")]
    Terminal,
    /// The output would overwrite the input while it is being read.
    #[error("{path} is the input and the output", path = path.display())]
    SameFile {
        /// The file.
        path: PathBuf,
    },
    /// A file that should be a picture is none.
    #[error("{path} is not a picture that gpucam can read ({reason}); give a PNG, JPEG or WebP file", path = input(path))]
    Picture {
        /// The file.
        path: PathBuf,
        /// The decoder's words.
        reason: String,
    },
    /// A picture that ends before its last row.
    #[error("{path} is cut off; copy it again, or open it in another program and save it anew", path = path.display())]
    PictureCutOff {
        /// The file.
        path: PathBuf,
    },
    /// A picture with parts that contradict each other.
    #[error("{path} is damaged ({reason}); copy it again, or open it in another program and save it anew", path = path.display())]
    PictureDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
    /// Raw YUYV says nothing about its size.
    #[error("raw YUYV does not say how large its frames are, and {path} needs that", path = path.display())]
    RawSize {
        /// The file, or `-`.
        path: PathBuf,
    },
    /// Raw YUYV whose length is no whole number of frames.
    #[error("{path} has {left} left over after {frames} of {size}", path = input(path), left = count(*left, "byte"), frames = count(*frames, "frame"))]
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
    #[error("{path} is cut off inside frame {frame}, after {whole}; copy or write the file again", path = input(path), whole = count(frame.saturating_sub(1), "whole frame"))]
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
    /// ffmpeg could not write a file.
    #[error("ffmpeg cannot write {path}: {reason}; try another ending, such as .mkv, or .y4m, which needs no ffmpeg", path = path.display())]
    FfmpegWrite {
        /// The file.
        path: PathBuf,
        /// ffmpeg's last words.
        reason: String,
    },
    /// An output whose ending names no format.
    #[error("cannot write {path}: its name has no ending of a format{hint} end it in {endings}", path = path.display(), hint = nearest_ending(path, endings))]
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

/// A camera or loopback that is missing or cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// No camera anywhere.
    #[error("no camera found; plug one in")]
    NoCamera,
    /// Nodes that look like cameras and give no pictures, or none in colour.
    #[error("no camera gives pictures that gpucam can show: {nodes}")]
    NoUsableCamera {
        /// The nodes, and what each of them is.
        nodes: String,
        /// Whether libcamera could make pictures of what one of them gives.
        needs_libcamera: bool,
    },
    /// No camera has this name or index.
    #[error("there is no camera '{wanted}'; choose one of: {known}")]
    UnknownCamera {
        /// What was asked for.
        wanted: String,
        /// Index and name of those there are.
        known: String,
    },
    /// A camera that does not work as it is.
    #[error("cannot use the camera {path}: {source}", path = path.display())]
    Camera {
        /// Its node.
        path: PathBuf,
        /// Why.
        source: DeviceFault,
    },
    /// A camera that gives far fewer pictures than it promised. It works.
    #[error("{path} gives {rate:.1} pictures a second instead of {promised:.0}{}", dim(control), path = path.display())]
    SlowCamera {
        /// Its node.
        path: PathBuf,
        /// Pictures a second.
        rate: f64,
        /// Pictures a second that it promised.
        promised: f64,
        /// The name of the control that lets it expose for longer, if it has one and that is on.
        control: Option<String>,
    },
    /// There is no loopback device.
    #[error(
        "there is no virtual camera to write to; make one for good with these lines: `{INSTALL_LOOPBACK}`, `{LOOPBACK_OPTIONS}`, `{LOAD_LOOPBACK_AT_BOOT}`, `{LOAD_LOOPBACK}`"
    )]
    NoLoopback,
    /// Other programs use every loopback.
    #[error("no virtual camera is free: {taken}")]
    LoopbacksTaken {
        /// Each loopback, and who has it.
        taken: String,
    },
    /// An output device that does not work as it is.
    #[error("cannot write to {path}: {source}", path = path.display())]
    Loopback {
        /// Its node.
        path: PathBuf,
        /// Why.
        source: DeviceFault,
    },
    /// PipeWire has no camera but those that are taken only by name.
    #[error("PipeWire has no camera{}", but(others))]
    NoPipeWireCamera {
        /// Outputs of gpucam's, and loopbacks: what to type, and their names.
        others: String,
    },
    /// A camera or a virtual camera of PipeWire that cannot be used.
    #[error(transparent)]
    PipeWire(#[from] PipeWireError),
}

/// Why a device cannot be used, to follow its name and a colon.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceFault {
    /// A known program has it open.
    #[error("{name} (process {pid}) is using it; close it first")]
    UsedBy {
        /// Name of the program.
        name: String,
        /// Process ID.
        pid: u32,
    },
    /// A program of another user has it open.
    #[error("another program is using it; close it first (sudo fuser -v DEVICE names it)")]
    InUse,
    /// This user may not open it.
    #[error("{PERMISSION}")]
    Forbidden,
    /// Its node leads nowhere.
    #[error("there is no such device")]
    NoDevice,
    /// The path is no node of a video device.
    #[error("there is no such video device")]
    NoVideoDevice,
    /// A node of another kind of device.
    #[error("it is not a video device")]
    NotVideo,
    /// The system refused a call.
    #[error("{0}")]
    Io(#[source] io::Error),
    /// A loopback as the camera that has no producer.
    #[error("it is a loopback that nobody writes to, so there is nothing to see")]
    NoProducer,
    /// A node that captures no frames.
    #[error("it delivers no pictures (a camera's metadata, perhaps)")]
    NoPictures,
    /// A node that gives a sensor's raw data.
    #[error("it gives raw sensor data, which libcamera turns into pictures")]
    RawSensor,
    /// It sends nothing, or nothing for long times.
    #[error("no picture came for {seconds} seconds; gpucam {}", if *reopened { "opens it anew" } else { "waits on" })]
    Silent {
        /// How long.
        seconds: u64,
        /// Whether it is opened anew.
        reopened: bool,
    },
    /// Every picture is broken.
    #[error(
        "for {seconds} seconds it sent only broken pictures, the last of them {last}; try another cable or USB port"
    )]
    BrokenPictures {
        /// How long.
        seconds: u64,
        /// What is wrong with the last.
        last: String,
    },
    /// The bus it hangs on cannot carry its pictures (ENOSPC).
    #[error(
        "its USB bus has too little bandwidth left for pictures of this size and format; plug it into another port, away \
         from other cameras and hubs, or choose a smaller size or a compressed format"
    )]
    NoBandwidth,
    /// A USB device that no longer answers (EPIPE).
    #[error("it does not answer; unplug it and plug it in again")]
    Stalled,
    /// The input as the output.
    #[error("it is the camera too")]
    IsInput,
    /// A camera as the output.
    #[error("it is a camera")]
    IsCamera,
    /// Another device as the output.
    #[error("it is no loopback")]
    NotLoopback,
    /// It has no suitable format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// One of its controls cannot be set so.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// Anything else, and what to do.
    #[error("{0}")]
    Other(String),
}

/// Why a device's formats do not suit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// A camera without a format that gpucam reads.
    #[error("it has no format that gpucam reads")]
    NoFormat,
    /// A camera without the requested format.
    #[error("it has no such format")]
    NoSuchFormat {
        /// The formats that it has.
        offered: Vec<PixelFormat>,
    },
    /// A camera that lists no sizes.
    #[error("it names no size")]
    NoSize,
    /// A camera without the requested size.
    #[error("it has no pictures of {size}")]
    NoSuchSize {
        /// The size asked for.
        size: Size,
        /// The sizes that it has.
        offered: Vec<Size>,
    },
    /// An interlaced camera whose fields lie apart.
    #[error(
        "it gives half pictures (fields) apart, which gpucam does not join; relay it with ffmpeg into a loopback"
    )]
    Fields,
    /// A camera that chose another format than it was asked for.
    #[error("it was asked for {asked} at {asked_size} and gives {got} at {size}")]
    Changed {
        /// The fourcc asked for.
        asked: String,
        /// The size asked for.
        asked_size: Size,
        /// The fourcc that it gives.
        got: String,
        /// The size that it gives.
        size: Size,
    },
    /// A loopback that keeps an earlier format.
    #[error("{asked} was asked for and it stays with {got}, which {by} holds; close that program")]
    Kept {
        /// Fourcc and size asked for.
        asked: String,
        /// Fourcc and size that it keeps.
        got: String,
        /// The programs that hold it, as far as they are known.
        by: String,
        /// The size that would suit it, if the fourcc does.
        size: Option<Size>,
    },
    /// A loopback with padded rows.
    #[error("it wants {got} bytes a row where YUYV has {asked}; load v4l2loopback again")]
    Stride {
        /// Bytes a row that it wants.
        got: u32,
        /// Bytes of a row of YUYV.
        asked: u32,
    },
    /// A loopback whose frames are too short.
    #[error("it takes {got} bytes a frame of {asked}; load v4l2loopback again")]
    Short {
        /// Bytes a frame that it takes.
        got: u32,
        /// Bytes of a frame.
        asked: u32,
    },
}

/// The lines that make a virtual camera for good, as README has them: install the module, write down its
/// options, load it at every boot, load it now with these options.
pub const INSTALL_LOOPBACK: &str = "sudo apt install v4l2loopback-dkms";
/// The second of these lines. Four buffers keep slow programs from seeing torn pictures.
pub const LOOPBACK_OPTIONS: &str = "echo 'options v4l2loopback exclusive_caps=1 card_label=gpucam max_buffers=4' | sudo tee /etc/modprobe.d/gpucam.conf";
/// The third.
pub const LOAD_LOOPBACK_AT_BOOT: &str = "echo v4l2loopback | sudo tee /etc/modules-load.d/gpucam.conf";
/// The fourth. It fails while a program has one of the module's devices open.
pub const LOAD_LOOPBACK: &str = "sudo modprobe -r v4l2loopback; sudo modprobe v4l2loopback";

/// The options for two virtual cameras, as README has them.
pub const TWO_LOOPBACKS: &str =
    "options v4l2loopback devices=2 video_nr=10,11 card_label=gpucam,obs exclusive_caps=1,1 max_buffers=4";

/// How to relay a camera that only libcamera can read, as README has it.
pub const RELAY: &str =
    "gst-launch-1.0 libcamerasrc ! videoconvert ! video/x-raw,format=YUY2 ! v4l2sink device=/dev/video11";

/// What to do about a device that this user may not open.
pub const PERMISSION: &str =
    "opening it is not permitted; join its group with `sudo usermod -aG video $USER` and log in again";

/// Joins an ending that is none with those there are.
fn nearest_ending(path: &Path, endings: &str) -> String {
    let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
    let known = endings.split([' ', ',']).filter_map(|word| word.strip_prefix('.'));
    words::did_you_mean(&ending, known)
}

/// Cameras that are taken only by name.
fn but(others: &str) -> String {
    match others {
        "" => "; plug one in".into(),
        others => format!(
            " but gpucam's own outputs and loopbacks; name one of them after --camera if it is meant: {others}"
        ),
    }
}

/// The usual reason for a low rate.
fn dim(control: &Option<String>) -> &'static str {
    if control.is_some() { ", most likely because it exposes for longer in dim light" } else { "" }
}

/// A number with its noun.
fn count(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}
