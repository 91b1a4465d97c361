//! A consumer: `devices --watch DEVICE` reads a loopback in the guest, `devices --watch pipewire READER` a node of
//! PipeWire, until it is killed. A line for each frame says when it came, when it was shown, and what it shows.

use std::{
    fs,
    io::{self, Read, Write},
    process::{ChildStdout, Command, Stdio},
    sync::{
        atomic::{AtomicUsize, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::Duration,
};

use super::{
    monotonic,
    picture::{Picture, SIZE, look},
};

/// Between two attempts to begin.
const PAUSE: Duration = Duration::from_millis(200);
/// A node that shows nothing for this long may be another one by now: gpucam shows something twice a second.
const SILENCE: Duration = Duration::from_secs(4);
/// Most frames that are kept to be looked at: those that should not have come, and those that are torn.
const KEPT: usize = 4;

fn keep(kind: &str, kept: &AtomicUsize, frame: &[u8]) {
    if kept.fetch_add(1, Relaxed) < KEPT {
        let name = format!("{kind}-{}-{}x{}.yuyv", monotonic().as_millis(), SIZE.width, SIZE.height);
        let _ = fs::write(name, frame);
    }
}

fn say(shown: Duration, frame: &[u8]) -> io::Result<()> {
    static FAULTS: AtomicUsize = AtomicUsize::new(0);
    static TORN: AtomicUsize = AtomicUsize::new(0);
    let picture = look(frame);
    match picture {
        Picture::Raw | Picture::Wrong => keep("fault", &FAULTS, frame),
        Picture::Torn => keep("torn", &TORN, frame),
        _ => {}
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
    let (width, height) = (SIZE.width.to_string(), SIZE.height.to_string());
    loop {
        match reader {
            None => {
                let mut command = Command::new("./loopback");
                command.args(["watch", device, &width, &height]);
                read(command, loopback_frame)?;
            }
            // Without its node, PipeWire would link the reader with any other camera.
            Some(reader) if has_node() => {
                let mut command = Command::new(reader);
                command.args(["gpucam", &SIZE.to_string()]);
                command.env("PIPEWIRE_PROPS", "{ node.dont-reconnect = true }");
                read(command, node_frame)?;
            }
            Some(_) => {}
        }
        thread::sleep(PAUSE);
    }
}

fn has_node() -> bool {
    let mut command = Command::new("timeout");
    command.args(["5", "pw-cli", "ls", "Node"]).stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    output.is_ok_and(|text| text.contains("node.name = \"gpucam\""))
}

/// A frame, and when it was shown.
type Frame = (Duration, Vec<u8>);

fn loopback_frame(from: &mut ChildStdout) -> io::Result<Frame> {
    let (mut shown, mut length) = ([0; 8], [0; 4]);
    from.read_exact(&mut shown)?;
    from.read_exact(&mut length)?;
    let mut frame = vec![0; u32::from_ne_bytes(length) as usize];
    from.read_exact(&mut frame)?;
    Ok((Duration::from_micros(u64::from_ne_bytes(shown)), frame))
}

fn node_frame(from: &mut ChildStdout) -> io::Result<Frame> {
    let mut frame = vec![0; SIZE.yuyv_bytes()];
    from.read_exact(&mut frame)?;
    Ok((monotonic(), frame))
}

/// Until the stream ends or is silent. The error is that nobody reads what it says.
fn read(mut command: Command, next: fn(&mut ChildStdout) -> io::Result<Frame>) -> io::Result<()> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let mut from = child.stdout.take().expect("a pipe");
    let (frames, received) = mpsc::sync_channel(1);
    thread::spawn(move || {
        while let Ok(frame) = next(&mut from) {
            if frames.send(frame).is_err() {
                return;
            }
        }
    });
    let mut said = say_begin();
    while let (Ok(()), Ok((shown, frame))) = (&said, received.recv_timeout(SILENCE)) {
        said = say(shown, &frame);
    }
    drop(received);
    let _ = child.kill();
    let _ = child.wait();
    said
}
