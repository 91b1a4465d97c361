//! A rectangular part of a picture.

use std::{fmt, str::FromStr};

use super::size::Size;

/// A rectangular part of a picture, in pixels: `WxH+X+Y`, or `WxH` at the centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    /// Its size, which becomes the frame's.
    pub size: Size,
    /// Distance from the picture's left and upper edges; `None` for the centre.
    pub at: Option<[u32; 2]>,
}

impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.size)?;
        self.at.map_or(Ok(()), |[x, y]| write!(f, "+{x}+{y}"))
    }
}

impl FromStr for Crop {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("'{text}' is no part of a picture: write WxH+X+Y, such as 640x360+320+0, or WxH");
        let number = |text: &str| text.parse::<u32>().map_err(|_| wrong());
        let mut parts = text.split('+');
        let size: Size = parts.next().unwrap_or_default().parse().map_err(|_| wrong())?;
        let at = match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => None,
            (Some(x), Some(y), None) => Some([number(x)?, number(y)?]),
            _ => return Err(wrong()),
        };
        Ok(Self { size, at })
    }
}
