//! The memory of a buffer, copied into rows without padding. Plain code: slices go in, a frame comes out.
//!
//! A buffer has one block of memory with all planes, or one for each plane. What a block's chunk says of offset, size
//! and stride holds for this one frame.

use crate::video::camera::{BrokenFrame, PixelFormat, PixelLayout};

/// A block: its bytes from the chunk's offset on, as many as the chunk says.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Bytes from row to row; 0 if the chunk does not say.
    pub stride: i32,
}

/// A plane: rows of so many bytes, and what they are of the luma plane's stride.
struct PlaneRows {
    bytes: usize,
    rows: usize,
    /// Its stride is the first plane's, divided by this.
    part: usize,
}

/// Copies a raw frame into `frame`, whose layout is `layout`, without padding.
///
/// # Errors
/// [`BrokenFrame`] if the blocks hold less than a frame.
pub fn gather(layout: &PixelLayout, blocks: &[Block<'_>], frame: &mut Vec<u8>) -> Result<(), BrokenFrame> {
    let planes = planes(layout);
    frame.clear();
    match blocks {
        [all] => {
            let strides = strides(all, &planes)?;
            let mut rest = all.bytes;
            for (plane, stride) in planes.iter().zip(strides) {
                copy(rest, stride, plane, frame)?;
                rest = rest.get(stride * plane.rows..).unwrap_or_default();
            }
        }
        each if each.len() == planes.len() => {
            for (block, plane) in each.iter().zip(&planes) {
                copy(block.bytes, stride(block, plane)?, plane, frame)?;
            }
        }
        _ => {
            let what = format!("{} blocks of memory for {} planes", blocks.len(), planes.len());
            return Err(BrokenFrame::Damaged(what));
        }
    }
    Ok(())
}

fn planes(layout: &PixelLayout) -> Vec<PlaneRows> {
    let (width, rows) = (layout.size.width as usize, layout.size.height as usize);
    let half = rows.div_ceil(2);
    let first = PlaneRows { bytes: layout.pixel_format.row_bytes(layout.size.width) as usize, rows, part: 1 };
    let mut planes = vec![first];
    match layout.pixel_format {
        PixelFormat::Nv12 | PixelFormat::Nv21 => planes.push(PlaneRows { bytes: width, rows: half, part: 1 }),
        PixelFormat::Yu12 | PixelFormat::Yv12 => {
            planes.extend([(); 2].map(|()| PlaneRows { bytes: width / 2, rows: half, part: 2 }));
        }
        _ => {}
    }
    planes
}

/// The stride of a block that begins with `plane`.
fn stride(block: &Block<'_>, plane: &PlaneRows) -> Result<usize, BrokenFrame> {
    match usize::try_from(block.stride) {
        Ok(0) => Ok(plane.bytes),
        Ok(stride) if stride >= plane.bytes => Ok(stride),
        _ => Err(BrokenFrame::Damaged(format!("rows of {} bytes, {} apart", plane.bytes, block.stride))),
    }
}

/// The stride of each plane in a block of all. GStreamer begins every row with a word, and its chunks may not say so: the
/// size of the block tells.
fn strides(block: &Block<'_>, planes: &[PlaneRows]) -> Result<Vec<usize>, BrokenFrame> {
    let said = stride(block, &planes[0])?;
    let plain = |stride: usize| -> Vec<usize> { planes.iter().map(|plane| stride / plane.part).collect() };
    let in_words = |stride: usize| -> Vec<usize> {
        planes.iter().map(|plane| (stride / plane.part).next_multiple_of(4)).collect()
    };
    let fits = |strides: &Vec<usize>| {
        let bytes = strides.iter().zip(planes).map(|(stride, plane)| stride * plane.rows);
        bytes.sum::<usize>() == block.bytes.len()
    };
    let candidates = match block.stride {
        0 => vec![plain(said), in_words(said.next_multiple_of(4))],
        _ => vec![plain(said), in_words(said)],
    };
    Ok(candidates.into_iter().find(fits).unwrap_or_else(|| plain(said)))
}

fn copy(bytes: &[u8], stride: usize, plane: &PlaneRows, frame: &mut Vec<u8>) -> Result<(), BrokenFrame> {
    // The last row needs no padding.
    if bytes.len() < stride * (plane.rows - 1) + plane.bytes {
        return Err(BrokenFrame::CutOff);
    }
    if stride == plane.bytes {
        frame.extend_from_slice(&bytes[..stride * plane.rows]);
    } else {
        bytes.chunks(stride).take(plane.rows).for_each(|row| frame.extend_from_slice(&row[..plane.bytes]));
    }
    Ok(())
}
