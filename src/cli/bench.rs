//! `gpucam bench`: times passes, frames and the start.

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
    args::{AdapterArgs, EngineArgs, MaskArgs, ReadingArgs, word},
    console::{print_error, print_line},
    parse,
    sandbox::{self, RunFiles, SandboxArgs},
};
use crate::{
    Colorimetry, Error, Pipeline, Quality, Result, Settings, Size, VideoError,
    bench::report::FORMAT,
    bench::{self, BenchReport, CaseOptions, Clock, ModelAlone, RunOptions, StartupTimes, page},
    effects::{self, Effects},
    model::catalogue,
    segmenter::InferenceEngine,
    tune::kept,
    video::{self, Fps, file::AtomicFile},
};

/// Times every pass and the whole frame on the test card. docs/PERFORMANCE.md explains each row.
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
    /// Effects, as for a run; each one is a separate case.
    #[arg(long, value_name = "NAME[:VALUE][,KEY=VALUE…]", default_value = "blur", num_args = 1..)]
    effect: Vec<String>,
    /// Your own shader as the effect; short for --effect custom:FILE.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "effect")]
    shader: Option<PathBuf>,
    /// The engine that runs the model.
    #[arg(long, value_enum, ignore_case = true, value_delimiter = ',', num_args = 1.., default_value = "fast")]
    engine: Vec<InferenceEngine>,
    /// The quality of the person's edge; low differs from 960x540 on.
    #[arg(long, value_enum, ignore_case = true, value_delimiter = ',', num_args = 1.., default_value = "high")]
    quality: Vec<Quality>,
    #[command(flatten)]
    mask: MaskArgs,
    /// Frames per measurement and case [default: as many as take a few seconds].
    #[arg(long, value_name = "N", value_parser = parse::count::<NonZeroUsize>)]
    frames: Option<NonZeroUsize>,
    /// Number of rounds; each measures all cases in turn.
    #[arg(long, value_name = "N", default_value = "3", value_parser = parse::count::<NonZeroUsize>)]
    rounds: NonZeroUsize,
    /// The clock that times the passes [default: the GPU's timestamps, if it has them].
    #[arg(long, value_enum)]
    clock: Option<Clock>,
    /// Also time frames that come as from a camera of this rate, since clocks fall between them; several, as in 30,60.
    #[arg(long, value_name = "FPS", value_delimiter = ',')]
    paced: Vec<Fps>,
    /// Also time Volcomix's shader sequence, from the model's output to its canvas, between the frames, and
    /// afterwards the network on burn, one operator at a time.
    #[arg(long)]
    peers: bool,
    /// Do not time the start of separate processes.
    #[arg(long)]
    no_start: bool,
    /// Write the rows to this file, as JSON.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    json: Option<PathBuf>,
    /// Write a page with the pictures of this run to this file, and of both with --compare.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    html: Option<PathBuf>,
    /// Print a short block for an issue instead of the table.
    #[arg(long)]
    text: bool,
    /// Compare with the rows that another run wrote with --json.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    compare: Option<PathBuf>,
    /// Never fetch a model.
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    adapter: AdapterArgs,
    #[command(flatten)]
    sandbox: SandboxArgs,
    /// Print the times of the first frame as JSON: the process whose start is measured runs this.
    #[arg(long, hide = true)]
    first_frame: bool,
}

impl BenchArgs {
    pub(super) fn run(mut self, began: Instant) -> Result<()> {
        if let Some(file) = self.shader.take() {
            self.effect = vec![format!("custom:{}", effects::escape(&file.to_string_lossy()))];
        }
        if self.first_frame {
            // In the sandbox of the process that started it.
            return self.first_frame(began);
        }
        let effects: Vec<Effects> = self.effect.iter().map(|effect| effect.parse()).collect::<Result<_>>()?;
        self.enter_sandbox(&effects)?;
        // Files that cannot be read or written fail before anything is measured.
        let before = self.compare.as_deref().map(read).transpose()?;
        for path in [&self.json, &self.html].into_iter().flatten() {
            let models = self.model.iter().map(Path::new);
            let inputs = models.chain(self.compare.as_deref()).chain(effects.iter().flat_map(Effects::files));
            video::check_is_no_input(path, inputs)?;
        }
        let json = self.json.as_deref().map(AtomicFile::create).transpose()?;
        let html = self.html.as_deref().map(AtomicFile::create).transpose()?;
        let read: Vec<_> = self.models().map(|model| self.engine(model).read()).collect::<Result<_>>()?;
        // burn is measured at its best.
        let has_burn = self.peers || self.engine.contains(&InferenceEngine::Burn);
        let asking = if has_burn { InferenceEngine::Burn } else { InferenceEngine::Fast };
        let gpu = self.adapter.open_for(asking)?;
        let sizes = if self.size.is_empty() { bench::usual_sizes(&gpu) } else { self.size.clone() };

        let fast = EngineArgs { engine: InferenceEngine::Fast, ..self.engine(None) };
        let second = match self.engine.contains(&InferenceEngine::Fast) {
            true => fast.second(&gpu, &self.mask.settings(effects[0].clone())),
            false => None,
        };
        let (mut cases, mut asked) = (Vec::new(), HashSet::new());
        for &size in &sizes {
            for (name, read) in self.models().zip(&read) {
                for (text, effects) in self.effect.iter().zip(&effects) {
                    for (&engine, &quality) in
                        self.engine.iter().flat_map(|e| self.quality.iter().map(move |q| (e, q)))
                    {
                        let settings = Settings { quality, ..self.mask.settings(effects.clone()) };
                        let second = second.as_ref().filter(|_| engine == InferenceEngine::Fast);
                        let segmenter = EngineArgs { engine, ..self.engine(name) }.load(&gpu, read, second);
                        let low = if quality == Quality::Low { ", low quality" } else { "" };
                        let label = format!("{}, {text}{low}", name.unwrap_or(&catalogue::default().name));
                        // The network is the same for every size and effect, so it is timed alone only once.
                        let alone = (self.peers && engine == InferenceEngine::Fast && asked.insert(name))
                            .then(|| ModelAlone::new(&gpu, &read.0, read.1))
                            .flatten();
                        cases.push(CaseOptions { size, segmenter, settings, label, alone });
                    }
                }
            }
        }
        let clock = self.clock.filter(|&clock| clock == Clock::Cpu || gpu.has_timestamps());
        let options = RunOptions {
            frames: self.frames.map(NonZeroUsize::get),
            rounds: self.rounds.get().min(self.frames.map_or(usize::MAX, NonZeroUsize::get)),
            clock: clock.unwrap_or_else(|| Clock::for_gpu(&gpu)),
            paced: self.paced.clone(),
            peers: self.peers,
        };
        let mut tell = |what: &str| {
            if io::stderr().is_terminal() {
                print_error(format_args!("{what} …\n"));
            }
        };
        let mut report = bench::run(&gpu, cases, options, &mut tell)?;
        if !self.no_start {
            tell("starts of a process");
            let size = if sizes.contains(&DEFAULT) { DEFAULT } else { sizes[0] };
            let kept = kept::file(gpu.info()).filter(|_| self.adapter.takes_kept());
            let arguments = self.first_arguments(size);
            report.rows.extend(bench::measure_startup(&program()?, &arguments, size, kept.as_deref())?);
        }
        // Files first: whoever closes the standard output early still gets them.
        if let Some(file) = html {
            file.write(page::page(&report, before.as_ref()).as_bytes())?;
        }
        if let Some(file) = json {
            let text = serde_json::to_string_pretty(&report).expect("plain data");
            file.write((text + "\n").as_bytes())?;
        }
        match self.text {
            true => print_line(page::block(&report).trim_end())?,
            false => print_line(&report)?,
        }
        before.as_ref().map_or(Ok(()), |before| print_line(report.compared_with(before)))
    }

