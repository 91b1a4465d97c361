//! Geometry: how the camera's picture is turned, and which part of it is the frame.
//!
//! ```text
//! camera's picture ─rotate▶ ─mirror, flip▶ turned picture ─crop or zoom▶ region ─scale▶ frame
//! ```
//! All of it is one pass before every other: the mask, the effects and what is shown behind live in the frame, so a
//! mirror never turns the picture behind around, and with a zoom the model sees the person larger.

use std::{fmt, str::FromStr};

use crate::{Error, Result, Size};

/// Clockwise, in degrees. A quarter turn swaps the frame's width and height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Rotate {
    /// Not at all.
    #[default]
    #[value(name = "0")]
    No,
    /// A quarter turn to the right.
    #[value(name = "90")]
    Quarter,
    /// Half a turn.
    #[value(name = "180")]
    Half,
    /// A quarter turn to the left.
    #[value(name = "270")]
    ThreeQuarters,
}

/// A part of the picture, in pixels: `WxH+X+Y`, or `WxH` about the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    /// Its size, which the frame gets.
    pub size: Size,
    /// Pixels left of it and above it; in the middle where none are given.
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

/// Which part of the turned picture is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Cut {
    /// All of it.
    #[default]
    Whole,
    /// Its middle, so many times larger: [`ZOOM`]. The frame's size stays.
    Zoom(f64),
    /// A part, pixel by pixel: the frame has its size.
    Crop(Crop),
}

/// Least and greatest [`Cut::Zoom`].
pub const ZOOM: (f64, f64) = (1.0, 8.0);

/// Least and greatest [`Geometry::follow`].
pub const FOLLOW: (f64, f64) = (1.0, 4.0);

/// What is asked of the picture's geometry. Turned first, then mirrored and flipped, then cut, then scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Geometry {
    /// Clockwise turn. Default: none.
    pub rotate: Rotate,
    /// Left and right swapped. Default: no.
    pub mirror: bool,
    /// Top and bottom swapped. Default: no.
    pub flip: bool,
    /// The part that is shown. Default: the whole.
    pub cut: Cut,
    /// Size of the frame: that part is scaled to cover it, and what does not fit its shape is cut off on both sides.
    /// Default: the part's own.
    pub size: Option<Size>,
    /// Whether what is shown of that part follows the person, and how many times larger it may become: [`FOLLOW`].
    /// Default: it does not.
    pub follow: Option<f64>,
}

/// How the turned picture lies in the camera's: a point of it is a point of the camera's with its coordinates
/// swapped, and then counted from the other side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Whether x and y are swapped.
    pub swap: bool,
    /// Whether the camera's x and y are counted from its right and lower edges.
    pub flip: [bool; 2],
}

/// A rectangle in pixels of the turned picture, whose upper left corner is 0, 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    /// Its upper left corner.
    pub at: [f64; 2],
    /// Width and height.
    pub size: [f64; 2],
}

/// A [`Geometry`] for a camera: what becomes of its picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Framing {
    /// Size of the camera's picture.
    pub camera: Size,
    /// How it is turned.
    pub turn: Turn,
    /// The part of the turned picture that fills the frame.
    pub region: Region,
    /// Size of the frame.
    pub frame: Size,
}

impl Geometry {
    /// Whether the picture stays as it is.
    pub fn is_identity(&self) -> bool {
        *self == Self::default()
    }

    fn turn(&self) -> Turn {
        // Clockwise by a quarter: the frame's x runs up along the camera's y, its y along the camera's x.
        let (swap, [x, y]) = match self.rotate {
            Rotate::No => (false, [false, false]),
            Rotate::Quarter => (true, [false, true]),
            Rotate::Half => (false, [true, true]),
            Rotate::ThreeQuarters => (true, [true, false]),
        };
        let [across, down] = if swap { [self.flip, self.mirror] } else { [self.mirror, self.flip] };
        Turn { swap, flip: [x ^ across, y ^ down] }
    }

