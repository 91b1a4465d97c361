//! A buffer of an input stream: what its producer says of it, and its memory.
#![allow(unsafe_code)] // raw buffers, mmap and ioctl

use std::time::Duration;

use pipewire::{
    spa::sys::{
        SPA_META_HEADER_FLAG_CORRUPTED, SPA_META_Header, spa_buffer, spa_buffer_find_meta_data, spa_data,
        spa_meta_header,
    },
    sys::pw_buffer,
};

use super::blocks::{self, Block};
use crate::video::camera::{BrokenFrame, PixelFormat, PixelLayout};

/// SPA_CHUNK_FLAG_CORRUPTED and SPA_CHUNK_FLAG_EMPTY of spa/buffer/buffer.h; the latter is newer than 0.3.48.
const CHUNK_CORRUPTED: i32 = 1;
const CHUNK_EMPTY: i32 = 2;

/// Memory of a buffer that libpipewire does not map (DMA-BUF), mapped for as long as one frame is copied.
struct Mapping {
    address: *mut libc::c_void,
    length: usize,
    /// Where the block begins in it.
    offset: usize,
    fd: i32,
}

/// `struct dma_buf_sync` and DMA_BUF_IOCTL_SYNC of linux/dma-buf.h: the beginning and the end of reading.
const SYNC: libc::Ioctl = 0x4008_6200;
const START_READ: u64 = 1;
const END_READ: u64 = 1 | 4;

impl Mapping {
    fn of(data: &spa_data) -> Option<Self> {
        /// Mappings begin at whole pages; all pages of Linux are multiples of this or smaller.
        const PAGE: usize = 65_536;
        let (fd, offset) = (i32::try_from(data.fd).ok().filter(|fd| *fd >= 0)?, data.mapoffset as usize);
        let within = offset % PAGE;
        let length = within + data.maxsize as usize;
        // SAFETY: a new mapping at a place that the kernel chooses touches no memory of ours.
        let address = unsafe {
            let (access, kind) = (libc::PROT_READ, libc::MAP_SHARED);
            libc::mmap(std::ptr::null_mut(), length, access, kind, fd, (offset - within) as libc::off_t)
        };
        if address == libc::MAP_FAILED {
            return None;
        }
        let mapping = Self { address, length, offset: within, fd };
        mapping.sync(START_READ);
        Some(mapping)
    }

    /// Tells the memory's driver; others than DMA-BUF need it not and refuse it.
    fn sync(&self, flags: u64) {
        // SAFETY: the call reads eight bytes from the pointer.
        unsafe {
            libc::ioctl(self.fd, SYNC, &flags);
        }
    }

    fn start(&self) -> *const u8 {
        self.address.cast::<u8>().cast_const().wrapping_add(self.offset)
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        self.sync(END_READ);
        // SAFETY: this mapping was made in `of`, and nothing refers to it any longer.
        unsafe {
            libc::munmap(self.address, self.length);
        }
    }
}

/// Why a buffer cannot be read.
pub(super) enum Unreadable {
    Broken(BrokenFrame),
    /// Its memory is not mapped.
    Unmapped,
}

/// What is wrong with a buffer that was dequeued, if its producer says so.
///
/// # Safety
/// `buffer` is valid.
pub(super) unsafe fn fault(buffer: *const pw_buffer) -> Option<BrokenFrame> {
    // SAFETY: a valid buffer has `n_datas` blocks with a chunk each.
    let (buffer, blocks) = unsafe {
        let buffer = (*buffer).buffer;
        (buffer, std::slice::from_raw_parts((*buffer).datas, (*buffer).n_datas as usize))
    };
    // SAFETY: as above.
    let flags = blocks.iter().fold(0, |flags, block| flags | unsafe { (*block.chunk).flags });
    // SAFETY: as above.
    let size: u32 = blocks.iter().map(|block| unsafe { (*block.chunk).size }).sum();
    // SAFETY: the caller's buffer.
    let header = unsafe { header(buffer) };
    let corrupted = flags & CHUNK_CORRUPTED != 0
        || header.is_some_and(|header| header.flags & SPA_META_HEADER_FLAG_CORRUPTED != 0);
    if corrupted {
        return Some(BrokenFrame::Damaged("data were lost on the way from the camera".into()));
    }
    (flags & CHUNK_EMPTY != 0 || size == 0).then_some(BrokenFrame::CutOff)
}

/// # Safety
/// `buffer` is valid for as long as what is returned.
unsafe fn header<'a>(buffer: *const spa_buffer) -> Option<&'a spa_meta_header> {
    // SAFETY: the function only looks through the buffer's list, and the size makes sure that there is a whole header.
    unsafe {
        let found = spa_buffer_find_meta_data(buffer, SPA_META_Header, size_of::<spa_meta_header>());
        found.cast::<spa_meta_header>().as_ref()
    }
}

/// The time in a buffer's header.
///
/// # Safety
/// `buffer` is valid.
pub(super) unsafe fn captured(buffer: *const pw_buffer) -> Option<Duration> {
    // SAFETY: the caller's buffer.
    let header = unsafe { header((*buffer).buffer) }?;
    let nanoseconds = u64::try_from(header.pts).ok().filter(|pts| *pts > 0)?;
    Some(Duration::from_nanos(nanoseconds))
}

/// Copies a buffer's frame.
///
/// # Safety
/// `buffer` is valid and its memory stays mapped during the call. The producer may write into it meanwhile: then the
/// picture is torn, and still bytes.
pub(super) unsafe fn copy(
    buffer: *const pw_buffer,
    layout: &PixelLayout,
    to: &mut Vec<u8>,
) -> Result<(), Unreadable> {
    // SAFETY: a valid buffer has `n_datas` blocks.
    let datas = unsafe {
        let buffer = (*buffer).buffer;
        std::slice::from_raw_parts((*buffer).datas, (*buffer).n_datas as usize)
    };
    let mut blocks = Vec::with_capacity(datas.len());
    let mappings: Vec<Option<Mapping>> = datas
        .iter()
        .map(|data| match data.data.is_null() {
            true => Mapping::of(data).map(Some).ok_or(Unreadable::Unmapped),
            false => Ok(None),
        })
        .collect::<Result<_, _>>()?;
    for (data, mapping) in datas.iter().zip(&mappings) {
        let start = mapping.as_ref().map_or(data.data.cast::<u8>().cast_const(), Mapping::start);
        // SAFETY: each block has a chunk, and `maxsize` bytes of memory, mapped by libpipewire or for this call.
        let (chunk, memory) =
            unsafe { (&*data.chunk, std::slice::from_raw_parts(start, data.maxsize as usize)) };
        let start = chunk.offset as usize;
        let end = start.saturating_add(chunk.size as usize).min(memory.len());
        blocks.push(Block { bytes: memory.get(start..end).unwrap_or_default(), stride: chunk.stride });
    }
    let copied = match (layout.pixel_format, &blocks[..]) {
        (PixelFormat::Mjpg, [jpeg, ..]) => {
            to.clear();
            to.extend_from_slice(jpeg.bytes);
            Ok(())
        }
        (_, blocks) => blocks::gather(layout, blocks, to),
    };
    copied.map_err(Unreadable::Broken)
}
