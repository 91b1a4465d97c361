//! MJPG: decodes JPEG frames to YUYV directly from YCbCr (JFIF: BT.601, full range).

use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

use super::RangeTables;
use crate::{
    DeviceFault, FormatError, Size,
    frame::MAX_SIDE,
    video::jpeg::{self, JpegFault},
};

/// JPEGs are coded in blocks of 8 or 16 pixels; some cameras name a size that counts whole blocks, such as
/// 1088 rows for 1080.
const LARGEST_BLOCK: u32 = 16;

/// Why a frame cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenFrame {
    /// The picture has another size than was agreed on.
    #[error("a picture of {got} instead of {asked}")]
    Size {
        /// The agreed size.
        asked: Size,
        /// The picture's own.
        got: Size,
    },
    /// The picture ends too early.
    #[error("a picture that is cut off")]
    CutOff,
    /// The picture is damaged, or of a kind that no camera should send.
    #[error("a damaged picture ({0})")]
    Damaged(String),
}

impl BrokenFrame {
    /// The fault of a camera that has sent only such frames for `seconds` seconds.
    pub fn fault(&self, seconds: u64) -> DeviceFault {
        match self {
            Self::Size { asked, got } => FormatError::Changed {
                asked: "MJPG".into(),
                asked_size: *asked,
                got: "MJPG".into(),
                size: *got,
            }
            .into(),
            broken => DeviceFault::BrokenPictures { seconds, last: broken.to_string() },
        }
    }
}

/// Decodes one JPEG of `size`, or larger by less than a block, into `yuyv`, `size.yuyv_bytes()` bytes of
/// limited range.
///
/// # Errors
/// What is wrong with the picture. Then `yuyv` may hold parts of it.
pub fn unpack(codes: &RangeTables, size: Size, bytes: &[u8], yuyv: &mut [u8]) -> Result<(), BrokenFrame> {
    let bytes = jpeg::with_tables(bytes);
    jpeg::check(&bytes).map_err(|fault| match fault {
        JpegFault::CutOff => BrokenFrame::CutOff,
        JpegFault::Damaged(reason) => BrokenFrame::Damaged(reason.into()),
    })?;
    let damaged = |e: zune_jpeg::errors::DecodeErrors| BrokenFrame::Damaged(format!("{e:?}"));
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(ColorSpace::YCbCr)
        .set_max_width(MAX_SIDE as usize)
        .set_max_height(MAX_SIDE as usize);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&*bytes), options);
    decoder.decode_headers().map_err(damaged)?;
    let info = decoder.info().ok_or_else(|| BrokenFrame::Damaged("no header".into()))?;
    let got = Size::new(info.width.into(), info.height.into());
    let fits = |got: u32, asked: u32| (asked..asked + LARGEST_BLOCK).contains(&got);
    if !fits(got.width, size.width) || !fits(got.height, size.height) {
        return Err(BrokenFrame::Size { asked: size, got });
    }
    let grey = match decoder.input_colorspace() {
        Some(ColorSpace::YCbCr) => false,
        Some(ColorSpace::Luma) => {
            decoder.set_options(options.jpeg_set_out_colorspace(ColorSpace::Luma));
            true
        }
        other => return Err(BrokenFrame::Damaged(format!("its colours are {other:?}, not YCbCr"))),
    };
    let pixels = decoder.decode().map_err(damaged)?;
    let samples = if grey { 1 } else { 3 };
    if pixels.len() < samples * got.area() {
        return Err(BrokenFrame::Damaged(format!("{} bytes of pixels", pixels.len())));
    }
    let rows = pixels.chunks_exact(samples * got.width as usize);
    for (out, row) in yuyv.chunks_exact_mut(2 * size.width as usize).zip(rows) {
        for (out, pair) in out.chunks_exact_mut(4).zip(row.chunks_exact(2 * samples)) {
            out.copy_from_slice(&match *pair {
                [y0, cb0, cr0, y1, cb1, cr1] => {
                    let mean = |a: u8, b: u8| codes.chroma(2 * (u16::from(a) + u16::from(b)));
                    [codes.luma(y0), mean(cb0, cb1), codes.luma(y1), mean(cr0, cr1)]
                }
                _ => [codes.luma(pair[0]), NEUTRAL, codes.luma(pair[1]), NEUTRAL],
            });
        }
    }
    Ok(())
}

/// The chroma of grey, in either range.
const NEUTRAL: u8 = 128;
