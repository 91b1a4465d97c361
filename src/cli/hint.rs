//! What the user reads about an error: the library's sentence, and the argument or command that helps.

use std::{fmt, io, path::Path};

use tracing::field::{Field, Visit};
use tracing_subscriber::{
    field::{MakeVisitor, RecordFields, VisitOutput},
    fmt::{
        FormatFields,
        format::{DefaultFields, Writer},
    },
};

use crate::{
    DeviceError, DeviceFault, EffectError, Error, FormatError, FrameError, GpuError, ModelError, Size,
    VideoError,
    live::InstanceError,
    video::loopback_module::{RELAY, TWO_LOOPBACKS},
};

/// The error for a file of gpucam's own that cannot be written.
pub(super) fn not_written(path: &Path, error: &io::Error) -> Error {
    let folder = path.parent().unwrap_or(path).display();
    refused(format!(
        "cannot write {}: {error}; see the rights of {folder} with ls -ld, and the room on its disk",
        path.display()
    ))
}

/// The error that is this sentence.
pub(super) fn refused(sentence: impl Into<String>) -> Error {
    Error::Instance(InstanceError::Refused { sentence: sentence.into() })
}

/// Exit code of a command that failed.
pub(super) const FAILED: u8 = 1;
/// Exit code after arguments that can never be right, as clap has it. systemd does not start the service again then.
pub(super) const USAGE: u8 = 2;

/// The exit code for an error: [`USAGE`] for the value of a flag that is wrong whatever is plugged in, else
/// [`FAILED`].
pub(super) fn exit_code(error: &Error) -> u8 {
    let is_usage = match error {
        Error::Frame(error) => matches!(
            error,
            FrameError::Size { .. }
                | FrameError::CropSize { .. }
                | FrameError::OutputSize { .. }
                | FrameError::Crop { .. }
        ),
        Error::Model(error) => matches!(error, ModelError::Unknown { .. }),
        Error::Effect(error) => matches!(
            error,
            EffectError::Unknown { .. }
                | EffectError::Parameter { .. }
                | EffectError::AfterTransparent { .. }
        ),
        Error::Video(error) => matches!(
            error,
            VideoError::TestCard { .. }
                | VideoError::NoAlpha
                | VideoError::OutputEnding { .. }
                | VideoError::SameFile { .. }
                | VideoError::RawSize { .. }
        ),
        _ => false,
    };
    if is_usage { USAGE } else { FAILED }
}

/// The error in one sentence that ends with the next thing to type.
pub fn sentence(error: &Error) -> String {
    without_codes(&sentence_with_codes(error))
}

/// The text without the numbers that follow the system's words, as `(os error 13)`.
pub(super) fn without_codes(text: &str) -> String {
    let mut parts = text.split(" (os error ");
    let mut words = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((code, rest)) if code.bytes().all(|b| b.is_ascii_digit()) => words += rest,
            _ => words += &format!(" (os error {part}"),
        }
    }
    words
}

fn sentence_with_codes(error: &Error) -> String {
    match error {
        Error::Frame(error) => frame(error),
        Error::Gpu(error) => gpu(error),
        Error::Model(error) => model(error),
        Error::Effect(error) => effect(error),
        Error::Device(error) => device(error),
        Error::Video(error) => video(error),
        error => error.to_string(),
    }
}

fn frame(error: &FrameError) -> String {
    match error {
        FrameError::Size { .. } => format!("{error}; choose another with --size, such as 1280x720"),
        FrameError::CropSize { crop, .. } => {
            format!("{error}; choose another with --crop, such as {}", even(crop.size))
        }
        FrameError::OutputSize { size, .. } => {
            format!("{error}; choose another with --output-size, such as {}", even(*size))
        }
        FrameError::Crop { crop, picture } => format!(
            "--crop {crop} does not fit into a picture of {picture} (as it is after --rotate); choose a smaller part, or \
             one further up and to the left"
        ),
        error => error.to_string(),
    }
}

/// The nearest size that YUYV holds.
fn even(size: Size) -> Size {
    let side = |side: u32, least: u32| side.clamp(least, 8192);
    Size::new(side(size.width & !1, 2), side(size.height, 2))
}

fn gpu(error: &GpuError) -> String {
    match error {
        GpuError::UnknownAdapter { .. } => format!("{error}; `gpucam adapters` lists them"),
        GpuError::Open { .. } | GpuError::TooSmall { .. } => {
            format!("{error}; choose another with --adapter (`gpucam adapters` lists them)")
        }
        GpuError::TooLarge { what, .. } => {
            let without = match *what {
                "denoising" => "leave out --denoise, or ",
                "learnt room" => "leave out --learn-room, or ",
                _ => "",
            };
            format!("{error}; {without}make the picture smaller")
        }
        GpuError::TooWide { .. } => format!("{error}; make the picture smaller"),
        GpuError::Hung { .. } => {
            format!(
                "{error}; start gpucam again, or the machine if it persists (`sudo dmesg` shows the driver's words)"
            )
        }
        GpuError::Lost { .. } => {
            format!("{error}; start gpucam again, with another --adapter if it persists")
        }
        error => error.to_string(),
    }
}

