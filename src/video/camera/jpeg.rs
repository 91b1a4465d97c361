//! MJPG: decodes JPEG frames to YUYV directly from YCbCr (JFIF: BT.601, full range).

use std::borrow::Cow;

use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

use super::RangeTables;
use crate::{Size, frame::MAX_SIDE};

/// An APP0 segment "AVI1". It makes the decoder use the Huffman tables of ISO 10918-1 annex K, which Motion
/// JPEG omits.
const AVI1: [u8; 18] = [0xFF, 0xE0, 0, 16, b'A', b'V', b'I', b'1', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Decodes one JPEG of `size` into `yuyv`, `size.yuyv_bytes()` bytes of limited range. The error says what is
/// wrong with the picture.
pub fn unpack(codes: &RangeTables, size: Size, bytes: &[u8], yuyv: &mut [u8]) -> Result<(), String> {
    let bytes = with_tables(bytes);
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(ColorSpace::YCbCr)
        .set_max_width(MAX_SIDE as usize)
        .set_max_height(MAX_SIDE as usize);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&*bytes), options);
    let words = |e: zune_jpeg::errors::DecodeErrors| format!("{e:?}");
    decoder.decode_headers().map_err(words)?;
    let info = decoder.info().ok_or("a JPEG without a header")?;
    let got = Size::new(info.width.into(), info.height.into());
    if got != size {
        return Err(format!("a JPEG of {got}"));
    }
    match decoder.input_colorspace() {
        Some(ColorSpace::YCbCr) => {}
        other => return Err(format!("a JPEG of {other:?}, not YCbCr")),
    }
    let pixels = decoder.decode().map_err(words)?;
    if pixels.len() < 3 * size.area() {
        return Err(format!("a JPEG of {} bytes", pixels.len()));
    }
    for (out, pair) in yuyv.chunks_exact_mut(4).zip(pixels.chunks_exact(6)) {
        let mean = |at: usize| codes.chroma(2 * (u16::from(pair[at]) + u16::from(pair[at + 3])));
        out.copy_from_slice(&[codes.luma(pair[0]), mean(1), codes.luma(pair[3]), mean(2)]);
    }
    Ok(())
}

/// The JPEG, with [`AVI1`] inserted if it has no Huffman tables.
fn with_tables(bytes: &[u8]) -> Cow<'_, [u8]> {
    const SOI: [u8; 2] = [0xFF, 0xD8];
    const DHT: u8 = 0xC4;
    const SOS: u8 = 0xDA;
    let mut at = SOI.len();
    if !bytes.starts_with(&SOI) {
        return Cow::Borrowed(bytes);
    }
    while let Some(&[0xFF, marker, high, low]) = bytes.get(at..at + 4) {
        match marker {
            DHT => return Cow::Borrowed(bytes),
            SOS => return Cow::Owned([&SOI[..], &AVI1, &bytes[SOI.len()..]].concat()),
            0xFF => at += 1, // a fill byte
            _ => at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2),
        }
    }
    Cow::Borrowed(bytes)
}
