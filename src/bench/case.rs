//! One case: a frame size, a model, effects and an engine, measured in rounds that alternate with the other
//! cases.

use std::{collections::HashMap, time::Instant};

use super::{
    ModelAlone,
    clock::{Clock, Stopwatch},
    load::{Workload, loads},
    options::{CaseName, CaseOptions},
    paced::PacedTimes,
    peak::PeakThroughput,
    peers::Volcomix,
    process,
    report::BenchRow,
};
use crate::{
    Colorimetry, Pipeline, Result,
    gpu::{Gpu, Granularity, Recording},
    sys,
    video::{
        Fps,
        testcard::{Scene, TestCard},
    },
};

/// Warm-up frames: drivers compile during the first one, and caches fill.
const WARM: u64 = 4;
/// Number of our frames per run of a peer's sequence, which takes longer.
const PEER_EVERY: usize = 4;

/// A pipeline and its measurements so far.
pub(super) struct BenchCase {
    name: CaseName,
    pipeline: Pipeline,
    frames: [Vec<u8>; 2],
    output: Vec<u8>,
    /// Frames run so far.
    count: u64,
    peer: Option<(Volcomix, Stopwatch)>,
    alone: Option<ModelAlone>,
    loads: HashMap<&'static str, Workload>,
    gpu_memory: Option<f64>,
    measured: Measured,
}

/// Milliseconds per frame, unless noted otherwise.
#[derive(Default)]
struct Measured {
    /// Per pass, in the order of the frame.
    passes: Vec<(String, u64, Vec<f64>)>,
    peer: Vec<(&'static str, Vec<f64>)>,
    /// The network alone, on burn and on our kernels.
    alone: [Vec<f64>; 2],
    whole: Vec<f64>,
    latency: Vec<f64>,
    stages: [Vec<f64>; 5],
    /// CPU time of the process per frame, one value per round.
    cpu: Vec<f64>,
    /// CPU time of the thread that makes frames, one by one.
    thread: Vec<f64>,
    /// By a camera's rate, in the order of the flag.
    paced: Vec<PacedTimes>,
    cpu_in_flight: Vec<f64>,
    /// Frames per second, one value per round.
    rate: Vec<f64>,
    /// Resident memory in MiB before and after each round.
    resident: Vec<(f64, f64)>,
}

impl BenchCase {
    /// Records the pipeline and runs the warm-up frames; with a `peer` timed by that clock.
    pub(super) fn new(gpu: &Gpu, wanted: CaseOptions, name: CaseName, peer: Option<Clock>) -> Result<Self> {
        let CaseOptions { size, segmenter, settings, alone, .. } = wanted;
        let before = gpu.memory();
        let colorimetry = Colorimetry::default();
        let pipeline = Pipeline::new(gpu, segmenter, size, colorimetry, &settings)?;
        let card = TestCard::new(Scene::Still, 0, size);
        let frames = [0, 1].map(|number| card.frame(number).yuyv.bytes);
        let output = vec![0; size.yuyv_bytes()];
        let mut case = Self {
            name,
            pipeline,
            frames,
            output,
            count: 0,
            peer: None,
            alone,
            loads: HashMap::new(),
            gpu_memory: None,
            measured: Measured::default(),
        };
        for _ in 0..WARM {
            case.process()?;
        }
        case.gpu_memory =
            before.zip(gpu.memory()).map(|(before, after)| mib(after.0 - before.0.min(after.0)));
        case.loads = loads(gpu, &case.pipeline.recordings())?;
        if let Some(alone) = &case.alone {
            alone.time(gpu)?;
        }
        if let Some(clock) = peer
            && let Some(output) = case.pipeline.model_output()?
        {
            let peer = Volcomix::record(gpu, &case.frames[0], size, colorimetry, &output)?;
            peer.upload.submit(gpu);
            let mut watch = Stopwatch::new(gpu, clock, peer.sequence.steps().len());
            watch.time(gpu, &peer.sequence)?;
            case.peer = Some((peer, watch));
        }
        Ok(case)
    }

