//! Writes masks and alpha as 16-bit grey PNG or float32 `.npy`.

use std::path::Path;

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};

use crate::{Error, Result, Size, VideoError};

use super::{file, npy};

/// The extensions that [`write()`] accepts, for messages.
pub const ENDINGS: &str = ".npy for float32 or .png for 16-bit grey";

/// Checks that [`write()`] accepts the extension of `path` and that its folder exists.
///
/// # Errors
/// [`VideoError::OutputEnding`], [`VideoError::Write`].
pub fn check(path: &Path) -> Result<()> {
    match file::ending(path).as_str() {
        "npy" | "png" => file::check_writable(path),
        _ => Err(Error::Video(VideoError::OutputEnding { path: path.into(), endings: ENDINGS })),
    }
}

/// Writes a mask or alpha, `size.area()` values row by row, in the format of the extension.
///
/// # Errors
/// [`VideoError::OutputEnding`], [`VideoError::Write`], [`VideoError::Npy`].
pub fn write(path: &Path, size: Size, mask: &[f32]) -> Result<()> {
    match file::ending(path).as_str() {
        "npy" => npy::write(path, &[size.height as usize, size.width as usize], mask),
        "png" => write_grey16(path, size, mask),
        _ => Err(Error::Video(VideoError::OutputEnding { path: path.into(), endings: ENDINGS })),
    }
}

/// Writes values 0..1 as 16-bit grey, 0..65535, rounded. NaN becomes black. Masks are linear: no gamma is
/// applied.
///
/// # Errors
/// [`VideoError::Write`].
pub fn write_grey16(path: &Path, size: Size, mask: &[f32]) -> Result<()> {
    let fail = |reason| Error::Video(VideoError::Write { path: path.into(), reason });
    if mask.len() != size.area() {
        return Err(fail(format!("{} values are no mask of {size}", mask.len())));
    }
    // f64, because 65535·v + ½ is not exact in f32. `as` saturates.
    let grey = mask.iter().flat_map(|&v| ((65535.0 * f64::from(v) + 0.5) as u16).to_ne_bytes());
    let (grey, mut bytes) = (grey.collect::<Vec<u8>>(), Vec::new());
    let colour = ExtendedColorType::L16;
    let encoded = PngEncoder::new(&mut bytes).write_image(&grey, size.width, size.height, colour);
    encoded.map_err(|e| fail(format!("{e}; try a .npy")))?;
    file::AtomicFile::create(path)?.write(&bytes)
}
