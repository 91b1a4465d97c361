//! A V4L2 device node and its ioctls.
//!
//! Only the kernel's structures and request numbers come from the `v4l` crate. Its device and stream types
//! panic on legitimate driver answers (an unknown field order, a failing STREAMOFF) and carry neither YCbCr
//! encoding, output timestamps nor events.

use std::{
    ffi::c_void,
    fs::{File, OpenOptions, TryLockError},
    io, mem,
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd},
        unix::fs::{MetadataExt, OpenOptionsExt},
    },
    path::Path,
};

use v4l::{
    v4l_sys::*,
    v4l2::{self, vidioc},
};

use crate::{Size, video::Fps};

/// A structure that an ioctl reads or fills.
///
/// # Safety
/// All-zero bytes are a valid value, and so is whatever the kernel writes.
pub(super) unsafe trait IoctlArgument: Copy {}
macro_rules! ioctl_arguments {
    ($($name:ty),*) => { $(
        // SAFETY: C structures of integers; unions hold integers, or pointers that this module never follows.
        unsafe impl IoctlArgument for $name {}
    )* };
}
ioctl_arguments!(
    v4l2_capability,
    v4l2_fmtdesc,
    v4l2_frmsizeenum,
    v4l2_frmivalenum,
    v4l2_format,
    v4l2_streamparm,
    v4l2_requestbuffers,
    v4l2_buffer,
    v4l2_plane,
    v4l2_event_subscription,
    v4l2_event,
    v4l2_control,
    i32
);

pub(super) fn zeroed<T: IoctlArgument>() -> T {
    // SAFETY: `IoctlArgument` promises that zeros are a valid value.
    unsafe { mem::zeroed() }
}

/// Missing in the v4l crate: `_IOR('V', 89, struct v4l2_event)` and `_IOW('V', 90, struct
/// v4l2_event_subscription)`.
const VIDIOC_DQEVENT: vidioc::_IOC_TYPE = ioctl_request(2, 89, size_of::<v4l2_event>());
const VIDIOC_SUBSCRIBE_EVENT: vidioc::_IOC_TYPE = ioctl_request(1, 90, size_of::<v4l2_event_subscription>());

/// `_IOC(direction, 'V', number, size)` of linux/ioctl.h.
const fn ioctl_request(direction: u32, number: u32, size: usize) -> vidioc::_IOC_TYPE {
    (direction << 30 | (size as u32) << 16 | (b'V' as u32) << 8 | number) as vidioc::_IOC_TYPE
}

/// The side of a device that frames pass, as `enum v4l2_buf_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BufferDirection {
    /// From the device to us.
    Capture = 1,
    /// From us to the device.
    Output = 2,
    /// From the device to us, where the driver knows frames of several memory planes; gpucam reads those of one.
    CaptureMultiplanar = 9,
}

/// `struct v4l2_capability`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capability {
    /// Name of the driver.
    pub driver: String,
    /// Name of the device.
    pub card: String,
    /// Where the device is connected (`bus_info`).
    pub bus: String,
    /// Version of the kernel, or of an out-of-tree driver: major, minor, patch.
    pub version: (u8, u8, u8),
    /// `V4L2_CAP_…` flags of this node.
    pub device_caps: u32,
}

/// `struct v4l2_pix_format` with the kernel's own codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PixFormat {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Four characters, little-endian.
    pub fourcc: u32,
    /// Bytes from one row of the first plane to the next (`bytesperline`).
    pub stride: u32,
    /// Most bytes a frame can have (`sizeimage`).
    pub bytes: u32,
    /// `enum v4l2_colorspace`.
    pub colorspace: u32,
    /// `enum v4l2_ycbcr_encoding`.
    pub encoding: u32,
    /// `enum v4l2_quantization`.
    pub quantization: u32,
    /// `enum v4l2_xfer_func`.
    pub transfer: u32,
    /// `enum v4l2_field` that the driver answered; gpucam always asks for whole frames.
    pub field: u32,
}

/// An entry of VIDIOC_ENUM_FRAMESIZES.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameSizes {
    /// One size.
    Discrete(Size),
    /// Every size from the first to the second, in steps of the third.
    Stepwise(Size, Size, Size),
}

/// An open device node.
#[derive(Debug)]
pub struct DeviceNode {
    file: File,
}

