//! The room that the soak's camera shows, and what a frame at the consumer shows of it.
//!
//! The room carries two marks. The fine one is the checkerboard of `frames::MARK`, which any blur removes: where it is
//! seen, the room is. The coarse one is a number: it stays readable behind a blur and says which of the camera's frames this is. A bit is two
//! cells, of which one is brighter, so that the room looks alike whatever the number, and like nobody: the model would
//! take some patterns of larger cells for a person. Half of the bits hold the number, the others check it.

use std::str::FromStr;

use crate::frames::{self, Seen, Size, mark};

pub const SIZE: Size = Size::TINY;
const COLUMNS: usize = 16;
const ROWS: usize = 4;
const CELLS: usize = ROWS * COLUMNS;
const CELL: (usize, usize) = (SIZE.width / COLUMNS, SIZE.height / ROWS);
/// How much brighter a bright cell is.
const STEP: u8 = 40;

/// Colours that stand for the room in the soak, far from the grey of a blurred room, and their lumas by BT.601.
pub const COLOURS: [(&str, f64); 2] = [("colour:#203050", 56.3), ("colour:#303030", 57.2)];

/// Cb and Cr of the first of them; the other is grey.
const COLOURED: [u8; 2] = [144, 119];

/// The number of the moment, in steps of 50 ms: no camera here is faster. It wraps after 54 minutes.
pub fn number_at(monotonic_us: u64) -> u16 {
    (monotonic_us / 50_000) as u16
}

/// How much later a number is than another; negative if it is earlier.
pub fn later(number: u16, than: u16) -> i16 {
    number.wrapping_sub(than) as i16
}

/// The bits of a number, row by row.
fn bits(number: u16) -> u32 {
    // Not the complement alone: mirrored, that would be a number too. With this factor, no number is another one in any
    // orientation; with most factors, some are.
    let check = !(number.wrapping_mul(0x9e8d).rotate_left(7));
    u32::from(number) << 16 | u32::from(check)
}

/// Which cells of the room with a number are bright, row by row.
pub fn bright_cells(number: u16) -> [bool; CELLS] {
    let bits = bits(number);
    std::array::from_fn(|cell| (bits >> (31 - cell / 2) & 1 == 1) == cell.is_multiple_of(2))
}

/// The luma of the room with a number.
pub fn room(number: u16) -> Vec<u8> {
    let bright = bright_cells(number);
    let pixel = |x: usize, y: usize| {
        let fine = if mark(x, y) > 128 { 195 } else { 16 };
        if bright[(y / CELL.1) * COLUMNS + x / CELL.0] { fine + STEP } else { fine }
    };
    (0..SIZE.height).flat_map(|y| (0..SIZE.width).map(move |x| pixel(x, y))).collect()
}

/// The same as a frame of YUYV.
pub fn room_yuyv(number: u16) -> Vec<u8> {
    room(number).into_iter().flat_map(|luma| [luma, 128]).collect()
}

/// What a frame shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// The room, or a part of it.
    Raw,
    /// Black.
    Slate,
    /// The hidden room with the number of the camera's frame.
    Number(u16),
    /// The hidden room without a number that can be read, whichever of the camera's frames it is: of a camera without
    /// numbers, or of one whose picture was torn before gpucam blurred it, as a driver fills a buffer again that gpucam
    /// reads late.
    Hidden,
    /// One of [`COLOURS`] instead of the room.
    Colour,
    /// Bands of the slate, of the hidden room and of a colour, or two hidden rooms with a seam: a driver's buffers are the
    /// producer's, so a consumer that is slower than four frames may read one that is being written.
    Torn,
    /// None of these.
    Wrong,
}

/// A word for each, for the way from the process that watches.
impl std::fmt::Display for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Raw => write!(f, "raw"),
            Self::Slate => write!(f, "slate"),
            Self::Number(number) => write!(f, "number:{number}"),
            Self::Hidden => write!(f, "hidden"),
            Self::Colour => write!(f, "colour"),
            Self::Torn => write!(f, "torn"),
            Self::Wrong => write!(f, "wrong"),
        }
    }
}

impl FromStr for Picture {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let unknown = || format!("{word} is no class of a frame");
        match word.split_once(':') {
            Some(("number", digits)) => digits.parse().map(Self::Number).map_err(|_| unknown()),
            None if word == "raw" => Ok(Self::Raw),
            None if word == "slate" => Ok(Self::Slate),
            None if word == "hidden" => Ok(Self::Hidden),
            None if word == "colour" => Ok(Self::Colour),
            None if word == "torn" => Ok(Self::Torn),
            None if word == "wrong" => Ok(Self::Wrong),
            _ => Err(unknown()),
        }
    }
}

/// Looks at a frame of YUYV.
pub fn look(frame: &[u8]) -> Picture {
    if frame.len() != SIZE.yuyv_bytes() {
        return Picture::Wrong;
    }
    if frames::seen(frame, SIZE) == Seen::Raw {
        return Picture::Raw;
    }
    let lumas = || frame.iter().step_by(2).copied();
    let most = lumas().max().unwrap_or(0);
    let grey = frame.iter().skip(1).step_by(2).all(|chroma| (127..=129).contains(chroma));
    if most <= 17 && grey {
        return Picture::Slate;
    }
    if COLOURS.iter().any(|&(_, colour)| is_colour(lumas(), colour)) {
        return Picture::Colour;
    }
    if let Some(number) = number(frame) {
        return Picture::Number(number);
    }
    if frames::seen(frame, SIZE) == Seen::Hidden || is_plain(frame) && is_smooth(frame) {
        return Picture::Hidden;
    }
    if is_plain(frame) && is_torn(frame) { Picture::Torn } else { Picture::Wrong }
}

