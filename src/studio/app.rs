//! The window's life: it is opened on gpucam's own device, draws when there is something new, and is opened again when the
//! GPU is lost or another one is chosen.

use std::{
    env,
    os::unix::process::CommandExt,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::PathBuf,
    process::Command,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use eframe::{
    egui::{self, TextureId, ViewportBuilder, ViewportCommand},
    egui_wgpu::{RenderState, WgpuConfiguration, WgpuSetup, WgpuSetupExisting},
};

use super::{
    editor,
    flags::{self, Flag},
    message::{Event, Place},
    preset,
    service::{self, Service},
    source,
    state::{Action, StudioState, Textures},
    view,
    worker::{LoadModel, Setup, Worker},
};
use crate::{
    Error, GpuError, Result,
    cli::hint,
    gpu::{self, Gpu},
};

/// Opens an adapter: the one that was asked for, or the one with this index.
pub type OpenGpu = Box<dyn FnMut(Option<&str>) -> Result<Gpu>>;

/// What the window begins with.
pub struct Start {
    /// The state.
    pub state: StudioState,
    /// Opens the device.
    pub open_gpu: OpenGpu,
    /// Makes what loads the models.
    pub load_model: Box<dyn Fn() -> LoadModel>,
    /// The user's configuration file.
    pub config: Option<PathBuf>,
    /// A picture of the window to write, after which it closes.
    pub screenshot: Option<Screenshot>,
    /// Size of the window in points.
    pub window: [f32; 2],
    /// Pixels of a point, instead of what the display says.
    pub scale: Option<f32>,
}

/// A picture of the window.
#[derive(Clone, Debug)]
pub struct Screenshot {
    /// A .png file.
    pub file: PathBuf,
    /// How many frames are drawn before.
    pub after: usize,
}

/// Most times that the window is opened again within a minute.
const REOPENED: usize = 3;
/// How long the window says that something was done.
const DONE: f64 = 4.0;

/// Opens the window, and returns when it is closed.
///
/// # Errors
/// [`Error::Window`] without a display, [`Error::Gpu`] without an adapter.
pub fn run(mut start: Start) -> Result<()> {
    let displays = ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"];
    if displays.iter().all(|name| env::var_os(name).is_none_or(|value| value.is_empty())) {
        let reason = "neither WAYLAND_DISPLAY nor DISPLAY is set".into();
        return Err(Error::Window { reason });
    }
    start.state.cameras = source::cameras();
    start.state.adapters = gpu::adapters()?.into_iter().map(|line| line.info.name).collect();
    start.state.backgrounds = start.state.preferences.backgrounds();
    let mut reopened: Vec<Instant> = Vec::new();
    let mut index = None;
    loop {
        let gpu = (start.open_gpu)(index.as_deref())?;
        start.state.adapter_name = gpu.info().name.clone();
        start.state.reopened();
        let lost: Lost = Arc::default();
        let ended = match catch_unwind(AssertUnwindSafe(|| window(&mut start, &gpu, &lost))) {
            Ok(ended) => ended?,
            // egui's renderer panics if the device is lost while it draws.
            Err(panic) => {
                probe(&gpu);
                match reason(&lost) {
                    Some(reason) => return Err(begin_anew(&start, reason)),
                    None => resume_unwind(panic),
                }
            }
        };
        match ended {
            End::Closed => return Ok(()),
            End::Adapter(wanted) => {
                index = wanted.clone();
                start.state.adapter = wanted;
            }
            End::Lost(reason) => {
                reopened.retain(|at| at.elapsed() < Duration::from_secs(60));
                reopened.push(Instant::now());
                if reopened.len() > REOPENED {
                    return Err(Error::Gpu(GpuError::Lost { reason }));
                }
                let lost = GpuError::Lost { reason };
                tracing::warn!(error = &lost as &dyn std::error::Error, "the window is opened again");
            }
        }
    }
}

/// Why the device is lost.
type Lost = Arc<Mutex<Option<String>>>;

fn reason(lost: &Lost) -> Option<String> {
    lost.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// How often this window began anew, in the environment.
const BEGUN: &str = "GPUCAM_STUDIO_BEGUN";

/// Opens the window again in the place of this process, whose loop of events cannot go on after a panic. Returns why that
/// is not done.
fn begin_anew(start: &Start, reason: String) -> Error {
    let begun: usize = env::var(BEGUN).ok().and_then(|count| count.parse().ok()).unwrap_or_default();
    let lost = Error::Gpu(GpuError::Lost { reason });
    if begun >= REOPENED {
        return lost;
    }
    tracing::warn!(error = &lost as &dyn std::error::Error, "the window is opened again");
    let Start { state, screenshot, .. } = start;
    state.preferences.save();
    let mut command = Command::new(env::current_exe().unwrap_or_else(|_| "gpucam".into()));
    command.arg("studio").env(BEGUN, (begun + 1).to_string());
    for (flag, value) in state.picture_flags().into_iter().chain(flags::source(&state.source)) {
        command.arg(value.map_or(format!("--{flag}"), |value| format!("--{flag}={value}")));
    }
    command.args(state.adapter.iter().map(|adapter| format!("--adapter={adapter}")));
    let [width, height] = start.window;
    command.arg(format!("--window={width}x{height}"));
    command.args(start.scale.map(|scale| format!("--scale={scale}")));
    command.args(state.shown().into_iter().map(|what| format!("--show={what}")));
    if let Some(Screenshot { file, after }) = screenshot {
        command.arg("--screenshot").arg(file).arg(format!("--after={after}"));
    }
    // Not inside of the line below: what a log leaves out is not run.
    let failed = command.exec();
    tracing::debug!("{failed}");
    lost
}

/// Why the window is gone.
enum End {
    Closed,
    Adapter(Option<String>),
    Lost(String),
}

fn window(start: &mut Start, gpu: &Gpu, lost: &Lost) -> Result<End> {
    watch(gpu, lost);
    let setup = WgpuSetup::Existing(WgpuSetupExisting {
        instance: gpu.instance().clone(),
        adapter: gpu.adapter().clone(),
        device: gpu.device().clone(),
        queue: gpu.queue().clone(),
    });
    let options = eframe::NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title("gpucam studio")
            .with_app_id("org.gpucam.Gpucam") // the desktop file's name
            .with_inner_size(start.window.map(|side| side * start.scale.unwrap_or(1.0)))
            .with_min_inner_size([760.0, 480.0])
            .with_drag_and_drop(true),
        run_and_return: true,
        wgpu_options: WgpuConfiguration { wgpu_setup: setup, ..WgpuConfiguration::default() },
        ..Default::default()
    };
    let mut end = End::Closed;
    let (heard, news) = mpsc::channel();
    let creator: eframe::AppCreator<'_> = Box::new(|creation| {
        view::theme::set(&creation.egui_ctx, start.state.preferences.theme);
        if let Some(scale) = start.scale {
            creation.egui_ctx.set_pixels_per_point(scale);
        }
        let wake = creation.egui_ctx.clone();
        let setup = Setup {
            gpu: gpu.clone(),
            load_model: (start.load_model)(),
            wake: Box::new(move || wake.request_repaint()),
        };
        let worker = Worker::start(setup)?;
        let (wake, said) = (creation.egui_ctx.clone(), heard.clone());
        service::watch(move |service| {
            let is_open = said.send(News::Service(service)).is_ok();
            wake.request_repaint();
            is_open
        });
        let app = App {
            start: &mut *start,
            worker,
            gpu: gpu.clone(),
            lost: lost.clone(),
            is_over: false,
            end: &mut end,
            heard,
            news,
            is_sending: false,
            frames: 0,
            is_taken: false,
        };
        Ok(Box::new(app) as Box<dyn eframe::App>)
    });
    let failed = |error: eframe::Error| Error::Window { reason: error.to_string() };
    eframe::run_native("gpucam studio", options, creator).map_err(failed)?;
    Ok(end)
}

