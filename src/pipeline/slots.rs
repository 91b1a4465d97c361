//! Upload and readback buffers for frames, created once and used in turn, so that one frame can be in flight
//! while the next is uploaded.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::timings::Stages;
use crate::{
    Result,
    frame::{copies, packed::LentBytes},
    gpu::{Gpu, LONGEST_WORK, Readback, ReadbackPool, Storage, Upload},
};

/// Most frames in flight at a time.
pub(crate) const IN_FLIGHT: usize = 2;

/// The upload and readback buffers of all frames in flight.
#[derive(Debug)]
pub(crate) struct FrameSlots {
    /// Bytes of an input frame.
    upload_bytes: u64,
    /// One slot, and a second one once two frames are in flight.
    slots: Vec<Upload>,
    /// Readbacks that no frame has: those in flight, and those that were lent, have the others.
    readbacks: ReadbackPool,
    /// Frames submitted and not finished, oldest first.
    in_flight: VecDeque<(Slot, Readback, wgpu::SubmissionIndex)>,
    /// Whether a frame has been finished.
    has_finished: bool,
    /// The CPU's time in the last frame, by stage.
    pub(crate) stages: Stages,
}

/// The slot of a frame, and the time when its upload began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    /// None if its bytes are where shaders read them.
    index: Option<usize>,
    start: Instant,
}

impl FrameSlots {
    /// Creates the first slot, for input and output frames of these numbers of bytes.
    pub(crate) fn new(gpu: &Gpu, upload_bytes: u64, readback_bytes: u64) -> Self {
        let mut slots = Self {
            upload_bytes,
            slots: Vec::with_capacity(IN_FLIGHT),
            readbacks: ReadbackPool::default(),
            in_flight: VecDeque::with_capacity(IN_FLIGHT),
            has_finished: false,
            stages: Stages::default(),
        };
        slots.add(gpu);
        slots.readbacks.put(Readback::new(gpu, "readback", readback_bytes));
        slots
    }

    fn add(&mut self, gpu: &Gpu) {
        self.slots.push(Upload::new(gpu, "upload", self.upload_bytes));
    }

    /// Number of frames in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Takes a free slot, writes a frame's bytes into it and encodes their copy into `target`; or writes them into
    /// `target` itself, if that can be mapped and no frame in flight reads it.
    pub(crate) fn upload(
        &mut self,
        gpu: &Gpu,
        commands: &mut wgpu::CommandEncoder,
        input: &[u8],
        target: &Storage,
    ) -> Result<Slot> {
        let start = Instant::now();
        if self.in_flight.is_empty() && target.write_mapped(gpu, input)? {
            self.stages.upload = start.elapsed();
            return Ok(Slot { index: None, start });
        }
        let is_free = |index: &usize| self.in_flight.iter().all(|(slot, ..)| slot.index != Some(*index));
        let index = (0..).find(is_free).expect("more numbers than frames");
        if index == self.slots.len() {
            self.add(gpu);
        }
        self.slots[index].encode(commands, input, target)?;
        self.stages.upload = start.elapsed();
        Ok(Slot { index: Some(index), start })
    }

    /// Submits the frame in `slot`, and requests the bytes of `picture`, followed by those of `nv12`.
    pub(crate) fn submit(
        &mut self,
        gpu: &Gpu,
        mut commands: wgpu::CommandEncoder,
        picture: &Storage,
        nv12: Option<&Storage>,
        slot: Slot,
    ) {
        let readback = self.readbacks.take(gpu, picture.bytes + nv12.map_or(0, |nv12| nv12.bytes));
        readback.encode(&mut commands, picture);
        if let Some(nv12) = nv12 {
            readback.encode_at(&mut commands, nv12, picture.bytes);
        }
        let commands = commands.finish();
        let encoded = Instant::now();
        let submission = gpu.queue().submit([commands]);
        readback.request();
        self.recycle(slot);
        self.in_flight.push_back((slot, readback, submission));
        self.stages.encode = encoded - slot.start - self.stages.upload;
        self.stages.submit = encoded.elapsed();
    }

    /// Maps the slot's upload buffer again.
    fn recycle(&self, slot: Slot) {
        slot.index.into_iter().for_each(|index| self.slots[index].recycle());
    }

    /// Submits the frame in `slot` and waits for it; nothing is read back. Returns the time since its upload began.
    pub(crate) fn run(&mut self, gpu: &Gpu, commands: wgpu::CommandEncoder, slot: Slot) -> Result<Duration> {
        let commands = commands.finish();
        let encoded = Instant::now();
        let submission = gpu.queue().submit([commands]);
        self.recycle(slot);
        self.stages.encode = encoded - slot.start - self.stages.upload;
        self.stages.submit = encoded.elapsed();
        self.stages.wait = self.wait(gpu, submission)?;
        self.stages.copy = Duration::ZERO;
        Ok(slot.start.elapsed())
    }

    /// Waits until a submission is done, and returns for how long.
    fn wait(&mut self, gpu: &Gpu, submission: wgpu::SubmissionIndex) -> Result<Duration> {
        let waiting = Instant::now();
        // Some drivers compile during the first frame.
        let patience = Duration::from_millis(gpu.tuning().patience.into());
        gpu.wait_for(submission, if self.has_finished { patience } else { LONGEST_WORK })?;
        self.has_finished = true;
        Ok(waiting.elapsed())
    }

    /// Waits for the oldest frame in flight and copies its YUYV bytes. Returns the time since its upload began.
    pub(crate) fn finish(&mut self, gpu: &Gpu, output: &mut [u8]) -> Result<Duration> {
        let (slot, readback) = self.wait_for_oldest(gpu)?;
        let arrived = Instant::now();
        // Those of NV12 may follow.
        readback.read(gpu, |bytes| copies::copy(&bytes[..output.len()], output))?;
        self.readbacks.put(readback);
        self.stages.copy = arrived.elapsed();
        Ok(slot.start.elapsed())
    }

    /// Waits for the oldest frame in flight and lends its bytes, those of NV12 behind the others if it was submitted
    /// with them. Returns the time since its upload began, too.
    pub(crate) fn lend(&mut self, gpu: &Gpu) -> Result<(Box<dyn LentBytes>, Duration)> {
        let (slot, readback) = self.wait_for_oldest(gpu)?;
        let lent = readback.lend(gpu, &self.readbacks)?;
        self.stages.copy = Duration::ZERO;
        Ok((lent, slot.start.elapsed()))
    }

    fn wait_for_oldest(&mut self, gpu: &Gpu) -> Result<(Slot, Readback)> {
        let (slot, readback, submission) = self.in_flight.pop_front().expect("a frame in flight");
        self.stages.wait = self.wait(gpu, submission)?;
        Ok((slot, readback))
    }
}
