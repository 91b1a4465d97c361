//! A camera: V4L2 capture through mapped buffers, always the newest frame.
//!
//! ```text
//! find (name) ─▶ choose (format) ─▶ S_FMT, S_PARM ─▶ REQBUFS, mmap ─▶ QBUF…, STREAMON
//!        ┌───────────────────────────────────────────────────────────────┘
//!        └▶ poll ─▶ DQBUF until none is left, keep the newest ─▶ borrowed in place, a JPEG decoded ─▶ QBUF
//! ```

use std::{
    io,
    os::fd::BorrowedFd,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::{DeviceError, DeviceFault, Error, FormatError, Range, Result, Size};

use super::{
    InputOptions, VideoFormat,
    device::{self, Device},
    v4l2::{BufferDirection, Buffers, DequeuedBuffer, DeviceNode, PixFormat},
};
use crate::sys;

pub mod capture;
pub mod choice;
pub(crate) mod clock;
pub mod colour;
pub mod controls;
pub mod jpeg;
pub mod name;
mod source;

use crate::frame::copies;
pub use crate::frame::{
    layout::{PixelLayout, RangeTables},
    pixel_format::{PixelFormat, fourcc_text},
};
pub use capture::{CaptureDevice, CaptureError, CapturedFrame, Reopen};
pub use choice::{CameraRequest, ChosenFormat, OfferedFormat};
pub use controls::ControlSetting;
pub use jpeg::BrokenFrame;
pub use name::CameraIdentity;
pub use source::CameraSource;

/// Number of buffers requested: one in use here, one being filled, two in reserve for delays.
const BUFFERS: u32 = 4;

/// V4L2_CID_PRIVACY of v4l2-controls.h: whether a shutter or a switch makes the picture black.
const PRIVACY: u32 = 0x009A_0910;
/// V4L2_CID_EXPOSURE_AUTO_PRIORITY of v4l2-controls.h: "Exposure, Dynamic Framerate".
const EXPOSURE_AUTO_PRIORITY: u32 = 0x009A_0903;

/// V4L2_BUF_FLAG_ERROR, V4L2_BUF_FLAG_TIMESTAMP_MASK and …_UNKNOWN of videodev2.h.
const ERROR: u32 = 0x40;
const TIMESTAMP_MASK: u32 = 0xE000;
const TIMESTAMP_UNKNOWN: u32 = 0;

/// `V4L2_FIELD_…` of videodev2.h: both fields in one picture, line by line; or apart, one below the other or in
/// turns.
const FIELD_INTERLACED: u32 = 4;
const FIELD_SEQ_TB: u32 = 5;
const FIELD_SEQ_BT: u32 = 6;
const FIELD_ALTERNATE: u32 = 7;
const FIELD_INTERLACED_TB: u32 = 8;
const FIELD_INTERLACED_BT: u32 = 9;

/// An open camera. Its indicator light is on while it streams.
#[derive(Debug)]
pub struct Camera {
    path: PathBuf,
    identity: CameraIdentity,
    node: Arc<DeviceNode>,
    direction: BufferDirection,
    format: VideoFormat,
    layout: PixelLayout,
    /// Whether every second line is of another moment, so that one field is shown twice.
    interlaced: bool,
    /// Converts the codes of a JPEG.
    codes: RangeTables,
    /// Whether the driver's frame counter is reliable; that of v4l2loopback before 0.14 is not.
    counts: bool,
    /// Whether the kernel's driver of USB cameras serves it.
    is_usb: bool,
    /// Whether it reports a shutter.
    has_shutter: bool,
    stream: Option<Stream>,
}

#[derive(Debug)]
struct Stream {
    buffers: Buffers,
    /// The buffer returned last.
    lent: Option<usize>,
    /// Where its picture begins.
    lent_offset: usize,
    sequence: Option<u32>,
    /// The last JPEG, decoded, or the last interlaced picture with one field shown twice.
    decoded: Vec<u8>,
}

impl Camera {
    /// Opens `device` in a format chosen by `request`; `typed` is the name that the user gave. Streaming
    /// starts later.
    ///
    /// # Errors
    /// [`DeviceError::Camera`], [`FrameError::Size`](crate::FrameError::Size).
    pub fn open(
        device: &Device,
        typed: Option<&str>,
        request: CameraRequest,
        options: &InputOptions,
    ) -> Result<Self> {
        let path = device.path.clone();
        let fail = |source| Error::Device(DeviceError::Camera { path: path.clone(), source });
        request.size.map_or(Ok(()), |size| size.check_frame().map(drop))?;
        let node =
            DeviceNode::open(&path).map_err(|e| fail(device::explain_error(e, device::number(&path))))?;
        let is_loopback = device.capability.is_loopback();
        let refused = |e: io::Error| fail(explain(e, is_loopback, node.rdev().ok()));
        let rates = |fourcc, size| node.rates(fourcc, size);
        let direction = device.capability.capture_direction();
        let offers = offers(&node, direction);
        let mut choice = choice::choose(&offers, request, rates);
        if choice.is_err() && request.size.is_none() && offers.iter().all(|offer| offer.sizes.is_empty()) {
            // A loopback lists no sizes: its producer has set the only one.
            let own = node.format(direction).map_err(refused)?;
            let size = Some(Size::new(own.width, own.height));
            choice = choice::choose(&offers, CameraRequest { size, ..request }, rates);
        }
        let choice = choice.map_err(|error| fail(error.into()))?;
        let pix = PixFormat {
            width: choice.size.width,
            height: choice.size.height,
            fourcc: choice.fourcc,
            ..PixFormat::default()
        };
        let got = node.set_format(direction, &pix).map_err(refused)?;
        let size = Size::new(got.width, got.height);
        if got.fourcc != choice.fourcc || size != choice.size {
            let (asked, got) = (fourcc_text(choice.fourcc), fourcc_text(got.fourcc));
            let asked_size = choice.size;
            return Err(fail(FormatError::Changed { asked, asked_size, got, size }.into()));
        }
        let interlaced = match got.field {
            FIELD_INTERLACED | FIELD_INTERLACED_TB | FIELD_INTERLACED_BT => true,
            FIELD_SEQ_TB | FIELD_SEQ_BT | FIELD_ALTERNATE => return Err(fail(FormatError::Fields.into())),
            _ => false,
        };
        if interlaced {
            tracing::warn!("{} gives interlaced pictures; every second line is shown twice", path.display());
        }
        size.check_frame()?;
        let asked = request.fps.or(choice.fps);
        let fps = asked.and_then(|fps| node.set_fps(direction, fps).ok().flatten());
        let fps = fps.or_else(|| node.fps(direction)).or(choice.fps);
        if let (Some(asked), Some(fps)) = (request.fps, fps)
            && (asked.value() - fps.value()).abs() > 0.5
        {
            tracing::warn!("{}: {fps} frames a second, not {asked}: it has no such rate", path.display());
        }
        let mut own = colour::colorimetry(&got);
        if choice.pixel_format == PixelFormat::Mjpg {
            own = crate::Colorimetry { matrix: crate::Matrix::Bt601, range: Range::Full };
        }
        let mut read = options.colorimetry(own);
        if choice.pixel_format.is_rgb() {
            read.range = Range::Full; // the only one that R'G'B' is read in
        }
        let stride = stride(choice.pixel_format, &got);
        let layout = PixelLayout { pixel_format: choice.pixel_format, size, stride, range: read.range };
        // Consumers assume limited range, so `RangeTables` converts every frame to it.
        let colorimetry = crate::Colorimetry { range: Range::Limited, ..read };
        let format = VideoFormat { size, fps, colorimetry };
        tracing::info!(
            camera = device.capability.card, packing = %choice.pixel_format, %size, ?read,
            fps = fps.map(|fps| fps.value()), "opened"
        );
        let identity = CameraIdentity::from_device(device, typed);
        let has_shutter = node.control_info(PRIVACY).is_some();
        Ok(Self {
            path,
            identity,
            node: Arc::new(node),
            direction,
            format,
            layout,
            interlaced,
            codes: RangeTables::from_range(read.range),
            counts: !is_loopback,
            has_shutter,
            is_usb: device.capability.driver == "uvcvideo",
            stream: None,
        })
    }

    /// Size, rate and colorimetry of its frames.
    pub fn format(&self) -> VideoFormat {
        self.format
    }

    /// Layout of its frames; none if they are packed YUYV in limited range, as decoded JPEGs are.
    pub fn layout(&self) -> Option<PixelLayout> {
        (self.layout.pixel_format != PixelFormat::Mjpg && !self.layout.is_yuyv()).then_some(self.layout)
    }

    /// Path of its node, such as /dev/video0.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How to recognise it after it was unplugged.
    #[doc(hidden)]
    pub fn identity(&self) -> &CameraIdentity {
        &self.identity
    }

    /// Its device number, which all of its names share.
    pub fn rdev(&self) -> Option<u64> {
        self.node.rdev().ok()
    }

    /// Sets controls, in this order.
    ///
    /// # Errors
    /// [`DeviceError::Camera`] if the camera does not have one of them, or refuses its value.
    #[doc(hidden)]
    pub fn set_controls(&self, settings: &[ControlSetting]) -> Result<()> {
        controls::apply(&self.node, settings)
            .map_err(|source| Error::Device(DeviceError::Camera { path: self.path.clone(), source }))
    }

    /// Whether it reports the state of a shutter.
    #[doc(hidden)]
    pub fn has_shutter(&self) -> bool {
        self.has_shutter
    }

    /// Whether its shutter is closed, as far as it reports that.
    #[doc(hidden)]
    pub fn is_shutter_closed(&self) -> bool {
        self.has_shutter && self.node.control(PRIVACY).is_ok_and(|value| value != 0)
    }

    /// The name of the control by which it halves its rate in dim light, if it has one and that is on.
    #[doc(hidden)]
    pub fn exposure_priority(&self) -> Option<String> {
        let control = self.node.control_info(EXPOSURE_AUTO_PRIORITY)?;
        let on = self.node.control_value(&control).is_ok_and(|value| value != 0);
        on.then(|| controls::name(&control))
    }

    /// The descriptor to poll, readable when a frame is available.
    #[doc(hidden)]
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.node.fd()
    }

    /// Starts streaming.
    ///
    /// # Errors
    /// [`DeviceError::Camera`], which names the program that uses the camera.
    #[doc(hidden)]
    pub fn start(&mut self) -> Result<()> {
        let node = &self.node;
        let start = || {
            let mut buffers = Buffers::request(node, self.direction, BUFFERS)?;
            (0..buffers.count()).try_for_each(|index| buffers.queue(index, 0, Duration::ZERO))?;
            buffers.start()?;
            Ok(buffers)
        };
        let fail = |e: io::Error| {
            let source = match e.raw_os_error() {
                Some(libc::ENOSPC) => DeviceFault::NoBandwidth,
                Some(libc::EPIPE) if self.is_usb => DeviceFault::Stalled,
                Some(libc::EPIPE) => DeviceFault::RawSensor,
                _ => explain(e, !self.counts, self.rdev()),
            };
            Error::Device(DeviceError::Camera { path: self.path.clone(), source })
        };
        let buffers = start().map_err(fail)?;
        self.stream =
            Some(Stream { buffers, lent: None, lent_offset: 0, sequence: None, decoded: Vec::new() });
        Ok(())
    }

    /// Stops streaming.
    #[doc(hidden)]
    pub fn stop(&mut self) {
        self.stream = None;
    }

    /// The newest frame, borrowed until the next call. Older ones are dropped.
    ///
    /// # Errors
    /// [`CaptureError::NotYet`] if there is no new frame, [`CaptureError::Gone`] if the camera failed.
    #[doc(hidden)]
    pub fn newest(&mut self) -> Result<CapturedFrame<'_>, CaptureError> {
        let Some(stream) = &mut self.stream else {
            return Err(CaptureError::Gone(io::ErrorKind::NotConnected.into()));
        };
        let (filled, late) = stream.newest(self.layout.bytes())?;
        let gap = if self.counts { stream.gap(filled.sequence) } else { 0 };
        let mut dropped = late.max(gap);
        let Some(bytes) = stream.buffers.bytes(filled.index) else {
            return Err(CaptureError::Gone(io::ErrorKind::InvalidData.into()));
        };
        let bytes = &bytes[filled.offset..][..filled.bytes];
        let bytes = if self.layout.pixel_format != PixelFormat::Mjpg {
            let bytes = &bytes[..self.layout.bytes()];
            if self.interlaced {
                copies::count();
                stream.decoded.clear();
                stream.decoded.extend_from_slice(bytes);
                self.layout.double_first_field(&mut stream.decoded);
                &stream.decoded
            } else {
                bytes
            }
        } else {
            copies::count();
            stream.decoded.resize(self.layout.size.yuyv_bytes(), 0);
            if let Err(broken) = jpeg::unpack(&self.codes, self.layout.size, bytes, &mut stream.decoded) {
                tracing::debug!(%broken, "a frame is dropped");
                dropped += 1;
                return Err(CaptureError::NotYet { dropped, broken: Some(broken) });
            }
            if self.interlaced {
                let stride = 2 * self.layout.size.width as usize;
                let yuyv = PixelLayout { pixel_format: PixelFormat::Yuyv, stride, ..self.layout };
                yuyv.double_first_field(&mut stream.decoded);
            }
            &stream.decoded
        };
        let timed = filled.flags & TIMESTAMP_MASK != TIMESTAMP_UNKNOWN && filled.timestamp > Duration::ZERO;
        let now = sys::now();
        // A timestamp in the future comes from another clock and is useless.
        let at = if timed && filled.timestamp <= now { filled.timestamp } else { now };
        Ok(CapturedFrame { bytes, at, dropped })
    }
}

