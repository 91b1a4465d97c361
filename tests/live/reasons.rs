//! What a run says of a processor that cannot be made again.

use std::{
    fmt,
    os::fd::BorrowedFd,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use gpucam::internals::{
    Colorimetry, Error, FrameError, Range, Result,
    live::{FrameProcessor, LiveSource, ProcessorFactory, SourceEvent},
    sys,
    video::{
        Fps, VideoFormat,
        camera::{PixelFormat, PixelLayout},
    },
};
use libtest_mimic::Trial;
use tracing::{
    Dispatch, Event, Metadata, Subscriber, dispatcher,
    field::{Field, Visit},
    span,
};

use super::{MarkOutput, RAW, SIZE, live_loop, ms};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![test("live::reasons::why_nothing_can_be_shown", why_nothing_can_be_shown)]
}

/// A camera whose frames have another layout after the first ones.
struct Other(u32);

impl LiveSource for Other {
    fn format(&self) -> VideoFormat {
        VideoFormat { size: SIZE, fps: Fps::new(500, 1), colorimetry: Colorimetry::default() }
    }

    fn layout(&self) -> Option<PixelLayout> {
        let (pixel_format, stride) = (PixelFormat::Nv12, SIZE.width as usize);
        (self.0 > 10).then_some(PixelLayout { pixel_format, size: SIZE, stride, range: Range::Limited })
    }

    fn next(&mut self, _: BorrowedFd<'_>) -> SourceEvent<'_> {
        self.0 += 1;
        thread::sleep(ms(2));
        match self.0 {
            11 => SourceEvent::Nothing { dropped: 0 },
            50.. => SourceEvent::Ended,
            _ => SourceEvent::Frame { bytes: &[RAW; SIZE.yuyv_bytes()], at: sys::now(), dropped: 0 },
        }
    }
}

struct Hides;

impl FrameProcessor for Hides {
    fn process(&mut self, _: &[u8], at: Duration, _: &mut [u8]) -> Result<Option<Duration>> {
        Ok(Some(at))
    }
}

/// The lines of the log, of this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, _: &Field, value: &dyn fmt::Debug) {
        self.0 += &format!("{value:?}; ");
    }

    fn record_error(&mut self, _: &Field, value: &(dyn std::error::Error + 'static)) {
        self.0 += &format!("{value}; ");
    }
}

/// The reason is the factory's, told once however many frames come, and not that the GPU stopped answering.
fn why_nothing_can_be_shown() {
    let make_processor: ProcessorFactory = Box::new(|input| match input.layout {
        None => Ok(Box::new(Hides)),
        Some(_) => Err(Error::Frame(FrameError::Size { size: SIZE, why: "is a made-up failure" })),
    });
    let (log, mut output) = (Log::default(), MarkOutput::default());
    let live = live_loop(Other(0), make_processor, &mut output);
    // While there is but one, tracing lets whichever thread comes to a line first decide for all whether it is wanted, and
    // that may be another test's, which listens to nothing.
    let [dispatch, _second] = [log.clone(), log.clone()].map(Dispatch::new);
    dispatcher::with_default(&dispatch, || live.run()).unwrap();
    let lines = log.0.lock().unwrap();
    let told = lines.iter().filter(|line| line.contains("is a made-up failure")).count();
    assert_eq!(told, 1, "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("stopped answering")), "{lines:?}");
}
