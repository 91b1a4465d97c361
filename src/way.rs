//! The way in and the way out of a frame's bytes: buffers made once and used in turn, so that a frame can be on its
//! way while the one before still is.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::{
    Result,
    gpu::{Gpu, Readback, Storage, Upload},
    timings::Stages,
};

/// Most frames that are on their way at a time.
pub(crate) const IN_FLIGHT: usize = 2;

/// The buffers of all frames on their way.
#[derive(Debug)]
pub(crate) struct Ways {
    /// Bytes that come in, and that go out.
    bytes: [u64; 2],
    /// One, and a second as soon as two frames are on their way.
    ways: Vec<(Upload, Readback)>,
    /// Which way, what it was submitted as, and when its bytes came in; the first begun first.
    flying: VecDeque<(usize, wgpu::SubmissionIndex, Instant)>,
    /// Where the processor's time went in the last frame.
    pub(crate) stages: Stages,
}

impl Ways {
    /// For frames of so many bytes, coming in and going out.
    pub(crate) fn new(gpu: &Gpu, input: u64, output: u64) -> Self {
        let bytes = [input, output];
        let flying = VecDeque::with_capacity(IN_FLIGHT);
        Self { bytes, ways: vec![way(gpu, bytes)], flying, stages: Stages::default() }
    }

    /// Frames on their way.
    pub(crate) fn in_flight(&self) -> usize {
        self.flying.len()
    }

    /// The first way that no frame is on.
    fn free(&mut self, gpu: &Gpu) -> usize {
        let is_free = |at: &usize| self.flying.iter().all(|(flying, ..)| flying != at);
        let free = (0..).find(is_free).expect("more numbers than frames");
        if free == self.ways.len() {
            self.ways.push(way(gpu, self.bytes));
        }
        free
    }

    /// Writes a frame's bytes and encodes their copy into `target`; when they came in.
    pub(crate) fn upload(
        &mut self,
        gpu: &Gpu,
        commands: &mut wgpu::CommandEncoder,
        input: &[u8],
        target: &Storage,
    ) -> Result<Instant> {
        let start = Instant::now();
        let free = self.free(gpu);
        self.ways[free].0.encode(commands, input, target)?;
        self.stages.upload = start.elapsed();
        Ok(start)
    }

    /// Submits the frame that was uploaded last, and asks for `picture`.
    pub(crate) fn submit(
        &mut self,
        gpu: &Gpu,
        mut commands: wgpu::CommandEncoder,
        picture: &Storage,
        start: Instant,
    ) {
        let free = self.free(gpu);
        let (upload, readback) = &self.ways[free];
        readback.encode(&mut commands, picture);
        let commands = commands.finish();
        let encoded = Instant::now();
        let submission = gpu.queue().submit([commands]);
        readback.request();
        upload.recycle();
        self.flying.push_back((free, submission, start));
        self.stages.encode = encoded - start - self.stages.upload;
        self.stages.submit = encoded.elapsed();
    }

    /// Waits for the frame submitted first and copies its bytes; how long after they came in.
    pub(crate) fn finish(&mut self, gpu: &Gpu, output: &mut [u8]) -> Result<Duration> {
        let (way, submission, start) = self.flying.pop_front().expect("a frame that was begun");
        let waiting = Instant::now();
        gpu.wait_for(submission)?;
        let arrived = Instant::now();
        self.ways[way].1.read(gpu, |bytes| output.copy_from_slice(bytes))?;
        self.stages.wait = arrived - waiting;
        self.stages.copy = arrived.elapsed();
        Ok(start.elapsed())
    }
}

fn way(gpu: &Gpu, [input, output]: [u64; 2]) -> (Upload, Readback) {
    (Upload::new(gpu, "upload", input), Readback::new(gpu, "readback", output))
}
