//! What the worker makes frames with: a processor, how to make another one, and the changes that are under way.

use std::{
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    backoff::Backoff,
    control::{Change, Claim},
    given_up::GivenUp,
    gpu_call::{CallWatch, GpuCall, catch_panic},
    pacing::Pacing,
    preparation::Preparation,
    processor::{FrameProcessor, ProcessorFactory, RecoveryCheck},
    source::LiveSource,
};
use crate::{
    Error, GpuError, Result, Size,
    frame::packed::PackedFrame,
    pipeline::InputFormat,
    sys,
    video::{Fps, VideoFormat},
};

#[derive(Debug)]
pub(super) struct ProcessedFrame {
    pub(super) frame: PackedFrame,
    /// When it was captured.
    pub(super) at: Duration,
    /// When the frame was captured that its mask came from.
    pub(super) mask: Option<Duration>,
    /// Whether the effects that it was drawn with hide the background.
    pub(super) hides: bool,
    /// When it was taken from the source, by [`sys::since_boot`].
    pub(super) taken: Duration,
    /// Processing time.
    pub(super) took: Duration,
    /// Held until it is shown, or is not to be.
    pub(super) _under_way: Arc<()>,
}

/// What came of a frame of the source.
#[derive(Debug)]
pub(super) struct Processed {
    /// How the pending switch ended, if it did.
    pub(super) switched: Option<Result<()>>,
    /// What may be shown. The error is the reason, given for the first of several failures in a row.
    pub(super) frame: Result<ProcessedFrame, Option<Error>>,
}

/// Most frames that wait to be shown: a quarter of a second at 30 frames a second, as a busy machine may take.
const MOST_UNDER_WAY: usize = 8;
/// How long a switch of effects waits for a frame, before it is made without one.
const LONGEST_SWITCH: Duration = Duration::from_secs(1);
/// Pause between two looks at whether a GPU that hung has recovered.
const HUNG_LOOK: Duration = Duration::from_secs(2);

/// Why a processor could not be made.
struct Refusal {
    /// In words, to tell each reason once.
    words: String,
    /// The same until it is told.
    untold: Option<Error>,
}

/// A change that is under way.
enum Pending {
    /// The processor prepares other effects; since when it has waited for a frame.
    Switch(Box<Change>, Instant),
    /// Another processor is prepared beside it.
    Processor(Preparation),
    /// The same, with another part of the picture given up.
    Pace(Preparation),
}

/// The frame processor, and the means to create it again.
pub(super) struct Processing {
    factory: ProcessorFactory,
    input: InputFormat,
    processor: Option<Box<dyn FrameProcessor>>,
    /// Those whose GPU hung: to free what it may still use would wait for it.
    hung: Vec<(Box<dyn FrameProcessor>, RecoveryCheck)>,
    /// When these were last looked at.
    looked: Instant,
    backoff: Backoff,
    /// Why the last attempt to make a processor failed.
    refusal: Option<Refusal>,
    /// Size of processed frames.
    size: Size,
    /// Whether an output wants NV12.
    wants_nv12: bool,
    /// Whether the effects of the factory hide the background; for processors that do not say it.
    hides: bool,
    pending: Option<Pending>,
    /// What to give up for the camera's rate.
    pacing: Option<Pacing>,
    /// The camera's interval.
    interval: Duration,
    /// What the processor has given up, in words, and what of that was told last.
    given_up: String,
    told: String,
    /// Each frame that was not yet shown holds one.
    under_way: Arc<()>,
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

/// Between two frames, as the source promises.
fn interval_of(source: &dyn LiveSource) -> Duration {
    Duration::from_secs_f64(1.0 / source.format().fps.unwrap_or(Fps::DEFAULT).value())
}

impl Processing {
    pub(super) fn new(
        mut factory: ProcessorFactory,
        source: &dyn LiveSource,
        size: Size,
        hides: bool,
        calls: CallWatch,
    ) -> Result<Self> {
        let input = input_format(source);
        let processor = calls.during(GpuCall::First, || catch_panic(|| factory(input)))?;
        let mut processing = Self {
            factory,
            input,
            processor: None,
            hung: Vec::new(),
            looked: Instant::now(),
            backoff: Backoff::default(),
            refusal: None,
            size,
            hides,
            pending: None,
            pacing: None,
            interval: interval_of(source),
            given_up: String::new(),
            told: String::new(),
            under_way: Arc::default(),
            wants_nv12: false,
            spare: Vec::new(),
            failing: false,
            has_finished: false,
            calls,
        };
        processing.adopt(processor);
        Ok(processing)
    }

