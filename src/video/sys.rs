//! The system calls behind a camera and a loopback, each wrapped once.
//!
//! The `v4l` crate gives the kernel's structures and request numbers. Its own device and stream are not used: they
//! panic on what a driver may well answer (an unknown field order, a stream that stops badly), and they carry no
//! YCbCr encoding, no output timestamp and no events.
#![allow(unsafe_code)] // ioctl, mmap, poll, signalfd and inotify; each use says why it holds

use std::{
    ffi::{CString, c_void},
    fs::{File, OpenOptions},
    io, mem,
    os::{
        fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd},
        unix::{ffi::OsStrExt, fs::OpenOptionsExt},
    },
    path::Path,
    ptr::NonNull,
    sync::Arc,
    time::Duration,
};

use v4l::{
    v4l_sys::*,
    v4l2::{self, vidioc},
};

use super::Fps;
use crate::Size;

/// A structure of the kernel's interface.
///
/// # Safety
/// All zeros is a value of it, and so is whatever the kernel writes.
unsafe trait Plain: Copy {}
macro_rules! plain {
    ($($name:ty),*) => { $(
        // SAFETY: C structures of integers; unions hold integers, or pointers that are never followed here.
        unsafe impl Plain for $name {}
    )* };
}
plain!(
    v4l2_capability,
    v4l2_fmtdesc,
    v4l2_frmsizeenum,
    v4l2_frmivalenum,
    v4l2_format,
    v4l2_streamparm,
    v4l2_requestbuffers,
    v4l2_buffer,
    v4l2_event_subscription,
    v4l2_event,
    v4l2_control,
    i32
);

fn zeroed<T: Plain>() -> T {
    // SAFETY: `Plain` says that zeros are a value.
    unsafe { mem::zeroed() }
}

/// Not in the v4l crate: `_IOR('V', 89, struct v4l2_event)` and `_IOW('V', 90, struct v4l2_event_subscription)`.
const DQEVENT: vidioc::_IOC_TYPE = request(2, 89, size_of::<v4l2_event>());
const SUBSCRIBE_EVENT: vidioc::_IOC_TYPE = request(1, 90, size_of::<v4l2_event_subscription>());

/// `_IOC(direction, 'V', number, size)` of linux/ioctl.h.
const fn request(direction: u32, number: u32, size: usize) -> vidioc::_IOC_TYPE {
    (direction << 30 | (size as u32) << 16 | (b'V' as u32) << 8 | number) as vidioc::_IOC_TYPE
}

/// Which way frames go, as `enum v4l2_buf_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the device.
    Capture = 1,
    /// To the device.
    Output = 2,
}

/// `struct v4l2_capability`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capability {
    /// The driver's name.
    pub driver: String,
    /// The device's name.
    pub card: String,
    /// Where it is plugged in.
    pub bus: String,
    /// Of the kernel, or of a driver from outside it: major, minor, patch.
    pub version: (u8, u8, u8),
    /// What this node can do.
    pub device_caps: u32,
}

/// `struct v4l2_pix_format`, in the kernel's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PixFormat {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Little-endian four characters.
    pub fourcc: u32,
    /// Bytes from a row to the next, of the first plane.
    pub stride: u32,
    /// Bytes of a frame at most.
    pub bytes: u32,
    /// `enum v4l2_colorspace`.
    pub colorspace: u32,
    /// `enum v4l2_ycbcr_encoding`.
    pub encoding: u32,
    /// `enum v4l2_quantization`.
    pub quantization: u32,
    /// `enum v4l2_xfer_func`.
    pub transfer: u32,
}

/// Sizes that a format comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sizes {
    /// This one.
    One(Size),
    /// Every size from the first to the second, in steps of the third.
    Steps(Size, Size, Size),
}

/// A filled buffer, back from the driver.
#[derive(Clone, Copy, Debug)]
pub struct Filled {
    /// Its number.
    pub index: usize,
    /// Bytes in it.
    pub bytes: usize,
    /// `V4L2_BUF_FLAG_…`.
    pub flags: u32,
    /// When its first byte was captured, mostly on the monotonic clock.
    pub timestamp: Duration,
    /// The driver's count of frames.
    pub sequence: u32,
}

