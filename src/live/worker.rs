//! The worker thread: it reads frames from the source and processes them. It handles the unhidden background,
//! so it never decides what to show; the thread that does shows the slate while this one hangs in the GPU.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use super::{
    channel::{Receiver, Sender},
    gpu_call::{CallWatch, GpuCall},
    source::{LiveSource, SourceEvent},
};
use crate::{
    Error, GpuError, Pipeline, Result, Size,
    frame::{layout::PixelLayout, packed::PackedFrame},
    pipeline::InputFormat,
    video::VideoFormat,
};

/// Makes a frame that may be shown out of a frame of the source.
pub trait FrameProcessor {
    /// Fills `output` with packed YUYV from `input`, captured at `at`. Returns the timestamp of the frame
    /// that the mask came from, or none if there was no valid mask.
    ///
    /// # Errors
    /// Any; `output` is then not shown.
    fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>>;

    /// Like [`FrameProcessor::process`], in all packings that `frame` wants.
    ///
    /// # Errors
    /// Any; `frame` is then not shown.
    #[doc(hidden)]
    fn process_frame(
        &mut self,
        input: &[u8],
        at: Duration,
        frame: &mut PackedFrame,
    ) -> Result<Option<Duration>> {
        let mask = self.process(input, at, &mut frame.yuyv)?;
        frame.pack_nv12();
        Ok(mask)
    }
}

impl FrameProcessor for Pipeline {
    fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
        // The mask always belongs to the same frame. A value in it that is not finite counts as background.
        Pipeline::process(self, input, at, output).map(|()| Some(at))
    }

    fn process_frame(
        &mut self,
        input: &[u8],
        at: Duration,
        frame: &mut PackedFrame,
    ) -> Result<Option<Duration>> {
        Pipeline::process_frame(self, input, at, frame).map(|()| Some(at))
    }
}

/// Makes a [`FrameProcessor`]; called again after the GPU is lost or when the camera's layout changes.
pub type ProcessorFactory = Box<dyn FnMut(InputFormat) -> Result<Box<dyn FrameProcessor>> + Send>;

/// A message to the worker.
#[derive(Debug)]
pub(super) enum WorkerCommand {
    /// Open the camera, or close it.
    Camera(bool),
    /// A frame's memory, to be used again.
    Recycle(PackedFrame),
    /// Pack frames as NV12 too, or no longer.
    Nv12(bool),
}

/// A message from the worker.
#[derive(Debug)]
pub(super) enum WorkerEvent {
    Frame(ProcessedFrame),
    /// Number of frames that were not processed.
    Dropped(u64),
    /// Processing failed; the reason comes with the first failure only.
    Failed(Option<Error>),
    /// The camera is gone; the reason comes the first time only.
    Lost(Option<Error>),
    /// Something the user should know; frames go on.
    Notice(Error),
    /// The camera's shutter was closed (true) or opened.
    Shutter(bool),
    Ended,
    Fatal(Error),
}

#[derive(Debug)]
pub(super) struct ProcessedFrame {
    pub(super) frame: PackedFrame,
    /// When it was captured.
    pub(super) at: Duration,
    /// When the frame was captured that its mask came from.
    pub(super) mask: Option<Duration>,
    /// Processing time.
    pub(super) took: Duration,
}

/// Longest pause between two attempts to open the GPU again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// When to open the GPU again: at once, then after 1, 2, 4, … seconds.
#[derive(Debug, Default)]
struct Backoff {
    due: Option<Instant>,
    pause: Duration,
}

impl Backoff {
    fn is_due(&self) -> bool {
        self.due.is_none_or(|due| due <= Instant::now())
    }

    fn postpone(&mut self) {
        self.due = Some(Instant::now() + self.pause);
        self.pause = (2 * self.pause).clamp(Duration::from_secs(1), LONGEST_PAUSE);
    }
}

/// The frame processor, and the means to create it again.
struct Processing {
    factory: ProcessorFactory,
    input: InputFormat,
    processor: Option<Box<dyn FrameProcessor>>,
    backoff: Backoff,
    /// Size of processed frames.
    size: Size,
    /// Whether an output wants NV12.
    wants_nv12: bool,
    /// Memory of frames that were shown.
    spare: Vec<PackedFrame>,
    /// Whether the last frame failed.
    failing: bool,
    /// Whether the processor has finished a frame.
    has_finished: bool,
    calls: CallWatch,
}

impl Processing {
    fn new(mut factory: ProcessorFactory, input: InputFormat, size: Size, calls: CallWatch) -> Result<Self> {
        let processor = Some(calls.during(GpuCall::First, || catch_panic(|| factory(input)))?);
        let (backoff, spare) = (Backoff::default(), Vec::new());
        let (failing, has_finished) = (false, false);
        let wants_nv12 = false;
        Ok(Self { factory, input, processor, backoff, size, wants_nv12, spare, failing, has_finished, calls })
    }

