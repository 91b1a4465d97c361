//! The virtual camera: packed YUYV into v4l2loopback, through mapped buffers.
//!
//! The driver neither copies frames nor waits for consumers: they read the last queued buffer until the next
//! one is queued. Therefore several buffers take turns, and the caller of [`Loopback::show`] sets the frame
//! rate.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    DeviceError, DeviceFault, Error, FormatError, Result, Size,
    frame::{self, copies},
};

use super::{
    VideoFormat,
    camera::{colour, fourcc_text},
    device::{self, Device, Devices, Holder},
    producer::Producer,
    role::DeviceRole,
    sink,
    v4l2::{BufferDirection, Buffers, DeviceNode, PixFormat},
};
use crate::sys::{self, OpenWatcher, PollFd};

/// Number of buffers requested. With two, a consumer could still read the buffer being refilled.
pub const BUFFERS: u32 = 4;

/// Control IDs of v4l2loopback, from its private base 0x0098f900.
const TIMEOUT: u32 = 0x0098_f902;
const TIMEOUT_IMAGE_IO: u32 = 0x0098_f903;

/// Milliseconds without a frame after which the driver itself shows the slate, because gpucam was killed or
/// hangs. Otherwise gpucam shows a frame at least twice a second.
const SLATE_TIMEOUT_MS: i32 = 1000;

/// V4L2_EVENT_PRI_CLIENT_USAGE of v4l2loopback.h, since 0.13: the number of streaming consumers.
const CLIENT_USAGE: u32 = 0x10E0_0001;

/// Interval between scans of /proc if the driver does not report consumers and nobody has opened the node. A
/// container may open the device through a node of its own, which inotify does not see.
const SCAN_INTERVAL: Duration = Duration::from_secs(1);

/// An open loopback. It shows the slate right after opening, and dropping it leaves the slate on the device.
#[derive(Debug)]
pub struct Loopback {
    path: PathBuf,
    node: Arc<DeviceNode>,
    size: Size,
    io: Io,
    slate: Vec<u8>,
    /// Timestamp of the last frame; timestamps increase strictly.
    last: Duration,
    usage: Usage,
}

#[derive(Debug)]
enum Io {
    Mapped { buffers: Buffers, shown: usize },
    Written,
}

#[derive(Debug)]
enum Usage {
    Event { count: u32 },
    Scan { watcher: Option<OpenWatcher>, at: Option<Instant>, count: u32 },
}

/// The loopback that `wanted` names, or the first one that nobody writes to and that is not the input. `input`
/// is the input's device number.
///
/// # Errors
/// [`DeviceError::NoLoopback`], [`DeviceError::LoopbacksTaken`], [`DeviceError::Loopback`].
pub fn find<'a>(devices: &'a Devices, wanted: Option<&Path>, input: Option<u64>) -> Result<&'a Device> {
    candidates(devices, wanted, input).map(|found| found[0])
}

/// The same, with all others that nobody writes to behind the first; never empty.
///
/// # Errors
/// As [`find`].
#[doc(hidden)]
pub fn candidates<'a>(
    devices: &'a Devices,
    wanted: Option<&Path>,
    input: Option<u64>,
) -> Result<Vec<&'a Device>> {
    let Some(wanted) = wanted else {
        let is_input = |device: &Device| input.is_some() && device::number(&device.path) == input;
        let is_free = |device: &&Device| device.producer == Producer::None && !is_input(device);
        let free: Vec<_> = devices.loopbacks().filter(is_free).collect();
        return match (free.is_empty(), devices.loopbacks().next(), devices.forbidden()) {
            (false, ..) => Ok(free),
            (_, Some(_), _) => {
                let taken: Vec<_> = devices.loopbacks().map(|d| who_has(d, is_input(d))).collect();
                Err(Error::Device(DeviceError::LoopbacksTaken { taken: taken.join(", ") }))
            }
            (_, None, Some(path)) => Err(Error::Device(DeviceError::Loopback {
                path: path.into(),
                source: DeviceFault::Forbidden,
            })),
            (_, None, None) => Err(Error::Device(DeviceError::NoLoopback)),
        };
    };
    let fail = |source| Error::Device(DeviceError::Loopback { path: wanted.into(), source });
    let number = device::number(wanted);
    if number.is_some() && number == input {
        return Err(fail(DeviceFault::IsInput));
    }
    let same = |other: &Path| other == wanted || (number.is_some() && device::number(other) == number);
    if devices.refused.iter().any(|(path, kind)| same(path) && *kind == io::ErrorKind::PermissionDenied) {
        return Err(fail(DeviceFault::Forbidden));
    }
    let Some(device) = devices.found.iter().find(|device| same(&device.path)) else {
        return Err(if devices.loopbacks().next().is_none() {
            Error::Device(DeviceError::NoLoopback)
        } else {
            fail(DeviceFault::NoVideoDevice)
        });
    };
    match devices.role(device) {
        DeviceRole::Loopback => Ok(vec![device]),
        DeviceRole::Camera => Err(fail(DeviceFault::IsCamera)),
        _ => Err(fail(DeviceFault::NotLoopback)),
    }
}

