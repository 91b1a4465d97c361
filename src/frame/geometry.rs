//! How the camera's picture is rotated, mirrored and cropped to the frame.
//!
//! ```text
//! camera's picture ─rotate▶ ─mirror, flip▶ turned picture ─crop or zoom▶ region ─scale▶ frame
//! ```
//! The first pass does all of it. Mask, effects and background use the frame's coordinates, so `--mirror`
//! does not mirror a background picture, and a zoom shows the model a larger person.

pub use super::crop::Crop;
use super::{Size, error::FrameError};

/// A clockwise rotation. A quarter turn swaps the frame's width and height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Rotate {
    /// Not at all.
    #[default]
    #[cfg_attr(feature = "cli", value(name = "0", aliases = ["360", "-360"]))]
    No,
    /// A quarter turn to the right.
    #[cfg_attr(feature = "cli", value(name = "90", aliases = ["-270", "+90"]))]
    Quarter,
    /// Half a turn.
    #[cfg_attr(feature = "cli", value(name = "180", aliases = ["-180", "+180"]))]
    Half,
    /// A quarter turn to the left.
    #[cfg_attr(feature = "cli", value(name = "270", aliases = ["-90", "+270"]))]
    ThreeQuarters,
}

/// The part of the turned picture to show.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Cut {
    /// All of it.
    #[default]
    Whole,
    /// Its centre, magnified by this factor, 1..8; the frame keeps its size.
    Zoom(f64),
    /// A part at its own resolution, whose size becomes the frame's.
    Crop(Crop),
}

/// Least and greatest [`Cut::Zoom`].
pub const ZOOM: (f64, f64) = (1.0, 8.0);

/// Least and greatest [`Geometry::follow`].
pub const FOLLOW: (f64, f64) = (1.0, 4.0);

/// The requested geometry: rotate the picture, then mirror and flip it, then cut, then scale it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Geometry {
    /// Clockwise rotation. Default: none.
    pub rotate: Rotate,
    /// Swap left and right. Default: no.
    pub mirror: bool,
    /// Swap top and bottom. Default: no.
    pub flip: bool,
    /// The part to show. Default: the whole.
    pub cut: Cut,
    /// Size of the frame. The part is scaled to cover it, and the excess cropped evenly on both sides.
    /// Default: the part's size.
    pub size: Option<Size>,
    /// Follow the person within that part, magnified by up to this factor, 1..4. Default: no.
    pub follow: Option<f64>,
}

/// Maps a point of the turned picture to the camera's picture: swaps its coordinates, then counts them from
/// the opposite edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Whether x and y are swapped.
    pub swap: bool,
    /// Whether the camera's x and y are counted from its right and lower edges.
    pub flip: [bool; 2],
}

/// A rectangle in pixels of the turned picture, from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    /// Its upper left corner.
    pub at: [f64; 2],
    /// Width and height.
    pub size: [f64; 2],
}

/// A [`Geometry`] applied to a camera's picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Framing {
    /// Size of the camera's picture.
    pub camera: Size,
    /// Rotation, mirror and flip.
    pub turn: Turn,
    /// The part of the turned picture that fills the frame.
    pub region: Region,
    /// Size of the frame.
    pub frame: Size,
}

impl Geometry {
    /// Whether the geometry leaves the picture unchanged.
    pub fn is_identity(&self) -> bool {
        *self == Self::default()
    }

    fn check(&self) -> Result<(), FrameError> {
        if let Cut::Zoom(zoom) = self.cut {
            FrameError::check_setting("zoom", zoom, ZOOM)?;
        }
        self.follow.map_or(Ok(()), |closest| FrameError::check_setting("follow", closest, FOLLOW))
    }

    fn turn(&self) -> Turn {
        // After a quarter turn clockwise, the frame's x runs up the camera's y, and its y along the camera's
        // x.
        let (swap, [x, y]) = match self.rotate {
            Rotate::No => (false, [false, false]),
            Rotate::Quarter => (true, [false, true]),
            Rotate::Half => (false, [true, true]),
            Rotate::ThreeQuarters => (true, [true, false]),
        };
        let [across, down] = if swap { [self.flip, self.mirror] } else { [self.mirror, self.flip] };
        Turn { swap, flip: [x ^ across, y ^ down] }
    }

