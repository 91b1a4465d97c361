//! A shader of the user's own: one function from what is known of a pixel to its colour, read again when it is saved.
//!
//! ```wgsl
//! //! Waves of light run through the room.
//! //! speed = 1 in 0..10   waves a second
//! //! tint = #40c0ff      their colour
//!
//! fn effect(in: Input) -> vec3f {
//!     let wave = 0.5 + 0.5 * sin(6.2832 * (8.0 * in.uv.y - speed * in.time));
//!     return mix(mix(in.background, tint, 0.5 * wave), in.person, in.mask);
//! }
//! ```
//!
//! What it can name is in `shaders/effects/custom.wgsl`. A line `//! NAME = DEFAULT in LEAST..MOST  SUMMARY` declares a number
//! (f32), `//! NAME = #RRGGBB  SUMMARY` a colour (vec3f); both are keys of `--effect custom:FILE,NAME=VALUE`.
//!
//! **It cannot show the room.** What it is given as the picture has the room blurred already, so nothing that it does
//! shows it. Only a file that says `//! shows the room` gets the camera's own picture, and counts as not hiding.
//!
//! **It cannot hang.** Each turn of a loop is counted; who needs more than 16384 for a pixel is out, and the effect
//! before comes back. naga refuses recursion; bindings, entry points and large variables are refused here.

mod assemble;
mod check;
mod header;
mod open;
mod tokens;
mod watch;

use std::{
    path::PathBuf,
    sync::{
        Arc, OnceLock,
        mpsc::{self, Receiver},
    },
    time::Duration,
};

pub use self::header::{Declared, Shader};
use self::{
    header::MOST,
    watch::{Known, Watch},
};
use super::{
    effect::{Effect, Moving, Scene, State},
    spec::{Domain, Kind, Parameter, Room},
};
use crate::{
    Error, Result,
    gpu::{self, Bind, Coding, Generated, Gpu, Readback, Recorder, Storage},
    passes::{self, Frame},
    shader, uniform,
};

pub(super) const KIND: Kind = Kind {
    name: "custom",
    summary: "a shader of your own in WGSL, read again when you save it; `gpucam effects FILE` lists its parameters",
    parameters: &[
        Parameter { name: "file", summary: "the shader", domain: Domain::File },
        Parameter {
            name: "strength",
            summary: "σ of the background's blur in pixels of a 720p frame",
            domain: Domain::Number { range: (4.0, 40.0), default: 12.0 },
        },
    ],
    open: true,
    room: Room::Depends,
    make: |values| {
        let shader = Shader::open(&values.file("file"))?;
        shader.values(&values.others)?;
        Ok(Arc::new(Custom {
            path: shader.path,
            shows: shader.shows,
            strength: values.number("strength"),
            given: values.others.clone(),
            known: Known::default(),
            began: Arc::default(),
        }))
    },
};

uniform! {
    /// See the shader.
    Params {
        coding: Coding,
        frame: [u32; 2],
        time: f32,
        padding: f32,
        values: [[f32; 4]; MOST],
    }
}

/// The house with a text in it that stands for the user's, for the test that validates it without a GPU.
pub(super) const SHADER: gpu::Shader =
    shader!("effects", "custom", ["colour", "sample", "pair", "parts", "identity"], [64, 1], Params);

#[derive(Debug)]
struct Custom {
    path: PathBuf,
    /// What the file said when it was chosen: the guard goes by it.
    shows: bool,
    strength: f64,
    given: Vec<(String, String)>,
    known: Known,
    /// When its first frame was, so that time goes on when the file is read again.
    began: Arc<OnceLock<Duration>>,
}

impl Effect for Custom {
    fn hides(&self) -> bool {
        !self.shows
    }