impl DeviceNode {
    /// Opens a device for non-blocking use.
    ///
    /// # Errors
    /// What open(2) reports.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        Ok(Self { file })
    }

    /// The descriptor to poll.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// The device number, which all names of the device share.
    pub fn rdev(&self) -> io::Result<u64> {
        self.file.metadata().map(|about| about.rdev())
    }

    /// flock(2): marks the device as ours until this node is closed; false if another program has marked it. No
    /// program that does not ask is hindered.
    pub fn try_lock(&self) -> io::Result<bool> {
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether another program has marked the device by [`Self::try_lock`]. This node must not hold the mark.
    pub fn is_locked_by_another(&self) -> bool {
        match self.file.try_lock_shared() {
            Ok(()) => self.file.unlock().is_err(),
            Err(error) => matches!(error, TryLockError::WouldBlock),
        }
    }

    pub(super) fn call<T: IoctlArgument>(
        &self,
        request: vidioc::_IOC_TYPE,
        argument: &mut T,
    ) -> io::Result<()> {
        // SAFETY: no structure that is passed here holds a pointer.
        unsafe { self.call_with_pointers(request, argument) }
    }

    /// An ioctl.
    ///
    /// # Safety
    /// Pointers in `argument` must be valid for what the request does with them.
    pub(super) unsafe fn call_with_pointers<T: IoctlArgument>(
        &self,
        request: vidioc::_IOC_TYPE,
        argument: &mut T,
    ) -> io::Result<()> {
        assert_eq!((request >> 16) as usize & 0x3FFF, size_of::<T>(), "the request's own size");
        loop {
            // SAFETY: the descriptor is open, and the kernel touches only the number of bytes encoded in the
            // request, which is the size of `argument`, and what the caller vouches for.
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
        // Old drivers report only the device's capabilities.
        let has_own = cap.capabilities & V4L2_CAP_DEVICE_CAPS != 0;
        Ok(Capability {
            driver: text(&cap.driver),
            card: text(&cap.card),
            bus: text(&cap.bus_info),
            version: version.into(),
            device_caps: if has_own { cap.device_caps } else { cap.capabilities },
        })
    }

    /// VIDIOC_ENUM_FMT: fourccs in the driver's order.
    pub fn formats(&self, direction: BufferDirection) -> Vec<u32> {
        let one = |index| {
            let mut format = v4l2_fmtdesc { index, type_: direction as u32, ..zeroed() };
            self.call(vidioc::VIDIOC_ENUM_FMT, &mut format).ok().map(|()| format.pixelformat)
        };
        (0..MAX_ENTRIES).map_while(one).collect()
    }

    /// VIDIOC_ENUM_FRAMESIZES.
    pub fn sizes(&self, fourcc: u32) -> Vec<FrameSizes> {
        let one = |index| {
            let mut size = v4l2_frmsizeenum { index, pixel_format: fourcc, ..zeroed() };
            self.call(vidioc::VIDIOC_ENUM_FRAMESIZES, &mut size).ok()?;
            // SAFETY: both variants of the union hold integers.
            let (one, steps) = unsafe { (size.__bindgen_anon_1.discrete, size.__bindgen_anon_1.stepwise) };
            Some(match size.type_ {
                DISCRETE => FrameSizes::Discrete(Size::new(one.width, one.height)),
                _ => FrameSizes::Stepwise(
                    Size::new(steps.min_width, steps.min_height),
                    Size::new(steps.max_width, steps.max_height),
                    Size::new(steps.step_width.max(1), steps.step_height.max(1)),
                ),
            })
        };
        (0..MAX_ENTRIES).map_while(one).collect()
    }

    /// VIDIOC_ENUM_FRAMEINTERVALS as rates; a range gives its fastest, its slowest, and the usual ones within.
    pub fn rates(&self, fourcc: u32, Size { width, height }: Size) -> Vec<Fps> {
        let one = |index| {
            let mut rate = v4l2_frmivalenum { index, pixel_format: fourcc, width, height, ..zeroed() };
            self.call(vidioc::VIDIOC_ENUM_FRAMEINTERVALS, &mut rate).ok()?;
            // SAFETY: both variants of the union hold integers.
            let (one, steps) = unsafe { (rate.__bindgen_anon_1.discrete, rate.__bindgen_anon_1.stepwise) };
            Some(match rate.type_ {
                DISCRETE => vec![one],
                _ => {
                    let rate = |v: v4l2_fract| f64::from(v.denominator) / f64::from(v.numerator.max(1));
                    let is_within =
                        |usual: &u32| (rate(steps.max)..rate(steps.min)).contains(&f64::from(*usual));
                    let usual = USUAL_RATES.into_iter().filter(is_within);
                    let usual = usual.map(|rate| v4l2_fract { numerator: 1, denominator: rate });
                    [steps.min].into_iter().chain(usual).chain([steps.max]).collect()
                }
            })
        };
        let fps = |v: v4l2_fract| Fps::new(v.denominator, v.numerator);
        (0..MAX_ENTRIES).map_while(one).flatten().filter_map(fps).collect()
    }

    /// VIDIOC_G_FMT.
    pub fn format(&self, direction: BufferDirection) -> io::Result<PixFormat> {
        let mut format = v4l2_format { type_: direction as u32, ..zeroed() };
        self.call(vidioc::VIDIOC_G_FMT, &mut format)?;
        Ok(pix_format(&format))
    }

    /// VIDIOC_S_FMT; returns the format that the driver settled on.
    pub fn set_format(&self, direction: BufferDirection, wanted: &PixFormat) -> io::Result<PixFormat> {
        let mut format = v4l2_format { type_: direction as u32, ..zeroed() };
        if direction == BufferDirection::CaptureMultiplanar {
            format.fmt.pix_mp = multiplanar(wanted);
        } else {
            format.fmt.pix = single_planar(wanted);
        }
        self.call(vidioc::VIDIOC_S_FMT, &mut format)?;
        Ok(pix_format(&format))
    }

    /// VIDIOC_S_PARM; returns the rate that the driver reports now, if it reports one.
    pub fn set_fps(&self, direction: BufferDirection, fps: Fps) -> io::Result<Option<Fps>> {
        let time = v4l2_fract { numerator: fps.denominator(), denominator: fps.numerator() };
        let mut parm = v4l2_streamparm { type_: direction as u32, ..zeroed() };
        match direction {
            BufferDirection::Capture | BufferDirection::CaptureMultiplanar => {
                parm.parm.capture = v4l2_captureparm { timeperframe: time, ..capture(&parm) }
            }
            BufferDirection::Output => {
                parm.parm.output = v4l2_outputparm { timeperframe: time, ..output(&parm) }
            }
        }
        self.call(vidioc::VIDIOC_S_PARM, &mut parm)?;
        Ok(rate(direction, &parm))
    }

    /// VIDIOC_G_PARM.
    pub fn fps(&self, direction: BufferDirection) -> Option<Fps> {
        let mut parm = v4l2_streamparm { type_: direction as u32, ..zeroed() };
        self.call(vidioc::VIDIOC_G_PARM, &mut parm).ok()?;
        rate(direction, &parm)
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

    /// VIDIOC_SUBSCRIBE_EVENT; the current state arrives as the first event.
    pub fn subscribe(&self, event: u32) -> io::Result<()> {
        const SEND_INITIAL: u32 = 1;
        let mut wanted = v4l2_event_subscription { type_: event, flags: SEND_INITIAL, ..zeroed() };
        self.call(VIDIOC_SUBSCRIBE_EVENT, &mut wanted)
    }

    /// VIDIOC_DQEVENT: the type of an event and the first four bytes of its data as a number; none if none is
    /// pending.
    pub fn event(&self) -> Option<(u32, u32)> {
        let mut event: v4l2_event = zeroed();
        self.call(VIDIOC_DQEVENT, &mut event).ok()?;
        // SAFETY: bytes, set by the kernel or zero.
        let data = unsafe { event.u.data };
        Some((event.type_, u32::from_ne_bytes([data[0], data[1], data[2], data[3]])))
    }

    /// Whether another program streams into a v4l2loopback before 0.14: VIDIOC_REQBUFS for output then gives EBUSY.
    /// The memory asked for is one that the driver does not have, so nothing is allocated.
    pub fn has_busy_output(&self) -> bool {
        let (type_, memory) = (BufferDirection::Output as u32, v4l2_memory_V4L2_MEMORY_USERPTR);
        let mut wanted = v4l2_requestbuffers { count: 1, type_, memory, ..zeroed() };
        let answer = self.call(vidioc::VIDIOC_REQBUFS, &mut wanted);
        answer.is_err_and(|error| error.raw_os_error() == Some(libc::EBUSY))
    }

    /// VIDIOC_STREAMON.
    pub fn stream_on(&self, direction: BufferDirection) -> io::Result<()> {
        self.call(vidioc::VIDIOC_STREAMON, &mut (direction as i32))
    }

    /// One write(2).
    pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        io::Write::write(&mut &self.file, bytes)
    }
}

/// V4L2_FRMSIZE_TYPE_DISCRETE and V4L2_FRMIVAL_TYPE_DISCRETE.
const DISCRETE: u32 = 1;

/// Longest list taken from a driver.
const MAX_ENTRIES: u32 = 256;
/// Frames a second that a driver may name as a range.
const USUAL_RATES: [u32; 8] = [10, 15, 20, 24, 25, 30, 50, 60];

pub(super) fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).trim().to_owned()
}

