//! A camera that reports its shutter.

use std::{os::fd::BorrowedFd, thread, time::Duration};

use gpucam::internals::{
    Colorimetry, DeviceError, Error, Result,
    live::{self, Change, FrameProcessor, GuardRules, LiveSource, ProcessorFactory, SourceEvent},
    sys,
    video::{Fps, VideoFormat},
};

use super::{
    HIDDEN, MarkOutput, RAW, SIZE, SLATE,
    changes::{Run, run},
    live_loop, ms,
};

/// A camera whose shutter is closed for a while between two frames.
struct ShutterCamera(u32);

impl LiveSource for ShutterCamera {
    fn format(&self) -> VideoFormat {
        VideoFormat { size: SIZE, fps: Fps::new(30, 1), colorimetry: Colorimetry::default() }
    }

    fn next(&mut self, _: BorrowedFd<'_>) -> SourceEvent<'_> {
        self.0 += 1;
        thread::sleep(ms(20));
        match self.0 {
            1 | 60 => SourceEvent::Frame { bytes: &[RAW; SIZE.yuyv_bytes()], at: sys::now(), dropped: 0 },
            5 => SourceEvent::Shutter { closed: true },
            55 => SourceEvent::Shutter { closed: false },
            80 => SourceEvent::Ended,
            _ => SourceEvent::Nothing { dropped: 0 },
        }
    }
}

pub fn a_closed_shutter_shows_the_slate() {
    struct Constant;
    impl FrameProcessor for Constant {
        fn process(&mut self, _: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
            output.fill(HIDDEN);
            Ok(Some(at))
        }
    }
    let mut output = MarkOutput::default();
    let make_processor: ProcessorFactory = Box::new(|_| Ok(Box::new(Constant)));
    live_loop(ShutterCamera(0), make_processor, &mut output).run().unwrap();
    let mut shown = output.0;
    shown.dedup();
    assert_eq!(shown, [HIDDEN, SLATE, HIDDEN, SLATE], "the frame, the shutter, the frame, the end");
}

/// Reports its closed shutter once, and then nothing.
struct Shut {
    is_told: bool,
}

impl LiveSource for Shut {
    fn format(&self) -> VideoFormat {
        VideoFormat { size: SIZE, fps: Fps::new(500, 1), colorimetry: Colorimetry::default() }
    }

    fn open(&mut self) {}

    fn close(&mut self) {}

    fn next(&mut self, _: BorrowedFd<'_>) -> SourceEvent<'_> {
        thread::sleep(ms(2));
        match std::mem::replace(&mut self.is_told, true) {
            true => SourceEvent::Nothing { dropped: 0 },
            false => SourceEvent::Shutter { closed: true },
        }
    }
}

/// The next camera may be slow to send a frame; that is not the shutter of the one before.
pub fn a_shutter_belongs_to_its_camera() {
    let state = |run: &Run| run.statuses.lock().unwrap().last().map(|status| status.state);
    run("blur", GuardRules::default(), |run| {
        let shut: live::SourceFactory = Box::new(|| Ok(Box::new(Shut { is_told: false })));
        run.make(Change { source: Some(shut), ..run.change("blur") }).unwrap();
        run.until(|run| state(run) == Some("camera shutter closed"));
        let none: live::SourceFactory = Box::new(|| Err(Error::Device(DeviceError::NoCamera)));
        run.make(Change { source: Some(none), ..run.change("blur") }).unwrap_err();
        run.make(Change { effects: None, ..run.change("blur") }).unwrap();
        thread::sleep(ms(50));
        assert_eq!(state(run), Some("camera shutter closed"), "control: the same camera");
        let slow: live::SourceFactory = Box::new(|| Ok(Box::new(Shut { is_told: true })));
        run.make(Change { source: Some(slow), ..run.change("blur") }).unwrap();
        run.until(|run| state(run) == Some("slate"));
    });
}
