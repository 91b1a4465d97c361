//! The worker thread: it reads frames from the source and processes them. It handles the unhidden background,
//! so it never decides what to show; the thread that does shows the slate while this one hangs in the GPU.

use std::{
    collections::VecDeque,
    mem,
    time::{Duration, Instant},
};

use super::{
    channel::{Receiver, Sender},
    control::Change,
    gpu_call::{CallWatch, GpuCall, catch_panic},
    preparation::Preparation,
    processor::{FrameProcessor, ProcessorFactory},
    source::{LiveSource, SourceEvent},
};
use crate::{
    Error, GpuError, Result, Size,
    frame::packed::PackedFrame,
    pipeline::InputFormat,
    video::{VideoFormat, sys},
};

/// A message to the worker.
#[derive(Debug)]
pub(super) enum WorkerCommand {
    /// Open the camera, or close it.
    Camera(bool),
    /// A frame's memory, to be used again.
    Recycle(PackedFrame),
    /// Pack frames as NV12 too, or no longer.
    Nv12(bool),
    /// Make other pictures. Each is answered with [`WorkerEvent::Changed`], in their order.
    Change(Box<Change>),
    /// Release the GPU until the camera is opened.
    Release,
}

/// A message from the worker.
#[derive(Debug)]
pub(super) enum WorkerEvent {
    Frame(ProcessedFrame),
    /// The oldest change was made, and holds from the next frame on, or it failed.
    Changed(Result<()>),
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
    /// Whether the effects that it was drawn with hide the background.
    pub(super) hides: bool,
    /// Processing time.
    pub(super) took: Duration,
}

/// How long a switch of effects waits for a frame, before it is made without one.
const LONGEST_SWITCH: Duration = Duration::from_secs(1);
/// How long the worker sleeps at a time while a change is prepared and there are no frames.
const PREPARATION_POLL: Duration = Duration::from_millis(20);
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

/// A change that is under way.
enum Pending {
    /// The processor prepares other effects; since when it has waited for a frame.
    Switch(Box<Change>, Instant),
    /// Another processor is prepared beside it.
    Processor(Preparation),
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
    /// Whether the effects of the factory hide the background; for processors that do not say it.
    hides: bool,
    pending: Option<Pending>,
    /// Memory of frames that were shown.
    spare: Vec<PackedFrame>,
    /// Whether the last frame failed.
    failing: bool,
    /// Whether the processor has finished a frame.
    has_finished: bool,
    calls: CallWatch,
}

fn input_format(source: &dyn LiveSource) -> InputFormat {
    let VideoFormat { size, colorimetry, .. } = source.format();
    InputFormat { size, layout: source.layout(), colorimetry }
}

impl Processing {
    fn new(
        mut factory: ProcessorFactory,
        input: InputFormat,
        size: Size,
        hides: bool,
        calls: CallWatch,
    ) -> Result<Self> {
        let processor = Some(calls.during(GpuCall::First, || catch_panic(|| factory(input)))?);
        Ok(Self {
            factory,
            input,
            processor,
            backoff: Backoff::default(),
            size,
            hides,
            pending: None,
            wants_nv12: false,
            spare: Vec::new(),
            failing: false,
            has_finished: false,
            calls,
        })
    }

    /// Begins a change; some if it has ended at once.
    fn change(
        &mut self,
        change: Box<Change>,
        source: &mut Box<dyn LiveSource>,
        open: bool,
    ) -> Option<Result<()>> {
        // Without frames, no effects are switched.
        if let (true, Some(effects), None, Some(processor)) =
            (open, &change.effects, &change.source, &mut self.processor)
            && processor.switch(effects)
        {
            self.pending = Some(Pending::Switch(change, Instant::now()));
            return None;
        }
        // The next source can be opened only after this one is closed, so there are no frames meanwhile.
        if !open || self.processor.is_none() || change.source.is_some() {
            return Some(self.replace(*change, source, open));
        }
        let mut frame = PackedFrame::new(self.size);
        frame.want_nv12(self.wants_nv12);
        self.pending = Some(Pending::Processor(Preparation::begin(change, self.input, frame)));
        None
    }

