//! PNG, JPEG and WebP pictures as input and output.

use std::{
    fs::File,
    io::{BufRead, BufReader, Cursor, Read, Seek},
    num::NonZeroU64,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, Rgb,
    RgbImage, Rgba32FImage, RgbaImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder},
    imageops,
};

use crate::{Error, Result, Size, VideoError, Yuyv};

use super::{
    Cutout, InputOptions, Sink, Source, VideoFormat, file,
    fit::fitted,
    jpeg::{self, JpegFault},
    sink,
};

/// JPEG quality of written pictures, 1..100: no visible blocks at a tenth of the size of a PNG.
const JPEG_QUALITY: u8 = 92;

/// Largest decoded picture in bytes: 134 million pixels of 8-bit R'G'B'. A decoder may hold one with four channels
/// beside it, and both are below a gigabyte.
pub(crate) const MAX_BYTES: u64 = 3 << 27;

/// The same for a picture in floats: 67 million pixels.
const MAX_FLOAT_BYTES: u64 = 1 << 30;

/// How a picture is held once it is decoded. That may take more than the decoder gives: a byte of grey becomes three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// A byte for each of three channels, or of four with alpha.
    Bytes,
    /// A float for each of four channels.
    Floats,
}

impl Held {
    /// Whether the picture fits into memory, both as it is decoded and as it is held.
    fn fits(self, decoder: &impl ImageDecoder) -> bool {
        let (width, height) = decoder.dimensions();
        let (bytes_a_pixel, most) = match self {
            Self::Bytes if decoder.color_type().has_alpha() => (4, MAX_BYTES),
            Self::Bytes => (3, MAX_BYTES),
            Self::Floats => (16, MAX_FLOAT_BYTES),
        };
        let held = (u64::from(width) * u64::from(height)).saturating_mul(bytes_a_pixel);
        decoder.total_bytes() <= MAX_BYTES && held <= most
    }
}

/// Whether these are the first bytes of a picture, 12 of them at least.
pub(super) fn begins(head: &[u8]) -> bool {
    let supported = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP];
    image::guess_format(head).is_ok_and(|format| supported.contains(&format))
}

/// Opens a file and finds its format.
fn open(path: &Path) -> Result<ImageReader<BufReader<File>>> {
    let (file, length) = file::open(path)?;
    if length.is_none() {
        // Its format is found by going back to the beginning.
        let reason = "it is a pipe; save it to a file first, or pipe it into --input -".into();
        return Err(Error::Video(VideoError::Read { path: path.into(), reason }));
    }
    reader(path, BufReader::new(file))
}

/// Finds the format of a picture's bytes. Errors call it `path`.
fn reader<R: BufRead + Seek>(path: &Path, bytes: R) -> Result<ImageReader<R>> {
    // By content: many JPEG files are called .png.
    let reader = ImageReader::new(bytes).with_guessed_format();
    let reader = reader.map_err(|e| unreadable(path, &ImageError::IoError(e)))?;
    if reader.format().is_none() {
        let reason = "its first bytes are those of no picture".into();
        return Err(Error::Video(VideoError::Picture { path: path.into(), reason }));
    }
    Ok(reader)
}

/// Opens the decoder for a file.
fn decoder<'a, R: BufRead + Seek + 'a>(
    path: &Path,
    reader: ImageReader<R>,
    held: Held,
) -> Result<impl ImageDecoder + use<'a, R>> {
    let decoder = reader.into_decoder().map_err(|e| unreadable(path, &e))?;
    check_size(path, decoder.dimensions(), held.fits(&decoder))?;
    Ok(decoder)
}

/// Reads a JPEG that is whole. The decoder fills what is missing with grey and reports success.
fn read_jpeg(path: &Path, reader: impl Read, held: Held) -> Result<DynamicImage> {
    let mut bytes = Vec::new();
    let read = reader.take(MAX_BYTES).read_to_end(&mut bytes);
    read.map_err(|e| unreadable(path, &ImageError::IoError(e)))?;
    let fault = jpeg::check(&bytes).err();
    if fault == Some(JpegFault::CutOff) {
        return Err(Error::Video(VideoError::PictureCutOff { path: path.into() }));
    }
    let reader = ImageReader::with_format(Cursor::new(&*bytes), ImageFormat::Jpeg);
    let decoder = decoder(path, reader, held)?;
    if let Some(JpegFault::Damaged(reason)) = fault {
        return Err(Error::Video(VideoError::PictureDamaged { path: path.into(), reason }));
    }
    decode(path, decoder)
}

