//! `--adapter auto`, live: the adapter that saves power, unless it was measured not to keep the camera's rate.

use std::{fmt, fs, io, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::quality::INTERVAL_SHARE;
use crate::{Gpu, Result, files, gpu};

/// Times that are kept, the oldest dropped first.
const KEPT: usize = 64;

/// Times per frame that were measured before, by adapter and work. They are kept in gpucam's cache folder; what
/// another version of gpucam or of the driver measured does not count.
#[derive(Debug, Default)]
pub struct FrameTimes {
    file: Option<PathBuf>,
    kept: Vec<FrameTime>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct FrameTime {
    adapter: String,
    driver: String,
    gpucam: String,
    /// What was done with a frame.
    work: String,
    milliseconds: f64,
}

impl FrameTimes {
    /// Those of this user.
    pub fn of_user() -> Self {
        files::cache_folder().map(|folder| Self::read(folder.join("frame-times.json"))).unwrap_or_default()
    }

    /// Those in a file; none if it is missing or damaged.
    pub fn read(file: PathBuf) -> Self {
        let text = fs::read_to_string(&file).unwrap_or_default();
        Self { file: Some(file), kept: serde_json::from_str(&text).unwrap_or_default() }
    }

    /// The time per frame of this work on this adapter.
    pub fn get(&self, adapter: &wgpu::AdapterInfo, work: &str) -> Option<Duration> {
        let wanted = FrameTime::new(adapter, work, 0.0);
        let same = |time: &&FrameTime| FrameTime { milliseconds: 0.0, ..(*time).clone() } == wanted;
        let time = self.kept.iter().find(same)?;
        Duration::try_from_secs_f64(time.milliseconds / 1e3).ok()
    }

    /// The last time of any work on this adapter, and what the work was.
    pub fn last(&self, adapter: &wgpu::AdapterInfo) -> Option<(f64, &str)> {
        let of = FrameTime::new(adapter, "", 0.0);
        let same = |time: &&FrameTime| {
            (&time.adapter, &time.driver, &time.gpucam) == (&of.adapter, &of.driver, &of.gpucam)
        };
        self.kept.iter().rev().find(same).map(|time| (time.milliseconds, time.work.as_str()))
    }

    /// Keeps a time. If the file cannot be written, the next start measures again.
    pub fn put(&mut self, adapter: &wgpu::AdapterInfo, work: &str, time: Duration) {
        let new = FrameTime::new(adapter, work, time.as_secs_f64() * 1e3);
        self.kept.retain(|old| (&old.adapter, &old.work) != (&new.adapter, &new.work));
        self.kept.push(new);
        self.kept.drain(..self.kept.len().saturating_sub(KEPT));
        if let Err(error) = self.write() {
            tracing::debug!("frame times are not kept: {error}");
        }
    }

    fn write(&self) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        files::replace(file, &serde_json::to_vec_pretty(&self.kept)?)
    }
}

impl FrameTime {
    fn new(adapter: &wgpu::AdapterInfo, work: &str, milliseconds: f64) -> Self {
        Self {
            adapter: adapter.name.clone(),
            driver: format!("{} {}", adapter.driver, adapter.driver_info),
            gpucam: env!("CARGO_PKG_VERSION").into(),
            work: work.into(),
            milliseconds,
        }
    }
}

/// Which of two adapters is taken, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoChoice {
    /// 0 for the one that saves power, 1 for the fast one.
    pub index: usize,
    /// Names of both.
    names: [String; 2],
    /// Time per frame of the first; none if it does not work.
    power: Option<Duration>,
    /// Time per frame of the second, if it mattered.
    speed: Option<Duration>,
    interval: Duration,
}

impl AutoChoice {
    /// Chooses between the adapter that saves power and the fast one, for a camera with this frame `interval`.
    /// `measure` gives the time per frame of `work` on the one with that index; times that are known are not
    /// measured again.
    ///
    /// # Errors
    /// That of `measure` on the first if neither works. An adapter that does not work is not taken.
    pub fn new(
        adapters: [&wgpu::AdapterInfo; 2],
        interval: Duration,
        work: &str,
        times: &mut FrameTimes,
        mut measure: impl FnMut(usize) -> Result<Duration>,
    ) -> Result<Self> {
        let mut time = |index: usize| -> Result<Duration> {
            if let Some(known) = times.get(adapters[index], work) {
                return Ok(known);
            }
            let measured = measure(index)?;
            times.put(adapters[index], work, measured);
            Ok(measured)
        };
        let power = time(0);
        let keeps = |time: &Duration| *time <= interval.mul_f64(INTERVAL_SHARE);
        let speed = if power.as_ref().is_ok_and(keeps) { None } else { Some(time(1)) };
        let works = |index: usize, time: &Result<Duration>| match time {
            Ok(time) => Some(*time),
            Err(error) => {
                tracing::warn!("{} is not taken: {error}", adapters[index].name);
                None
            }
        };
        let speed = speed.and_then(|time| works(1, &time));
        let power = match (power, speed) {
            (Err(error), None) => return Err(error),
            (power, _) => works(0, &power),
        };
        let index = usize::from(speed.is_some_and(|speed| power.is_none_or(|power| speed < power)));
        Ok(Self { index, names: adapters.map(|adapter| adapter.name.clone()), power, speed, interval })
    }
}

impl fmt::Display for AutoChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Duration| format!("{:.1} ms", 1e3 * time.as_secs_f64());
        let [power, speed] = &self.names;
        let time = |time: Option<Duration>| time.map_or("an unknown time".into(), ms);
        write!(f, "a frame takes {power} {}", time(self.power))?;
        if self.speed.is_some() {
            write!(f, ", {speed} {}", time(self.speed))?;
        }
        let (taken, other) = if self.index == 0 { (power, "speed") } else { (speed, "power") };
        write!(
            f,
            "; one comes every {}: gpucam takes {taken} (--adapter {other} overrides it)",
            ms(self.interval)
        )
    }
}

/// Opens the adapter for live use, the same one each time.
#[derive(Debug)]
pub(crate) struct AutoAdapter {
    interval: Duration,
    chosen: Option<usize>,
}

impl AutoAdapter {
    /// For a camera with this frame interval.
    pub(crate) fn new(interval: Duration) -> Self {
        Self { interval, chosen: None }
    }

    /// Opens the adapter. Where there are an integrated and a discrete GPU, `time` measures the time per frame of `work`,
    /// unless it is known. `open` opens the adapter with an index.
    pub(crate) fn open(
        &mut self,
        open: impl Fn(usize) -> Result<Gpu>,
        work: &str,
        time: impl Fn(&Gpu) -> Result<Duration>,
    ) -> Result<Gpu> {
        if let Some(index) = self.chosen {
            return open(index);
        }
        let infos: Vec<_> = gpu::adapters()?.into_iter().map(|line| line.info).collect();
        let indices = [0, gpu::fastest(&infos)];
        let mut opened = [None, None];
        let index = if indices[0] == indices[1] {
            0
        } else {
            let measure = |index: usize| -> Result<Duration> {
                let gpu = open(indices[index])?;
                let time = time(&gpu)?;
                opened[index] = Some(gpu);
                Ok(time)
            };
            let mut times = FrameTimes::of_user();
            let adapters = indices.map(|index| &infos[index]);
            let choice = AutoChoice::new(adapters, self.interval, work, &mut times, measure)?;
            tracing::info!("{choice}");
            choice.index
        };
        self.chosen = Some(indices[index]);
        match opened[index].take() {
            Some(gpu) => Ok(gpu),
            None => open(indices[index]),
        }
    }
}
