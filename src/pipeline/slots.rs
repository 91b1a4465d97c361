//! Upload and readback buffers for frames, created once and used in turn, so that one frame can be in flight
//! while the next is uploaded.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::timings::Stages;
use crate::{
    Result,
    gpu::{Gpu, LONGEST_WORK, Readback, Storage, Upload},
};

/// Most frames in flight at a time.
pub(crate) const IN_FLIGHT: usize = 2;

/// The upload and readback buffers of all frames in flight.
#[derive(Debug)]
pub(crate) struct FrameSlots {
    /// Bytes of an input frame.
    upload_bytes: u64,
    /// Bytes of an output frame in YUYV.
    readback_bytes: u64,
    /// One slot, and a second one once two frames are in flight.
    slots: Vec<(Upload, Readback)>,
    /// Frames submitted and not finished, oldest first.
    in_flight: VecDeque<(Slot, wgpu::SubmissionIndex)>,
    /// Whether a frame has been finished.
    has_finished: bool,
    /// The CPU's time in the last frame, by stage.
    pub(crate) stages: Stages,
}

/// The slot of a frame, and the time when its upload began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    index: usize,
    start: Instant,
}

impl FrameSlots {
    /// Creates the first slot, for input and output frames of these numbers of bytes.
    pub(crate) fn new(gpu: &Gpu, upload_bytes: u64, readback_bytes: u64) -> Self {
        let mut slots = Self {
            upload_bytes,
            readback_bytes,
            slots: Vec::with_capacity(IN_FLIGHT),
            in_flight: VecDeque::with_capacity(IN_FLIGHT),
            has_finished: false,
            stages: Stages::default(),
        };
        slots.add(gpu);
        slots
    }

    fn add(&mut self, gpu: &Gpu) {
        let upload = Upload::new(gpu, "upload", self.upload_bytes);
        self.slots.push((upload, Readback::new(gpu, "readback", self.readback_bytes)));
    }

    /// Number of frames in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Takes a free slot, writes a frame's bytes into it and encodes their copy into `target`.
    pub(crate) fn upload(
        &mut self,
        gpu: &Gpu,
        commands: &mut wgpu::CommandEncoder,
        input: &[u8],
        target: &Storage,
    ) -> Result<Slot> {
        let start = Instant::now();
        let is_free = |index: &usize| self.in_flight.iter().all(|(slot, _)| slot.index != *index);
        let index = (0..).find(is_free).expect("more numbers than frames");
        if index == self.slots.len() {
            self.add(gpu);
        }
        self.slots[index].0.encode(commands, input, target)?;
        self.stages.upload = start.elapsed();
        Ok(Slot { index, start })
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
        let (upload, readback) = &mut self.slots[slot.index];
        let bytes = picture.bytes + nv12.map_or(0, |nv12| nv12.bytes);
        if readback.bytes() != bytes {
            *readback = Readback::new(gpu, "readback", bytes);
        }
        readback.encode(&mut commands, picture);
        if let Some(nv12) = nv12 {
            readback.encode_at(&mut commands, nv12, picture.bytes);
        }
        let commands = commands.finish();
        let encoded = Instant::now();
        let submission = gpu.queue().submit([commands]);
        readback.request();
        upload.recycle();
        self.in_flight.push_back((slot, submission));
        self.stages.encode = encoded - slot.start - self.stages.upload;
        self.stages.submit = encoded.elapsed();
    }

    /// Submits the frame in `slot` and waits for it; nothing is read back. Returns the time since its upload began.
    pub(crate) fn run(&mut self, gpu: &Gpu, commands: wgpu::CommandEncoder, slot: Slot) -> Result<Duration> {
        let commands = commands.finish();
        let encoded = Instant::now();
        let submission = gpu.queue().submit([commands]);
        self.slots[slot.index].0.recycle();
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

    /// Waits for the oldest frame in flight and copies its bytes, those of NV12 too if it was submitted with
    /// them. Returns the time since its upload began.
    pub(crate) fn finish(
        &mut self,
        gpu: &Gpu,
        output: &mut [u8],
        nv12: Option<&mut [u8]>,
    ) -> Result<Duration> {
        let (slot, submission) = self.in_flight.pop_front().expect("a frame in flight");
        self.stages.wait = self.wait(gpu, submission)?;
        let arrived = Instant::now();
        self.slots[slot.index].1.read(gpu, |bytes| {
            let (yuyv, packed) = bytes.split_at(output.len());
            output.copy_from_slice(yuyv);
            nv12.into_iter().for_each(|nv12| nv12.copy_from_slice(packed));
        })?;
        self.stages.copy = arrived.elapsed();
        Ok(slot.start.elapsed())
    }
}