    /// What becomes of the pictures of a camera.
    ///
    /// # Errors
    /// [`Error::Crop`] for a part that is not in the picture, [`Error::FrameSize`] for a frame that YUYV cannot hold.
    pub fn framing(&self, camera: Size) -> Result<Framing> {
        let turn = self.turn();
        let turned = turned(camera, turn);
        // A camera of odd height on its side: YUYV has no odd width, so the last column goes.
        let whole = Size::new(turned.width & !1, turned.height);
        let middle = |size: [f64; 2]| {
            let sides = [f64::from(whole.width), f64::from(whole.height)];
            Region { at: [(sides[0] - size[0]) / 2.0, (sides[1] - size[1]) / 2.0], size }
        };
        let (region, frame) = match self.cut {
            Cut::Whole => (Region::whole(whole), whole),
            Cut::Zoom(zoom) => {
                (middle([f64::from(whole.width) / zoom, f64::from(whole.height) / zoom]), whole)
            }
            Cut::Crop(crop) => (crop.within(turned)?, crop.size),
        };
        let framing = Framing { camera, turn, region, frame: frame.check_frame()? };
        self.size.map_or(Ok(framing), |size| Ok(framing.to(size.check_frame()?)))
    }
}

fn turned(camera: Size, turn: Turn) -> Size {
    if turn.swap { Size::new(camera.height, camera.width) } else { camera }
}

impl Crop {
    fn within(self, turned: Size) -> Result<Region> {
        let Size { width, height } = self.size;
        let spare = turned.width.checked_sub(width).zip(turned.height.checked_sub(height));
        let fits = spare.and_then(|(x, y)| match self.at {
            None => Some([x / 2, y / 2]),
            Some(at) => (at[0] <= x && at[1] <= y).then_some(at),
        });
        let [x, y] = fits.ok_or(Error::Crop { crop: self, picture: turned })?;
        Ok(Region { at: [x.into(), y.into()], size: [width.into(), height.into()] })
    }
}

impl Region {
    /// All of a picture.
    pub fn whole(size: Size) -> Self {
        Self { at: [0.0, 0.0], size: [size.width.into(), size.height.into()] }
    }
}

impl Framing {
    /// The whole picture, scaled to cover a frame of another size and cut at the middle.
    pub fn scaled(camera: Size, frame: Size) -> Self {
        Self { camera, turn: Turn::default(), region: Region::whole(camera), frame: camera }.to(frame)
    }

    /// The same in a frame of another size: what does not fit its shape is cut off on both sides.
    pub fn to(self, frame: Size) -> Self {
        let Region { at, size: [width, height] } = self.region;
        let aspect = frame.aspect();
        let size = [width.min(height * aspect), height.min(width / aspect)];
        let at = [at[0] + (width - size[0]) / 2.0, at[1] + (height - size[1]) / 2.0];
        Self { region: Region { at, size }, frame, ..self }
    }

    /// The turned picture, whole and as large as it is; but for a column, where its width is odd.
    pub fn uncut(&self) -> Self {
        let Size { width, height } = turned(self.camera, self.turn);
        let frame = Size::new(width & !1, height);
        Self { region: Region::whole(frame), frame, ..*self }
    }

    /// Whether the frame is the camera's picture as it is.
    pub fn is_identity(&self) -> bool {
        self.turn == Turn::default() && self.frame == self.camera && self.region == Region::whole(self.camera)
    }

    /// Where the frame's first pixel lies in the turned picture, where every pixel of the frame is one of the camera's.
    pub fn whole_pixels(&self) -> Option<[u32; 2]> {
        let Region { at, size } = self.region;
        let unscaled = size == [f64::from(self.frame.width), f64::from(self.frame.height)];
        (unscaled && at.iter().all(|v| v.fract() == 0.0)).then(|| at.map(|v| v as u32))
    }
}
