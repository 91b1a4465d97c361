//! A recorded clip whose alpha is known: a person keyed from a coloured backing, placed over a room.

use std::path::{Path, PathBuf};

use super::float_image::FloatImage;
use crate::{
    Colorimetry, Error, Range, Result, Size, VideoError, VideoFormat, Yuyv,
    video::{self, InputOptions, Source, file, npy::NpyFrames, picture, y4m::Y4mSource},
};

/// The files of a clip.
#[derive(Clone, Debug)]
pub struct ClipFiles {
    /// The frames: any video or picture that gpucam reads.
    pub clip: PathBuf,
    /// The alpha of each frame: `.npy` (uint8 or float32), `.y4m` (its luma) or a picture (its luma).
    pub alpha: PathBuf,
    /// A picture of the room without the person, for the rim and ring figures.
    pub plate: Option<PathBuf>,
    /// A picture of the room without the person that the chains learn first, as if nobody had been there.
    pub room: Option<PathBuf>,
}

/// An open clip.
pub struct Clip {
    name: String,
    frames: Box<dyn Source>,
    alpha: AlphaFrames,
    alpha_path: PathBuf,
    plate: Option<FloatImage<3>>,
    room: Option<Vec<Yuyv>>,
    /// Number of frames read.
    read: u32,
}

/// A frame of a clip.
#[derive(Clone, Debug)]
pub struct ClipFrame {
    /// The frame.
    pub yuyv: Yuyv,
    /// Its exact alpha, 0..1, row by row.
    pub alpha: Vec<f32>,
}

/// Where the alpha of the frames comes from.
enum AlphaFrames {
    Npy(NpyFrames),
    Y4m(Box<Y4mSource>),
    Picture(Option<(Size, Vec<f32>)>),
}

impl AlphaFrames {
    fn open(path: &Path) -> Result<Self> {
        Ok(match file::ending(path).as_str() {
            "npy" => Self::Npy(NpyFrames::open(path)?),
            "y4m" => Self::Y4m(Box::new(Y4mSource::open(path, &InputOptions::default())?)),
            _ => {
                let picture = picture::read_any(path)?.into_luma16();
                let size = Size::new(picture.width(), picture.height());
                Self::Picture(Some((size, picture.iter().map(|&v| f32::from(v) / 65535.0).collect())))
            }
        })
    }

    fn size(&self) -> Size {
        match self {
            Self::Npy(frames) => frames.size(),
            Self::Y4m(source) => source.format().size,
            Self::Picture(picture) => picture.as_ref().map_or(Size::new(0, 0), |(size, _)| *size),
        }
    }

    fn next(&mut self) -> Result<Option<Vec<f32>>> {
        match self {
            Self::Npy(frames) => frames.next(),
            Self::Y4m(source) => {
                let (zero, one) = match source.format().colorimetry.range {
                    Range::Limited => (16.0, 235.0),
                    Range::Full => (0.0, 255.0),
                };
                let alpha = |code: &u8| ((f32::from(*code) - zero) / (one - zero)).clamp(0.0, 1.0);
                Ok(source.next()?.map(|yuyv| yuyv.iter().step_by(2).map(alpha).collect()))
            }
            Self::Picture(picture) => Ok(picture.take().map(|(_, alpha)| alpha)),
        }
    }
}

impl Clip {
    /// Opens the files.
    ///
    /// # Errors
    /// Those of each file; [`VideoError::Read`] if their sizes differ.
    pub fn open(files: &ClipFiles) -> Result<Self> {
        let ClipFiles { clip, alpha: alpha_path, plate, room } = files;
        let frames = video::open_source(clip, &InputOptions::default())?;
        let alpha = AlphaFrames::open(alpha_path)?;
        let size = frames.format().size;
        let same_size = |path: &Path, got: Size| match got == size {
            true => Ok(()),
            false => {
                let clip = clip.display();
                let reason = format!("it has frames of {got} and {clip} of {size}; make both the same size");
                Err(Error::Video(VideoError::Read { path: path.into(), reason }))
            }
        };
        same_size(alpha_path, alpha.size())?;
        let plate = match plate {
            Some(path) => {
                let picture = picture::read(path)?;
                same_size(path, Size::new(picture.width(), picture.height()))?;
                let pixels = picture.pixels().map(|rgb| rgb.0.map(|v| f32::from(v) / 255.0)).collect();
                Some(FloatImage { size, pixels })
            }
            None => None,
        };
        let room = match room {
            Some(path) => {
                let picture = picture::read(path)?;
                same_size(path, Size::new(picture.width(), picture.height()))?;
                Some(empty_room(size, frames.format().colorimetry, &picture))
            }
            None => None,
        };
        let name = clip.file_name().unwrap_or(clip.as_os_str()).to_string_lossy().into_owned();
        Ok(Self { name, frames, alpha, alpha_path: alpha_path.clone(), plate, room, read: 0 })
    }

    /// The clip's file name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Size of the frames.
    pub fn size(&self) -> Size {
        self.frames.format().size
    }

    /// Size, rate and colorimetry of the frames.
    pub fn format(&self) -> VideoFormat {
        self.frames.format()
    }

    /// Number of frames, if known.
    pub fn frames(&self) -> Option<u64> {
        self.frames.frames()
    }

    /// The room without the person, R'G'B' 0..1.
    pub fn plate(&self) -> Option<&FloatImage<3>> {
        self.plate.as_ref()
    }

    /// Frames of the empty room, to be learnt first.
    pub fn room(&self) -> Option<&[Yuyv]> {
        self.room.as_deref()
    }

    /// Reads the next frame and its alpha; none at the clip's end.
    ///
    /// # Errors
    /// Those of reading; [`VideoError::Read`] if the alpha ends before the clip.
    pub fn next_frame(&mut self) -> Result<Option<ClipFrame>> {
        let size = self.size();
        let Some(bytes) = self.frames.next()? else { return Ok(None) };
        let yuyv = Yuyv { size, bytes: bytes.to_vec() };
        self.read += 1;
        let Some(alpha) = self.alpha.next()? else {
            let reason = format!("it ends before the clip, at frame {}; it needs one of each", self.read);
            return Err(Error::Video(VideoError::Read { path: self.alpha_path.clone(), reason }));
        };
        Ok(Some(ClipFrame { yuyv, alpha }))
    }
}

/// Frames of the empty room: a second of a camera that takes 24.
const EMPTY_FRAMES: u64 = 24;

/// Frames of a picture as a camera with a noise of 1/100 gives them.
fn empty_room(size: Size, colorimetry: Colorimetry, rgb: &[u8]) -> Vec<Yuyv> {
    // A hash of the index (SplitMix64, Steele et al. 2014), four times for a sum near a normal distribution.
    let uniform = |i: u64| {
        let z = i.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 40) as f64 / f64::from(1 << 24)
    };
    let frame = |number: u64| {
        Yuyv::from_rgb(size, colorimetry, |x, y| {
            let at = 3 * (y as usize * size.width as usize + x as usize);
            [0, 1, 2].map(|c| {
                let i = 4 * (number * rgb.len() as u64 + (at + c) as u64);
                let normal = (0..4).map(|k| uniform(i + k) - 0.5).sum::<f64>() * 3f64.sqrt();
                (f64::from(rgb[at + c]) / 255.0 + 0.01 * normal).clamp(0.0, 1.0)
            })
        })
    };
    (0..EMPTY_FRAMES).map(frame).collect()
}