/// An open device.
#[derive(Debug)]
pub struct Node {
    file: File,
}

impl Node {
    /// Opens a device without ever waiting for it.
    ///
    /// # Errors
    /// The system's.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        Ok(Self { file })
    }

    /// The descriptor, to poll.
    pub fn fd(&self) -> BorrowedFd<'_> {
        use std::os::fd::AsFd;
        self.file.as_fd()
    }

    /// The device's number, which its other names share.
    pub fn rdev(&self) -> io::Result<u64> {
        use std::os::unix::fs::MetadataExt;
        self.file.metadata().map(|about| about.rdev())
    }

    fn call<T: Plain>(&self, request: vidioc::_IOC_TYPE, argument: &mut T) -> io::Result<()> {
        assert_eq!((request >> 16) as usize & 0x3FFF, size_of::<T>(), "the request's own size");
        loop {
            // SAFETY: the descriptor is open, and the kernel touches as many bytes as the request says, which are
            // those of `argument`. Of pointers inside (none is set here) it follows none.
            let done =
                unsafe { v4l2::ioctl(self.file.as_raw_fd(), request, (argument as *mut T).cast::<c_void>()) };
            match done {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    /// VIDIOC_QUERYCAP.
    pub fn capability(&self) -> io::Result<Capability> {
        let mut cap: v4l2_capability = zeroed();
        self.call(vidioc::VIDIOC_QUERYCAP, &mut cap)?;
        let version = [16, 8, 0].map(|shift| (cap.version >> shift & 0xFF) as u8);
        // Old drivers have no caps of the node; then the device's are the node's.
        let has_own = cap.capabilities & V4L2_CAP_DEVICE_CAPS != 0;
        Ok(Capability {
            driver: text(&cap.driver),
            card: text(&cap.card),
            bus: text(&cap.bus_info),
            version: version.into(),
            device_caps: if has_own { cap.device_caps } else { cap.capabilities },
        })
    }

    /// VIDIOC_ENUM_FMT: fourccs, in the driver's order.
    pub fn formats(&self, way: Way) -> Vec<u32> {
        let one = |index| {
            let mut format = v4l2_fmtdesc { index, type_: way as u32, ..zeroed() };
            self.call(vidioc::VIDIOC_ENUM_FMT, &mut format).ok().map(|()| format.pixelformat)
        };
        (0..MOST).map_while(one).collect()
    }

    /// VIDIOC_ENUM_FRAMESIZES.
    pub fn sizes(&self, fourcc: u32) -> Vec<Sizes> {
        let one = |index| {
            let mut size = v4l2_frmsizeenum { index, pixel_format: fourcc, ..zeroed() };
            self.call(vidioc::VIDIOC_ENUM_FRAMESIZES, &mut size).ok()?;
            // SAFETY: integers in either case.
            let (one, steps) = unsafe { (size.__bindgen_anon_1.discrete, size.__bindgen_anon_1.stepwise) };
            Some(match size.type_ {
                DISCRETE => Sizes::One(Size::new(one.width, one.height)),
                _ => Sizes::Steps(
                    Size::new(steps.min_width, steps.min_height),
                    Size::new(steps.max_width, steps.max_height),
                    Size::new(steps.step_width.max(1), steps.step_height.max(1)),
                ),
            })
        };
        (0..MOST).map_while(one).collect()
    }

    /// VIDIOC_ENUM_FRAMEINTERVALS as rates; of a range its fastest and its slowest.
    pub fn rates(&self, fourcc: u32, Size { width, height }: Size) -> Vec<Fps> {
        let one = |index| {
            let mut rate = v4l2_frmivalenum { index, pixel_format: fourcc, width, height, ..zeroed() };
            self.call(vidioc::VIDIOC_ENUM_FRAMEINTERVALS, &mut rate).ok()?;
            // SAFETY: integers in either case.
            let (one, steps) = unsafe { (rate.__bindgen_anon_1.discrete, rate.__bindgen_anon_1.stepwise) };
            Some(match rate.type_ {
                DISCRETE => vec![one],
                _ => vec![steps.min, steps.max],
            })
        };
        let fps = |v: v4l2_fract| Fps::new(v.denominator, v.numerator);
        (0..MOST).map_while(one).flatten().filter_map(fps).collect()
    }

    /// VIDIOC_G_FMT.
    pub fn format(&self, way: Way) -> io::Result<PixFormat> {
        let mut format = v4l2_format { type_: way as u32, ..zeroed() };
        self.call(vidioc::VIDIOC_G_FMT, &mut format)?;
        Ok(pix_format(&format))
    }

    /// VIDIOC_S_FMT; what the driver made of it.
    pub fn set_format(&self, way: Way, wanted: &PixFormat) -> io::Result<PixFormat> {
        let mut pix = v4l2_pix_format {
            width: wanted.width,
            height: wanted.height,
            pixelformat: wanted.fourcc,
            field: v4l2_field_V4L2_FIELD_NONE,
            bytesperline: wanted.stride,
            sizeimage: wanted.bytes,
            colorspace: wanted.colorspace,
            priv_: V4L2_PIX_FMT_PRIV_MAGIC, // or the encoding and the range are not read
            // SAFETY: an integer under either name; zero is the default.
            ..unsafe { mem::zeroed() }
        };
        pix.__bindgen_anon_1.ycbcr_enc = wanted.encoding;
        pix.quantization = wanted.quantization;
        pix.xfer_func = wanted.transfer;
        let mut format = v4l2_format { type_: way as u32, ..zeroed() };
        format.fmt.pix = pix;
        self.call(vidioc::VIDIOC_S_FMT, &mut format)?;
        Ok(pix_format(&format))
    }

    /// VIDIOC_S_PARM; the rate that the driver says it has now, if it says any.
    pub fn set_fps(&self, way: Way, fps: Fps) -> io::Result<Option<Fps>> {
        let time = v4l2_fract { numerator: fps.denominator(), denominator: fps.numerator() };
        let mut parm = v4l2_streamparm { type_: way as u32, ..zeroed() };
        match way {
            Way::Capture => parm.parm.capture = v4l2_captureparm { timeperframe: time, ..capture(&parm) },
            Way::Output => parm.parm.output = v4l2_outputparm { timeperframe: time, ..output(&parm) },
        }
        self.call(vidioc::VIDIOC_S_PARM, &mut parm)?;
        Ok(rate(way, &parm))
    }

    /// VIDIOC_G_PARM.
    pub fn fps(&self, way: Way) -> Option<Fps> {
        let mut parm = v4l2_streamparm { type_: way as u32, ..zeroed() };
        self.call(vidioc::VIDIOC_G_PARM, &mut parm).ok()?;
        rate(way, &parm)
    }

    /// VIDIOC_G_CTRL.
    pub fn control(&self, id: u32) -> io::Result<i32> {
        let mut control = v4l2_control { id, value: 0 };
        self.call(vidioc::VIDIOC_G_CTRL, &mut control)?;
        Ok(control.value)
    }

    /// VIDIOC_S_CTRL.
    pub fn set_control(&self, id: u32, value: i32) -> io::Result<()> {
        self.call(vidioc::VIDIOC_S_CTRL, &mut v4l2_control { id, value })
    }

    /// VIDIOC_SUBSCRIBE_EVENT; the state of now comes as a first event.
    pub fn subscribe(&self, event: u32) -> io::Result<()> {
        const SEND_INITIAL: u32 = 1;
        let mut wanted = v4l2_event_subscription { type_: event, flags: SEND_INITIAL, ..zeroed() };
        self.call(SUBSCRIBE_EVENT, &mut wanted)
    }

    /// VIDIOC_DQEVENT: an event's number, and the first four bytes of its data as one. None where none waits.
    pub fn event(&self) -> Option<(u32, u32)> {
        let mut event: v4l2_event = zeroed();
        self.call(DQEVENT, &mut event).ok()?;
        // SAFETY: bytes, all set by the kernel or zero.
        let data = unsafe { event.u.data };
        Some((event.type_, u32::from_ne_bytes([data[0], data[1], data[2], data[3]])))
    }

    /// VIDIOC_STREAMON.
    pub fn stream_on(&self, way: Way) -> io::Result<()> {
        self.call(vidioc::VIDIOC_STREAMON, &mut (way as i32))
    }

    /// One write(2).
    pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        io::Write::write(&mut &self.file, bytes)
    }
}

/// V4L2_FRMSIZE_TYPE_DISCRETE and V4L2_FRMIVAL_TYPE_DISCRETE.
const DISCRETE: u32 = 1;

/// No list of a driver is longer.
const MOST: u32 = 256;

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).trim().to_owned()
}