fn model(error: &ModelError) -> String {
    match error {
        ModelError::Find { .. } => format!("{error}; check the path, or see `gpucam models` for names"),
        ModelError::NotAFile { .. } => format!("{error}; give --model the path of a .tflite file"),
        ModelError::Read { .. } | ModelError::TooLarge { .. } => {
            format!("{error}; give a .tflite file with --model, or a name that `gpucam models` lists")
        }
        ModelError::NotAModel { .. } | ModelError::Unsupported { .. } => {
            format!("{error}; `gpucam models` lists the ones that work")
        }
        ModelError::UnknownReading { .. } => {
            format!("{error}; say it with --model-output softmax:CHANNEL or background:CHANNEL")
        }
        ModelError::Unknown { .. } => format!("{error}, or give --model the path of a .tflite file"),
        ModelError::Checksum { name, .. } => format!(
            "{error}: run `gpucam models fetch {name}` if it is damaged, or give it another name if it is a model of \
             your own"
        ),
        ModelError::Missing { name } => format!(
            "the model {name} is not on this machine; run `gpucam models fetch {name}` once, or load a .tflite file"
        ),
        ModelError::Offline { name } => format!(
            "the model {name} is not on this machine and --offline forbids fetching it; run `gpucam models fetch \
             {name}` once with a network, or give --model the path of a .tflite file"
        ),
        error => error.to_string(),
    }
}

fn effect(error: &EffectError) -> String {
    match error {
        EffectError::Parameter { effect, what } => format!("--effect {effect}: {what}"),
        EffectError::AfterTransparent { effect, next } if next == "overlay" => {
            format!(
                "--effect {effect}: it writes the person alone, without an overlay; leave --effect overlay out"
            )
        }
        EffectError::AfterTransparent { effect, next } => {
            format!("--effect {effect}: it is the last of all effects; write --effect {next} before it")
        }
        error => error.to_string(),
    }
}

fn video(error: &VideoError) -> String {
    match error {
        VideoError::NoAlpha => {
            "--output-alpha knows the test card's alpha only; `gpucam mask` finds that of other inputs".into()
        }
        VideoError::WriteIo { .. } | VideoError::NoNewFiles { .. } => {
            format!("{error}; choose another place")
        }
        VideoError::WriteForbidden { path, .. } => {
            let name = path.file_name().unwrap_or_default();
            format!("{error}; choose another place, such as /tmp/{}", name.display())
        }
        VideoError::Terminal => format!("{error}: `gpucam … --output - | mpv -`, or --output FILE.y4m"),
        VideoError::SameFile { .. } => format!("{error}; name another file after --output"),
        VideoError::RawSize { path } if path.as_os_str() == "-" => "standard input is neither a picture nor .y4m; if \
             it is raw YUYV, say how large its frames are with --size 1280x720, and convert anything else: `ffmpeg -i FILE \
             -f yuv4mpegpipe - | gpucam --input -`"
            .into(),
        VideoError::RawSize { path } => format!(
            "raw YUYV does not say how large its frames are; add --size, such as --size 1280x720, to read {}",
            path.display()
        ),
        VideoError::RawLength { fitting, .. } => format!("{error}; {}", try_sizes(fitting)),
        VideoError::NoSuchFrame { path, frame, frames } => format!(
            "{} was not written: the input has {frames} frame{} and --frame asks for number {frame}; ask for a lower one",
            path.display(),
            if *frames == 1 { "" } else { "s" }
        ),
        error => error.to_string(),
    }
}

/// What to do about raw YUYV of a wrong length, if these sizes fit.
fn try_sizes(fitting: &[Size]) -> String {
    let named: Vec<_> = fitting.iter().map(|size| format!("--size {size}")).collect();
    match named.as_slice() {
        [] => "check --size, and whether the file is whole and really YUYV (2 bytes a pixel)".into(),
        [one] => format!("{one} would fit"),
        [head @ .., last] => format!("{} or {last} would fit", head.join(", ")),
    }
}

