//! Whether a JPEG is whole: a walk over its markers and its entropy-coded data, without computing a pixel.
//!
//! Decoders fill what is missing with grey and report success, which suits a viewer of photos. A camera sends
//! such frames whenever its connection loses bytes. The walk reads every Huffman code, so it notices data
//! that end early, codes that do not exist, and blocks, coefficients or bytes too many. It cannot notice a
//! changed bit that gives another valid picture.

use std::{array, borrow::Cow};

mod entropy;
mod tables;

use entropy::{Bits, HuffmanTable};

/// Why a JPEG is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JpegFault {
    /// It ends before its last block.
    #[error("it is cut off")]
    CutOff,
    /// It contradicts itself.
    #[error("it is damaged ({0})")]
    Damaged(&'static str),
}

/// What a whole JPEG is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JpegCoding {
    /// Sequential: every code was read.
    Sequential,
    /// Progressive or arithmetic: only the markers were read.
    Other,
}

/// Bytes before a marker that do no harm; some cameras send a few.
const LONGEST_JUNK: usize = 16;

/// A component of the frame header (SOF).
#[derive(Clone, Copy, Debug)]
struct Component {
    id: u8,
    horizontal: usize,
    vertical: usize,
    quantisation: usize,
    /// Whether a scan contained it.
    seen: bool,
}

/// A frame header.
#[derive(Clone, Debug)]
struct FrameHeader {
    width: usize,
    height: usize,
    components: Vec<Component>,
}

/// What the segments before a scan declare.
struct Walk<'a> {
    bytes: &'a [u8],
    /// Direct and alternating (class 0 and 1) tables, by destination.
    tables: [[Option<HuffmanTable>; 4]; 2],
    /// The divisor of the mean of a block, by destination.
    divisors: [i32; 4],
    restart_interval: usize,
    frame: Option<FrameHeader>,
}

mod marker {
    pub(super) const SOF0: u8 = 0xC0;
    pub(super) const SOF1: u8 = 0xC1;
    pub(super) const DHT: u8 = 0xC4;
    pub(super) const JPG: u8 = 0xC8;
    pub(super) const DAC: u8 = 0xCC;
    pub(super) const SOF15: u8 = 0xCF;
    pub(super) const RST0: u8 = 0xD0;
    pub(super) const RST7: u8 = 0xD7;
    pub(super) const EOI: u8 = 0xD9;
    pub(super) const SOS: u8 = 0xDA;
    pub(super) const DQT: u8 = 0xDB;
    pub(super) const DRI: u8 = 0xDD;
    pub(super) const TEM: u8 = 0x01;
}

const SOI: [u8; 2] = [0xFF, 0xD8];

/// Reads the JPEG at the start of `bytes`; what follows its end does not matter.
///
/// # Errors
/// The first fault found.
pub fn check(bytes: &[u8]) -> Result<JpegCoding, JpegFault> {
    if !bytes.starts_with(&SOI) {
        return Err(JpegFault::Damaged("it does not begin as a JPEG"));
    }
    let mut walk = Walk {
        bytes,
        tables: array::from_fn(|_| array::from_fn(|_| None)),
        divisors: [1; 4],
        restart_interval: 0,
        frame: None,
    };
    walk.run()
}

/// The JPEG, with the Huffman tables of ISO 10918-1 annex K inserted if it has none, as Motion JPEG may.
pub fn with_tables(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.starts_with(&SOI) {
        return Cow::Borrowed(bytes);
    }
    let mut at = SOI.len();
    while let Some(&[0xFF, code, high, low]) = bytes.get(at..at + 4) {
        match code {
            marker::DHT => return Cow::Borrowed(bytes),
            marker::SOS => {
                return Cow::Owned([&SOI[..], &tables::standard(), &bytes[SOI.len()..]].concat());
            }
            0xFF => at += 1, // a fill byte
            _ => at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2),
        }
    }
    Cow::Borrowed(bytes)
}