/// Whether these lumas are of a colour: rounded, and where a mask is nearly nothing, a few pixels keep a trace of the room.
fn is_colour(lumas: impl Iterator<Item = u8>, colour: f64) -> bool {
    let mut traces = 0;
    for luma in lumas {
        match (f64::from(luma) - colour).abs() {
            ..=5.0 => {}
            ..=20.0 => traces += 1,
            _ => return false,
        }
    }
    traces <= 32
}

/// Whether every pair of pixels is grey, or of the colour among [`COLOURS`] that is not.
fn is_plain(frame: &[u8]) -> bool {
    let near = |pair: &[u8], [cb, cr]: [u8; 2]| pair[1].abs_diff(cb) <= 3 && pair[3].abs_diff(cr) <= 3;
    frame.chunks(4).all(|pair| near(pair, [128, 128]) || near(pair, COLOURED))
}

/// Whether every row by itself is of the slate, of the hidden room, or of a colour, and not all of the same picture; it is
/// known that none shows the room.
fn is_torn(frame: &[u8]) -> bool {
    let kind = |row: &[u8]| {
        let lumas = || row.iter().step_by(2).copied();
        let (least, most) = (lumas().min().unwrap_or(0), lumas().max().unwrap_or(0));
        let is_near =
            |luma: f64| (f64::from(least) - luma).abs() <= 6.0 && (f64::from(most) - luma).abs() <= 6.0;
        match (least, most) {
            (_, ..=17) => Some(0),
            (80.., ..=210) => Some(1),
            _ => COLOURS.iter().any(|&(_, luma)| is_near(luma)).then_some(2),
        }
    };
    let kinds: Vec<_> = frame.chunks(2 * SIZE.width).map(kind).collect();
    // A row may begin as one and end as another.
    let unknown = kinds.iter().filter(|kind| kind.is_none()).count();
    let known: std::collections::BTreeSet<_> = kinds.iter().flatten().collect();
    unknown <= 2 && known.len() >= 2 || kinds.iter().all(|kind| *kind == Some(1)) && has_seam(frame)
}

/// Whether a picture is as grey as the blurred room, and nothing in it is sharp: neighbours differ by little more than the
/// 8 behind the weakest blur. A JPEG that was torn goes on with another one's brightness.
fn is_smooth(frame: &[u8]) -> bool {
    const STEP: u8 = 12;
    /// The mean of the mark, and of bright and dark cells.
    const MEAN: f64 = 125.5;
    let sum: f64 = frame.iter().step_by(2).map(|luma| f64::from(*luma)).sum();
    if (sum / (SIZE.width * SIZE.height) as f64 - MEAN).abs() > 20.0 {
        return false;
    }
    let luma = |x: usize, y: usize| frame[2 * (y * SIZE.width + x)];
    let is_near = |x: usize, y: usize| {
        let (left, above) = (luma(x.saturating_sub(1), y), luma(x, y.saturating_sub(1)));
        luma(x, y).abs_diff(left).max(luma(x, y).abs_diff(above)) <= STEP
    };
    (0..SIZE.height).all(|y| (0..SIZE.width).all(|x| is_near(x, y)))
}

/// Whether two blurred pictures meet in a row, or within one, and nowhere else: a blur changes little from row to row.
fn has_seam(frame: &[u8]) -> bool {
    const JUMP: u8 = 15;
    let rows: Vec<_> = frame.chunks(2 * SIZE.width).collect();
    let jumps = |above: &[u8], below: &[u8]| {
        let mut lumas = above.iter().step_by(2).zip(below.iter().step_by(2));
        lumas.any(|(above, below)| above.abs_diff(*below) > JUMP)
    };
    let seams: Vec<_> = (1..rows.len()).filter(|at| jumps(rows[at - 1], rows[*at])).collect();
    matches!(seams[..], [_]) || matches!(seams[..], [first, second] if second == first + 1)
}

/// The number in a frame.
fn number(frame: &[u8]) -> Option<u16> {
    /// A blur runs over a cell's edges.
    const MARGIN: (usize, usize) = (6, 11);
    let mean = |cell: usize| {
        let (left, top) = (cell % COLUMNS * CELL.0, cell / COLUMNS * CELL.1);
        let (mut sum, mut count) = (0u32, 0);
        for y in top + MARGIN.1..top + CELL.1 - MARGIN.1 {
            for x in left + MARGIN.0..left + CELL.0 - MARGIN.0 {
                sum += u32::from(frame[2 * (y * SIZE.width + x)]);
                count += 1;
            }
        }
        f64::from(sum) / f64::from(count)
    };
    read(&std::array::from_fn(mean))
}

/// Where a cell is in a picture that may be mirrored and upside down.
pub fn turned(cell: usize, (mirrored, flipped): (bool, bool)) -> usize {
    let (column, row) = (cell % COLUMNS, cell / COLUMNS);
    let column = if mirrored { COLUMNS - 1 - column } else { column };
    (if flipped { ROWS - 1 - row } else { row }) * COLUMNS + column
}

pub const ORIENTATIONS: [(bool, bool); 4] = [(false, false), (true, false), (false, true), (true, true)];

/// The number in cells of this brightness, also if the picture is mirrored or upside down.
pub fn read(cells: &[f64; CELLS]) -> Option<u16> {
    for orientation in ORIENTATIONS {
        let at = |cell: usize| cells[turned(cell, orientation)];
        let all = (0..32).fold(0u32, |all, bit| all << 1 | u32::from(at(2 * bit) > at(2 * bit + 1)));
        let number = (all >> 16) as u16;
        if bits(number) == all {
            return Some(number);
        }
    }
    None
}
