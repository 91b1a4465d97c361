//! A consumer: `devices --watch DEVICE` reads a loopback in the guest, `devices --watch pipewire READER` a node of
//! PipeWire, until it is killed. A line for each frame says when it came, when it was shown, and what it shows.

use std::{
    fs,
    io::{self, Read, Write},
    panic::{self, AssertUnwindSafe},
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread,
    time::Duration,
};

use v4l::{
    Device, Format,
    buffer::Type,
    io::{mmap::Stream, traits::CaptureStream},
    video::Capture,
};

use super::{
    monotonic,
    picture::{Picture, SIZE, look},
};

/// Between two attempts to begin.
const PAUSE: Duration = Duration::from_millis(200);

/// The format that gpucam gives.
const OURS: (usize, usize, &[u8; 4]) = (SIZE.width, SIZE.height, b"YUYV");
/// Most frames that are kept because they should not have come.
const KEPT: usize = 4;

fn say(shown: Duration, frame: &[u8]) -> io::Result<()> {
    static KEPT_NOW: AtomicUsize = AtomicUsize::new(0);
    let picture = look(frame);
    if matches!(picture, Picture::Raw | Picture::Wrong) && KEPT_NOW.fetch_add(1, Relaxed) < KEPT {
        let name = format!("fault-{}-{}x{}.yuyv", monotonic().as_millis(), SIZE.width, SIZE.height);
        let _ = fs::write(name, frame);
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{} {} {picture}", monotonic().as_micros(), shown.as_micros())?;
    out.flush()
}

/// Says that a new stream begins: then a driver may show what was there before.
fn say_begin() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "begin")?;
    out.flush()
}

/// Ends when nobody reads what it says.
pub fn run(device: &str, reader: Option<&str>) -> io::Result<()> {
    // A stream that cannot be ended panics when it is dropped.
    panic::set_hook(Box::new(|_| ()));
    loop {
        match reader {
            None => read_loopback(device)?,
            Some(reader) => read_node(reader)?,
        }
        thread::sleep(PAUSE);
    }
}

/// Until the stream ends or fails. The error is that nobody reads what it says.
fn read_loopback(device: &str) -> io::Result<()> {
    let Ok(device) = Device::with_path(device) else { return Ok(()) };
    // Nobody has written to it yet, and who asks for buffers now keeps the format that it happens to have.
    let is_ours =
        |format: Format| (format.width as usize, format.height as usize, &format.fourcc.repr) == OURS;
    if !Capture::format(&device).is_ok_and(is_ours) {
        return Ok(());
    }
    let Ok(mut stream) = Stream::with_buffers(&device, Type::VideoCapture, 4) else { return Ok(()) };
    stream.set_timeout(Duration::from_secs(1));
    let mut said = say_begin();
    while said.is_ok() {
        match stream.next() {
            Ok((bytes, about)) => {
                let time = about.timestamp;
                let shown = Duration::new(time.sec as u64, 1000 * time.usec as u32);
                let bytes = &bytes[..bytes.len().min(about.bytesused as usize)];
                said = say(shown, bytes);
            }
            // It waits on; the stream must not be asked for the next frame before it has one.
            Err(error) if error.kind() == io::ErrorKind::TimedOut => break,
            Err(_) => break,
        }
    }
    let _ = panic::catch_unwind(AssertUnwindSafe(|| drop(stream)));
    said
}

fn read_node(reader: &str) -> io::Result<()> {
    let mut child = Command::new(reader)
        .args(["gpucam", &SIZE.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut frames = child.stdout.take().expect("a pipe");
    let mut frame = vec![0; SIZE.yuyv_bytes()];
    let mut said = say_begin();
    while said.is_ok() && frames.read_exact(&mut frame).is_ok() {
        said = say(monotonic(), &frame);
    }
    let _ = child.kill();
    let _ = child.wait();
    said
}
