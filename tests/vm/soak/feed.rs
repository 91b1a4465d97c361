//! A camera that does what it is told: it writes MJPG into a v4l2loopback device. Runs in the guest, as
//! `devices --feed DEVICE`, and reads its orders from standard input, a line each.

use std::{
    fs::File,
    io::{self, BufRead, Write},
    ops::Range,
    process::{Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};

use super::{
    monotonic,
    picture::{SIZE, number_at, room},
    random::Random,
};

/// What is wrong with frames.
const DAMAGES: [&str; 6] = ["cut", "noise", "empty", "size", "header", "holes"];

/// Runs until standard input ends, or the driver refuses the camera.
pub fn run(device: &str) -> io::Result<()> {
    let (width, height) = (SIZE.width.to_string(), SIZE.height.to_string());
    let mut camera =
        Command::new("./loopback").args(["feed", device, &width, &height]).stdin(Stdio::piped()).spawn()?;
    let mut pipe = camera.stdin.take().expect("a pipe");
    let (orders, received) = mpsc::channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if orders.send(line).is_err() {
                return;
            }
        }
    });
    let mut random = Random::new(monotonic().as_micros() as u64);
    let mut interval = Duration::from_millis(100);
    let (mut damage, mut damaged, mut next) = (String::new(), 0u64, Instant::now());
    loop {
        match received.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Ok(order) => {
                match order.split_whitespace().collect::<Vec<_>>()[..] {
                    ["interval", ms] => interval = Duration::from_millis(ms.parse().unwrap_or(100)),
                    ["stall", ms] => next = Instant::now() + Duration::from_millis(ms.parse().unwrap_or(0)),
                    ["damage", kind, count] => {
                        (damage, damaged) = (kind.to_owned(), count.parse().unwrap_or(0));
                    }
                    _ => {}
                }
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        next = Instant::now() + interval;
        let mut frame = jpeg(&room(number_at(monotonic().as_micros() as u64)), SIZE.width, SIZE.height);
        if damaged > 0 {
            damaged -= 1;
            frame = damage_frame(&damage, frame, &mut random);
        }
        // Its end is an error here: then the device was not to be had.
        pipe.write_all(&[&(frame.len() as u32).to_ne_bytes()[..], &frame].concat())?;
    }
}

fn jpeg(luma: &[u8], width: usize, height: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
    encoder.encode(luma, width as u32, height as u32, ExtendedColorType::L8).expect("a JPEG");
    bytes
}

/// Where a JPEG's header has its tables of quantization and of Huffman codes. With other tables it is a whole picture of
/// something else, in which the model may see a person.
fn tables(jpeg: &[u8]) -> Vec<Range<usize>> {
    let (mut tables, mut at) = (Vec::new(), 2);
    while let Some(&[0xff, kind, high, low]) = jpeg.get(at..at + 4) {
        let next = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        if matches!(kind, 0xc4 | 0xdb) {
            tables.push(at + 4..next);
        }
        at = next;
    }
    tables
}

fn damage_frame(kind: &str, mut frame: Vec<u8>, random: &mut Random) -> Vec<u8> {
    let length = frame.len() as u64;
    match kind {
        "cut" => frame.truncate(random.below(length) as usize),
        "noise" => frame.iter_mut().for_each(|byte| *byte = random.next() as u8),
        "empty" => frame.truncate(2),
        // The room itself, in a size that the camera did not agree on.
        "size" => {
            let luma = room(0);
            frame = jpeg(&luma[..SIZE.width * 90], SIZE.width, 90);
        }
        "header" => {
            let tables = tables(&frame);
            for _ in 0..8 {
                let at = random.below(600.min(length)) as usize;
                if !tables.iter().any(|table| table.contains(&at)) {
                    frame[at] = random.next() as u8;
                }
            }
        }
        _ => {
            let at = random.below(length) as usize;
            let end = (at + random.between(1, 2000) as usize).min(frame.len());
            frame[at..end].fill(0x55);
        }
    }
    frame
}

/// A kind of damage.
pub fn damage(random: &mut Random) -> &'static str {
    random.one_of(&DAMAGES)
}

/// Takes memory until this much of it is left, and keeps it until it is killed. The kernel kills it first.
pub fn balloon(left_mib: u64) -> io::Result<()> {
    File::options().write(true).open("/proc/self/oom_score_adj")?.write_all(b"1000")?;
    let mut taken: Vec<Vec<u8>> = Vec::new();
    loop {
        if available_mib()? > left_mib {
            taken.push(vec![1; 4 << 20]);
        } else {
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Memory that programs could still get.
fn available_mib() -> io::Result<u64> {
    let text = std::fs::read_to_string("/proc/meminfo")?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kib.map(|kib| kib / 1024).ok_or_else(|| io::Error::other("no MemAvailable"))
}