/// Who has a loopback that is not free, in words.
fn who_has(device: &Device, is_input: bool) -> String {
    let path = device.path.display();
    if is_input {
        return format!("{path} is the camera");
    }
    match writer(device.producer, device::number(&device.path)) {
        Some(Holder { pid, name }) => format!("{name} (process {pid}) writes to {path}"),
        None if device.producer == Producer::Gpucam => format!("another gpucam writes to {path}"),
        None => format!("a program of another user writes to {path}"),
    }
}

/// The program that writes to the loopback with this number, as far as this user may see it.
fn writer(producer: Producer, rdev: Option<u64>) -> Option<Holder> {
    let holders = rdev.map(device::holders).unwrap_or_default();
    let is_gpucam = |holder: &Holder| holder.name.starts_with("gpucam");
    holders.into_iter().find(|holder| is_gpucam(holder) == (producer == Producer::Gpucam))
}

/// Puts the programs that have the device with this number open in the place of `by`, if this user may see any.
fn name_holders(by: &mut String, rdev: Option<u64>) {
    let holders = rdev.map(device::holders).unwrap_or_default();
    let name = |Holder { pid, name }: &Holder| format!("{name} (process {pid})");
    if !holders.is_empty() {
        *by = holders.iter().map(name).collect::<Vec<_>>().join(" or ");
    }
}

/// Marks the node as gpucam's output. Another gpucam that is looking at it holds it for a moment.
fn mark(node: &DeviceNode) -> bool {
    for _ in 0..10 {
        match node.try_lock() {
            Ok(false) => std::thread::sleep(Duration::from_millis(10)),
            Ok(true) => return true,
            Err(error) => {
                tracing::debug!("the output is not marked: {error}");
                return true;
            }
        }
    }
    false
}

/// Whether another program has the device.
fn is_taken(error: &Error) -> bool {
    let Error::Device(DeviceError::Loopback { source, .. }) = error else { return false };
    matches!(source, DeviceFault::UsedBy { .. } | DeviceFault::InUse)
}

/// The format to request from the driver for frames of `format`.
pub fn requested_format(format: &VideoFormat) -> PixFormat {
    let Size { width, height } = format.size;
    let mut pix = PixFormat {
        width,
        height,
        fourcc: u32::from_le_bytes(*b"YUYV"),
        stride: 2 * width,
        bytes: format.size.yuyv_bytes() as u32,
        ..PixFormat::default()
    };
    colour::declare(&mut pix, format.colorimetry);
    pix
}

/// Why the driver's answer to VIDIOC_S_FMT does not allow frames of `asked`; none if it does. A larger
/// `sizeimage` is fine: 0.12 rounds it up to whole pages.
pub fn format_mismatch(asked: &PixFormat, got: &PixFormat) -> Option<FormatError> {
    let say = |pix: &PixFormat| format!("{} at {}x{}", fourcc_text(pix.fourcc), pix.width, pix.height);
    if (asked.width, asked.height, asked.fourcc) != (got.width, got.height, got.fourcc) {
        let size = (asked.fourcc == got.fourcc).then_some(Size::new(got.width, got.height));
        let by = "a program that watches it, or keep_format,".into();
        return Some(FormatError::Kept { asked: say(asked), got: say(got), by, size });
    }
    if got.stride != 0 && got.stride != asked.stride {
        return Some(FormatError::Stride { got: got.stride, asked: asked.stride });
    }
    let short = got.bytes != 0 && got.bytes < asked.bytes;
    short.then_some(FormatError::Short { got: got.bytes, asked: asked.bytes })
}

impl Loopback {
    /// Opens the first of these loopbacks that no other program has taken meanwhile.
    ///
    /// # Errors
    /// [`DeviceError::Loopback`] of the last one; [`DeviceError::NoLoopback`] if there is none.
    #[doc(hidden)]
    pub fn open_first(devices: &[&Device], format: &VideoFormat) -> Result<Self> {
        let mut failed = Error::Device(DeviceError::NoLoopback);
        for device in devices {
            match Self::open(device, format) {
                Err(error) if is_taken(&error) => failed = error,
                opened => return opened,
            }
        }
        Err(failed)
    }

