//! Frames that consumers recorded, and what they show.

use std::{
    fmt,
    io::{self, Read, Write},
    str::FromStr,
};

/// Size of a YUYV or NV12 frame in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    pub width: usize,
    pub height: usize,
}

impl Size {
    pub const HD: Self = Self { width: 1280, height: 720 };
    pub const SMALL: Self = Self { width: 640, height: 360 };
    /// Small enough for a busy machine without a GPU to blur in time.
    pub const TINY: Self = Self { width: 320, height: 180 };

    pub fn yuyv_bytes(self) -> usize {
        2 * self.width * self.height
    }

    pub fn nv12_bytes(self) -> usize {
        self.width * self.height * 3 / 2
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sides = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
        let (width, height) = sides.ok_or_else(|| format!("{text} is no size such as 640x360"))?;
        Ok(Self { width, height })
    }
}

/// Y, Cb, Cr codes.
pub type Codes = [f64; 3];

/// Splits a recording into frames. Fails if there are none or the last one is incomplete.
#[track_caller]
pub fn split(bytes: &[u8], frame: usize) -> Vec<&[u8]> {
    assert!(!bytes.is_empty(), "no frame came");
    assert_eq!(
        bytes.len() % frame,
        0,
        "{} bytes are no whole number of frames of {frame} bytes",
        bytes.len()
    );
    bytes.chunks(frame).collect()
}

/// Codes of a pixel of YUYV.
pub fn yuyv(frame: &[u8], size: Size, x: usize, y: usize) -> Codes {
    let pair = 2 * (y * size.width + x / 2 * 2);
    [frame[pair + 2 * (x % 2)], frame[pair + 1], frame[pair + 3]].map(f64::from)
}

/// Codes of a pixel of NV12.
pub fn nv12(frame: &[u8], size: Size, x: usize, y: usize) -> Codes {
    let chroma = size.width * size.height + y / 2 * size.width + x / 2 * 2;
    [frame[y * size.width + x], frame[chroma], frame[chroma + 1]].map(f64::from)
}

/// vivid's pattern "100% Colorbar": eight bars of equal width in this order, R'G'B'.
pub const BARS: [[f64; 3]; 8] = [
    [1.0, 1.0, 1.0],
    [1.0, 1.0, 0.0],
    [0.0, 1.0, 1.0],
    [0.0, 1.0, 0.0],
    [1.0, 0.0, 1.0],
    [1.0, 0.0, 0.0],
    [0.0, 0.0, 1.0],
    [0.0, 0.0, 0.0],
];

/// A YUYV frame of the bars in BT.601, limited range.
pub fn bars(size: Size) -> Vec<u8> {
    let pixel = |x: usize| BARS.map(bt601)[x * 8 / size.width].map(|code| code.round() as u8);
    let pair = |x: usize| [pixel(x)[0], pixel(x)[1], pixel(x + 1)[0], pixel(x)[2]];
    let row: Vec<u8> = (0..size.width).step_by(2).flat_map(pair).collect();
    row.repeat(size.height)
}

/// R'G'B' as limited-range codes of ITU-R BT.601-7, clauses 2.5.1 to 2.5.3.
pub fn bt601([r, g, b]: [f64; 3]) -> Codes {
    let y = 0.299 * r + 0.587 * g + 0.114 * b;
    [16.0 + 219.0 * y, 128.0 + 224.0 * (b - y) / 1.772, 128.0 + 224.0 * (r - y) / 1.402]
}

/// Largest difference in codes between a frame's bars and `want`. Leaves out the bars' edges, where chroma is
/// shared.
pub fn bar_error(size: Size, want: [Codes; 8], pixel: impl Fn(usize, usize) -> Codes) -> f64 {
    let bar = size.width / 8;
    let mut worst = 0.0f64;
    for y in (0..size.height).step_by(8) {
        for x in (0..size.width).filter(|x| (8..bar - 8).contains(&(x % bar))) {
            let (got, want) = (pixel(x, y), want[x / bar]);
            worst = (0..3).map(|c| (got[c] - want[c]).abs()).fold(worst, f64::max);
        }
    }
    worst
}

/// What a frame shows of a background that carries the mark.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Seen {
    /// The background, or a part of it.
    Raw,
    /// The background, blurred: the mean of the mark without the mark.
    Hidden,
    /// Neither: the slate that gpucam shows instead.
    Slate,
}