impl Stream {
    /// The newest intact buffer with at least `least` bytes, and the number of buffers dropped.
    fn newest(&mut self, least: usize) -> Result<(DequeuedBuffer, u64), CaptureError> {
        if let Some(lent) = self.lent.take() {
            self.buffers.queue(lent, 0, Duration::ZERO).map_err(CaptureError::Gone)?;
        }
        let (mut newest, mut late): (Option<DequeuedBuffer>, u64) = (None, 0);
        let mut broken = None;
        // At most as many turns as buffers, so that a fast camera cannot hold us here.
        for _ in 0..self.buffers.count() {
            let filled = match self.buffers.dequeue() {
                Ok(Some(filled)) => filled,
                Ok(None) => break,
                // The driver lost a frame; the buffers are intact.
                Err(e) if e.raw_os_error() == Some(libc::EIO) => {
                    late += 1;
                    broken = Some(BrokenFrame::Damaged("the driver lost it".into()));
                    break;
                }
                Err(e) => return Err(CaptureError::Gone(e)),
            };
            let fault = if filled.flags & ERROR != 0 {
                Some(BrokenFrame::Damaged("data were lost on the way from the camera".into()))
            } else if filled.bytes < least || filled.bytes == 0 {
                Some(BrokenFrame::CutOff)
            } else {
                None
            };
            let out = if fault.is_some() {
                broken = fault;
                Some(filled.index)
            } else {
                newest.replace(filled).map(|old| old.index)
            };
            if let Some(index) = out {
                late += 1;
                self.buffers.queue(index, 0, Duration::ZERO).map_err(CaptureError::Gone)?;
            }
        }
        let filled = newest.ok_or(CaptureError::NotYet { dropped: late, broken })?;
        self.lent = Some(filled.index);
        self.lent_offset = filled.offset;
        Ok((filled, late))
    }

