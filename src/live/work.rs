//! The thread that sees the room: camera, GPU, and hidden pictures out of it. Whether they are shown is decided
//! elsewhere, so that a GPU that hangs does not keep the slate from being shown.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use super::{
    feed::{Feed, Step},
    letters::{Inbox, Outbox},
};
use crate::{Error, Pipeline, Result, Size, pipeline::InputFormat, video::VideoFormat};

/// Makes a picture out of a frame of the room.
pub trait Hide {
    /// Fills `output` from `input`, captured at `at`; the timestamp of the frame that the mask came from, and none
    /// where the picture has no sound mask.
    ///
    /// # Errors
    /// Anything that spoiled the picture.
    fn hide(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>>;
}

impl Hide for Pipeline {
    fn hide(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
        // Its mask is always the frame's own; what is not finite in it counts as no person, and is hidden.
        self.process(input, at, output).map(|()| Some(at))
    }
}

/// Makes what hides; once more when the GPU was lost, or the frames come in another layout.
pub type Engine = Box<dyn FnMut(InputFormat) -> Result<Box<dyn Hide>> + Send>;

/// What the worker is told.
#[derive(Debug)]
pub(super) enum Order {
    /// Open the camera, or close it.
    Camera(bool),
    /// A picture's memory, to be used again.
    Spare(Vec<u8>),
}

/// What the worker tells.
#[derive(Debug)]
pub(super) enum News {
    Picture(Picture),
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
pub(super) struct Picture {
    pub(super) yuyv: Vec<u8>,
    pub(super) at: Duration,
    pub(super) mask: Option<Duration>,
    /// Time that hiding took.
    pub(super) took: Duration,
}

/// Longest pause between two tries to have a GPU again.
const PATIENCE: Duration = Duration::from_secs(30);

/// When the GPU is tried again: at once, then after 1, 2, 4, … seconds.
#[derive(Debug, Default)]
struct Retry {
    due: Option<Instant>,
    pause: Duration,
}

impl Retry {
    fn is_due(&self) -> bool {
        self.due.is_none_or(|due| due <= Instant::now())
    }

    fn put_off(&mut self) {
        self.due = Some(Instant::now() + self.pause);
        self.pause = (2 * self.pause).clamp(Duration::from_secs(1), PATIENCE);
    }
}

/// Makes pictures of `size` until the other side is gone, the input ends or fails, or there is no engine to begin with.
pub(super) fn run(
    mut feed: Box<dyn Feed>,
    mut engine: Engine,
    size: Size,
    mut orders: Inbox<Order>,
    mut news: Outbox<News>,
) {
    let VideoFormat { size: camera, colorimetry, .. } = feed.format();
    let mut input_format = InputFormat { size: camera, layout: feed.layout(), colorimetry };
    let mut hider = match guarded(|| engine(input_format)) {
        Ok(hider) => Some(hider),
        Err(error) => {
            news.send(News::Fatal(error));
            return;
        }
    };
    let (mut open, mut spare): (bool, Vec<Vec<u8>>) = (false, Vec::new());
    let (mut retry, mut complained) = (Retry::default(), false);
    loop {
        match orders.take() {
            Err(_) => return,
            Ok(Some(Order::Spare(picture))) => spare.push(picture),
            Ok(Some(Order::Camera(wanted))) => {
                open = wanted;
                if wanted { feed.open() } else { feed.close() }
            }
            Ok(None) if !open => orders.wait(PATIENCE),
            Ok(None) => {
                if input_format.layout != feed.layout() {
                    input_format.layout = feed.layout();
                    (hider, retry) = (None, Retry::default());
                }
                if hider.is_none() && retry.is_due() {
                    hider = guarded(|| engine(input_format)).ok();
                    if hider.is_none() {
                        retry.put_off();
                    }
                }
                let mut yuyv = spare.pop().unwrap_or_else(|| vec![0; size.yuyv_bytes()]);
                let mut hidden: Option<(Duration, Duration, Result<Option<Duration>>)> = None;
                let step = feed.next(orders.fd(), &mut |frame, at| {
                    let start = Instant::now();
                    let done = match &mut hider {
                        Some(hider) => guarded(|| hider.hide(frame, at, &mut yuyv)),
                        None => Err(Error::GpuLost { reason: "it is not back yet".into() }),
                    };
                    hidden = Some((at, start.elapsed(), done));
                });
                let told = match (step, hidden) {
                    (Step::Taken { dropped }, Some((at, took, Ok(mask)))) => {
                        (retry, complained) = (Retry::default(), false);
                        (dropped == 0 || news.send(News::Dropped(dropped)))
                            && news.send(News::Picture(Picture { yuyv, at, mask, took }))
                    }
                    (Step::Taken { dropped }, Some((.., Err(error)))) => {
                        spare.push(yuyv);
                        if hider.is_some() && matches!(error, Error::GpuLost { .. }) {
                            hider = None;
                            retry.put_off();
                        }
                        let first = !std::mem::replace(&mut complained, true);
                        news.send(News::Dropped(dropped + 1))
                            && news.send(News::Failed(first.then(|| words(&error))))
                    }
                    (Step::Taken { dropped } | Step::Nothing { dropped }, _) => {
                        spare.push(yuyv);
                        dropped == 0 || news.send(News::Dropped(dropped))
                    }
                    (Step::Lost(why), _) => {
                        spare.push(yuyv);
                        news.send(News::Lost(why))
                    }
                    (Step::Ended, _) => {
                        news.send(News::Ended);
                        return;
                    }
                    (Step::Failed(error), _) => {
                        news.send(News::Fatal(error));
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
fn words(error: &Error) -> String {
    match error {
        Error::GpuLost { reason } => format!("the GPU stopped answering ({reason}); gpucam opens it again"),
        error => error.to_string(),
    }
}

/// A panic inside of the GPU's crates as an error: a lost device, most likely.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        Err(Error::GpuLost { reason: words.lines().next().unwrap_or_default().into() })
    })
}
