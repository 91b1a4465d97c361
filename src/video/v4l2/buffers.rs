//! The driver's buffers, mapped into this process (V4L2 memory-mapped streaming I/O).

use std::{io, os::fd::AsRawFd, ptr::NonNull, sync::Arc, time::Duration};

use v4l::{v4l_sys::*, v4l2::vidioc};

use super::node::{BufferDirection, DeviceNode, zeroed};

/// A buffer that the driver has finished with.
#[derive(Clone, Copy, Debug)]
pub struct DequeuedBuffer {
    /// Its index.
    pub index: usize,
    /// Where the picture begins in it; not at 0 with some multiplanar drivers (`data_offset`).
    pub offset: usize,
    /// Bytes of the picture (`bytesused`, without the offset).
    pub bytes: usize,
    /// `V4L2_BUF_FLAG_…`.
    pub flags: u32,
    /// When its first byte was captured, on the monotonic clock with most drivers.
    pub timestamp: Duration,
    /// The driver's frame counter.
    pub sequence: u32,
}

/// Buffers shared with the driver.
#[derive(Debug)]
pub struct Buffers {
    node: Arc<DeviceNode>,
    direction: BufferDirection,
    mappings: Vec<Mapping>,
    streaming: bool,
}

#[derive(Debug)]
struct Mapping {
    start: NonNull<u8>,
    bytes: usize,
    /// Whether the driver owns it now.
    queued: bool,
}

// SAFETY: the mapping is not tied to a thread.
unsafe impl Send for Mapping {}

