//! `gpucam bench`: where the time goes.

use std::{
    collections::HashSet,
    env, fs, io,
    io::IsTerminal,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Instant,
};

use clap::{Args, ValueHint};

use super::{
    args::{EngineArgs, MaskArgs, ReadingArgs},
    console::{print_error, print_line},
};
use crate::{
    Colorimetry, Error, Gpu, Pipeline, Quality, Result, Settings, Size,
    bench::{self, Alone, Clock, How, Report, Start, Wanted},
    effects::Effects,
    model::catalogue,
    segmenter::{Engine, Segmenter},
};

/// Times every pass and the whole frame, on the test card. docs/PERFORMANCE.md says what each row means.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gpucam bench\n  \
    gpucam bench --size 1280x720 --engine fast,burn --peers --json before.json\n  \
    gpucam bench --size 1280x720 --compare before.json\n  \
    gpucam bench --size 1280x720 --quality high,low\n  \
    gpucam bench --size 1280x720 --shader mine.wgsl\n  \
    gpucam bench --size 320x180 --frames 10000 --no-start")]
pub(super) struct BenchArgs {
    /// Frame sizes [default: 640x360 1280x720 1920x1080 3840x2160; the first two without a GPU].
    #[arg(long, value_name = "WxH", value_delimiter = ',', num_args = 1..)]
    size: Vec<Size>,
    /// Models, by name or as .tflite files [default: selfie-landscape].
    #[arg(long, value_name = "NAME|FILE", value_delimiter = ',', num_args = 1..)]
    model: Vec<String>,
    /// Effects, as for a run; each is a case of its own.
    #[arg(long, value_name = "NAME[:VALUE][,KEY=VALUE…]", default_value = "blur", num_args = 1..)]
    effect: Vec<String>,
    /// A shader of your own as the effect: short for --effect custom:FILE.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "effect")]
    shader: Option<PathBuf>,
    /// What runs the model.
    #[arg(long, value_enum, value_delimiter = ',', num_args = 1.., default_value = "fast")]
    engine: Vec<Engine>,
    /// At which quality the person's edge is drawn; low differs from 960x540 on.
    #[arg(long, value_enum, value_delimiter = ',', num_args = 1.., default_value = "high")]
    quality: Vec<Quality>,
    #[command(flatten)]
    mask: MaskArgs,
    /// Frames of every kind of measurement and every case [default: as many as take a few seconds].
    #[arg(long, value_name = "N")]
    frames: Option<NonZeroUsize>,
    /// Turns in which the cases are measured one after the other.
    #[arg(long, value_name = "N", default_value = "3")]
    rounds: NonZeroUsize,
    /// What times the passes [default: the GPU's timestamps, where it has them].
    #[arg(long, value_enum)]
    clock: Option<Clock>,
    /// Also run Volcomix's shader sequence between the frames, from the model's answer to its canvas, and after them the
    /// network on burn, an operator at a time.
    #[arg(long)]
    peers: bool,
    /// Leave out the start of processes of their own.
    #[arg(long)]
    no_start: bool,
    /// Keep the rows, as JSON.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    json: Option<PathBuf>,
    /// Compare with the rows that another run kept.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    compare: Option<PathBuf>,
    /// Never fetch a model.
    #[arg(long)]
    offline: bool,
    /// The Vulkan adapter, by index or by a part of its name; `gpucam adapters` lists them.
    #[arg(long, value_name = "NAME|INDEX")]
    adapter: Option<String>,
    /// Only the first frame, as JSON: what the start is measured by.
    #[arg(long, hide = true)]
    first_frame: bool,
}