fn device(error: &DeviceError) -> String {
    match error {
        DeviceError::NoCamera => {
            format!("{error} (`gpucam devices` lists what is there), or give a file or testcard with --input")
        }
        DeviceError::NoUsableCamera { needs_libcamera: true, .. } => format!(
            "{error}; take it from PipeWire with `--camera pipewire` (its package libspa-0.2-libcamera reads such cameras), \
             or relay it into a second loopback (README, \"Other cameras\"), such as with `{RELAY}`"
        ),
        DeviceError::NoUsableCamera { .. } => {
            format!("{error}; plug in another, or name one of these with --camera if it is meant")
        }
        DeviceError::LoopbacksTaken { .. } => format!(
            "{error}; close that program, or make two of them with `{TWO_LOOPBACKS}` in /etc/modprobe.d/gpucam.conf"
        ),
        DeviceError::SlowCamera { control: Some(control), .. } => {
            format!("{error}; --camera-control {control}=0 keeps the rate, in a darker picture")
        }
        DeviceError::SlowCamera { control: None, .. } => {
            format!("{error}; more light, --format mjpg or a smaller --size may help")
        }
        DeviceError::NoLoopback => format!(
            "{error}; or start PipeWire, which needs none of them (`systemctl --user start pipewire wireplumber`), or \
             give a file with --output"
        ),
        DeviceError::Camera { source, .. } => format!("{error}{}", device_hint(source, "those there are")),
        DeviceError::Loopback { source, .. } => format!("{error}{}", device_hint(source, "the loopbacks")),
        error => error.to_string(),
    }
}

/// What to do about a device, to follow the reason; `devices` is what `gpucam devices` lists that may be meant.
fn device_hint(fault: &DeviceFault, devices: &str) -> String {
    match fault {
        DeviceFault::NoVideoDevice => format!("; `gpucam devices` lists {devices}"),
        DeviceFault::NoDevice | DeviceFault::NotVideo => "; `gpucam devices` lists those there are".into(),
        DeviceFault::Io(_) => "; `gpucam doctor` may say why".into(),
        DeviceFault::NoProducer => "; name a camera (`gpucam devices`)".into(),
        DeviceFault::RawSensor => format!(
            "; take it from PipeWire with `--camera pipewire`, or relay it into a loopback, such as with `{RELAY}`"
        ),
        DeviceFault::NoPictures => "; `gpucam devices` lists cameras".into(),
        DeviceFault::NoBandwidth => " (--size 640x360, --format mjpg)".into(),
        DeviceFault::IsInput | DeviceFault::IsCamera => {
            "; name a loopback (`gpucam devices` lists them)".into()
        }
        DeviceFault::NotLoopback => "; `gpucam devices` lists them".into(),
        DeviceFault::Format(error) => format_hint(error),
        _ => String::new(),
    }
}

/// What to do about a device's formats, to follow the reason.
pub fn format_hint(error: &FormatError) -> String {
    match error {
        FormatError::NoFormat => "; try another camera (`gpucam devices`)".into(),
        FormatError::NoSuchFormat { offered } => {
            let names: Vec<_> = offered.iter().map(|format| format.to_string().to_lowercase()).collect();
            format!("; choose --format {}", names.join(" or "))
        }
        FormatError::NoSize => "; give it one with --size, such as 640x480".into(),
        FormatError::NoSuchSize { offered, .. } => {
            let sizes: Vec<_> = offered.iter().map(Size::to_string).collect();
            format!("; choose --size {}", sizes.join(", "))
        }
        FormatError::Changed { got, size, .. } => {
            format!("; choose --size {size} --format {}", got.to_lowercase())
        }
        FormatError::Kept { size: Some(size), .. } => format!(", or give --output-size {size}"),
        _ => String::new(),
    }
}

/// Formats the fields of a log line: one that is an [`Error`] becomes its [`sentence`], before the message.
#[derive(Debug, Default)]
pub(super) struct ErrorFields(DefaultFields);

impl<'writer> FormatFields<'writer> for ErrorFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut found = ErrorVisitor::default();
        fields.record(&mut found);
        if let ErrorVisitor { sentence: Some(sentence), message: None } = &found {
            return write!(writer, "{sentence}");
        }
        let mut line = self.0.make_visitor(writer);
        match found {
            ErrorVisitor { sentence: Some(sentence), message: Some((field, message)) } => {
                line.record_debug(&field, &format_args!("{sentence}; {message}"));
            }
            _ => fields.record(&mut line),
        }
        line.finish()
    }
}

#[derive(Default)]
struct ErrorVisitor {
    sentence: Option<String>,
    message: Option<(Field, String)>,
}

impl Visit for ErrorVisitor {
    fn record_error(&mut self, _: &Field, error: &(dyn std::error::Error + 'static)) {
        self.sentence = error.downcast_ref().map(sentence);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = Some((field.clone(), format!("{value:?}")));
        }
    }
}
