//! Huffman-coded blocks, read and not kept (ISO 10918-1 annex F.2.2).

/// Codes of up to this many bits are looked up at once.
const LOOKUP_BITS: u32 = 10;
/// Bits of the longest code.
const LONGEST_CODE: u32 = 16;
/// Coefficients of a block.
const COEFFICIENTS: usize = 64;
/// What the end of a block adds to the index of a coefficient: more than any other code can.
const END_OF_BLOCK: usize = 2 * COEFFICIENTS;

/// A code and what it means for the walk.
#[derive(Clone, Copy, Debug, Default)]
struct Symbol {
    /// Bits of the code and of the number after it; 0 if no code was found.
    bits: u8,
    /// Bits of the number alone.
    size: u8,
    /// What it adds to the index of a coefficient.
    step: u8,
}

impl Symbol {
    /// A code of `length` bits with a table's value: for a coefficient, the number of zeros before it and the
    /// bits of its number; for a mean, the bits alone.
    fn new(length: u32, value: u8) -> Self {
        let (run, size) = (value >> 4, value & 15);
        let step = match (run, size) {
            (15, 0) => 16, // sixteen zeros
            (_, 0) => END_OF_BLOCK as u8,
            _ => run + 1,
        };
        Self { bits: length as u8 + size, size, step }
    }
}

/// A Huffman table.
#[derive(Clone, Debug)]
pub(super) struct HuffmanTable {
    /// By the next [`LOOKUP_BITS`] bits.
    lookup: [Symbol; 1 << LOOKUP_BITS],
    /// By length: the first 16-bit number, left-aligned, that is no code of this length or less.
    ends: [u32; LONGEST_CODE as usize + 1],
    /// By length: what to add to a code for its place in `values`.
    offsets: [i32; LONGEST_CODE as usize + 1],
    values: [u8; 256],
}

impl HuffmanTable {
    /// From the number of codes of each length 1..16, and their values. None if there are more codes than fit.
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Option<Self> {
        let lookup = [Symbol::default(); _];
        let mut table = Self { lookup, ends: [0; _], offsets: [0; _], values: [0; 256] };
        table.values.get_mut(..values.len())?.copy_from_slice(values);
        let (mut code, mut at) = (0_u32, 0_usize);
        for (length, &count) in (1..).zip(counts) {
            let count = u32::from(count);
            if code + count > 1 << length {
                return None;
            }
            table.offsets[length as usize] = at as i32 - code as i32;
            for _ in 0..count {
                if let Some(short) = LOOKUP_BITS.checked_sub(length) {
                    let first = (code << short) as usize;
                    table.lookup[first..first + (1 << short)].fill(Symbol::new(length, table.values[at]));
                }
                (code, at) = (code + 1, at + 1);
            }
            table.ends[length as usize] = code << (LONGEST_CODE - length);
            code <<= 1;
        }
        Some(table)
    }

    /// The next code; none if no code begins so. At least 16 bits must be in `bits`.
    #[inline]
    fn next(&self, bits: &Bits<'_>) -> Option<Symbol> {
        let next = (bits.buffer >> (64 - LONGEST_CODE)) as u32;
        let short = self.lookup[(next >> (LONGEST_CODE - LOOKUP_BITS)) as usize];
        if short.bits != 0 { Some(short) } else { self.long(next) }
    }

    #[cold]
    fn long(&self, next: u32) -> Option<Symbol> {
        let length = (LOOKUP_BITS + 1..=LONGEST_CODE).find(|&length| next < self.ends[length as usize])?;
        let at = (next >> (LONGEST_CODE - length)) as i32 + self.offsets[length as usize];
        Some(Symbol::new(length, *self.values.get(at as usize)?))
    }
}