impl BenchArgs {
    pub(super) fn run(mut self, began: Instant) -> Result<()> {
        if let Some(file) = self.shader.take() {
            self.effect = vec![format!("custom:{}", plain(&file))];
        }
        if self.first_frame {
            return self.first_frame(began);
        }
        // What cannot be read or written is said before anything is measured.
        let before = self.compare.as_deref().map(read).transpose()?;
        if let Some(path) = &self.json {
            fs::write(path, "").map_err(|e| cannot_write(path, &e))?;
        }
        let effects: Vec<Effects> = self.effect.iter().map(|effect| effect.parse()).collect::<Result<_>>()?;
        let read: Vec<_> = self.models().map(|model| self.engine(model).read()).collect::<Result<_>>()?;
        let gpu = Gpu::open(self.adapter.as_deref())?;
        let sizes = if self.size.is_empty() { bench::usual_sizes(&gpu) } else { self.size.clone() };

        let (mut wanted, mut asked) = (Vec::new(), HashSet::new());
        for &size in &sizes {
            for (name, (model, reading)) in self.models().zip(&read) {
                for (text, effects) in self.effect.iter().zip(&effects) {
                    for (&engine, &quality) in
                        self.engine.iter().flat_map(|e| self.quality.iter().map(move |q| (e, q)))
                    {
                        let segmenter = Segmenter::load(&gpu, model, *reading, engine);
                        let settings = Settings { quality, ..self.mask.settings(effects.clone()) };
                        let low = if quality == Quality::Low { ", low quality" } else { "" };
                        let label = format!("{}, {text}{low}", name.unwrap_or(&catalogue::default().name));
                        // It is the same network for every size and effect.
                        let alone = (self.peers && engine == Engine::Fast && asked.insert(name))
                            .then(|| Alone::new(&gpu, model, *reading))
                            .flatten();
                        wanted.push(Wanted { size, segmenter, settings, label, alone });
                    }
                }
            }
        }
        let clock = self.clock.filter(|&clock| clock == Clock::Cpu || gpu.has_timestamps());
        let how = How {
            frames: self.frames.map(NonZeroUsize::get),
            rounds: self.rounds.get().min(self.frames.map_or(usize::MAX, NonZeroUsize::get)),
            clock: clock.unwrap_or_else(|| Clock::of(&gpu)),
            peers: self.peers,
        };
        let mut tell = |what: &str| {
            if io::stderr().is_terminal() {
                print_error(format_args!("{what} …\n"));
            }
        };
        let mut report = bench::run(&gpu, wanted, how, &mut tell)?;
        if !self.no_start {
            tell("starts of a process");
            let size = if sizes.contains(&DEFAULT) { DEFAULT } else { sizes[0] };
            report.rows.extend(bench::measure_start(&program()?, &self.first_arguments(size), size)?);
        }
        print_line(&report)?;
        if let Some(before) = before {
            print_line(report.compared_with(&before))?;
        }
        match &self.json {
            Some(path) => {
                let text = serde_json::to_string_pretty(&report).expect("plain data");
                fs::write(path, text + "\n").map_err(|e| cannot_write(path, &e))
            }
            None => Ok(()),
        }
    }

    fn models(&self) -> impl Iterator<Item = Option<&str>> {
        let default = self.model.is_empty().then_some(None);
        self.model.iter().map(|model| Some(model.as_str())).chain(default)
    }

    fn engine(&self, model: Option<&str>) -> EngineArgs {
        EngineArgs {
            model: model.map(String::from),
            reading: ReadingArgs { model_input: None, model_output: None, model_grid: None },
            engine: self.engine[0],
            offline: self.offline,
            adapter: self.adapter.clone(),
        }
    }

    /// What a process of its own is told.
    fn first_arguments(&self, size: Size) -> Vec<String> {
        let mut arguments: Vec<String> = ["bench", "--first-frame", "--size"].map(String::from).into();
        let engine = if self.engine[0] == Engine::Fast { "fast" } else { "burn" };
        arguments.extend([
            size.to_string(),
            "--effect".into(),
            self.effect[0].clone(),
            "--engine".into(),
            engine.into(),
        ]);
        if self.quality[0] == Quality::Low {
            arguments.extend(["--quality", "low"].map(String::from));
        }
        let model = self.model.first().map(|model| ["--model".into(), model.clone()]);
        let adapter = self.adapter.as_ref().map(|adapter| ["--adapter".into(), adapter.clone()]);
        arguments.extend(model.into_iter().chain(adapter).flatten());
        arguments
    }

    /// The first frame, then what the process needs for some more.
    fn first_frame(&self, began: Instant) -> Result<()> {
        let now = || began.elapsed().as_secs_f64() * 1e3;
        let mut start = Start::default();
        let (model, reading) = self.engine(self.models().next().flatten()).read()?;
        start.model = now();
        let gpu = Gpu::open(self.adapter.as_deref())?;
        start.device = now();
        let segmenter = Segmenter::load(&gpu, &model, reading, self.engine[0]);
        let (effects, quality) = (self.effect[0].parse()?, self.quality[0]);
        let settings = Settings { quality, ..self.mask.settings(effects) };
        let size = self.size.first().copied().unwrap_or(DEFAULT);
        let mut pipeline = Pipeline::new(&gpu, segmenter, size, Colorimetry::default(), &settings)?;
        start.recorded = now();
        start.frames(&mut pipeline, began)?;
        print_line(serde_json::to_string(&start).expect("plain data"))
    }
}

/// A file's name as a value of an effect.
fn plain(file: &Path) -> String {
    let text = file.to_string_lossy();
    let escaped = text.chars().map(|c| match c {
        ',' | ':' | '=' | '\\' => format!("\\{c}"),
        c => c.into(),
    });
    escaped.collect()
}

/// The size of most meetings.
const DEFAULT: Size = Size::new(1280, 720);

fn program() -> Result<PathBuf> {
    env::current_exe().map_err(|e| Error::System { what: "the program's own file", reason: e.to_string() })
}

fn cannot_write(path: &Path, error: &io::Error) -> Error {
    Error::Write { path: path.into(), reason: error.to_string() }
}

/// The rows that another run kept.
fn read(path: &Path) -> Result<Report> {
    let cannot = |reason: String| Error::Read { path: path.into(), reason };
    let text = fs::read_to_string(path).map_err(|e| cannot(e.to_string()))?;
    serde_json::from_str(&text)
        .map_err(|e| cannot(format!("it is not what `gpucam bench --json` writes: {e}")))
}