/// Decodes a picture and applies its orientation.
fn decode(path: &Path, mut decoder: impl ImageDecoder) -> Result<DynamicImage> {
    let wrong = |e: ImageError| unreadable(path, &e);
    let orientation = decoder.orientation().map_err(wrong)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(wrong)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Whether a file begins like a picture.
pub(crate) fn is_picture(path: &Path) -> bool {
    check(path).is_ok()
}

/// Refuses a picture that does not fit into memory, and one without pixels, for which WebP has room: nothing can be
/// scaled to a frame from that.
pub(crate) fn check_size(path: &Path, (width, height): (u32, u32), fits: bool) -> Result<()> {
    let what = match (width, height) {
        (0, _) | (_, 0) => "has no pixels",
        _ if !fits => "is too large",
        _ => return Ok(()),
    };
    Err(Error::Video(VideoError::Picture { path: path.into(), reason: format!("{width}x{height} {what}") }))
}

pub(crate) fn unreadable(path: &Path, e: &ImageError) -> Error {
    if matches!(e, ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof) {
        return Error::Video(VideoError::PictureCutOff { path: path.into() });
    }
    Error::Video(VideoError::Picture { path: path.into(), reason: words(e) })
}

/// Checks by the first bytes that [`read`] supports the picture.
///
/// # Errors
/// As [`read`].
pub fn check(path: &Path) -> Result<()> {
    decoder(path, open(path)?, Held::Bytes).map(drop)
}

/// The same for [`read_floats`].
pub(crate) fn check_floats(path: &Path) -> Result<()> {
    decoder(path, open(path)?, Held::Floats).map(drop)
}

/// Reads a picture and applies its orientation.
pub(crate) fn read_any(path: &Path) -> Result<DynamicImage> {
    read_from(path, open(path)?, Held::Bytes)
}

/// Reads a picture with alpha, in floats, and applies its orientation.
pub(crate) fn read_floats(path: &Path) -> Result<Rgba32FImage> {
    read_from(path, open(path)?, Held::Floats).map(DynamicImage::into_rgba32f)
}

fn read_from<R: BufRead + Seek>(path: &Path, reader: ImageReader<R>, held: Held) -> Result<DynamicImage> {
    match reader.format() {
        Some(ImageFormat::Jpeg) => read_jpeg(path, reader.into_inner(), held),
        _ => decode(path, decoder(path, reader, held)?),
    }
}

/// Reads a picture, applies its orientation and composites it over black.
///
/// # Errors
/// [`VideoError::Read`], [`VideoError::Picture`].
pub fn read(path: &Path) -> Result<RgbImage> {
    read_any(path).map(opaque)
}

/// Composites a picture over black, if it has alpha.
fn opaque(picture: DynamicImage) -> RgbImage {
    if picture.color().has_alpha() { over_black(&picture.into_rgba8()) } else { picture.into_rgb8() }
}

/// Composites a picture over black.
pub(crate) fn over_black(rgba: &RgbaImage) -> RgbImage {
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0.map(u16::from);
        Rgb([r, g, b].map(|v| ((v * a + 127) / 255) as u8))
    })
}

/// The decoder's message on one line.
fn words(e: &ImageError) -> String {
    let text = match e {
        ImageError::Limits(_) => "it is too large".into(),
        ImageError::Unsupported(_) => "its format is none of the three".into(),
        e => e.to_string(),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches(['.', ' ']).to_owned()
}

/// A picture, repeated as a stream of frames.
#[derive(Debug)]
pub struct PictureSource {
    frame: Yuyv,
    format: VideoFormat,
    frames: u64,
    given: u64,
}

impl PictureSource {
    /// Reads the picture at its own size or `options.size`, to give it once or `options.frames` times.
    ///
    /// # Errors
    /// [`VideoError::Read`], [`VideoError::Picture`], [`FrameError::Size`](crate::FrameError::Size).
    pub fn open(path: &Path, options: &InputOptions) -> Result<Self> {
        Self::new(path, read(path)?, options)
    }

    /// The same for the bytes of a file. Errors call it `path`.
    ///
    /// # Errors
    /// As [`PictureSource::open`].
    pub fn decode(path: &Path, bytes: Vec<u8>, options: &InputOptions) -> Result<Self> {
        let picture = read_from(path, reader(path, Cursor::new(bytes))?, Held::Bytes)?;
        Self::new(path, opaque(picture), options)
    }

    fn new(path: &Path, mut picture: RgbImage, options: &InputOptions) -> Result<Self> {
        let own = Size::new(picture.width(), picture.height());
        if options.size.is_none() && own.width % 2 == 1 && own.width > 1 {
            tracing::info!(
                "{} is {own}: its last column is left out, YUYV has pairs of pixels",
                path.display()
            );
            picture = imageops::crop_imm(&picture, 0, 0, own.width - 1, own.height).to_image();
        }
        let size = options.size.unwrap_or(Size::new(picture.width(), picture.height())).check_frame()?;
        let colorimetry = options.colorimetry(Default::default());
        let frame = Yuyv::from_rgb8(size, colorimetry, &fitted(&picture, size, options.fit));
        let format = VideoFormat { size, fps: options.fps, colorimetry };
        Ok(Self { frame, format, frames: options.frames.unwrap_or(1), given: 0 })
    }
}

impl Source for PictureSource {
    fn format(&self) -> VideoFormat {
        self.format
    }

    fn frames(&self) -> Option<u64> {
        Some(self.frames)
    }

    fn next(&mut self) -> Result<Option<&[u8]>> {
        if self.given == self.frames {
            return Ok(None);
        }
        self.given += 1;
        Ok(Some(&self.frame.bytes))
    }
}

/// A picture format for output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFormat {
    /// Lossless.
    Png,
    /// Quality 92.
    Jpeg,
    /// Lossless.
    WebP,
}

