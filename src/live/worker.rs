//! The worker thread: it reads frames from the source and processes them. It handles the unhidden background,
//! so it never decides what to show; the thread that does shows the slate while this one hangs in the GPU.

use std::{collections::VecDeque, mem, time::Duration};

use super::{
    channel::{Receiver, Sender},
    control::Change,
    given_up::GivenUp,
    gpu_call::CallWatch,
    processing::{Processed, ProcessedFrame, Processing},
    processor::ProcessorFactory,
    source::{LiveSource, SourceEvent},
};
use crate::{Error, Result, Size, frame::packed::PackedFrame};

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
    /// What is given up from the next frame on, since frames take too long; nothing is given up if empty.
    GivenUp(GivenUp),
    /// The camera's shutter was closed (true) or opened.
    Shutter(bool),
    Ended,
    Fatal(Error),
}

/// How long the worker sleeps at a time while a change is prepared and there are no frames.
const PREPARATION_POLL: Duration = Duration::from_millis(20);
/// How long it waits at a time for a camera's frame while a change is under way.
const CHANGE_POLL: Duration = Duration::from_millis(250);
/// How long it sleeps at a time while there is nothing to do; a message wakes it.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

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
    let mut processing = match Processing::new(factory, &*source, size, hides, calls) {
        Ok(processing) => processing,
        Err(error) => {
            events.send(WorkerEvent::Fatal(error));
            return;
        }
    };
    let mut open = false;
    // Frames that were not processed, until that is told.
    let mut skipped = 0;
    let mut changes = VecDeque::new();
    loop {
        match commands.try_recv() {
            Err(_) => return,
            Ok(Some(WorkerCommand::Recycle(frame))) => processing.recycle(frame),
            Ok(Some(WorkerCommand::Nv12(wanted))) => processing.want_nv12(wanted),
            Ok(Some(WorkerCommand::Camera(wanted))) => {
                open = wanted;
                if wanted { source.open() } else { source.close() }
            }
            Ok(Some(WorkerCommand::Change(change))) => {
                processing.cancel_pace();
                changes.push_back(change);
            }
            Ok(Some(WorkerCommand::Release)) => processing.release(),
            Ok(None) => {
                let given_up =
                    processing.paced(&mut source, open).or_else(|| processing.given_up_by_change());
                if let Some(given_up) = given_up {
                    events.send(WorkerEvent::GivenUp(given_up));
                }
                let ended = processing.pending_change(&mut source, open).or_else(|| {
                    let next = if processing.is_changing() { None } else { changes.pop_front() };
                    processing.change(next?, &mut source, open)
                });
                let sent = match ended {
                    Some(ended) => events.send(WorkerEvent::Changed(ended)),
                    None if open => {
                        // A change that is under way is looked at again, also while the camera is silent.
                        source.wait_at_most(match processing.is_changing() {
                            true => CHANGE_POLL,
                            false => Duration::MAX,
                        });
                        processing.renew(&mut *source);
                        match next(&mut *source, &mut processing, &mut skipped, &commands, &mut events) {
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
    skipped: &mut u64,
    commands: &Receiver<WorkerCommand>,
    events: &mut Sender<WorkerEvent>,
) -> Option<bool> {
    Some(match source.next(commands.fd()) {
        // The thread that shows frames stands still, perhaps because its terminal does. It would get old ones, and all
        // memory would be filled with them.
        SourceEvent::Frame { dropped, .. } if processing.is_ahead() => {
            *skipped += dropped + 1;
            true
        }
        SourceEvent::Frame { bytes, at, dropped } => {
            let dropped = dropped + mem::take(skipped);
            let Processed { switched, frame } = processing.process(bytes, at, dropped);
            // The guard learns of other effects before it sees the first frame with them.
            let told = switched.is_none_or(|ended| events.send(WorkerEvent::Changed(ended)));
            told && match frame {
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