fn pix_format(format: &v4l2_format) -> PixFormat {
    // SAFETY: integers, of which those that matter are set: only single-planar video formats are asked for.
    let pix = unsafe { format.fmt.pix };
    PixFormat {
        width: pix.width,
        height: pix.height,
        fourcc: pix.pixelformat,
        stride: pix.bytesperline,
        bytes: pix.sizeimage,
        colorspace: pix.colorspace,
        // SAFETY: an integer under either name.
        encoding: unsafe { pix.__bindgen_anon_1.ycbcr_enc },
        quantization: pix.quantization,
        transfer: pix.xfer_func,
    }
}

fn capture(parm: &v4l2_streamparm) -> v4l2_captureparm {
    // SAFETY: integers.
    unsafe { parm.parm.capture }
}

fn output(parm: &v4l2_streamparm) -> v4l2_outputparm {
    // SAFETY: integers.
    unsafe { parm.parm.output }
}

fn rate(way: Way, parm: &v4l2_streamparm) -> Option<Fps> {
    let time = match way {
        Way::Capture => capture(parm).timeperframe,
        Way::Output => output(parm).timeperframe,
    };
    Fps::new(time.denominator, time.numerator)
}

/// Buffers that the driver and we share.
#[derive(Debug)]
pub struct Buffers {
    node: Arc<Node>,
    way: Way,
    maps: Vec<Map>,
    streaming: bool,
}