/// Keeps wgpu from ending the program when the device is lost.
fn watch(gpu: &Gpu, lost: &Lost) {
    let first_line = |text: String| text.lines().next().unwrap_or_default().to_owned();
    let put = |lost: &Mutex<Option<String>>, reason: String| {
        lost.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
    };
    let reason = lost.clone();
    // Also when its last user drops it: the window is gone then, and nobody asks for the reason.
    gpu.on_loss(move |why, text| {
        put(&reason, if text.is_empty() { format!("{why:?}") } else { first_line(text) });
    });
    let reason = lost.clone();
    gpu.device().on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
        tracing::debug!("{error}");
        put(&reason, first_line(error.to_string()));
    }));
}

/// Whether the device is destroyed on purpose now, for tests: at the frame that `GPUCAM_FAULTS=destroyed@20` names.
/// Release builds never do it, and a window that began anew does not do it again.
fn loses_gpu(frame: usize) -> bool {
    let faults = || env::var("GPUCAM_FAULTS").ok()?.strip_prefix("destroyed@")?.parse().ok();
    cfg!(debug_assertions) && env::var_os(BEGUN).is_none() && faults() == Some(frame)
}

/// Makes a lost device tell its callbacks so.
fn probe(gpu: &Gpu) {
    let (label, usage) = (Some("probe"), wgpu::BufferUsages::COPY_DST);
    drop(gpu.device().create_buffer(&wgpu::BufferDescriptor {
        label,
        size: 4,
        usage,
        mapped_at_creation: false,
    }));
    // A device that was destroyed says so when somebody asks how far it is.
    let _ = gpu.device().poll(wgpu::PollType::Poll);
}