    /// How the pending change ended. A switch whose processor is gone, or that waits for a frame in vain, is made with
    /// another processor.
    fn pending_change(&mut self, source: &mut Box<dyn LiveSource>, open: bool) -> Option<Result<()>> {
        let change = match self.pending.take()? {
            Pending::Switch(change, since) => {
                let is_stuck = since.elapsed() > LONGEST_SWITCH;
                if open && !is_stuck && self.processor.is_some() && self.input.layout == source.layout() {
                    self.pending = Some(Pending::Switch(change, since));
                    return None;
                }
                change
            }
            Pending::Processor(preparation) => match preparation.ended() {
                None => {
                    self.pending = Some(Pending::Processor(preparation));
                    return None;
                }
                Some(Err(error)) => return Some(Err(error)),
                Some(Ok(change)) => change,
            },
        };
        Some(self.replace(*change, source, open))
    }

    /// Whether another processor is being prepared.
    fn is_preparing(&self) -> bool {
        matches!(self.pending, Some(Pending::Processor(_)))
    }

    /// Makes a processor beside the present one, then puts it in its place.
    fn replace(&mut self, change: Change, source: &mut Box<dyn LiveSource>, open: bool) -> Result<()> {
        let Change { hides, make_processor: mut factory, source: make_source, .. } = change;
        let other = match make_source {
            None => None,
            Some(make) => {
                source.close();
                Some(make().inspect_err(|_| reopen(source, open))?)
            }
        };
        let input = other.as_deref().map_or(self.input, input_format);
        let made = self.calls.during(GpuCall::First, || catch_panic(|| factory(input)));
        let processor = match made {
            Ok(processor) => processor,
            Err(error) => {
                let is_closed = other.is_some();
                drop(other);
                if is_closed {
                    reopen(source, open);
                }
                return Err(error);
            }
        };
        if let Some(other) = other {
            *source = other;
            reopen(source, open);
        }
        // A released GPU stays released: this one only showed that the change can be made.
        let is_released = !open && self.processor.is_none();
        self.processor = (!is_released).then_some(processor);
        (self.factory, self.input, self.hides) = (factory, input, hides);
        (self.backoff, self.has_finished) = (Backoff::default(), false);
        Ok(())
    }

    /// Makes a new processor if the layout changed, or if there is none and it is time to try again.
    fn renew(&mut self, source: &mut dyn LiveSource) {
        if self.processor.is_none() && self.backoff.is_due() {
            source.warm_up();
        }
        let layout = source.layout();
        if self.input.layout != layout {
            self.input.layout = layout;
            (self.processor, self.backoff) = (None, Backoff::default());
        }
        if self.processor.is_none() && self.backoff.is_due() {
            let make = || catch_panic(|| (self.factory)(self.input));
            let began = Instant::now();
            (self.processor, self.has_finished) = (self.calls.during(GpuCall::Reopen, make).ok(), false);
            match self.processor {
                Some(_) => tracing::info!("the GPU is open again after {:.0?}", began.elapsed()),
                None => self.backoff.postpone(),
            }
        }
    }

    /// How the pending switch has ended, if it has.
    fn switched(&mut self) -> Option<Result<()>> {
        let Some(Pending::Switch(_, since)) = &mut self.pending else { return None };
        *since = Instant::now();
        let ended = self.processor.as_mut()?.switched()?;
        let Some(Pending::Switch(change, _)) = self.pending.take() else { return None };
        if ended.is_ok() {
            (self.factory, self.hides) = (change.make_processor, change.hides);
        }
        Some(ended)
    }

    /// Frees the GPU, and what of the frames' memory is not needed. It is opened again for the next frame.
    fn release(&mut self) {
        (self.processor, self.spare) = (None, Vec::new());
        (self.backoff, self.has_finished) = (Backoff::default(), false);
        sys::trim_memory();
    }