    fn process(&mut self) -> Result<()> {
        let at = Fps::DEFAULT.time(self.count);
        let input = &self.frames[(self.count % 2) as usize];
        self.count += 1;
        self.pipeline.process(input, at, &mut self.output)
    }

    /// Measures `frames` more frames in every way.
    pub(super) fn round(&mut self, gpu: &Gpu, frames: usize, clock: Clock) -> Result<()> {
        self.passes(gpu, frames, clock)?;
        self.whole(frames)?;
        let before = process::resident_mib();
        self.latency(frames)?;
        self.throughput(frames)?;
        if let Some(((before, _), (after, _))) = before.zip(process::resident_mib()) {
            self.measured.resident.push((before, after));
        }
        self.alone(gpu, frames.div_ceil(PEER_EVERY))
    }

    /// Measures the network alone. Not between frames, because burn's many small kernels evict our data from
    /// the caches.
    fn alone(&mut self, gpu: &Gpu, times: usize) -> Result<()> {
        let Some(alone) = &self.alone else { return Ok(()) };
        for _ in 0..times {
            let (burn, ours) = alone.time(gpu)?;
            self.measured.alone[0].push(burn);
            self.measured.alone[1].push(ours);
        }
        Ok(())
    }

    /// Measures each dispatch by itself, with the peer's sequence in between.
    fn passes(&mut self, gpu: &Gpu, frames: usize, clock: Clock) -> Result<()> {
        let by_gpu = clock == Clock::Gpu && self.pipeline.enable_timing_by(Granularity::Dispatch);
        let mut watch = Stopwatch::new(gpu, Clock::Cpu, 0);
        for frame in 0..frames {
            if by_gpu {
                self.process()?;
            } else {
                let mut times: Vec<(&'static str, f64)> = Vec::new();
                for recording in self.pipeline.recordings() {
                    let of_steps = watch.time(gpu, recording)?;
                    times.extend(recording.names().zip(of_steps));
                }
                self.measured.add_passes(&times);
            }
            if let Some((peer, watch)) = &mut self.peer
                && frame % PEER_EVERY == 0
            {
                let times = watch.time(gpu, &peer.sequence)?;
                self.measured.add_peer(&peer.sequence, &times);
            }
        }
        if let Some(timings) = self.pipeline.timings() {
            for (name, dispatches, milliseconds) in timings.samples() {
                if name != "bytes to bytes" && name != "whole frame, GPU" {
                    self.measured.extend(name, dispatches, milliseconds);
                }
            }
        }
        self.pipeline.disable_timing();
        Ok(())
    }

    /// Measures whole frames as they normally run, with two timestamps.
    fn whole(&mut self, frames: usize) -> Result<()> {
        if !self.pipeline.enable_timing_by(Granularity::Recording) {
            return Ok(());
        }
        for _ in 0..frames {
            self.process()?;
        }
        let timings = self.pipeline.timings().into_iter();
        for (_, _, milliseconds) in
            timings.flat_map(|t| t.samples()).filter(|row| row.0 == "whole frame, GPU")
        {
            self.measured.whole.extend(milliseconds);
        }
        self.pipeline.disable_timing();
        Ok(())
    }

    /// Measures one frame at a time, from input bytes to output bytes.
    fn latency(&mut self, frames: usize) -> Result<()> {
        let cpu = sys::process_cpu();
        for _ in 0..frames {
            let (start, thread) = (Instant::now(), sys::thread_cpu());
            self.process()?;
            self.measured.thread.push((sys::thread_cpu() - thread).as_secs_f64() * 1e3);
            self.measured.latency.push(start.elapsed().as_secs_f64() * 1e3);
            let Some(stages) = self.pipeline.stages() else { continue };
            let stages = [stages.upload, stages.encode, stages.submit, stages.wait, stages.copy];
            for (all, stage) in self.measured.stages.iter_mut().zip(stages) {
                all.push(stage.as_secs_f64() * 1e3);
            }
        }
        self.measured.cpu.push((sys::process_cpu() - cpu).as_secs_f64() * 1e3 / frames as f64);
        Ok(())
    }

    /// Measures frames that come as from a camera of this rate.
    pub(super) fn paced(&mut self, frames: usize, fps: Fps) -> Result<()> {
        let mut times = PacedTimes::new(fps);
        if self.pipeline.enable_timing_by(Granularity::Recording) {
            times.every(frames, || self.process())?;
            let timings = self.pipeline.timings().into_iter();
            let whole = timings.flat_map(|t| t.samples()).filter(|row| row.0 == "whole frame, GPU");
            times.gpu.extend(whole.flat_map(|(_, _, milliseconds)| milliseconds));
            self.pipeline.disable_timing();
        }
        times.clear();
        times.every(frames, || self.process())?;
        match self.measured.paced.iter_mut().find(|known| known.is_at(fps)) {
            Some(known) => known.add(times),
            None => self.measured.paced.push(times),
        }
        Ok(())
    }

    /// Measures the frame rate with frames in flight.
    fn throughput(&mut self, frames: usize) -> Result<()> {
        let (start, cpu) = (Instant::now(), sys::process_cpu());
        for _ in 0..frames {
            let at = Fps::DEFAULT.time(self.count);
            self.pipeline.begin(&self.frames[(self.count % 2) as usize], at)?;
            self.count += 1;
            if self.pipeline.in_flight() == Pipeline::IN_FLIGHT {
                self.pipeline.finish(&mut self.output)?;
            }
        }
        while self.pipeline.in_flight() > 0 {
            self.pipeline.finish(&mut self.output)?;
        }
        self.measured.rate.push(frames as f64 / start.elapsed().as_secs_f64());
        self.measured.cpu_in_flight.push((sys::process_cpu() - cpu).as_secs_f64() * 1e3 / frames as f64);
        Ok(())
    }

    /// All measurements so far.
    pub(super) fn rows(&self, peak: &PeakThroughput) -> Vec<BenchRow> {
        let Measured {
            passes,
            peer,
            alone,
            whole,
            latency,
            stages,
            cpu,
            thread,
            paced,
            cpu_in_flight,
            rate,
            resident,
        } = &self.measured;
        let case = &self.name.to_string();
        let mut rows = Vec::new();
        let mut total = Workload { operations: Some(0.0), ..Workload::default() };
        for (name, dispatches, milliseconds) in passes {
            let load = self.loads.get(name.as_str()).copied();
            let row =
                BenchRow { dispatches: Some(*dispatches), ..BenchRow::new(case, name, "ms", milliseconds) };
            rows.push(weighed(row, load, peak));
            total.dispatches += dispatches;
            total.operations =
                total.operations.zip(load.and_then(|load| load.operations)).map(|(a, b)| a + b);
            total.bytes += load.map_or(0.0, |load| load.bytes);
            total.accesses += load.map_or(0.0, |load| load.accesses);
        }
        let mut put = |name: &str, unit: &str, values: &[f64]| {
            if !values.is_empty() {
                rows.push(BenchRow::new(case, name, unit, values));
            }
        };
        put("whole frame, GPU", "ms", whole);
        if let Some(row) = rows.last_mut().filter(|row| row.name == "whole frame, GPU") {
            *row = weighed(BenchRow { dispatches: Some(total.dispatches), ..row.clone() }, Some(total), peak);
        }
        let mut put = |name: &str, unit: &str, values: &[f64]| {
            if !values.is_empty() {
                rows.push(BenchRow::new(case, name, unit, values));
            }
        };
        put("bytes to bytes", "ms", latency);
        let names = ["  upload", "  encode", "  submit", "  wait for the GPU", "  copy out"];
        names.iter().zip(stages).for_each(|(name, values)| put(name, "ms", values));
        put("CPU of the process, a frame", "ms", cpu);
        put("CPU of its thread, a frame", "ms", thread);
        put("with frames in flight", "frames/s", rate);
        put("CPU with frames in flight, a frame", "ms", cpu_in_flight);
        put("GPU memory", "MiB", &Vec::from_iter(self.gpu_memory));
        if let (Some((first, _)), Some((_, last))) = (resident.first(), resident.last()) {
            put("resident, growth over the frames", "MiB", &[last - first]);
        }
        rows.extend(paced.iter().flat_map(|times| times.rows(case)));
        let mut put = |name: &str, unit: &str, values: &[f64]| {
            if !values.is_empty() {
                rows.push(BenchRow::new(case, name, unit, values));
            }
        };
        for (name, values) in peer {
            put(name, "ms", values);
        }
        self.add_ratios(&mut rows);
        if !alone[0].is_empty() {
            let what = ["the model alone, burn an operator at a time", "the model alone, ours"];
            let [burn, ours] = [0, 1].map(|i| BenchRow::new(case, what[i], "ms", &alone[i]));
            let ratios = BenchRow::ratios(case, "burn an operator at a time over ours", &burn, &ours);
            rows.extend([burn, ours].into_iter().chain(ratios));
        }
        rows
    }

    /// Adds the ratios of our times to the peer's, by minimum and by median.
    fn add_ratios(&self, rows: &mut Vec<BenchRow>) {
        let peer: Vec<&[f64]> = self.measured.peer.iter().map(|(_, values)| values.as_slice()).collect();
        let sums = |all: &[&[f64]]| -> Vec<f64> {
            let frames = all.iter().map(|values| values.len()).min().unwrap_or(0);
            (0..frames).map(|i| all.iter().map(|values| values[i]).sum()).collect()
        };
        let peer = sums(&peer);
        if peer.is_empty() {
            return;
        }
        // Everything after the model's output: softmax, refinement, alpha, effects.
        let model = self.measured.passes.iter().position(|(name, ..)| name.starts_with("model"));
        let after = &self.measured.passes[model.map_or(0, |at| at + 1)..];
        let ours = sums(&after.iter().map(|(.., values)| values.as_slice()).collect::<Vec<_>>());
        let case = &self.name.to_string();
        let (theirs, ours) = (
            BenchRow::new(case, "Volcomix: softmax … blend", "ms", &peer),
            BenchRow::new(case, "ours: softmax … composite", "ms", &ours),
        );
        let ratios = BenchRow::ratios(case, "Volcomix over ours", &theirs, &ours);
        rows.extend([theirs, ours].into_iter().chain(ratios));
    }

    pub(super) fn name(&self) -> &CaseName {
        &self.name
    }
}

impl Measured {
    /// Adds the passes of one frame, summed by name.
    fn add_passes(&mut self, times: &[(&'static str, f64)]) {
        let mut frame: Vec<(&str, u64, f64)> = Vec::new();
        for (name, ms) in times {
            match frame.iter_mut().find(|(known, ..)| known == name) {
                Some((_, count, total)) => (*count, *total) = (*count + 1, *total + ms),
                None => frame.push((name, 1, *ms)),
            }
        }
        frame.iter().for_each(|(name, count, ms)| self.extend(name, *count, &[*ms]));
    }

    fn extend(&mut self, name: &str, dispatches: u64, milliseconds: &[f64]) {
        match self.passes.iter_mut().find(|(known, ..)| known == name) {
            Some((.., all)) => all.extend(milliseconds),
            None => self.passes.push((name.into(), dispatches, milliseconds.into())),
        }
    }

    fn add_peer(&mut self, recording: &Recording, times: &[f64]) {
        let mut frame: Vec<(&'static str, f64)> = Vec::new();
        for (name, ms) in recording.names().zip(times) {
            match frame.iter_mut().find(|(known, _)| *known == name) {
                Some((_, total)) => *total += ms,
                None => frame.push((name, *ms)),
            }
        }
        for (name, ms) in frame {
            match self.peer.iter_mut().find(|(known, _)| *known == name) {
                Some((_, all)) => all.push(ms),
                None => self.peer.push((name, vec![ms])),
            }
        }
    }
}

/// Adds the work done in that time to a row.
fn weighed(row: BenchRow, load: Option<Workload>, peak: &PeakThroughput) -> BenchRow {
    let Some(load) = load else { return row };
    let seconds = row.p50 * 1e-3;
    BenchRow {
        bytes: Some(load.bytes),
        operations: load.operations,
        accesses: Some(load.accesses),
        of_copy: Some(load.bytes / seconds / peak.bytes),
        of_arithmetic: load.operations.map(|operations| operations / seconds / peak.operations),
        ..row
    }
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