struct App<'s> {
    start: &'s mut Start,
    worker: Worker,
    gpu: Gpu,
    lost: Lost,
    /// Whether the window closes because of that. egui's renderer would panic if anything were drawn.
    is_over: bool,
    end: &'s mut End,
    heard: mpsc::Sender<News>,
    news: mpsc::Receiver<News>,
    /// Whether the gpucam that runs is being told something.
    is_sending: bool,
    /// Frames drawn, for the screenshot.
    frames: usize,
    is_taken: bool,
}

/// What threads say that wait for the other gpucam or for cameras.
enum News {
    Service(Option<Service>),
    /// The cameras that are there.
    Cameras(Vec<(String, String)>),
    /// What became of settings that were sent.
    Used(Result<String, String>),
}

/// The window's renderer.
struct Renderer<'r>(&'r RenderState);

impl Textures for Renderer<'_> {
    fn register(&mut self, texture: &wgpu::TextureView) -> TextureId {
        let linear = wgpu::FilterMode::Linear;
        self.0.renderer.write().register_native_texture(&self.0.device, texture, linear)
    }

    fn free(&mut self, id: TextureId) {
        self.0.renderer.write().free_texture(&id);
    }
}

impl eframe::App for App<'_> {
    /// Before each frame, and while nobody sees the window.
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        let (now, visible) = ctx.input(|input| (input.time, input.viewport().visible()));
        let Some(renderer) = frame.wgpu_render_state() else { return };
        while let Some(event) = self.worker.next() {
            if let Event::GpuLost(reason) = &event {
                self.lost.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason.clone());
            }
            self.frames += usize::from(matches!(event, Event::Frame { .. }));
            self.start.state.apply(event, now, &mut Renderer(renderer));
        }
        probe(&self.gpu);
        if let Some(reason) = reason(&self.lost)
            && !std::mem::replace(&mut self.is_over, true)
        {
            *self.end = End::Lost(reason);
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
        while let Ok(news) = self.news.try_recv() {
            match news {
                News::Service(service) => self.start.state.service = service,
                News::Cameras(cameras) => self.start.state.cameras = cameras,
                News::Used(done) => {
                    self.is_sending = false;
                    self.say(ctx, done);
                }
            }
        }
        // The window shows what the other one shows: it follows at once.
        if !self.is_sending
            && let Some(flags) = self.start.state.changed_flags()
        {
            self.use_now(ctx, flags);
        }
        let state = &mut self.start.state;
        state.awake = visible != Some(false);
        if state.done.as_ref().is_some_and(|(_, until)| *until < now) {
            state.done = None;
        }
        self.tell();
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if self.is_over {
            return;
        }
        let dropped = ui.input(|input| input.raw.dropped_files.clone());
        for file in dropped {
            self.start.state.dropped(file.path());
            self.start.state.preferences.save();
        }
        let theme = self.start.state.preferences.theme;
        view::show(ui, &mut self.start.state);
        if self.start.state.preferences.theme != theme {
            view::theme::set(ui.ctx(), self.start.state.preferences.theme);
        }
        for action in std::mem::take(&mut self.start.state.actions) {
            self.act(ui.ctx(), action);
        }
        self.tell();
        self.take_picture(ui.ctx());
        if loses_gpu(self.frames) {
            self.gpu.device().destroy();
        }
    }

    fn on_exit(&mut self) {
        self.start.state.preferences.save();
    }
}