#[derive(Debug)]
struct Map {
    start: NonNull<u8>,
    bytes: usize,
    /// Whether the driver has it now.
    queued: bool,
}

// SAFETY: the memory belongs to the mapping, not to a thread.
unsafe impl Send for Map {}

impl Buffers {
    /// VIDIOC_REQBUFS, QUERYBUF and mmap: about `count` buffers, as many as the driver likes.
    ///
    /// # Errors
    /// The system's; none is left behind.
    pub fn request(node: &Arc<Node>, way: Way, count: u32) -> io::Result<Self> {
        let mut buffers = Self { node: node.clone(), way, maps: Vec::new(), streaming: false };
        let count = buffers.require(count)?;
        for index in 0..count {
            let mut buffer = buffers.buffer(index as usize);
            node.call(vidioc::VIDIOC_QUERYBUF, &mut buffer)?;
            // SAFETY: a number, set by QUERYBUF for mapped memory.
            let offset = unsafe { buffer.m.offset };
            // SAFETY: a new mapping at an address of the kernel's choice, of a buffer as long as it says.
            let start = unsafe {
                libc::mmap(
                    std::ptr::null_mut(),
                    buffer.length as usize,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_SHARED,
                    node.file.as_raw_fd(),
                    libc::off_t::from(offset),
                )
            };
            if start == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
            let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::AddrNotAvailable)?;
            buffers.maps.push(Map { start, bytes: buffer.length as usize, queued: false });
        }
        Ok(buffers)
    }

    fn require(&self, count: u32) -> io::Result<u32> {
        let memory = v4l2_memory_V4L2_MEMORY_MMAP;
        let mut wanted = v4l2_requestbuffers { count, type_: self.way as u32, memory, ..zeroed() };
        self.node.call(vidioc::VIDIOC_REQBUFS, &mut wanted)?;
        Ok(wanted.count)
    }

    fn buffer(&self, index: usize) -> v4l2_buffer {
        let memory = v4l2_memory_V4L2_MEMORY_MMAP;
        v4l2_buffer { index: index as u32, type_: self.way as u32, memory, ..zeroed() }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.maps.len()
    }

    /// The bytes of a buffer that is ours now.
    pub fn bytes(&self, index: usize) -> Option<&[u8]> {
        let map = self.maps.get(index).filter(|map| !map.queued)?;
        // SAFETY: mapped until drop, which needs `self`; the driver fills queued buffers only.
        Some(unsafe { std::slice::from_raw_parts(map.start.as_ptr(), map.bytes) })
    }

    /// As [`Buffers::bytes`], to be filled.
    pub fn bytes_mut(&mut self, index: usize) -> Option<&mut [u8]> {
        let map = self.maps.get(index).filter(|map| !map.queued)?;
        // SAFETY: as in `bytes`, and borrowed mutably. A consumer that is shown an old buffer only reads it, in
        // another process.
        Some(unsafe { std::slice::from_raw_parts_mut(map.start.as_ptr(), map.bytes) })
    }

    /// VIDIOC_QBUF: gives a buffer to the driver; of an output, `bytes` of it with their time.
    pub fn queue(&mut self, index: usize, bytes: usize, time: Duration) -> io::Result<()> {
        let mut buffer = self.buffer(index);
        if self.way == Way::Output {
            buffer.bytesused = bytes as u32;
            buffer.field = v4l2_field_V4L2_FIELD_NONE;
            buffer.timestamp.tv_sec = time.as_secs() as _;
            buffer.timestamp.tv_usec = time.subsec_micros() as _;
        }
        self.node.call(vidioc::VIDIOC_QBUF, &mut buffer)?;
        if let Some(map) = self.maps.get_mut(index) {
            map.queued = true;
        }
        Ok(())
    }

    /// VIDIOC_DQBUF: takes a finished buffer back. None where there is none yet.
    pub fn dequeue(&mut self) -> io::Result<Option<Filled>> {
        let mut buffer = self.buffer(0);
        match self.node.call(vidioc::VIDIOC_DQBUF, &mut buffer) {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            other => other?,
        }
        let index = buffer.index as usize;
        let map = self.maps.get_mut(index).ok_or(io::ErrorKind::InvalidData)?;
        map.queued = false;
        let time = buffer.timestamp;
        let timestamp = Duration::from_secs(time.tv_sec.try_into().unwrap_or_default())
            + Duration::from_micros(time.tv_usec.try_into().unwrap_or_default());
        let bytes = (buffer.bytesused as usize).min(map.bytes);
        Ok(Some(Filled { index, bytes, flags: buffer.flags, timestamp, sequence: buffer.sequence }))
    }

    /// Takes a buffer back that the driver has shown already, whatever it says: a loopback copies nothing and waits
    /// for nobody, and drivers before 0.13 give the newest back instead of the oldest.
    pub fn reclaim(&mut self, index: usize) -> io::Result<()> {
        self.dequeue()?;
        if let Some(map) = self.maps.get_mut(index) {
            map.queued = false;
        }
        Ok(())
    }

    /// VIDIOC_STREAMON.
    pub fn start(&mut self) -> io::Result<()> {
        self.node.stream_on(self.way)?;
        self.streaming = true;
        Ok(())
    }
}