    /// Opens a loopback for frames of `format` and shows the slate on it. Nobody else may write to it: neither
    /// driver keeps a second producer out in every mode.
    ///
    /// # Errors
    /// [`DeviceError::Loopback`]; [`FrameError::Size`](crate::FrameError::Size) if YUYV cannot hold the size.
    pub fn open(device: &Device, format: &VideoFormat) -> Result<Self> {
        let size = format.size.check_frame()?;
        let path = device.path.clone();
        let fail = |source| Error::Device(DeviceError::Loopback { path: path.clone(), source });
        let node =
            DeviceNode::open(&path).map_err(|e| fail(device::explain_error(e, device::number(&path))))?;
        let rdev = node.rdev().ok();
        let refused = |e: io::Error| fail(device::explain_error(e, rdev));
        let used_by = |producer| {
            fail(match writer(producer, rdev) {
                Some(Holder { pid, name }) => DeviceFault::UsedBy { name, pid },
                None => DeviceFault::InUse,
            })
        };
        let capability = node.capability().map_err(refused)?;
        if Producer::of(&node, &capability) == Producer::Other {
            return Err(used_by(Producer::Other));
        }
        if !mark(&node) {
            return Err(used_by(Producer::Gpucam));
        }
        let wanted = requested_format(format);
        let got = match node.set_format(BufferDirection::Output, &wanted) {
            // Nobody writes to it, but before 0.14 the driver says so where it only keeps a format.
            Err(e) if e.raw_os_error() == Some(libc::EBUSY) => match node.format(BufferDirection::Output) {
                Ok(kept) if format_mismatch(&wanted, &kept).is_some() => kept,
                _ => return Err(refused(e)),
            },
            // With exclusive_caps the device has no output side while another producer streams.
            Err(e) if matches!(e.raw_os_error(), Some(libc::EINVAL | libc::ENOTTY)) => {
                return Err(refused(io::Error::from_raw_os_error(libc::EBUSY)));
            }
            got => got.map_err(refused)?,
        };
        if let Some(mut error) = format_mismatch(&wanted, &got) {
            if let FormatError::Kept { by, .. } = &mut error {
                name_holders(by, rdev);
            }
            return Err(fail(error.into()));
        }
        if !colour::is_declared(&got, format.colorimetry) {
            tracing::info!("{}: the driver keeps an earlier colorimetry, {got:?}", path.display());
        }
        let fps = format.fps.unwrap_or(super::Fps::DEFAULT);
        if let Err(e) = node.set_fps(BufferDirection::Output, fps) {
            tracing::info!("{}: the driver takes no frame rate ({e})", path.display());
        }
        let node = Arc::new(node);
        let io = match Buffers::request(&node, BufferDirection::Output, BUFFERS) {
            Ok(buffers) if buffers.count() > 0 => {
                let bytes = buffers.bytes(0).map_or(0, <[u8]>::len);
                if bytes < size.yuyv_bytes() {
                    let reason = format!("its buffers have {bytes} bytes; load v4l2loopback again");
                    return Err(fail(DeviceFault::Other(reason)));
                }
                tracing::debug!(buffers = buffers.count(), bytes, "mapped");
                Io::Mapped { buffers, shown: 0 }
            }
            Err(e) if e.raw_os_error() == Some(libc::EBUSY) => return Err(refused(e)),
            other => {
                tracing::info!("{}: no mapped buffers ({other:?}), so write()", path.display());
                // 0.12 with exclusive_caps needs this call, 0.14 refuses it.
                let _ = node.stream_on(BufferDirection::Output);
                Io::Written
            }
        };
        let usage = match node.subscribe(CLIENT_USAGE) {
            Ok(()) => Usage::Event { count: 0 },
            Err(_) => Usage::Scan { watcher: OpenWatcher::new(&path).ok(), at: None, count: 0 },
        };
        let mut slate = vec![0; size.yuyv_bytes()];
        frame::slate(&mut slate);
        let mut loopback = Self { path: path.clone(), node, size, io, slate, last: Duration::ZERO, usage };
        loopback.fill_with_slate()?;
        if let Io::Mapped { buffers, .. } = &mut loopback.io {
            buffers.start().map_err(refused)?;
            if let Err(e) = loopback.install_slate() {
                tracing::debug!("no time-out picture: {e}");
            }
        }
        Ok(loopback)
    }