impl PictureFormat {
    /// The format of a file name extension in lower case.
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension {
            "png" => Some(Self::Png),
            "jpg" | "jpeg" => Some(Self::Jpeg),
            "webp" => Some(Self::WebP),
            _ => None,
        }
    }
}

/// PixelData with 8 bits per channel, row by row.
type PixelData = (ExtendedColorType, Vec<u8>);

fn encode(kind: PictureFormat, size: Size, (colour, pixels): &PixelData) -> Result<Vec<u8>, ImageError> {
    let (mut bytes, Size { width, height }) = (Vec::new(), size);
    let colour = *colour;
    match kind {
        PictureFormat::Png => PngEncoder::new(&mut bytes).write_image(pixels, width, height, colour),
        PictureFormat::Jpeg => {
            JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).write_image(pixels, width, height, colour)
        }
        PictureFormat::WebP => {
            WebPEncoder::new_lossless(&mut bytes).write_image(pixels, width, height, colour)
        }
    }?;
    Ok(bytes)
}

/// Writes an RGB picture completely or not at all, in the format of the extension.
///
/// # Errors
/// [`VideoError::OutputEnding`], [`VideoError::Write`].
pub fn write(path: &Path, size: Size, rgb: &[u8]) -> Result<()> {
    let endings = ".png, .jpg or .webp";
    let kind = PictureFormat::from_extension(&file::ending(path))
        .ok_or(Error::Video(VideoError::OutputEnding { path: path.into(), endings }))?;
    finish(file::AtomicFile::create(path)?, path, kind, size, (ExtendedColorType::Rgb8, rgb.to_vec()))
}

fn finish(
    out: file::AtomicFile,
    path: &Path,
    kind: PictureFormat,
    size: Size,
    pixels: PixelData,
) -> Result<()> {
    let bytes = encode(kind, size, &pixels);
    out.write(&bytes.map_err(|e| {
        Error::Video(VideoError::Write { path: path.into(), reason: words(&e) + "; try a .png" })
    })?)
}

/// Writes one frame of a stream as a picture.
#[derive(Debug)]
pub struct PictureSink {
    path: PathBuf,
    /// None after the picture is written.
    out: Option<file::AtomicFile>,
    kind: PictureFormat,
    format: VideoFormat,
    frame: NonZeroU64,
    frames_seen: u64,
}

impl PictureSink {
    /// Writes frame number `frame`, counted from 1.
    ///
    /// # Errors
    /// [`VideoError::Write`] if no file can be created in the folder.
    pub fn create(path: &Path, kind: PictureFormat, format: VideoFormat, frame: NonZeroU64) -> Result<Self> {
        let out = Some(file::AtomicFile::create(path)?);
        Ok(Self { path: path.into(), out, kind, format, frame, frames_seen: 0 })
    }
}

impl Sink for PictureSink {
    fn write(&mut self, yuyv: &[u8]) -> Result<ControlFlow<()>> {
        self.keep(yuyv, None)
    }

    fn is_still(&self) -> bool {
        self.frame == NonZeroU64::MIN
    }

    fn write_cutout(&mut self, yuyv: &[u8], alpha: Cutout<'_>) -> Result<ControlFlow<()>> {
        self.keep(yuyv, Some(alpha))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        match self.out {
            None => Ok(()),
            Some(_) => Err(Error::Video(VideoError::NoSuchFrame {
                path: self.path,
                frame: self.frame.get(),
                frames: self.frames_seen,
            })),
        }
    }
}

impl PictureSink {
    fn keep(&mut self, yuyv: &[u8], alpha: Option<Cutout<'_>>) -> Result<ControlFlow<()>> {
        let VideoFormat { size, colorimetry, .. } = self.format;
        sink::check_bytes(size, yuyv)?;
        self.frames_seen += 1;
        if self.frames_seen < self.frame.get() {
            return Ok(ControlFlow::Continue(()));
        }
        if let Some(out) = self.out.take() {
            let rgb = Yuyv { size, bytes: yuyv.to_vec() }.to_rgb8(colorimetry);
            let pixels = match alpha {
                Some(alpha) => (ExtendedColorType::Rgba8, with_alpha(&rgb, &alpha()?)),
                None => (ExtendedColorType::Rgb8, rgb),
            };
            finish(out, &self.path, self.kind, size, pixels)?;
        }
        Ok(ControlFlow::Break(()))
    }
}

/// R'G'B' and alpha with 8 bits per channel. The colour is 0 where alpha is 0.
fn with_alpha(rgb: &[u8], alpha: &[f32]) -> Vec<u8> {
    let pixels = rgb.as_chunks::<3>().0.iter().zip(alpha);
    let pixel = |(&[r, g, b], a): (&[u8; 3], &f32)| match (255.0 * a).round() as u8 {
        0 => [0; 4],
        a => [r, g, b, a],
    };
    pixels.flat_map(pixel).collect()
}
