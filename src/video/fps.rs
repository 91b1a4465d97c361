//! Frames per second as a fraction, as in V4L2 and YUV4MPEG2.

use std::{fmt, str::FromStr, time::Duration};

/// Frames per second: `numerator / denominator`, both at least 1. V4L2's `timeperframe` is its reciprocal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fps {
    numerator: u32,
    denominator: u32,
}

impl Fps {
    /// 30 frames a second, the rate written if neither user nor input gives one.
    pub const DEFAULT: Self = Self::whole(30);

    /// A whole number of frames per second, at least 1.
    pub(crate) const fn whole(frames: u32) -> Self {
        Self { numerator: frames, denominator: 1 }
    }

    /// The fraction in lowest terms; none if either part is zero.
    pub fn new(numerator: u32, denominator: u32) -> Option<Self> {
        let (mut a, mut b) = (numerator, denominator);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        (numerator != 0 && denominator != 0)
            .then(|| Self { numerator: numerator / a, denominator: denominator / a })
    }

    /// Reads `30000/1001` or `30000:1001`, however fast that is: a file may state its clock, as 90000/1.
    pub(crate) fn from_fraction(text: &str) -> Option<Self> {
        let (above, below) = text.split_once(['/', ':'])?;
        Self::new(above.trim().parse().ok()?, below.trim().parse().ok()?)
    }

    /// Number of frames in [`Self::denominator`] seconds.
    pub const fn numerator(self) -> u32 {
        self.numerator
    }

    /// Number of seconds in which [`Self::numerator`] frames are shown.
    pub const fn denominator(self) -> u32 {
        self.denominator
    }

    /// Presentation time of frame number `frame`, counted from 0.
    pub fn time(self, frame: u64) -> Duration {
        Duration::from_secs_f64(frame as f64 / self.value())
    }

    /// Frames per second.
    pub fn value(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator)
    }

    /// Index of the newest frame at rate `other` when frame `index` at this rate is shown; both start
    /// together.
    #[doc(hidden)]
    pub fn newest(self, other: Self, index: u64) -> u64 {
        let part = u128::from;
        let above = u128::from(index) * part(other.numerator) * part(self.denominator);
        (above / (part(other.denominator) * part(self.numerator))).try_into().unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Fps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            _ => write!(f, "{:.2}", self.value()),
        }
    }
}

impl FromStr for Fps {
    type Err = String;

    /// `30`, `12.5`, `30000/1001`; `29.97`, `23.976` and `59.94` mean the NTSC fractions.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("'{text}' is not a frame rate: write a number such as 30, 29.97 or 30000/1001");
        let is_usual = |value: f64| (0.001..=1000.0).contains(&value);
        if text.contains(['/', ':']) {
            return Self::from_fraction(text).filter(|fps| is_usual(fps.value())).ok_or_else(wrong);
        }
        let value: f64 = text.trim().parse().map_err(|_| wrong())?;
        if !is_usual(value) {
            return Err(wrong());
        }
        let ntsc = (value * 1.001).round();
        let whole = (value - value.round()).abs() < 1e-9;
        if !whole && (value - ntsc / 1.001).abs() < 0.005 {
            return Self::new(ntsc as u32 * 1000, 1001).ok_or_else(wrong);
        }
        Self::new((value * 1000.0).round() as u32, 1000).ok_or_else(wrong)
    }
}