    fn draw(&self, rec: &mut Recorder<'_>, scene: &mut Scene<'_>) -> Result<Frame> {
        watch::note(&self.known, &self.path);
        let shader = Shader::open(&self.path)?;
        let wrong = |what: &str| Error::Shader {
            path: self.path.clone(),
            place: String::new(),
            what: what.to_owned(),
        };
        if shader.shows && !self.shows {
            return Err(wrong("it did not show the room when gpucam was told to use it, so it may not now"));
        }
        let mut params = Params {
            coding: scene.picture.coding,
            frame: scene.picture.size.into(),
            time: 0.0,
            padding: 0.0,
            values: [[0.0; 4]; MOST],
        };
        shader.values(&self.given)?.into_iter().zip(&mut params.values).for_each(|(value, to)| *to = value);

        let (gpu, picture) = (rec.gpu(), scene.picture.clone());
        let (seen, alpha) = scene.to_blur();
        let (picture, backdrop) = match self.shows {
            true => (picture, passes::backdrop(rec, seen, alpha, self.strength)),
            false => {
                let (room, backdrop) = passes::blurred_and_backdrop(rec, seen, alpha, self.strength);
                let room = room.times(scene.shrunk());
                (passes::composite(rec, &picture, scene.alpha, &room), backdrop)
            }
        };
        let packed = rec.storage("custom", picture.words.bytes);
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
        let exceeded = Storage::with_content(gpu, "exceeded", &[0; 4], usage);
        let params = rec.updatable_uniform(SHADER.name, params);
        let bindings: [&dyn Bind; 6] =
            [&picture.words, &scene.alpha.words, &backdrop, &packed, &exceeded, &params];
        let wgsl = assemble::weave(&shader, &shader.wgsl, true);
        let text = Generated { name: SHADER.name, label: SHADER.name, wgsl: &wgsl };
        // A driver's limit that naga does not know must not end the program.
        let scope = gpu.device().push_error_scope(wgpu::ErrorFilter::Validation);
        let [x, y] = SHADER.workgroup;
        let groups = [(picture.size.width / 2).div_ceil(x), picture.size.height.div_ceil(y)];
        rec.dispatch_generated(&text, &bindings, groups);
        if let Some(error) = pollster::block_on(scope.pop()) {
            return Err(wrong(&error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")));
        }
        scene.moving.push(Box::new(Running {
            path: self.path.clone(),
            params,
            gauge: assemble::has_loops(&shader.wgsl).then(|| Gauge::new(gpu, exceeded)),
            watch: Watch::new(&self.path, &self.known),
            began: self.began.clone(),
        }));
        Ok(picture.with(packed))
    }
}

/// What is done before each frame.
#[derive(Debug)]
struct Running {
    path: PathBuf,
    params: Storage,
    gauge: Option<Gauge>,
    watch: Watch,
    began: Arc<OnceLock<Duration>>,
}

impl Moving for Running {
    fn step(&mut self, gpu: &Gpu, at: Duration) -> Result<State> {
        if let Some(line) = self.gauge.as_mut().and_then(|gauge| gauge.line(gpu)) {
            let what = "a loop that turns more than 16384 times for a pixel".into();
            return Err(Error::Shader { path: self.path.clone(), place: format!(":{line}"), what });
        }
        let time = at.saturating_sub(*self.began.get_or_init(|| at)).as_secs_f32();
        let offset = std::mem::offset_of!(Params, time) as u64;
        gpu.queue().write_buffer(&self.params.buffer, offset, &time.to_le_bytes());
        Ok(if self.watch.is_new() { State::Stale } else { State::Sound })
    }
}

/// Asks the GPU every other frame whether a loop went too far, and never waits for the answer.
#[derive(Debug)]
struct Gauge {
    exceeded: Storage,
    readback: Readback,
    answer: Option<Receiver<bool>>,
}

impl Gauge {
    fn new(gpu: &Gpu, exceeded: Storage) -> Self {
        Self { exceeded, readback: Readback::new(gpu, "exceeded", 4), answer: None }
    }

    /// The line of the loop, some frames after it went too far.
    fn line(&mut self, gpu: &Gpu) -> Option<u32> {
        let Some(answer) = &self.answer else {
            let mut encoder = gpu.device().create_command_encoder(&Default::default());
            self.readback.encode(&mut encoder, &self.exceeded);
            gpu.queue().submit([encoder.finish()]);
            let (told, answer) = mpsc::channel();
            self.readback.ask(move |is_there| _ = told.send(is_there));
            self.answer = Some(answer);
            return None;
        };
        let is_there = answer.try_recv().ok()?;
        self.answer = None;
        let line = if is_there { self.readback.answer(|bytes| bytes.try_into().ok()) } else { None };
        line.flatten().map(u32::from_le_bytes).filter(|line| *line > 0)
    }
}