fn single_planar(wanted: &PixFormat) -> v4l2_pix_format {
    let mut pix = v4l2_pix_format {
        width: wanted.width,
        height: wanted.height,
        pixelformat: wanted.fourcc,
        field: v4l2_field_V4L2_FIELD_NONE,
        bytesperline: wanted.stride,
        sizeimage: wanted.bytes,
        colorspace: wanted.colorspace,
        priv_: V4L2_PIX_FMT_PRIV_MAGIC, // without it the kernel ignores encoding and quantization
        // SAFETY: both variants of the union hold an integer; zero is the default.
        ..unsafe { mem::zeroed() }
    };
    pix.__bindgen_anon_1.ycbcr_enc = wanted.encoding;
    pix.quantization = wanted.quantization;
    pix.xfer_func = wanted.transfer;
    pix
}

/// The same with one memory plane.
fn multiplanar(wanted: &PixFormat) -> v4l2_pix_format_mplane {
    // SAFETY: integers; zero is the default.
    let mut pix: v4l2_pix_format_mplane = unsafe { mem::zeroed() };
    pix.width = wanted.width;
    pix.height = wanted.height;
    pix.pixelformat = wanted.fourcc;
    pix.field = v4l2_field_V4L2_FIELD_NONE;
    pix.colorspace = wanted.colorspace;
    pix.num_planes = 1;
    pix.plane_fmt[0].bytesperline = wanted.stride;
    pix.plane_fmt[0].sizeimage = wanted.bytes;
    pix.__bindgen_anon_1.ycbcr_enc = wanted.encoding as u8;
    pix.quantization = wanted.quantization as u8;
    pix.xfer_func = wanted.transfer as u8;
    pix
}

