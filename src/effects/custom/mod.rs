//! `custom`: a user's shader, a function from a pixel's inputs to its colour. gpucam reads it again when it
//! is saved.
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
//! `docs/CUSTOM_SHADERS.md` has the inputs and functions that it may use; `shaders/effects/custom.wgsl`
//! defines them. A line `//! NAME = DEFAULT in LEAST..MOST  SUMMARY` declares a number (f32), `//! NAME =
//! #RRGGBB  SUMMARY` a colour (vec3f); both are keys of `--effect custom:FILE,NAME=VALUE`.
//!
//! **It cannot show the background.** The picture that it gets is blurred already. Only a file with the line
//! `//! shows the room` gets the camera's own picture, and then the effect counts as not hiding.
//!
//! **It cannot hang.** gpucam counts the iterations of all loops. After 16384 for one pixel, or fewer where an
//! iteration is long, the shader stops,
//! and the effect before comes back. naga refuses recursion; `check.rs` refuses bindings, entry points and
//! large variables.

mod assemble;
mod check;
mod header;
mod open;
mod tokens;
mod watch;

use std::{
    mem,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

pub use self::header::{DeclaredParam, UserShader};
use self::{
    header::MAX_PARAMS,
    watch::{FileWatch, LastRead},
};
use super::{
    blur,
    effect::{Animated, Effect, EffectContext, RecordingState},
    spec::{BackgroundVisibility, EffectSpec, ParamSpec, ParamType},
};
use crate::{
    EffectError, Error, Result,
    gpu::{self, Bind, Coding, Generated, Gpu, Readback, Recorder, Storage},
    passes::{self, Frame},
    shader, uniform,
};

pub(super) const SPEC: EffectSpec = EffectSpec {
    name: "custom",
    summary: "a shader of your own in WGSL, read again when you save it",
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
    /// `Params` in the shader.
    Params {
        coding: Coding,
        frame: [u32; 2],
        time: f32,
        padding: f32,
        values: [[f32; 4]; MAX_PARAMS],
    }
}

/// The prelude around a stand-in for the user's text, for the test that validates it without a GPU.
const SHADER: gpu::Shader =
    shader!("effects", "custom", ["colour", "sample", "pair", "parts", "identity"], [64, 1], Params);

#[derive(Debug)]
struct Custom {
    path: PathBuf,
    /// Whether the file had the line `//! shows the room` when the user chose it. The live guard relies on
    /// it.
    shows_background: bool,
    strength: f64,
    params_given: Vec<(String, String)>,
    last_read: LastRead,
    /// When its first frame was captured. Shared by all readings of the file, so that `time` never jumps
    /// back.
    began: Arc<OnceLock<Duration>>,
}

impl Effect for Custom {
    fn hides_background(&self) -> bool {
        !self.shows_background
    }

    fn hides_weakly(&self) -> bool {
        self.strength < blur::HIDES
    }

    fn moves_background(&self) -> bool {
        self.shows_background
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        watch::mark_read(&self.last_read, &self.path);
        let shader = UserShader::open(&self.path)?;
        let wrong = |what: &str| {
            Error::Effect(EffectError::Shader {
                path: self.path.clone(),
                place: String::new(),
                what: what.to_owned(),
            })
        };
        if shader.shows_background && !self.shows_background {
            return Err(wrong(
                "it did not say 'shows the room' when you chose it; choose it again to allow that",
            ));
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
        let (source, alpha) = context.blur_source();
        // The line may be gone since the user chose the file. Then the room is hidden, though the guard still counts it as
        // shown.
        let (picture, backdrop) = match self.shows_background && shader.shows_background {
            true => (picture, passes::backdrop(rec, source, alpha, self.strength)),
            false => {
                let (background, backdrop) =
                    passes::blurred_and_backdrop(rec, source, alpha, self.strength, context.room);
                let background = background.times(context.blur_scale());
                (
                    passes::composite(rec, &picture, context.alpha, &background, context.room_of_frame()),
                    backdrop,
                )
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
        // A driver limit that naga does not check must not end the program.
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
            iterations: shader.iterations,
        }));
        Ok(picture.with(packed))
    }
}

/// Between frames: checks the loops, sets the time, and looks for a new version of the file.
#[derive(Debug)]
struct RunningShader {
    path: PathBuf,
    params: Storage,
    loop_budget: Option<LoopBudget>,
    watch: FileWatch,
    began: Arc<OnceLock<Duration>>,
    /// How many iterations its loops may run for one pixel.
    iterations: u32,
}

impl Animated for RunningShader {
    fn update(&mut self, gpu: &Gpu, at: Duration) -> Result<RecordingState> {
        if let Some(line) = self.loop_budget.as_mut().and_then(|loop_budget| loop_budget.overrun_line(gpu)) {
            return Err(self.overrun(line));
        }
        let time = shown_time(at.saturating_sub(*self.began.get_or_init(|| at)));
        let offset = mem::offset_of!(Params, time) as u64;
        gpu.queue().write_buffer(&self.params.buffer, offset, &time.to_le_bytes());
        Ok(if self.watch.is_new() { RecordingState::Stale } else { RecordingState::Current })
    }

    fn check(&mut self, gpu: &Gpu) -> Result<()> {
        let Some(loop_budget) = &self.loop_budget else { return Ok(()) };
        match gpu.read_storage::<u32>(&loop_budget.exceeded)?[0] {
            0 => Ok(()),
            line => Err(self.overrun(line)),
        }
    }
}

/// `time` in the shader: it begins again every hour. After a day, an f32 would no longer distinguish two frames at
/// 60 a second.
fn shown_time(since_began: Duration) -> f32 {
    const HOUR: Duration = Duration::from_secs(3600);
    Duration::from_nanos((since_began.as_nanos() % HOUR.as_nanos()) as u64).as_secs_f32()
}

impl RunningShader {
    fn overrun(&self, line: u32) -> Error {
        let what = format!("a loop runs more than {} times for one pixel", self.iterations);
        EffectError::Shader { path: self.path.clone(), place: format!(":{line}"), what }.into()
    }
}

/// Reads back, without ever waiting, whether a loop exceeded its budget of iterations. Asks every other
/// frame.
#[derive(Debug)]
struct LoopBudget {
    exceeded: Storage,
    readback: Readback,
    is_requested: bool,
}

impl LoopBudget {
    fn new(gpu: &Gpu, exceeded: Storage) -> Self {
        Self { exceeded, readback: Readback::new(gpu, "exceeded", 4), is_requested: false }
    }

    /// The line of the loop that exceeded the budget, some frames later.
    fn overrun_line(&mut self, gpu: &Gpu) -> Option<u32> {
        if !mem::replace(&mut self.is_requested, true) {
            let mut encoder = gpu.device().create_command_encoder(&Default::default());
            self.readback.encode(&mut encoder, &self.exceeded);
            gpu.queue().submit([encoder.finish()]);
            self.readback.request();
            return None;
        }
        if !self.readback.has_arrived() {
            return None;
        }
        self.is_requested = false;
        let line: Option<[u8; 4]> = self.readback.read_mapped(|bytes| bytes.try_into().ok()).flatten();
        line.map(u32::from_le_bytes).filter(|line| *line > 0)
    }
}
