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

pub use self::header::{DeclaredParam, UserShader};
use self::{
    header::MAX_PARAMS,
    watch::{FileWatch, LastRead},
};
use super::{
    effect::{Animated, Effect, EffectContext, RecordingState},
    spec::{BackgroundVisibility, EffectSpec, ParamSpec, ParamType},
};
use crate::{
    Error, Result,
    gpu::{self, Bind, Coding, Generated, Gpu, Readback, Recorder, Storage},
    passes::{self, Frame},
    shader, uniform,
};

pub(super) const SPEC: EffectSpec = EffectSpec {
    name: "custom",
    summary: "a shader of your own in WGSL, read again when you save it; `gpucam effects FILE` lists its parameters",
    parameters: &[
        ParamSpec { name: "file", summary: "the shader", ty: ParamType::File },
        ParamSpec {
            name: "strength",
            summary: "σ of the background's blur in pixels of a 720p frame",
            ty: ParamType::Number { range: (4.0, 40.0), default: 12.0 },
        },
    ],
    extra_params: true,
    background: BackgroundVisibility::Depends,
    shaders: &[SHADER],
    make: |values| {
        let shader = UserShader::open(&values.file("file"))?;
        shader.values(&values.extra)?;
        Ok(Arc::new(Custom {
            path: shader.path,
            shows_background: shader.shows_background,
            strength: values.number("strength"),
            params_given: values.extra.clone(),
            last_read: LastRead::default(),
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
        values: [[f32; 4]; MAX_PARAMS],
    }
}

/// The prelude with a text in it that stands for the user's, for the test that validates it without a GPU.
const SHADER: gpu::Shader =
    shader!("effects", "custom", ["colour", "sample", "pair", "parts", "identity"], [64, 1], Params);

#[derive(Debug)]
struct Custom {
    path: PathBuf,
    /// What the file said when it was chosen: the guard goes by it.
    shows_background: bool,
    strength: f64,
    params_given: Vec<(String, String)>,
    last_read: LastRead,
    /// When its first frame was, so that time goes on when the file is read again.
    began: Arc<OnceLock<Duration>>,
}

impl Effect for Custom {
    fn hides_background(&self) -> bool {
        !self.shows_background
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        watch::mark_read(&self.last_read, &self.path);
        let shader = UserShader::open(&self.path)?;
        let wrong = |what: &str| Error::Shader {
            path: self.path.clone(),
            place: String::new(),
            what: what.to_owned(),
        };
        if shader.shows_background && !self.shows_background {
            return Err(wrong("it did not show the room when gpucam was told to use it, so it may not now"));
        }
        let mut params = Params {
            coding: context.picture.coding,
            frame: context.picture.size.into(),
            time: 0.0,
            padding: 0.0,
            values: [[0.0; 4]; MAX_PARAMS],
        };
        shader
            .values(&self.params_given)?
            .into_iter()
            .zip(&mut params.values)
            .for_each(|(value, to)| *to = value);

        let (gpu, picture) = (rec.gpu(), context.picture.clone());
        let (seen, alpha) = context.blur_source();
        let (picture, backdrop) = match self.shows_background {
            true => (picture, passes::backdrop(rec, seen, alpha, self.strength)),
            false => {
                let (room, backdrop) = passes::blurred_and_backdrop(rec, seen, alpha, self.strength);
                let room = room.times(context.blur_scale());
                (passes::composite(rec, &picture, context.alpha, &room), backdrop)
            }
        };
        let packed = rec.storage("custom", picture.words.bytes);
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
        let exceeded = Storage::with_content(gpu, "exceeded", &[0; 4], usage);
        let params = rec.updatable_uniform(SHADER.name, params);
        let bindings: [&dyn Bind; 6] =
            [&picture.words, &context.alpha.words, &backdrop, &packed, &exceeded, &params];
        let wgsl = assemble::assemble(&shader, &shader.wgsl, true);
        let text = Generated { name: SHADER.name, label: SHADER.name, wgsl: &wgsl };
        // A driver's limit that naga does not know must not end the program.
        let scope = gpu.device().push_error_scope(wgpu::ErrorFilter::Validation);
        let [x, y] = SHADER.workgroup;
        let groups = [(picture.size.width / 2).div_ceil(x), picture.size.height.div_ceil(y)];
        rec.dispatch_generated(&text, &bindings, groups);
        if let Some(error) = pollster::block_on(scope.pop()) {
            return Err(wrong(&error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")));
        }
        context.animated.push(Box::new(RunningShader {
            path: self.path.clone(),
            params,
            loop_budget: assemble::has_loops(&shader.wgsl).then(|| LoopBudget::new(gpu, exceeded)),
            watch: FileWatch::new(&self.path, &self.last_read),
            began: self.began.clone(),
        }));
        Ok(picture.with(packed))
    }
}

/// What is done before each frame.
#[derive(Debug)]
struct RunningShader {
    path: PathBuf,
    params: Storage,
    loop_budget: Option<LoopBudget>,
    watch: FileWatch,
    began: Arc<OnceLock<Duration>>,
}

impl Animated for RunningShader {
    fn update(&mut self, gpu: &Gpu, at: Duration) -> Result<RecordingState> {
        if let Some(line) = self.loop_budget.as_mut().and_then(|loop_budget| loop_budget.overrun_line(gpu)) {
            let what = "a loop that turns more than 16384 times for a pixel".into();
            return Err(Error::Shader { path: self.path.clone(), place: format!(":{line}"), what });
        }
        let time = at.saturating_sub(*self.began.get_or_init(|| at)).as_secs_f32();
        let offset = std::mem::offset_of!(Params, time) as u64;
        gpu.queue().write_buffer(&self.params.buffer, offset, &time.to_le_bytes());
        Ok(if self.watch.is_new() { RecordingState::Stale } else { RecordingState::Current })
    }
}

/// Asks the GPU every other frame whether a loop went too far, and never waits for the answer.
#[derive(Debug)]
struct LoopBudget {
    exceeded: Storage,
    readback: Readback,
    answer: Option<Receiver<bool>>,
}

impl LoopBudget {
    fn new(gpu: &Gpu, exceeded: Storage) -> Self {
        Self { exceeded, readback: Readback::new(gpu, "exceeded", 4), answer: None }
    }

    /// The line of the loop, some frames after it went too far.
    fn overrun_line(&mut self, gpu: &Gpu) -> Option<u32> {
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