    /// Keeps a frame's memory for the next frame; what was lent goes back.
    fn recycle(&mut self, mut frame: PackedFrame) {
        frame.give_back();
        if self.processor.is_some() {
            self.spare.push(frame);
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
                let told = self.processor.as_ref().and_then(|processor| processor.hides_background());
                Ok(ProcessedFrame { frame, at, mask, hides: told.unwrap_or(self.hides), took })
            }
            Err(error) => {
                self.spare.push(frame);
                if self.processor.is_some()
                    && let Error::Gpu(lost @ (GpuError::Lost { .. } | GpuError::Hung { .. })) = &error
                {
                    let mut processor = self.processor.take();
                    processor.iter_mut().for_each(|processor| processor.lose());
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

/// Opens a source again that was closed, or leaves it closed.
fn reopen(source: &mut Box<dyn LiveSource>, open: bool) {
    if open { source.open() } else { source.close() }
}

/// Processes frames to `size` until the other thread is gone, the source ends or fails, or the first
/// processor cannot be made. `hides` says whether the first effects hide the background.
pub(super) fn run(
    mut source: Box<dyn LiveSource>,
    factory: ProcessorFactory,
    size: Size,
    hides: bool,
    calls: CallWatch,
    mut commands: Receiver<WorkerCommand>,
    mut events: Sender<WorkerEvent>,
) {
    let mut processing = match Processing::new(factory, input_format(&*source), size, hides, calls) {
        Ok(processing) => processing,
        Err(error) => {
            events.send(WorkerEvent::Fatal(error));
            return;
        }
    };
    let mut open = false;
    let mut changes = VecDeque::new();
    loop {
        match commands.try_recv() {
            Err(_) => return,
            Ok(Some(WorkerCommand::Recycle(frame))) => processing.recycle(frame),
            Ok(Some(WorkerCommand::Nv12(wanted))) => processing.wants_nv12 = wanted,
            Ok(Some(WorkerCommand::Camera(wanted))) => {
                open = wanted;
                if wanted { source.open() } else { source.close() }
            }
            Ok(Some(WorkerCommand::Change(change))) => changes.push_back(change),
            Ok(Some(WorkerCommand::Release)) => processing.release(),
            Ok(None) => {
                let ended = processing.pending_change(&mut source, open).or_else(|| {
                    let next = if processing.pending.is_none() { changes.pop_front() } else { None };
                    processing.change(next?, &mut source, open)
                });
                let sent = match ended {
                    Some(ended) => events.send(WorkerEvent::Changed(ended)),
                    None if open => {
                        processing.renew(&mut *source);
                        match next(&mut *source, &mut processing, &commands, &mut events) {
                            Some(sent) => sent,
                            None => return,
                        }
                    }
                    None => {
                        commands.wait(if processing.is_preparing() {
                            PREPARATION_POLL
                        } else {
                            LONGEST_PAUSE
                        });
                        true
                    }
                };
                if !sent {
                    return;
                }
            }
        }
    }
}

/// Processes the next frame. Whether the other thread is there; none at the end of the source.
fn next(
    source: &mut dyn LiveSource,
    processing: &mut Processing,
    commands: &Receiver<WorkerCommand>,
    events: &mut Sender<WorkerEvent>,
) -> Option<bool> {
    Some(match source.next(commands.fd()) {
        SourceEvent::Frame { bytes, at, dropped } => {
            let processed = processing.process(bytes, at);
            // The guard learns of other effects before it sees the first frame with them.
            let told = processing.switched().is_none_or(|ended| events.send(WorkerEvent::Changed(ended)));
            told && match processed {
                Ok(frame) => {
                    (dropped == 0 || events.send(WorkerEvent::Dropped(dropped)))
                        && events.send(WorkerEvent::Frame(frame))
                }
                Err(reason) => {
                    events.send(WorkerEvent::Dropped(dropped + 1)) && events.send(WorkerEvent::Failed(reason))
                }
            }
        }
        SourceEvent::Nothing { dropped } => dropped == 0 || events.send(WorkerEvent::Dropped(dropped)),
        SourceEvent::Lost(reason) => events.send(WorkerEvent::Lost(reason)),
        SourceEvent::Notice(error) => events.send(WorkerEvent::Notice(error)),
        SourceEvent::Shutter { closed } => events.send(WorkerEvent::Shutter(closed)),
        SourceEvent::Ended => {
            events.send(WorkerEvent::Ended);
            return None;
        }
        SourceEvent::Failed(error) => {
            events.send(WorkerEvent::Fatal(error));
            return None;
        }
    })
}