impl<'a> Walk<'a> {
    fn run(&mut self) -> Result<JpegCoding, JpegFault> {
        let mut at = SOI.len();
        let mut coding = JpegCoding::Sequential;
        loop {
            let code = match self.bytes.get(at..at + 2) {
                Some(&[0xFF, 0xFF]) => {
                    at += 1;
                    continue;
                }
                Some(&[0xFF, code]) => code,
                Some(_) => {
                    let next = next_marker(self.bytes, at, false);
                    if next - at > LONGEST_JUNK {
                        return Err(JpegFault::Damaged("a marker is missing"));
                    }
                    at = next;
                    continue;
                }
                // Without its last marker, a picture with all of its blocks is whole.
                None if coding == JpegCoding::Sequential && self.has_all() => return Ok(coding),
                None => return Err(JpegFault::CutOff),
            };
            at += 2;
            match code {
                marker::EOI if self.has_all() => return Ok(coding),
                marker::EOI => return Err(JpegFault::CutOff),
                // Markers alone; a restart marker may follow the last block.
                marker::RST0..=marker::RST7 | marker::TEM => continue,
                _ => {}
            }
            let segment = self.segment(at)?;
            at += 2 + segment.len();
            match code {
                marker::DHT => self.huffman_tables(segment)?,
                marker::DQT => self.quantisation_tables(segment)?,
                marker::DRI => {
                    self.restart_interval = number(segment, 0)?;
                }
                marker::SOF0 | marker::SOF1 => self.frame = Some(FrameHeader::read(segment)?),
                marker::JPG | marker::DAC => {}
                marker::SOF0..=marker::SOF15 => {
                    self.frame = Some(FrameHeader::read(segment)?);
                    coding = JpegCoding::Other;
                }
                marker::SOS if coding == JpegCoding::Sequential => at = self.scan(segment, at)?,
                marker::SOS => {
                    self.components(segment)?;
                    at = next_marker(self.bytes, at, true);
                }
                _ => {} // application data, comments
            }
        }
    }

    fn has_all(&self) -> bool {
        self.frame.as_ref().is_some_and(|frame| frame.components.iter().all(|component| component.seen))
    }

    /// The content of the segment whose length stands at `at`.
    fn segment(&self, at: usize) -> Result<&'a [u8], JpegFault> {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let length = number(rest, 0)?;
        if length < 2 {
            return Err(JpegFault::Damaged("a segment has no length"));
        }
        rest.get(2..length).ok_or(JpegFault::CutOff)
    }

    fn huffman_tables(&mut self, mut segment: &[u8]) -> Result<(), JpegFault> {
        const BAD: JpegFault = JpegFault::Damaged("a Huffman table is wrong");
        while let Some((&place, rest)) = segment.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or(BAD)?;
            let values: usize = counts.iter().map(|&n| usize::from(n)).sum();
            let (values, rest) = rest.split_at_checked(values).ok_or(BAD)?;
            let (class, destination) = (usize::from(place >> 4), usize::from(place & 15));
            let table = self.tables.get_mut(class).and_then(|tables| tables.get_mut(destination));
            *table.ok_or(BAD)? = Some(HuffmanTable::new(counts, values).ok_or(BAD)?);
            segment = rest;
        }
        Ok(())
    }

    fn quantisation_tables(&mut self, mut segment: &[u8]) -> Result<(), JpegFault> {
        const BAD: JpegFault = JpegFault::Damaged("a quantisation table is wrong");
        while let Some((&place, rest)) = segment.split_first() {
            let bytes = 64 * (1 + usize::from(place >> 4 != 0));
            let (table, rest) = rest.split_at_checked(bytes).ok_or(BAD)?;
            let first = if bytes == 64 { table[0].into() } else { number(table, 0)? as i32 };
            if first == 0 {
                return Err(BAD);
            }
            *self.divisors.get_mut(usize::from(place & 15)).ok_or(BAD)? = first;
            segment = rest;
        }
        Ok(())
    }

    /// The indices of a scan's components, which are marked as seen, and their tables.
    fn components(&mut self, segment: &[u8]) -> Result<Vec<(usize, u8)>, JpegFault> {
        const BAD: JpegFault = JpegFault::Damaged("a scan header is wrong");
        let frame = self.frame.as_mut().ok_or(BAD)?;
        let (&count, rest) = segment.split_first().ok_or(BAD)?;
        let named = rest.get(..2 * usize::from(count)).ok_or(BAD)?;
        let find = |pair: &[u8]| {
            let index = frame.components.iter().position(|component| component.id == pair[0]).ok_or(BAD)?;
            frame.components[index].seen = true;
            Ok((index, pair[1]))
        };
        let found: Vec<_> = named.chunks_exact(2).map(find).collect::<Result<_, _>>()?;
        if found.is_empty() { Err(BAD) } else { Ok(found) }
    }

    /// Reads a scan whose data begin at `at`. Returns where the next marker is.
    fn scan(&mut self, segment: &[u8], at: usize) -> Result<usize, JpegFault> {
        const BAD: JpegFault = JpegFault::Damaged("a table is missing");
        let named = self.components(segment)?;
        let frame = self.frame.as_ref().ok_or(BAD)?;
        let alone = named.len() == 1;
        let mut planes = Vec::new();
        for (index, destinations) in named {
            let component = &frame.components[index];
            let table = |class: usize, destination: u8| {
                self.tables[class].get(usize::from(destination)).and_then(Option::as_ref).ok_or(BAD)
            };
            planes.push(entropy::Plane {
                direct: table(0, destinations >> 4)?,
                alternating: table(1, destinations & 15)?,
                blocks: if alone { 1 } else { component.horizontal * component.vertical },
                divisor: self.divisors.get(component.quantisation).copied().unwrap_or(1),
                mean: 0,
            });
            if alone {
                let units = frame.blocks_of(component);
                return self.units(units, planes, at);
            }
        }
        self.units(frame.interleaved_units(), planes, at)
    }

    /// Reads `count` units, each with the blocks of all planes.
    fn units(
        &self,
        count: usize,
        mut planes: Vec<entropy::Plane<'_>>,
        at: usize,
    ) -> Result<usize, JpegFault> {
        let mut bits = Bits::new(self.bytes, at);
        let mut left = self.restart_interval;
        let mut restarts = 0;
        for _ in 0..count {
            if self.restart_interval > 0 {
                if left == 0 {
                    let at = self.after(&bits)?;
                    match self.bytes.get(at + 1) {
                        None | Some(&marker::EOI) => return Err(JpegFault::CutOff),
                        Some(&code) if code == marker::RST0 + restarts => {}
                        Some(_) => return Err(JpegFault::Damaged("a restart marker is missing")),
                    }
                    bits = Bits::new(self.bytes, at + 2);
                    restarts = (restarts + 1) % 8;
                    left = self.restart_interval;
                    planes.iter_mut().for_each(|plane| plane.mean = 0);
                }
                left -= 1;
            }
            let read = planes.iter_mut().try_for_each(|plane| plane.unit(&mut bits));
            if bits.has_run_out() {
                // A marker in the middle of the data is where bytes were lost.
                return Err(match self.bytes.get(bits.end() + 1) {
                    Some(marker::RST0..=marker::RST7) => JpegFault::Damaged("data are missing"),
                    _ => JpegFault::CutOff,
                });
            }
            read.map_err(JpegFault::Damaged)?;
        }
        self.after(&bits)
    }

    /// Where the marker after the last block is, or where the bytes end.
    fn after(&self, bits: &Bits<'_>) -> Result<usize, JpegFault> {
        let from = bits.position();
        let at = next_marker(self.bytes, from, false);
        if at - from > LONGEST_JUNK { Err(JpegFault::Damaged("there are data too many")) } else { Ok(at) }
    }
}