/// vivid's number of the test pattern used as the mark: a checkerboard of 2×2 pixels, black and white.
pub const MARK: u32 = 11;

const WHITE: u8 = 235;

/// Luma of a pixel of the mark.
pub fn mark(x: usize, y: usize) -> u8 {
    if (x / 2 + y / 2).is_multiple_of(2) { WHITE } else { 16 }
}

/// Looks for the mark in a YUYV frame.
///
/// Correlates the luma of each 16×16 block with the checkerboard in each of its four phases. If the mark is
/// visible, the correlation is half of white − black: 109.5 codes. Edges of letters and persons cancel out,
/// and blur leaves nothing. A quarter of that value in one block counts as raw.
pub fn seen(frame: &[u8], size: Size) -> Seen {
    const BLOCK: usize = 16;
    const AREA: f64 = (BLOCK * BLOCK) as f64;
    const FAINT: f64 = 109.5 / 4.0;
    let mut blocks = Vec::new();
    for top in (0..=size.height - BLOCK).step_by(BLOCK) {
        for left in (0..=size.width - BLOCK).step_by(BLOCK) {
            // Sum of luma per position in a tile of the mark, which repeats every four pixels.
            let mut tile = [0i32; 16];
            for (x, y) in (0..BLOCK * BLOCK).map(|i| (left + i % BLOCK, top + i / BLOCK)) {
                tile[4 * (y % 4) + x % 4] += i32::from(frame[2 * (y * size.width + x)]);
            }
            let correlation = |place: usize| -> i32 {
                let sign =
                    |i: usize| if mark(i % 4 + place % 2, i / 4 + place / 2) == WHITE { 1 } else { -1 };
                tile.iter().enumerate().map(|(i, luma)| sign(i) * luma).sum()
            };
            if (0..4).any(|place| f64::from(correlation(place).abs()) / AREA > FAINT) {
                return Seen::Raw;
            }
            blocks.push(f64::from(tile.iter().sum::<i32>()) / AREA);
        }
    }
    // The mean of the mark is 125.5; blurred in linear light it would be 185.
    let grey = blocks.iter().filter(|mean| (115.0..195.0).contains(*mean)).count();
    if 10 * grey > 9 * blocks.len() { Seen::Hidden } else { Seen::Slate }
}

/// Writes a letter for each frame of a stream: r (raw), h (hidden) or s (slate). Runs in the guest, behind a
/// consumer.
pub fn write_classes(size: Size, mut frames: impl Read, mut letters: impl Write) -> io::Result<()> {
    let mut frame = vec![0; size.yuyv_bytes()];
    while let Ok(()) = frames.read_exact(&mut frame) {
        let letter = match seen(&frame, size) {
            Seen::Raw => b'r',
            Seen::Hidden => b'h',
            Seen::Slate => b's',
        };
        letters.write_all(&[letter])?;
        // The script waits for single letters.
        letters.flush()?;
    }
    Ok(())
}

/// Sequence numbers and timestamps in seconds, as `v4l2-ctl --verbose` prints them: "… seq: 3 … ts: 12.345678
/// …". It does not print timestamps that the producer set ("ts-copy"); arrivals.c does.
#[track_caller]
pub fn times(log: &str) -> Vec<(u64, f64)> {
    let after = |line: &str, key: &str| line.split(key).nth(1)?.split_whitespace().next().map(str::to_string);
    let times: Vec<_> = log
        .lines()
        .filter(|line| line.contains("dqbuf:"))
        .filter_map(|line| Some((after(line, "seq:")?.parse().ok()?, after(line, "ts:")?.parse().ok()?)))
        .collect();
    assert!(!times.is_empty(), "no times in\n{log}");
    times
}

/// Sequence numbers, timestamps and times of arrival, in seconds, as arrivals.c prints them.
#[track_caller]
pub fn arrivals(text: &str) -> Vec<(u64, f64, f64)> {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        Some((words.first()?.parse().ok()?, words.get(1)?.parse().ok()?, words.get(2)?.parse().ok()?))
    };
    text.lines().map(|text| line(text).unwrap_or_else(|| panic!("no times: {text}"))).collect()
}

/// Whether each time is later than the one before.
pub fn rising(times: &[(u64, f64)]) -> bool {
    times.windows(2).all(|pair| pair[0].1 < pair[1].1)
}