/// The bits of entropy-coded data up to the next marker; beyond it come zeros.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The next byte to take.
    at: usize,
    /// The next bits, from the top.
    buffer: u64,
    /// Bits in `buffer`, `beyond` of which are zeros from beyond the end.
    count: u32,
    beyond: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, buffer: 0, count: 0, beyond: 0 }
    }

    /// Fills the buffer to at least 32 bits.
    #[inline]
    fn fill(&mut self) {
        if self.count >= 32 {
            return;
        }
        if let Some(&eight) = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<8>()) {
            let next = u64::from_be_bytes(eight);
            // A byte of 0xFF is one whose complement is zero: subtracting one from it borrows.
            let zero = !next;
            if zero.wrapping_sub(0x0101_0101_0101_0101) & !zero & 0x8080_8080_8080_8080 == 0 {
                let taken = (64 - self.count) / 8;
                // Bits of the next byte may follow; they are written again with that byte.
                self.buffer |= next >> self.count;
                (self.at, self.count) = (self.at + taken as usize, self.count + 8 * taken);
                return;
            }
        }
        while self.count <= 56 {
            let (byte, taken) = match self.bytes.get(self.at..) {
                Some([0xFF, 0, ..]) => (0xFF, 2), // a byte of data is followed by a zero
                Some([0xFF, ..]) | Some([]) | None => (0, 0),
                Some([byte, ..]) => (*byte, 1),
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            (self.at, self.count) = (self.at + taken, self.count + 8);
            if taken == 0 {
                self.beyond += 8;
            }
        }
    }

    #[inline]
    fn skip(&mut self, count: u32) {
        self.buffer <<= count;
        self.count -= count;
        // Zeros from beyond the end are the last to go.
    }

    /// The next `count` bits, 1 to 16.
    #[inline]
    fn take(&mut self, count: u32) -> i32 {
        let value = (self.buffer >> (64 - count)) as i32;
        self.skip(count);
        value
    }

    /// Whether more was taken than there is.
    pub(super) fn has_run_out(&self) -> bool {
        self.count < self.beyond
    }

    /// The end of the data, once it was reached: a marker, or the end of the bytes.
    pub(super) fn end(&self) -> usize {
        self.at
    }

    /// The first byte of which no bit was taken.
    pub(super) fn position(&self) -> usize {
        let mut at = self.at;
        for _ in 0..(self.count.saturating_sub(self.beyond)) / 8 {
            at -= 1;
            if at > 0 && self.bytes[at] == 0 && self.bytes[at - 1] == 0xFF {
                at -= 1;
            }
        }
        at
    }
}

/// A component in a scan.
#[derive(Debug)]
pub(super) struct Plane<'a> {
    pub(super) direct: &'a HuffmanTable,
    pub(super) alternating: &'a HuffmanTable,
    /// Blocks in a unit.
    pub(super) blocks: usize,
    /// What a quantised mean is multiplied with.
    pub(super) divisor: i32,
    /// The last block's quantised mean, times 8.
    pub(super) mean: i32,
}

/// The largest coefficient of a block of 8-bit samples is 8·128 = 1024. Rounding adds half a divisor; encoders
/// that compute with few bits get the rest.
const LARGEST_MEAN: i32 = 1024 + 128;

impl Plane<'_> {
    /// Reads the blocks of one unit. The error says what is wrong.
    #[inline]
    pub(super) fn unit(&mut self, bits: &mut Bits<'_>) -> Result<(), &'static str> {
        (0..self.blocks).try_for_each(|_| self.block(bits))
    }

    #[inline]
    fn block(&mut self, bits: &mut Bits<'_>) -> Result<(), &'static str> {
        const NO_CODE: &str = "a code does not exist";
        bits.fill();
        let mean = self.direct.next(bits).ok_or(NO_CODE)?;
        if mean.size > 11 {
            return Err("a block is too bright");
        }
        bits.skip(u32::from(mean.bits - mean.size));
        if mean.size > 0 {
            let value = bits.take(u32::from(mean.size));
            // The lower half of the values of a size is negative.
            self.mean += if value >> (mean.size - 1) == 0 { value + 1 - (1 << mean.size) } else { value };
            if (self.mean * self.divisor).abs() > LARGEST_MEAN + self.divisor {
                return Err("a block is too bright or too dark");
            }
        }
        let mut index = 1;
        while index < COEFFICIENTS {
            bits.fill();
            let coefficient = self.alternating.next(bits).ok_or(NO_CODE)?;
            bits.skip(u32::from(coefficient.bits));
            index += usize::from(coefficient.step);
        }
        // Sixteen zeros may end a block, too.
        if index == COEFFICIENTS || index > END_OF_BLOCK {
            Ok(())
        } else {
            Err("a block has a coefficient too many")
        }
    }
}