    /// Path of its node, such as /dev/video4.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The descriptor to poll for changes of the consumers.
    #[doc(hidden)]
    pub fn events(&self) -> Option<PollFd<'_>> {
        match &self.usage {
            Usage::Event { .. } => Some(PollFd::for_event(self.node.fd())),
            Usage::Scan { watcher, .. } => watcher.as_ref().map(|watcher| PollFd::to_read(watcher.fd())),
        }
    }

    /// Whether the driver reports the number of consumers. If not, also call [`Self::consumers`] from time to
    /// time.
    #[doc(hidden)]
    pub fn tells(&self) -> bool {
        matches!(self.usage, Usage::Event { .. })
    }

    /// Shows a frame of packed YUYV that was captured at `at`.
    ///
    /// # Errors
    /// [`FrameError::Bytes`](crate::FrameError::Bytes), [`DeviceError::Loopback`].
    pub fn show(&mut self, yuyv: &[u8], at: Duration) -> Result<()> {
        sink::check_bytes(self.size, yuyv)?;
        self.last = at.max(self.last + Duration::from_micros(1));
        let shown = match &mut self.io {
            Io::Mapped { buffers, shown } => queue(buffers, shown, yuyv, self.last),
            // The driver takes each write(2) as a frame, so a partial frame cannot be completed.
            Io::Written => self.node.write(yuyv).and_then(|count| match count {
                count if count == yuyv.len() => Ok(()),
                count => Err(io::Error::other(format!("it took {count} bytes of a frame of {}", yuyv.len()))),
            }),
        };
        let fault = |e| device::explain_error(e, self.node.rdev().ok());
        shown.map_err(|e| DeviceError::Loopback { path: self.path.clone(), source: fault(e) }.into())
    }

    /// Shows the slate.
    ///
    /// # Errors
    /// [`DeviceError::Loopback`].
    pub fn show_slate(&mut self) -> Result<()> {
        let slate = std::mem::take(&mut self.slate);
        let shown = self.show(&slate, sys::now());
        self.slate = slate;
        shown
    }

    /// Shows the slate often enough to fill every buffer, so that no frame of ours or of an earlier producer
    /// remains.
    fn fill_with_slate(&mut self) -> Result<()> {
        let times = match &self.io {
            Io::Mapped { buffers, .. } => buffers.count(),
            Io::Written => BUFFERS as usize,
        };
        (0..times).try_for_each(|_| self.show_slate())
    }

    /// Number of consumers according to the driver or /proc.
    pub fn consumers(&mut self) -> u32 {
        match &mut self.usage {
            Usage::Event { count } => {
                while let Some((kind, value)) = self.node.event() {
                    if kind == CLIENT_USAGE {
                        *count = value;
                    }
                }
                *count
            }
            Usage::Scan { watcher, at, count } => {
                let opened = watcher.as_ref().is_some_and(OpenWatcher::drain);
                if opened || at.is_none_or(|at| at.elapsed() >= SCAN_INTERVAL) {
                    let holders = self.node.rdev().map(device::holders).unwrap_or_default();
                    *count = holders.len() as u32;
                    // A program that is just opening the device may not be in /proc yet: scan again next
                    // time.
                    *at = (!opened).then(Instant::now);
                }
                *count
            }
        }
    }

    /// Installs the slate as the driver's time-out picture, shown after [`SLATE_TIMEOUT_MS`] without a frame;
    /// the default is green. Requires mapped buffers: if opening the time-out picture yields no buffer, the
    /// next program that opens the device, a consumer, would get it instead of the stream.
    fn install_slate(&self) -> io::Result<()> {
        // On a busy machine the driver would show a picture that is half written.
        self.node.set_control(TIMEOUT, 0)?;
        let written = self.write_time_out_picture();
        // Also where it could not be written: a green picture is better than the last one for ever.
        self.node.set_control(TIMEOUT, SLATE_TIMEOUT_MS)?;
        written
    }

    fn write_time_out_picture(&self) -> io::Result<()> {
        // The next open(2) accesses the time-out picture instead of the stream.
        self.node.set_control(TIMEOUT_IMAGE_IO, 1)?;
        let node = Arc::new(DeviceNode::open(&self.path)?);
        let mut buffers = Buffers::request(&node, BufferDirection::Output, 1)?;
        let picture = buffers.bytes_mut(0).ok_or(io::ErrorKind::NotFound)?;
        let slate = self.slate.get(..picture.len()).unwrap_or(&self.slate);
        picture[..slate.len()].copy_from_slice(slate);
        Ok(())
    }
}

/// Fills the next buffer and queues it.
fn queue(buffers: &mut Buffers, shown: &mut usize, yuyv: &[u8], at: Duration) -> io::Result<()> {
    let index = *shown % buffers.count();
    if *shown >= buffers.count() {
        buffers.reclaim(index)?;
    }
    let buffer = buffers.bytes_mut(index).ok_or(io::ErrorKind::ResourceBusy)?;
    copies::copy(yuyv, &mut buffer[..yuyv.len()]);
    buffers.queue(index, yuyv.len(), at)?;
    *shown += 1;
    Ok(())
}

impl Drop for Loopback {
    fn drop(&mut self) {
        if let Err(error) = self.fill_with_slate() {
            tracing::debug!("{error}");
        }
    }
}