impl FrameHeader {
    fn read(segment: &[u8]) -> Result<Self, JpegFault> {
        const BAD: JpegFault = JpegFault::Damaged("the frame header is wrong");
        let (height, width) = (number(segment, 1)?, number(segment, 3)?);
        let count = usize::from(*segment.get(5).ok_or(BAD)?);
        let listed = segment.get(6..6 + 3 * count).ok_or(BAD)?;
        let component = |bytes: &[u8]| Component {
            id: bytes[0],
            horizontal: usize::from(bytes[1] >> 4),
            vertical: usize::from(bytes[1] & 15),
            quantisation: usize::from(bytes[2]),
            seen: false,
        };
        let components: Vec<_> = listed.chunks_exact(3).map(component).collect();
        let fits = |c: &Component| (1..=4).contains(&c.horizontal) && (1..=4).contains(&c.vertical);
        let sound = width > 0 && height > 0 && !components.is_empty() && components.iter().all(fits);
        if sound { Ok(Self { width, height, components }) } else { Err(BAD) }
    }

    fn most(&self) -> (usize, usize) {
        let most = |of: fn(&Component) -> usize| self.components.iter().map(of).max().unwrap_or(1);
        (most(|c| c.horizontal), most(|c| c.vertical))
    }

    /// Units of a scan with several components.
    fn interleaved_units(&self) -> usize {
        let (horizontal, vertical) = self.most();
        self.width.div_ceil(8 * horizontal) * self.height.div_ceil(8 * vertical)
    }

    /// Blocks of a component that is alone in its scan.
    fn blocks_of(&self, component: &Component) -> usize {
        let (horizontal, vertical) = self.most();
        let side = |pixels: usize, own: usize, most: usize| (pixels * own).div_ceil(most).div_ceil(8);
        side(self.width, component.horizontal, horizontal) * side(self.height, component.vertical, vertical)
    }
}

/// Where the first marker at or after `at` is: 0xFF and neither 0 (a byte of data) nor a fill byte. With
/// `skip_restarts`, restart markers are none. The end of the bytes if there is no marker.
fn next_marker(bytes: &[u8], mut at: usize, skip_restarts: bool) -> usize {
    while let Some(&[first, second]) = bytes.get(at..at + 2) {
        let restart = skip_restarts && (marker::RST0..=marker::RST7).contains(&second);
        if first == 0xFF && second != 0 && second != 0xFF && !restart {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

/// The 16-bit number at `at`.
fn number(bytes: &[u8], at: usize) -> Result<usize, JpegFault> {
    match bytes.get(at..at + 2) {
        Some(&[high, low]) => Ok(usize::from(u16::from_be_bytes([high, low]))),
        _ => Err(JpegFault::CutOff),
    }
}
