//! Mutations of bytes, with a seed.

/// Makes inputs from others.
pub struct Mutator {
    state: u64,
    words: &'static [&'static str],
}

/// Numbers at whose sides parsers change their minds.
const NUMBERS: [u64; 14] = [
    0,
    1,
    2,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    1 << 40,
    u64::MAX,
];
/// Longest input.
const LONGEST: usize = 1 << 14;

impl Mutator {
    pub fn new(seed: u64, words: &'static [&'static str]) -> Self {
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d, words }
    }

    /// xorshift64*.
    fn random(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`, or 0.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.random() >> 16) as usize % end }
    }

    /// A mutation of one of these.
    pub fn next(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let from = self.below(corpus.len());
        let mut bytes = corpus[from].clone();
        let steps = 1 << self.below(5);
        for _ in 0..steps {
            self.step(&mut bytes, corpus);
        }
        // Most faults need few bytes, and short inputs are many in the same time.
        let longest = [1024, 1024, 1024, 1024, 4096, LONGEST][self.below(6)];
        bytes.truncate(longest.max(corpus[from].len()).min(LONGEST));
        bytes
    }

    fn step(&mut self, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let at = self.below(bytes.len() + 1);
        let length = 1 + self.below(16.min(bytes.len() - at.min(bytes.len())));
        let end = (at + length).min(bytes.len());
        match self.below(14) {
            0 | 1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            2 if at < bytes.len() => bytes[at] = self.random() as u8,
            3 => drop(bytes.drain(at..end)),
            4 => {
                let copy = bytes[at..end].to_vec();
                let to = self.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            5 => {
                let new: Vec<u8> = (0..length).map(|_| self.random() as u8).collect();
                bytes.splice(at..at, new);
            }
            6 | 7 => self.number(bytes, at),
            8 => bytes.truncate(at),
            9 => {
                // The end of another.
                let other = &corpus[self.below(corpus.len())];
                let from = self.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            10 | 11 if !self.words.is_empty() => {
                let word = self.words[self.below(self.words.len())];
                // A word of binary formats is written over what is there.
                let over = if self.below(2) == 0 { (at + word.len()).min(bytes.len()) } else { at };
                bytes.splice(at..over, word.bytes());
            }
            12 => self.digits(bytes, at),
            _ => {
                // The same bytes, many times: nesting, and long runs.
                let copy = bytes[at..end].to_vec();
                let count = 1 << self.below(11);
                let many = copy.repeat(count.min(LONGEST / copy.len().max(1)));
                bytes.splice(at..at, many);
            }
        }
    }

    /// Overwrites with a number of 1, 2, 4 or 8 bytes, in either order.
    fn number(&mut self, bytes: &mut [u8], at: usize) {
        let number = match self.below(3) {
            0 => self.random(),
            1 => NUMBERS[self.below(NUMBERS.len())].wrapping_sub(self.below(3) as u64),
            _ => self.below(300) as u64,
        };
        let length = 1 << self.below(4);
        let all = if self.below(2) == 0 { number.to_le_bytes() } else { number.swap_bytes().to_le_bytes() };
        let part = if self.below(2) == 0 { &all[..length] } else { &all[8 - length..] };
        for (byte, new) in bytes.iter_mut().skip(at).zip(part) {
            *byte = *new;
        }
    }

    /// Replaces the next decimal number.
    fn digits(&mut self, bytes: &mut Vec<u8>, at: usize) {
        let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|offset| at + offset) else {
            return;
        };
        let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = match self.below(2) {
            0 => NUMBERS[self.below(NUMBERS.len())],
            _ => self.below(10_000) as u64,
        };
        bytes.splice(start..start + length, number.to_string().into_bytes());
    }
}