    /// Frames that the driver counted between the last frame returned and this one.
    fn gap(&mut self, sequence: u32) -> u64 {
        let last = self.sequence.replace(sequence);
        // Drivers without a counter report 0, and a restarted counter decreases.
        last.map_or(0, |last| u64::from(sequence.saturating_sub(last).saturating_sub(1)))
    }
}

/// Why a camera cannot be used. A loopback streams to one program at a time; of those that have it open, one
/// writes to it.
fn explain(error: io::Error, is_loopback: bool, rdev: Option<u64>) -> DeviceFault {
    if !is_loopback || error.raw_os_error() != Some(libc::EBUSY) {
        return device::explain_error(error, rdev);
    }
    let holders = rdev.map(device::holders).unwrap_or_default();
    let named: Vec<_> = holders.iter().map(|h| format!("{} (process {})", h.name, h.pid)).collect();
    match named.as_slice() {
        [] => DeviceFault::InUse,
        named => DeviceFault::Other(format!(
            "only one program at a time may read a loopback, and one of these does; close that: {}",
            named.join(", ")
        )),
    }
}

/// Bytes from row to row. A driver that reports 0 means rows without padding.
fn stride(pixel_format: PixelFormat, pix: &PixFormat) -> usize {
    pix.stride.max(pixel_format.row_bytes(pix.width)) as usize
}

/// The formats of a camera that gpucam reads.
pub fn offers(node: &DeviceNode, direction: BufferDirection) -> Vec<OfferedFormat> {
    let known = |fourcc| PixelFormat::from_fourcc(fourcc).map(|pixel_format| (pixel_format, fourcc));
    let offer = |(pixel_format, fourcc)| OfferedFormat { pixel_format, fourcc, sizes: node.sizes(fourcc) };
    node.formats(direction).into_iter().filter_map(known).map(offer).collect()
}
