//! The thread that sees the room: camera, GPU, and hidden pictures out of it. Whether they are shown is decided
//! elsewhere, so that a GPU that hangs does not keep the slate from being shown.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use super::{
    channel::{Receiver, Sender},
    source::{LiveSource, SourceEvent},
};
use crate::{Error, Pipeline, Result, Size, pipeline::InputFormat, video::VideoFormat};

/// Makes a picture out of a frame of the room.
pub trait FrameProcessor {
    /// Fills `output` from `input`, captured at `at`; the timestamp of the frame that the mask came from, and none
    /// where the picture has no sound mask.
    ///
    /// # Errors
    /// Anything that spoiled the picture.
    fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>>;
}

impl FrameProcessor for Pipeline {
    fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
        // Its mask is always the frame's own; what is not finite in it counts as no person, and is hidden.
        self.process(input, at, output).map(|()| Some(at))
    }
}

/// Makes what hides; once more when the GPU was lost, or the frames come in another layout.
pub type ProcessorFactory = Box<dyn FnMut(InputFormat) -> Result<Box<dyn FrameProcessor>> + Send>;

/// What the worker is told.
#[derive(Debug)]
pub(super) enum WorkerCommand {
    /// Open the camera, or close it.
    Camera(bool),
    /// A picture's memory, to be used again.
    Recycle(Vec<u8>),
}

/// What the worker tells.
#[derive(Debug)]
pub(super) enum WorkerEvent {
    Frame(ProcessedFrame),
    /// Frames that came to nothing.
    Dropped(u64),
    /// The pipeline failed; why, the first time.
    Failed(Option<String>),
    /// The camera is gone; why, the first time.
    Lost(Option<Error>),
    Ended,
    Fatal(Error),
}

#[derive(Debug)]
pub(super) struct ProcessedFrame {
    pub(super) yuyv: Vec<u8>,
    pub(super) at: Duration,
    pub(super) mask: Option<Duration>,
    /// Time that hiding took.
    pub(super) took: Duration,
}

/// Longest pause between two tries to have a GPU again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// When the GPU is tried again: at once, then after 1, 2, 4, … seconds.
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

/// Makes pictures of `size` until the other side is gone, the input ends or fails, or there is no make_processor to begin with.
pub(super) fn run(
    mut source: Box<dyn LiveSource>,
    mut make_processor: ProcessorFactory,
    size: Size,
    mut commands: Receiver<WorkerCommand>,
    mut events: Sender<WorkerEvent>,
) {
    let VideoFormat { size: camera, colorimetry, .. } = source.format();
    let mut input_format = InputFormat { size: camera, layout: source.layout(), colorimetry };
    let mut processor = match catch_panic(|| make_processor(input_format)) {
        Ok(processor) => Some(processor),
        Err(error) => {
            events.send(WorkerEvent::Fatal(error));
            return;
        }
    };
    let (mut open, mut spare): (bool, Vec<Vec<u8>>) = (false, Vec::new());
    let (mut backoff, mut complained) = (Backoff::default(), false);
    loop {
        match commands.try_recv() {
            Err(_) => return,
            Ok(Some(WorkerCommand::Recycle(picture))) => spare.push(picture),
            Ok(Some(WorkerCommand::Camera(wanted))) => {
                open = wanted;
                if wanted { source.open() } else { source.close() }
            }
            Ok(None) if !open => commands.wait(LONGEST_PAUSE),
            Ok(None) => {
                if input_format.layout != source.layout() {
                    input_format.layout = source.layout();
                    (processor, backoff) = (None, Backoff::default());
                }
                if processor.is_none() && backoff.is_due() {
                    processor = catch_panic(|| make_processor(input_format)).ok();
                    if processor.is_none() {
                        backoff.postpone();
                    }
                }
                let mut yuyv = spare.pop().unwrap_or_else(|| vec![0; size.yuyv_bytes()]);
                let mut hidden: Option<(Duration, Duration, Result<Option<Duration>>)> = None;
                let step = source.next(commands.fd(), &mut |frame, at| {
                    let start = Instant::now();
                    let done = match &mut processor {
                        Some(processor) => catch_panic(|| processor.process(frame, at, &mut yuyv)),
                        None => Err(Error::GpuLost { reason: "it is not back yet".into() }),
                    };
                    hidden = Some((at, start.elapsed(), done));
                });
                let told = match (step, hidden) {
                    (SourceEvent::Taken { dropped }, Some((at, took, Ok(mask)))) => {
                        (backoff, complained) = (Backoff::default(), false);
                        (dropped == 0 || events.send(WorkerEvent::Dropped(dropped)))
                            && events.send(WorkerEvent::Frame(ProcessedFrame { yuyv, at, mask, took }))
                    }
                    (SourceEvent::Taken { dropped }, Some((.., Err(error)))) => {
                        spare.push(yuyv);
                        if processor.is_some() && matches!(error, Error::GpuLost { .. }) {
                            processor = None;
                            backoff.postpone();
                        }
                        let first = !std::mem::replace(&mut complained, true);
                        events.send(WorkerEvent::Dropped(dropped + 1))
                            && events.send(WorkerEvent::Failed(first.then(|| describe(&error))))
                    }
                    (SourceEvent::Taken { dropped } | SourceEvent::Nothing { dropped }, _) => {
                        spare.push(yuyv);
                        dropped == 0 || events.send(WorkerEvent::Dropped(dropped))
                    }
                    (SourceEvent::Lost(why), _) => {
                        spare.push(yuyv);
                        events.send(WorkerEvent::Lost(why))
                    }
                    (SourceEvent::Ended, _) => {
                        events.send(WorkerEvent::Ended);
                        return;
                    }
                    (SourceEvent::Failed(error), _) => {
                        events.send(WorkerEvent::Fatal(error));
                        return;
                    }
                };
                if !told {
                    return;
                }
            }
        }
    }
}

/// What the user is told; a lost GPU is opened again without them.
fn describe(error: &Error) -> String {
    match error {
        Error::GpuLost { reason } => format!("the GPU stopped answering ({reason}); gpucam opens it again"),
        error => error.to_string(),
    }
}

/// A panic inside of the GPU's crates as an error: a lost device, most likely.
fn catch_panic<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        Err(Error::GpuLost { reason: words.lines().next().unwrap_or_default().into() })
    })
}