fn pix_format(format: &v4l2_format) -> PixFormat {
    if format.type_ == BufferDirection::CaptureMultiplanar as u32 {
        // SAFETY: integers; this variant is the valid one.
        let pix = unsafe { format.fmt.pix_mp };
        // The structure is packed.
        let plane = pix.plane_fmt[0];
        return PixFormat {
            width: pix.width,
            height: pix.height,
            fourcc: pix.pixelformat,
            stride: plane.bytesperline,
            bytes: plane.sizeimage,
            colorspace: pix.colorspace,
            // SAFETY: both variants of the union hold an integer.
            encoding: unsafe { pix.__bindgen_anon_1.ycbcr_enc }.into(),
            quantization: pix.quantization.into(),
            transfer: pix.xfer_func.into(),
            field: pix.field,
        };
    }
    // SAFETY: integers; the single-planar variant is the valid one.
    let pix = unsafe { format.fmt.pix };
    PixFormat {
        width: pix.width,
        height: pix.height,
        fourcc: pix.pixelformat,
        stride: pix.bytesperline,
        bytes: pix.sizeimage,
        colorspace: pix.colorspace,
        // SAFETY: both variants of the union hold an integer.
        encoding: unsafe { pix.__bindgen_anon_1.ycbcr_enc },
        quantization: pix.quantization,
        transfer: pix.xfer_func,
        field: pix.field,
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

fn rate(direction: BufferDirection, parm: &v4l2_streamparm) -> Option<Fps> {
    let time = match direction {
        BufferDirection::Capture | BufferDirection::CaptureMultiplanar => capture(parm).timeperframe,
        BufferDirection::Output => output(parm).timeperframe,
    };
    Fps::new(time.denominator, time.numerator)
}