impl App<'_> {
    /// Tells the thread what changed.
    fn tell(&mut self) {
        for command in self.start.state.commands() {
            self.worker.send(command);
        }
    }

    fn act(&mut self, ctx: &egui::Context, action: Action) {
        let done = match action {
            Action::Copy(text) => {
                ctx.copy_text(text);
                Ok("Copied".to_owned())
            }
            Action::Edit(path) => {
                editor::open(&path).map(|()| "Opened".into()).map_err(|e| hint::sentence(&e))
            }
            Action::SavePreset(name) => self.save(&name),
            Action::UseNow => return self.use_now(ctx, self.start.state.picture_flags()),
            // Each camera is opened for that.
            Action::Cameras => return self.hear(ctx, || News::Cameras(source::cameras())),
            Action::Adapter(wanted) => {
                *self.end = End::Adapter(wanted);
                return ctx.send_viewport_cmd(ViewportCommand::Close);
            }
        };
        self.say(ctx, done);
    }

    /// Does what may take seconds on a thread of its own, and hears what came of it.
    fn hear(&self, ctx: &egui::Context, work: impl FnOnce() -> News + Send + 'static) {
        let (heard, wake) = (self.heard.clone(), ctx.clone());
        thread::spawn(move || {
            // Nobody hears it if the window is gone.
            drop(heard.send(work()));
            wake.request_repaint();
        });
    }

    /// Tells the gpucam that runs.
    fn use_now(&mut self, ctx: &egui::Context, flags: Vec<Flag>) {
        self.is_sending = true;
        self.hear(ctx, move || News::Used(service::use_now(&flags)));
    }

    /// Says what was done, or what is wrong.
    fn say(&mut self, ctx: &egui::Context, done: Result<String, String>) {
        let state = &mut self.start.state;
        let now = ctx.input(|input| input.time);
        state.set_fault(Place::Action, done.as_ref().err().cloned());
        state.done = done.ok().map(|done| (done, now + DONE));
        ctx.request_repaint_after(Duration::from_secs_f64(DONE + 0.1));
    }

    fn save(&self, name: &str) -> Result<String, String> {
        let path =
            self.start.config.as_deref().ok_or("there is no home folder to save a preset in; set HOME")?;
        preset::save(path, name, &self.start.state.picture_flags())
            .map_err(|error| hint::sentence(&error))?;
        Ok(format!("Saved: gpucam --preset {}", flags::quoted(name)))
    }

    /// Writes the picture of the window that was asked for, and closes it.
    fn take_picture(&mut self, ctx: &egui::Context) {
        let Some(Screenshot { file, after }) = self.start.screenshot.clone() else { return };
        if self.is_taken || self.frames < after {
            return;
        }
        self.is_taken = true;
        let closing = ctx.clone();
        ctx.request_screenshot(move |picture: Arc<egui::ColorImage>| {
            let [width, height] = picture.size.map(|side| side as u32);
            let bytes: Vec<u8> = picture.pixels.iter().flat_map(|pixel| pixel.to_array()).collect();
            let written = image::save_buffer(&file, &bytes, width, height, image::ExtendedColorType::Rgba8);
            if let Err(error) = written {
                tracing::error!("{}: {error}", file.display());
            }
            closing.send_viewport_cmd(ViewportCommand::Close);
            closing.request_repaint();
        });
        ctx.request_repaint();
    }
}
