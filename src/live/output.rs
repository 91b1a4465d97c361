//! What the live loop writes to.

use std::time::Duration;

use crate::{Error, Result, frame::packed::PackedFrame, sys::PollFd, video::loopback::Loopback};

/// A device that shows frames.
pub trait Output {
    /// Shows a packed YUYV frame of the loop's size (Y0 Cb Y1 Cr of each pair of pixels), captured at `at` on
    /// CLOCK_MONOTONIC.
    ///
    /// # Errors
    /// Any; the run ends with it. Of a [`Loopback`]: [`DeviceError::Loopback`](crate::DeviceError::Loopback), and
    /// [`FrameError::Bytes`](crate::FrameError::Bytes) for another length.
    fn show(&mut self, yuyv: &[u8], at: Duration) -> Result<()>;

    /// Whether frames should come as NV12 too, where their size allows it. Asked in every turn of the loop; a
    /// frame that was begun before the answer changed comes without it, or with it.
    #[doc(hidden)]
    fn wants_nv12(&self) -> bool {
        false
    }

    /// Shows a frame, captured at `at`, in the packing that the device takes.
    ///
    /// # Errors
    /// Those of [`Output::show`].
    #[doc(hidden)]
    fn show_frame(&mut self, frame: &PackedFrame, at: Duration) -> Result<()> {
        self.show(frame.yuyv(), at)
    }

    /// Shows the slate.
    ///
    /// # Errors
    /// [`DeviceError::Loopback`](crate::DeviceError::Loopback).
    fn show_slate(&mut self) -> Result<()>;

    /// Number of programs that read the device.
    fn consumers(&mut self) -> u32;

    /// What to poll: it is ready when a consumer may have come or gone.
    #[doc(hidden)]
    fn events(&self) -> Vec<PollFd<'_>> {
        Vec::new()
    }

    /// Whether [`Output::events`] reports every change; otherwise the loop also calls [`Output::consumers`]
    /// at intervals.
    #[doc(hidden)]
    fn reports_consumers(&self) -> bool {
        false
    }

    /// Whether what is shown must be shown again at intervals, although nobody may watch.
    #[doc(hidden)]
    fn needs_beat(&self) -> bool {
        true
    }

    /// Names of the programs that read the device, as far as they are known.
    #[doc(hidden)]
    fn consumer_names(&self) -> Vec<String> {
        Vec::new()
    }

    /// What became of the device since the last call, if the user should know.
    #[doc(hidden)]
    fn notice(&mut self) -> Option<OutputNotice> {
        None
    }
}

/// What became of an output that goes on by itself.
#[doc(hidden)]
#[derive(Debug)]
pub enum OutputNotice {
    /// It shows nothing until it is back.
    Gone(Error),
    /// It is back; this is its name.
    Back(&'static str),
}

impl Output for Loopback {
    fn show(&mut self, yuyv: &[u8], at: Duration) -> Result<()> {
        Loopback::show(self, yuyv, at)
    }

    fn show_slate(&mut self) -> Result<()> {
        Loopback::show_slate(self)
    }

    fn consumers(&mut self) -> u32 {
        Loopback::consumers(self)
    }

    fn events(&self) -> Vec<PollFd<'_>> {
        Loopback::events(self).into_iter().collect()
    }

    fn reports_consumers(&self) -> bool {
        Loopback::tells(self)
    }
}

#[cfg(feature = "pipewire")]
impl Output for crate::video::pipewire::output::PipeWireOutput {
    fn show(&mut self, yuyv: &[u8], at: Duration) -> Result<()> {
        Self::show(self, yuyv, None, at)
    }

    fn wants_nv12(&self) -> bool {
        Self::wants_nv12(self)
    }

    fn show_frame(&mut self, frame: &PackedFrame, at: Duration) -> Result<()> {
        Self::show(self, frame.yuyv(), frame.nv12(), at)
    }

    fn show_slate(&mut self) -> Result<()> {
        Self::show_slate(self);
        Ok(())
    }

    fn consumers(&mut self) -> u32 {
        Self::consumers(self)
    }

    fn events(&self) -> Vec<PollFd<'_>> {
        Self::events(self).into_iter().collect()
    }

    fn reports_consumers(&self) -> bool {
        true
    }

    fn needs_beat(&self) -> bool {
        Self::needs_beat(self)
    }

    fn consumer_names(&self) -> Vec<String> {
        Self::consumer_names(self)
    }

    fn notice(&mut self) -> Option<OutputNotice> {
        use crate::{DeviceError, PipeWireError, video::pipewire::output::Notice};
        Self::notice(self).map(|notice| match notice {
            Notice::Gone => OutputNotice::Gone(Error::Device(DeviceError::PipeWire(PipeWireError::Gone))),
            Notice::Back => OutputNotice::Back("PipeWire"),
        })
    }
}

impl<O: Output + ?Sized> Output for Box<O> {
    fn show(&mut self, yuyv: &[u8], at: Duration) -> Result<()> {
        (**self).show(yuyv, at)
    }

    fn wants_nv12(&self) -> bool {
        (**self).wants_nv12()
    }

    fn show_frame(&mut self, frame: &PackedFrame, at: Duration) -> Result<()> {
        (**self).show_frame(frame, at)
    }

    fn show_slate(&mut self) -> Result<()> {
        (**self).show_slate()
    }

    fn consumers(&mut self) -> u32 {
        (**self).consumers()
    }

    fn events(&self) -> Vec<PollFd<'_>> {
        (**self).events()
    }

    fn reports_consumers(&self) -> bool {
        (**self).reports_consumers()
    }

    fn needs_beat(&self) -> bool {
        (**self).needs_beat()
    }

    fn consumer_names(&self) -> Vec<String> {
        (**self).consumer_names()
    }

    fn notice(&mut self) -> Option<OutputNotice> {
        (**self).notice()
    }
}

/// Several devices that show the same, each with its own consumers. If one of them fails, the others are shown
/// the frame, and the first failure is returned.
impl<O: Output> Output for Vec<O> {
    fn show(&mut self, yuyv: &[u8], at: Duration) -> Result<()> {
        self.iter_mut().map(|output| output.show(yuyv, at)).fold(Ok(()), Result::and)
    }

    fn wants_nv12(&self) -> bool {
        self.iter().any(Output::wants_nv12)
    }

    fn show_frame(&mut self, frame: &PackedFrame, at: Duration) -> Result<()> {
        self.iter_mut().map(|output| output.show_frame(frame, at)).fold(Ok(()), Result::and)
    }

    fn show_slate(&mut self) -> Result<()> {
        self.iter_mut().map(Output::show_slate).fold(Ok(()), Result::and)
    }

    fn consumers(&mut self) -> u32 {
        self.iter_mut().map(Output::consumers).sum()
    }

    fn events(&self) -> Vec<PollFd<'_>> {
        self.iter().flat_map(Output::events).collect()
    }

    fn reports_consumers(&self) -> bool {
        self.iter().all(Output::reports_consumers)
    }

    fn needs_beat(&self) -> bool {
        self.iter().any(Output::needs_beat)
    }

    fn consumer_names(&self) -> Vec<String> {
        self.iter().flat_map(Output::consumer_names).collect()
    }

    fn notice(&mut self) -> Option<OutputNotice> {
        self.iter_mut().find_map(Output::notice)
    }
}