    /// Draws with this processor from now on.
    fn adopt(&mut self, mut processor: Box<dyn FrameProcessor>) {
        // The one before ends first: what it keeps at its end is there for this one.
        self.processor = None;
        processor.adopted();
        let luxuries = processor.luxuries();
        self.given_up = luxuries.words();
        match &mut self.pacing {
            Some(pacing) if pacing.is_of(&luxuries) => pacing.adopted(sys::now(), luxuries.given_up),
            pacing => {
                let new = || Pacing::new(sys::now(), &luxuries, self.interval, processor.pacing_rules());
                *pacing = (!luxuries.all.is_empty()).then(new);
            }
        }
        (self.processor, self.refusal) = (Some(processor), None);
    }

    /// Begins to prepare a processor that gives up something else, if frames like this one call for it.
    fn pace(&mut self, at: Duration, dropped: u64, took: Duration) {
        let (Some(pacing), Some(processor)) = (&mut self.pacing, &self.processor) else { return };
        if self.pending.is_some() {
            pacing.interrupted();
            return;
        }
        let Some(given_up) = pacing.frame(sys::now(), at, dropped, took) else { return };
        let Some(make_processor) = processor.without(given_up) else { return pacing.refused(sys::now()) };
        let change = Change {
            hides: self.hides,
            make_processor,
            effects: None,
            source: None,
            claim: Claim::default(),
        };
        let mut frame = PackedFrame::new(self.size);
        frame.want_nv12(self.wants_nv12);
        self.pending = Some(Pending::Pace(Preparation::begin(Box::new(change), self.input, frame)));
    }

    /// What is given up from the next frame on, if that has just been prepared.
    pub(super) fn paced(&mut self, source: &mut Box<dyn LiveSource>, open: bool) -> Option<GivenUp> {
        let Some(Pending::Pace(preparation)) = &self.pending else { return None };
        let change = preparation.ended()?;
        self.pending = None;
        let (took, interval) = self.pacing.as_ref().map(Pacing::judged).unwrap_or_default();
        match change.and_then(|change| self.replace(*change, source, open)) {
            Ok(()) => {
                self.told.clone_from(&self.given_up);
                Some(GivenUp { what: self.given_up.clone(), why: Some((took, interval)) })
            }
            Err(error) => {
                tracing::debug!("nothing else is given up: {error}");
                self.pacing.iter_mut().for_each(|pacing| pacing.refused(sys::now()));
                None
            }
        }
    }

    /// What is given up, if a change that has been made gives up something else than was told last.
    pub(super) fn given_up_by_change(&mut self) -> Option<GivenUp> {
        if self.told == self.given_up {
            return None;
        }
        self.told.clone_from(&self.given_up);
        Some(GivenUp { what: self.given_up.clone(), why: None })
    }

    /// Whether as many frames wait to be shown as may: whoever shows them stands still.
    pub(super) fn is_ahead(&self) -> bool {
        Arc::strong_count(&self.under_way) > MOST_UNDER_WAY
    }

    /// Ends the preparation of something else to give up: the user wants another picture.
    pub(super) fn cancel_pace(&mut self) {
        if let Some(Pending::Pace(_)) = self.pending {
            self.pending = None;
            self.pacing.iter_mut().for_each(Pacing::cancelled);
        }
    }