impl Buffers {
    /// VIDIOC_REQBUFS, VIDIOC_QUERYBUF and mmap(2). The driver may allocate more or fewer buffers than
    /// `count`.
    ///
    /// # Errors
    /// What these calls report; no buffer stays allocated.
    pub fn request(node: &Arc<DeviceNode>, direction: BufferDirection, count: u32) -> io::Result<Self> {
        let mut buffers = Self { node: node.clone(), direction, mappings: Vec::new(), streaming: false };
        let count = buffers.require(count)?;
        for index in 0..count {
            let mut buffer = buffers.buffer(index as usize);
            buffers.exchange(vidioc::VIDIOC_QUERYBUF, &mut buffer)?;
            // SAFETY: QUERYBUF sets the offset for memory-mapped buffers.
            let offset = unsafe { buffer.m.offset };
            // SAFETY: a new mapping at an address of the kernel's choice, as long as the buffer.
            let start = unsafe {
                libc::mmap(
                    std::ptr::null_mut(),
                    buffer.length as usize,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_SHARED,
                    node.fd().as_raw_fd(),
                    libc::off_t::from(offset),
                )
            };
            if start == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
            let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::AddrNotAvailable)?;
            buffers.mappings.push(Mapping { start, bytes: buffer.length as usize, queued: false });
        }
        Ok(buffers)
    }

    fn require(&self, count: u32) -> io::Result<u32> {
        let memory = v4l2_memory_V4L2_MEMORY_MMAP;
        let mut wanted = v4l2_requestbuffers { count, type_: self.direction as u32, memory, ..zeroed() };
        self.node.call(vidioc::VIDIOC_REQBUFS, &mut wanted)?;
        Ok(wanted.count)
    }

    fn buffer(&self, index: usize) -> v4l2_buffer {
        let memory = v4l2_memory_V4L2_MEMORY_MMAP;
        v4l2_buffer { index: index as u32, type_: self.direction as u32, memory, ..zeroed() }
    }

    /// Passes a buffer to the driver. Length, bytes and offset in memory are afterwards those of a multiplanar
    /// buffer's one plane, as a single-planar buffer has them. Returns where its picture begins.
    fn exchange(&self, request: vidioc::_IOC_TYPE, buffer: &mut v4l2_buffer) -> io::Result<usize> {
        if self.direction != BufferDirection::CaptureMultiplanar {
            return self.node.call(request, buffer).map(|()| 0);
        }
        let mut plane: v4l2_plane = zeroed();
        // The kernel reads and writes as many planes as `length` says, during the call only.
        buffer.m.planes = &raw mut plane;
        buffer.length = 1;
        self.node.call(request, buffer)?;
        buffer.length = plane.length;
        buffer.bytesused = plane.bytesused.saturating_sub(plane.data_offset);
        // SAFETY: integers; QUERYBUF sets the offset for memory-mapped buffers.
        buffer.m.offset = unsafe { plane.m.mem_offset };
        Ok(plane.data_offset as usize)
    }

    /// Number of buffers.
    pub fn count(&self) -> usize {
        self.mappings.len()
    }

    /// The memory of a buffer; none while the driver owns it.
    pub fn bytes(&self, index: usize) -> Option<&[u8]> {
        let mapping = self.mappings.get(index).filter(|mapping| !mapping.queued)?;
        // SAFETY: mapped until `self` is dropped; the driver writes only to queued buffers.
        Some(unsafe { std::slice::from_raw_parts(mapping.start.as_ptr(), mapping.bytes) })
    }

    /// The memory of a buffer, to fill; none while the driver owns it.
    pub fn bytes_mut(&mut self, index: usize) -> Option<&mut [u8]> {
        let mapping = self.mappings.get(index).filter(|mapping| !mapping.queued)?;
        // SAFETY: as in `bytes`, and borrowed mutably. A consumer that still shows an old buffer only reads
        // it, from another process.
        Some(unsafe { std::slice::from_raw_parts_mut(mapping.start.as_ptr(), mapping.bytes) })
    }

    /// VIDIOC_QBUF: gives a buffer to the driver. An output buffer carries `bytes` bytes and the timestamp
    /// `time`.
    pub fn queue(&mut self, index: usize, bytes: usize, time: Duration) -> io::Result<()> {
        let mut buffer = self.buffer(index);
        if self.direction == BufferDirection::Output {
            buffer.bytesused = bytes as u32;
            buffer.field = v4l2_field_V4L2_FIELD_NONE;
            buffer.timestamp.tv_sec = time.as_secs() as _;
            buffer.timestamp.tv_usec = time.subsec_micros() as _;
        }
        self.exchange(vidioc::VIDIOC_QBUF, &mut buffer)?;
        if let Some(mapping) = self.mappings.get_mut(index) {
            mapping.queued = true;
        }
        Ok(())
    }

    /// VIDIOC_DQBUF: takes a finished buffer back; none if no buffer is finished yet.
    pub fn dequeue(&mut self) -> io::Result<Option<DequeuedBuffer>> {
        let mut buffer = self.buffer(0);
        let offset = match self.exchange(vidioc::VIDIOC_DQBUF, &mut buffer) {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            other => other?,
        };
        let index = buffer.index as usize;
        let mapping = self.mappings.get_mut(index).ok_or(io::ErrorKind::InvalidData)?;
        mapping.queued = false;
        let time = buffer.timestamp;
        let timestamp = Duration::from_secs(time.tv_sec.try_into().unwrap_or_default())
            + Duration::from_micros(time.tv_usec.try_into().unwrap_or_default());
        let offset = offset.min(mapping.bytes);
        let bytes = (buffer.bytesused as usize).min(mapping.bytes - offset);
        Ok(Some(DequeuedBuffer {
            index,
            offset,
            bytes,
            flags: buffer.flags,
            timestamp,
            sequence: buffer.sequence,
        }))
    }

    /// Takes back an output buffer that consumers have been shown, whichever buffer VIDIOC_DQBUF returns:
    /// v4l2loopback neither copies nor waits for consumers, and before 0.13 it returns the newest buffer
    /// instead of the oldest.
    pub fn reclaim(&mut self, index: usize) -> io::Result<()> {
        self.dequeue()?;
        if let Some(mapping) = self.mappings.get_mut(index) {
            mapping.queued = false;
        }
        Ok(())
    }

    /// VIDIOC_STREAMON.
    pub fn start(&mut self) -> io::Result<()> {
        self.node.stream_on(self.direction)?;
        self.streaming = true;
        Ok(())
    }
}

impl Drop for Buffers {
    fn drop(&mut self) {
        // An unplugged device refuses; the kernel has freed its buffers.
        if self.streaming {
            let _ = self.node.call(vidioc::VIDIOC_STREAMOFF, &mut (self.direction as i32));
        }
        for mapping in &self.mappings {
            // SAFETY: our own mapping of this length, no longer borrowed.
            unsafe { libc::munmap(mapping.start.as_ptr().cast(), mapping.bytes) };
        }
        let _ = self.require(0);
    }
}