impl Drop for Buffers {
    fn drop(&mut self) {
        // A device that was unplugged refuses; it has forgotten the buffers by itself.
        if self.streaming {
            let _ = self.node.call(vidioc::VIDIOC_STREAMOFF, &mut (self.way as i32));
        }
        for map in &self.maps {
            // SAFETY: our own mapping, of this length; nobody borrows it any more.
            unsafe { libc::munmap(map.start.as_ptr().cast(), map.bytes) };
        }
        let _ = self.require(0);
    }
}

/// What to wait for at a descriptor, and what came.
#[derive(Clone, Copy, Debug)]
pub struct Wait<'a> {
    /// The descriptor.
    pub fd: BorrowedFd<'a>,
    /// `POLLIN`, `POLLPRI`, … of libc.
    pub events: i16,
    /// What came.
    pub came: i16,
}

impl<'a> Wait<'a> {
    /// For something to read.
    pub fn to_read(fd: BorrowedFd<'a>) -> Self {
        Self { fd, events: libc::POLLIN, came: 0 }
    }

    /// For an event of the driver.
    pub fn for_event(fd: BorrowedFd<'a>) -> Self {
        Self { fd, events: libc::POLLPRI, came: 0 }
    }

    /// Whether what was waited for is there.
    pub fn is_ready(&self) -> bool {
        self.came & self.events != 0
    }