    /// Begins a change; some if it has ended at once.
    pub(super) fn change(
        &mut self,
        change: Box<Change>,
        source: &mut Box<dyn LiveSource>,
        open: bool,
    ) -> Option<Result<()>> {
        if let Err(given_up) = change.claim.check() {
            return Some(Err(given_up));
        }
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
    /// another processor. What was given up ends at once, whatever it waits for.
    pub(super) fn pending_change(
        &mut self,
        source: &mut Box<dyn LiveSource>,
        open: bool,
    ) -> Option<Result<()>> {
        let change = match self.pending.take()? {
            Pending::Switch(change, _) if change.claim.check().is_err() => {
                // The processor would switch by itself.
                self.start_anew();
                return Some(change.claim.check());
            }
            Pending::Switch(change, since) => {
                let is_stuck = since.elapsed() > LONGEST_SWITCH;
                if open && !is_stuck && self.processor.is_some() && self.input.layout == source.layout() {
                    self.pending = Some(Pending::Switch(change, since));
                    return None;
                }
                change
            }
            Pending::Pace(preparation) => {
                self.pending = Some(Pending::Pace(preparation));
                return None;
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

    /// Packs frames as NV12 too, or no longer.
    pub(super) fn want_nv12(&mut self, wanted: bool) {
        self.wants_nv12 = wanted;
    }

    /// Whether a change is under way.
    pub(super) fn is_changing(&self) -> bool {
        self.pending.is_some()
    }

    /// Whether another processor is being prepared.
    pub(super) fn is_preparing(&self) -> bool {
        matches!(self.pending, Some(Pending::Processor(_) | Pending::Pace(_)))
    }

    /// Makes a processor beside the present one, then puts it in its place.
    fn replace(&mut self, change: Change, source: &mut Box<dyn LiveSource>, open: bool) -> Result<()> {
        let Change { hides, make_processor: mut factory, source: make_source, claim, .. } = change;
        let other = match make_source {
            None => None,
            Some(make) => {
                source.close();
                Some(make().inspect_err(|_| reopen(source, open))?)
            }
        };
        let input = other.as_deref().map_or(self.input, input_format);
        let made = self.calls.during(GpuCall::First, || catch_panic(|| factory(input)));
        let processor = match made.and_then(|processor| claim.adopt().map(|()| processor)) {
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
            // Another rhythm: what the frames so far cost says nothing about it.
            (self.interval, self.pacing) = (interval_of(&**source), None);
        }
        // A released GPU stays released: this one only showed that the change can be made.
        let is_released = !open && self.processor.is_none();
        self.adopt(processor);
        if is_released {
            self.processor = None;
        }
        (self.factory, self.input, self.hides) = (factory, input, hides);
        (self.backoff, self.has_finished) = (Backoff::default(), false);
        Ok(())
    }

    /// Makes a new processor if the layout changed, or if there is none and it is time to try again.
    pub(super) fn renew(&mut self, source: &mut dyn LiveSource) {
        if self.processor.is_none() && self.backoff.is_due() {
            source.warm_up();
        }
        let layout = source.layout();
        if self.input.layout != layout {
            self.input.layout = layout;
            self.start_anew();
        }
        if self.processor.is_none() && self.backoff.is_due() {
            let make = || catch_panic(|| (self.factory)(self.input));
            let began = Instant::now();
            self.has_finished = false;
            match self.calls.during(GpuCall::Reopen, make) {
                Ok(processor) => {
                    tracing::info!("the GPU is open again after {:.0?}", began.elapsed());
                    self.adopt(processor);
                }
                Err(error) => {
                    self.backoff.postpone();
                    let words = error.to_string();
                    if self.refusal.as_ref().is_none_or(|refusal| refusal.words != words) {
                        self.refusal = Some(Refusal { words, untold: Some(error) });
                    }
                }
            }
        }
    }

    /// Has the next frame wait for another processor.
    fn start_anew(&mut self) {
        (self.processor, self.backoff) = (None, Backoff::default());
    }

    /// How the pending switch has ended, if it has. If it was given up meanwhile, the processor goes: it has switched.
    fn switched(&mut self) -> Option<Result<()>> {
        let Some(Pending::Switch(_, since)) = &mut self.pending else { return None };
        *since = Instant::now();
        let ended = self.processor.as_mut()?.switched()?;
        let Some(Pending::Switch(change, _)) = self.pending.take() else { return None };
        Some(ended.and_then(|()| {
            change.claim.adopt().inspect_err(|_| self.start_anew())?;
            (self.factory, self.hides) = (change.make_processor, change.hides);
            Ok(())
        }))
    }

    /// Frees the GPU, and what of the frames' memory is not needed. It is opened again for the next frame.
    pub(super) fn release(&mut self) {
        (self.processor, self.spare) = (None, Vec::new());
        (self.backoff, self.has_finished) = (Backoff::default(), false);
        sys::trim_memory();
    }

    /// Keeps a frame's memory for the next frame; what was lent goes back.
    pub(super) fn recycle(&mut self, mut frame: PackedFrame) {
        frame.give_back();
        if self.processor.is_some() {
            self.spare.push(frame);
        }
    }

    /// Frees those whose GPU was only late, as after a long pause of the whole machine.
    fn free_recovered(&mut self) {
        if !self.hung.is_empty() && self.looked.elapsed() > HUNG_LOOK {
            self.looked = Instant::now();
            self.hung.retain(|(_, has_recovered)| !has_recovered());
        }
    }

    /// Processes a frame.
    pub(super) fn process(&mut self, input: &[u8], at: Duration, dropped: u64) -> Processed {
        let Some(processor) = &mut self.processor else {
            let untold = self.refusal.as_mut().and_then(|refusal| refusal.untold.take());
            return Processed { switched: None, frame: Err(untold) };
        };
        let mut frame = self.spare.pop().unwrap_or_else(|| PackedFrame::new(self.size));
        frame.want_nv12(self.wants_nv12);
        let (start, taken) = (Instant::now(), sys::since_boot());
        let call = if self.has_finished { GpuCall::Frame } else { GpuCall::First };
        let result =
            self.calls.during(call, || catch_panic(|| processor.process_frame(input, at, &mut frame)));
        let took = start.elapsed();
        let switched = self.switched();
        let frame = match result {
            // It was drawn with effects that were given up.
            Ok(_) if self.processor.is_none() => {
                self.spare.push(frame);
                Err(None)
            }
            Ok(mask) => {
                if self.has_finished {
                    self.pace(at, dropped, took);
                }
                (self.backoff, self.failing, self.has_finished) = (Backoff::default(), false, true);
                self.free_recovered();
                let told = self.processor.as_ref().and_then(|processor| processor.hides_background());
                Ok(ProcessedFrame {
                    frame,
                    at,
                    mask,
                    hides: told.unwrap_or(self.hides),
                    taken,
                    took,
                    _under_way: self.under_way.clone(),
                })
            }
            Err(error) => {
                self.spare.push(frame);
                if let Error::Gpu(lost @ (GpuError::Lost { .. } | GpuError::Hung { .. })) = &error
                    && let Some(mut processor) = self.processor.take()
                {
                    let has_recovered = processor.lose();
                    if let GpuError::Hung { .. } = lost {
                        self.hung.push((processor, has_recovered));
                        self.looked = Instant::now();
                    }
                    self.backoff.postpone();
                }
                let first = !mem::replace(&mut self.failing, true);
                Err(first.then_some(error))
            }
        };
        Processed { switched, frame }
    }
}

impl Drop for Processing {
    fn drop(&mut self) {
        self.hung.drain(..).for_each(mem::forget);
    }
}

/// Opens a source again that was closed, or leaves it closed.
pub(super) fn reopen(source: &mut Box<dyn LiveSource>, open: bool) {
    if open { source.open() } else { source.close() }
}