    /// Gives up what the measurements have no use for.
    fn enter_sandbox(&self, effects: &[Effects]) -> Result<()> {
        if !self.offline {
            self.models().try_for_each(sandbox::fetch_apart)?;
        }
        let models = self.model.iter().map(Path::new);
        let given = models.chain(self.compare.as_deref()).chain(self.adapter.tuning());
        let reads = given.chain(effects.iter().flat_map(Effects::files)).map(PathBuf::from).collect();
        let writes = self.json.iter().chain(&self.html).cloned().collect();
        let starts = if self.no_start { Vec::new() } else { vec![program()?] };
        let files = RunFiles { reads, writes, starts, look: self.mask.look, ..RunFiles::default() };
        self.sandbox.enter(None, Some(&self.engine(self.models().next().flatten())), files)
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

    /// Arguments of the process whose start is measured.
    pub(super) fn first_arguments(&self, size: Size) -> Vec<String> {
        let mut arguments: Vec<String> = ["bench", "--first-frame", "--size"].map(String::from).into();
        arguments.push(size.to_string());
        let given = [
            ("effect", self.effect[0].clone()),
            ("engine", word(&self.engine[0])),
            ("quality", word(&self.quality[0])),
        ];
        arguments.extend(given.map(|(flag, value)| format!("--{flag}={value}")));
        arguments.extend(self.model.first().map(|model| format!("--model={model}")));
        arguments.extend(self.offline.then(|| "--offline".into()));
        arguments.extend(self.mask.flags());
        arguments.extend(self.adapter.flags());
        arguments
    }

    /// Times the first frame and some frames after it.
    fn first_frame(&self, began: Instant) -> Result<()> {
        let now = || began.elapsed().as_secs_f64() * 1e3;
        let mut start = StartupTimes::default();
        let engine = self.engine(self.models().next().flatten());
        let read = engine.read()?;
        start.model = now();
        let gpu = self.adapter.open_for(self.engine[0])?;
        start.device = now();
        let (effects, quality) = (self.effect[0].parse()?, self.quality[0]);
        let settings = Settings { quality, ..self.mask.settings(effects) };
        let segmenter = engine.load(&gpu, &read, engine.second(&gpu, &settings).as_ref());
        let size = self.size.first().copied().unwrap_or(DEFAULT);
        let mut pipeline = Pipeline::new(&gpu, segmenter, size, Colorimetry::default(), &settings)?;
        start.recorded = now();
        start.frames(&mut pipeline, began)?;
        print_line(serde_json::to_string(&start).expect("plain data"))
    }
}

/// The size of most video meetings.
const DEFAULT: Size = Size::new(1280, 720);

fn program() -> Result<PathBuf> {
    env::current_exe().map_err(|source| Error::System { what: "the program's own file", source })
}

/// Reads the rows that another run wrote.
fn read(path: &Path) -> Result<BenchReport> {
    let cannot = |reason: String| Error::Video(VideoError::Read { path: path.into(), reason });
    let text = fs::read_to_string(path).map_err(|e| cannot(e.to_string()))?;
    let report: BenchReport = serde_json::from_str(&text)
        .map_err(|e| cannot(format!("it is not what `gpucam bench --json` writes: {e}")))?;
    match report.format {
        format if format > FORMAT => {
            Err(cannot(format!("a newer gpucam wrote it (format {format}, this one reads {FORMAT})")))
        }
        _ => Ok(report),
    }
}