    /// Whether the device is gone or not streaming.
    pub fn has_failed(&self) -> bool {
        self.came & (libc::POLLERR | libc::POLLHUP | libc::POLLNVAL) != 0
    }
}

/// poll(2); returns when something came, a signal did, or the time is over.
///
/// # Errors
/// The system's, but an interruption is none.
pub fn poll(waits: &mut [Wait<'_>], timeout: Duration) -> io::Result<()> {
    let mut list: Vec<_> =
        waits.iter().map(|w| libc::pollfd { fd: w.fd.as_raw_fd(), events: w.events, revents: 0 }).collect();
    // Rounded up: a millisecond early would be a turn for nothing.
    let timeout = timeout.as_nanos().div_ceil(1_000_000).try_into().unwrap_or(i32::MAX);
    // SAFETY: the list is as long as said, and its descriptors are borrowed for the call.
    let count = unsafe { libc::poll(list.as_mut_ptr(), list.len() as libc::nfds_t, timeout) };
    if count < 0 {
        let error = io::Error::last_os_error();
        return if error.kind() == io::ErrorKind::Interrupted { Ok(()) } else { Err(error) };
    }
    waits.iter_mut().zip(&list).for_each(|(wait, polled)| wait.came = polled.revents);
    Ok(())
}

/// SIGINT, SIGTERM and SIGHUP as something to read, in place of an end.
#[derive(Debug)]
pub struct Signals {
    fd: OwnedFd,
}

impl Signals {
    /// From now on, in this thread and those it starts later: call it before any other.
    ///
    /// # Errors
    /// The system's.
    pub fn take() -> io::Result<Self> {
        // SAFETY: a set of signals is plain data, made here; both calls only read it. The new descriptor is ours.
        unsafe {
            let mut set: libc::sigset_t = mem::zeroed();
            libc::sigemptyset(&mut set);
            for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
                libc::sigaddset(&mut set, signal);
            }
            match libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut()) {
                0 => {}
                code => return Err(io::Error::from_raw_os_error(code)),
            }
            let fd: RawFd = libc::signalfd(-1, &set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
            if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(Self { fd: OwnedFd::from_raw_fd(fd) }) }
        }
    }

    /// The descriptor, to poll.
    pub fn fd(&self) -> BorrowedFd<'_> {
        use std::os::fd::AsFd;
        self.fd.as_fd()
    }
}

/// Says when anyone opens or closes a file: inotify(7).
#[derive(Debug)]
pub struct Openings {
    file: File,
}

impl Openings {
    /// From now on.
    ///
    /// # Errors
    /// The system's.
    pub fn of(path: &Path) -> io::Result<Self> {
        let name = CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: no pointers; the new descriptor is ours.
        let file = unsafe {
            match libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC) {
                fd if fd < 0 => return Err(io::Error::last_os_error()),
                fd => File::from_raw_fd(fd),
            }
        };
        let events = libc::IN_OPEN | libc::IN_CLOSE;
        // SAFETY: reads a string that ends with a zero, and an open descriptor.
        let watch = unsafe { libc::inotify_add_watch(file.as_raw_fd(), name.as_ptr(), events) };
        if watch < 0 { Err(io::Error::last_os_error()) } else { Ok(Self { file }) }
    }

    /// The descriptor, readable when there was one.
    pub fn fd(&self) -> BorrowedFd<'_> {
        use std::os::fd::AsFd;
        self.file.as_fd()
    }

    /// Whether there was one since the last question.
    pub fn take(&self) -> bool {
        // Each is 16 bytes here: the file watched is no folder, so they carry no name.
        let mut some = false;
        while matches!(io::Read::read(&mut &self.file, &mut [0; 1024]), Ok(1..)) {
            some = true;
        }
        some
    }
}

/// The clock of the drivers' timestamps.
pub fn now() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes one timespec. This clock is always there.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}