    /// Makes a new processor if the layout changed, or if there is none and it is time to try again.
    fn renew(&mut self, layout: Option<PixelLayout>) {
        if self.input.layout != layout {
            self.input.layout = layout;
            (self.processor, self.backoff) = (None, Backoff::default());
        }
        if self.processor.is_none() && self.backoff.is_due() {
            let make = || catch_panic(|| (self.factory)(self.input));
            (self.processor, self.has_finished) = (self.calls.during(GpuCall::Reopen, make).ok(), false);
            if self.processor.is_none() {
                self.backoff.postpone();
            }
        }
    }

    /// Processes a frame. The error is the reason, given for the first of several failures in a row.
    fn process(&mut self, input: &[u8], at: Duration) -> Result<ProcessedFrame, Option<Error>> {
        let mut frame = self.spare.pop().unwrap_or_else(|| PackedFrame::new(self.size));
        frame.want_nv12(self.wants_nv12);
        let start = Instant::now();
        let result = match &mut self.processor {
            Some(processor) => {
                let call = if self.has_finished { GpuCall::Frame } else { GpuCall::First };
                self.calls.during(call, || catch_panic(|| processor.process_frame(input, at, &mut frame)))
            }
            None => Err(Error::Gpu(GpuError::Lost { reason: "it is not back yet".into() })),
        };
        let took = start.elapsed();
        match result {
            Ok(mask) => {
                (self.backoff, self.failing, self.has_finished) = (Backoff::default(), false, true);
                Ok(ProcessedFrame { frame, at, mask, took })
            }
            Err(error) => {
                self.spare.push(frame);
                if self.processor.is_some()
                    && let Error::Gpu(lost @ (GpuError::Lost { .. } | GpuError::Hung { .. })) = &error
                {
                    let processor = self.processor.take();
                    if let GpuError::Hung { .. } = lost {
                        // Freeing what a hung GPU may still use would wait for it.
                        mem::forget(processor);
                    }
                    self.backoff.postpone();
                }
                let first = !mem::replace(&mut self.failing, true);
                Err(first.then_some(error))
            }
        }
    }
}

/// Processes frames to `size` until the other thread is gone, the source ends or fails, or the first
/// processor cannot be made.
pub(super) fn run(
    mut source: Box<dyn LiveSource>,
    factory: ProcessorFactory,
    size: Size,
    calls: CallWatch,
    mut commands: Receiver<WorkerCommand>,
    mut events: Sender<WorkerEvent>,
) {
    let VideoFormat { size: camera, colorimetry, .. } = source.format();
    let input = InputFormat { size: camera, layout: source.layout(), colorimetry };
    let mut processing = match Processing::new(factory, input, size, calls) {
        Ok(processing) => processing,
        Err(error) => {
            events.send(WorkerEvent::Fatal(error));
            return;
        }
    };
    let mut open = false;
    loop {
        match commands.try_recv() {
            Err(_) => return,
            Ok(Some(WorkerCommand::Recycle(frame))) => processing.spare.push(frame),
            Ok(Some(WorkerCommand::Nv12(wanted))) => processing.wants_nv12 = wanted,
            Ok(Some(WorkerCommand::Camera(wanted))) => {
                open = wanted;
                if wanted { source.open() } else { source.close() }
            }
            Ok(None) if !open => commands.wait(LONGEST_PAUSE),
            Ok(None) => {
                processing.renew(source.layout());
                let sent = match source.next(commands.fd()) {
                    SourceEvent::Frame { bytes, at, dropped } => match processing.process(bytes, at) {
                        Ok(frame) => {
                            (dropped == 0 || events.send(WorkerEvent::Dropped(dropped)))
                                && events.send(WorkerEvent::Frame(frame))
                        }
                        Err(reason) => {
                            events.send(WorkerEvent::Dropped(dropped + 1))
                                && events.send(WorkerEvent::Failed(reason))
                        }
                    },
                    SourceEvent::Nothing { dropped } => {
                        dropped == 0 || events.send(WorkerEvent::Dropped(dropped))
                    }
                    SourceEvent::Lost(reason) => events.send(WorkerEvent::Lost(reason)),
                    SourceEvent::Notice(error) => events.send(WorkerEvent::Notice(error)),
                    SourceEvent::Shutter { closed } => events.send(WorkerEvent::Shutter(closed)),
                    SourceEvent::Ended => {
                        events.send(WorkerEvent::Ended);
                        return;
                    }
                    SourceEvent::Failed(error) => {
                        events.send(WorkerEvent::Fatal(error));
                        return;
                    }
                };
                if !sent {
                    return;
                }
            }
        }
    }
}

/// Turns a panic inside the GPU's crates into an error; most likely the device was lost.
fn catch_panic<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        Err(Error::Gpu(GpuError::Lost { reason: words.lines().next().unwrap_or_default().into() }))
    })
}