    /// Applies the geometry to pictures of this size.
    ///
    /// # Errors
    /// [`FrameError::Crop`] if the part is not in the picture; [`FrameError::Size`],
    /// [`FrameError::CropSize`] or [`FrameError::OutputSize`] if YUYV cannot hold the frame;
    /// [`FrameError::Setting`] for a zoom or a limit outside of its range.
    #[doc(hidden)]
    pub fn framing(&self, camera: Size) -> Result<Framing, FrameError> {
        self.check()?;
        let turn = self.turn();
        let turned = turned(camera, turn);
        // A quarter turn of an odd height gives an odd width, which YUYV cannot hold: drop the last column.
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
        let by_crop = |why| match self.cut {
            Cut::Crop(crop) => FrameError::CropSize { crop, why },
            _ => FrameError::Size { size: frame, why },
        };
        let framing = Framing { camera, turn, region, frame: frame.check().map_err(by_crop)? };
        match self.size {
            None => Ok(framing),
            Some(size) => match size.check() {
                Ok(size) => Ok(framing.with_frame(size)),
                Err(why) => Err(FrameError::OutputSize { size, why }),
            },
        }
    }
}

fn turned(camera: Size, turn: Turn) -> Size {
    if turn.swap { Size::new(camera.height, camera.width) } else { camera }
}

impl Crop {
    fn within(self, turned: Size) -> Result<Region, FrameError> {
        let Size { width, height } = self.size;
        let spare = turned.width.checked_sub(width).zip(turned.height.checked_sub(height));
        let fits = spare.and_then(|(x, y)| match self.at {
            None => Some([x / 2, y / 2]),
            Some(at) => (at[0] <= x && at[1] <= y).then_some(at),
        });
        let [x, y] = fits.ok_or(FrameError::Crop { crop: self, picture: turned })?;
        Ok(Region { at: [x.into(), y.into()], size: [width.into(), height.into()] })
    }
}

impl Region {
    /// The whole of a picture.
    pub fn whole(size: Size) -> Self {
        Self { at: [0.0, 0.0], size: [size.width.into(), size.height.into()] }
    }
}

impl Framing {
    /// The whole picture, scaled to cover a frame of another size, with the excess cropped evenly.
    pub fn scaled(camera: Size, frame: Size) -> Self {
        Self { camera, turn: Turn::default(), region: Region::whole(camera), frame: camera }.with_frame(frame)
    }

    /// The same for a frame of another size, with the excess cropped evenly on both sides.
    pub fn with_frame(self, frame: Size) -> Self {
        let Region { at, size: [width, height] } = self.region;
        let aspect = frame.aspect();
        let size = [width.min(height * aspect), height.min(width / aspect)];
        let at = [at[0] + (width - size[0]) / 2.0, at[1] + (height - size[1]) / 2.0];
        Self { region: Region { at, size }, frame, ..self }
    }

    /// The whole turned picture at its own resolution, without the last column if its width is odd.
    pub fn uncut(&self) -> Self {
        let Size { width, height } = turned(self.camera, self.turn);
        let frame = Size::new(width & !1, height);
        Self { region: Region::whole(frame), frame, ..*self }
    }

    /// Whether the frame equals the camera's picture.
    pub fn is_identity(&self) -> bool {
        self.turn == Turn::default() && self.frame == self.camera && self.region == Region::whole(self.camera)
    }

    /// The position of the frame's first pixel in the turned picture, if each pixel of the frame is a pixel
    /// of the camera.
    pub fn whole_pixels(&self) -> Option<[u32; 2]> {
        let Region { at, size } = self.region;
        let unscaled = size == [f64::from(self.frame.width), f64::from(self.frame.height)];
        (unscaled && at.iter().all(|v| v.fract() == 0.0)).then(|| at.map(|v| v as u32))
    }
}
