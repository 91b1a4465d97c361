//! A camera that reports its shutter.

use std::{os::fd::BorrowedFd, thread, time::Duration};

use gpucam::internals::{
    Colorimetry, Result,
    live::{FrameProcessor, GuardRules, LiveLoop, LiveSource, SourceEvent},
    video::{Fps, VideoFormat, sys},
};

use super::{HIDDEN, MarkOutput, RAW, SIZE, SLATE, ms};

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
    let live = LiveLoop {
        source: Box::new(ShutterCamera(0)),
        make_processor: Box::new(|_| Ok(Box::new(Constant))),
        output: &mut output,
        size: SIZE,
        rules: GuardRules::default(),
        frames: None,
        signals: None,
    };
    live.run().unwrap();
    let mut shown = output.0;
    shown.dedup();
    assert_eq!(shown, [HIDDEN, SLATE, HIDDEN, SLATE], "the frame, the shutter, the frame, the end");
}
