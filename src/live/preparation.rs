//! Prepares another processor on a thread of its own, while the present one goes on.
//!
//! A processor belongs to the thread that made it. So this thread makes one, draws a frame with it and drops it:
//! what takes time is then done for the factory's next one, which shares the GPU and what is compiled for it.

use std::{
    io,
    sync::mpsc::{self, Receiver, TryRecvError},
    thread,
    time::Duration,
};

use super::{
    control::{Change, Claim},
    gpu_call::catch_panic,
    processor::{FrameProcessor, ProcessorFactory},
};
use crate::{Error, Result, frame::packed::PackedFrame, pipeline::InputFormat};

/// A change whose processor is being prepared.
#[derive(Debug)]
pub(super) struct Preparation {
    prepared: Receiver<Result<Box<Change>>>,
    claim: Claim,
}

impl Preparation {
    /// Begins, for frames of `input` that become frames like `frame`.
    pub(super) fn begin(mut change: Box<Change>, input: InputFormat, mut frame: PackedFrame) -> Self {
        let (sender, prepared) = mpsc::channel();
        let claim = change.claim.clone();
        let work = move || {
            let made = catch_panic(|| rehearse(&mut change.make_processor, input, &mut frame));
            let _ = sender.send(made.map(|()| change));
        };
        // If there is no thread for it, the sender is gone, which `ended` tells.
        let _ = thread::Builder::new().name("prepare".into()).spawn(work);
        Self { prepared, claim }
    }

    /// The change, once its processor can be made at once, or why it cannot be made. One that was given up is not waited
    /// for: what prepares it may hang.
    pub(super) fn ended(&self) -> Option<Result<Box<Change>>> {
        match self.prepared.try_recv() {
            Ok(ended) => Some(ended),
            Err(TryRecvError::Empty) => self.claim.check().err().map(Err),
            Err(TryRecvError::Disconnected) => Some(Err(Error::System {
                what: "a thread that prepares another picture",
                source: io::ErrorKind::Other.into(),
            })),
        }
    }
}

/// Makes a processor and draws a black frame with it, in which drivers compile. Nobody adopts it.
fn rehearse(make: &mut ProcessorFactory, input: InputFormat, frame: &mut PackedFrame) -> Result<()> {
    let mut processor: Box<dyn FrameProcessor> = make(input)?;
    processor.process_frame(&vec![0; input.bytes()], Duration::ZERO, frame).map(drop)
}
