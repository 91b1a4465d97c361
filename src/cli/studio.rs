//! `gpucam studio`: opens the window with what the command line and the configuration say.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::{
    args::{EngineArgs, InputArgs, PictureArgs},
    config,
    geometry::GeometryArgs,
    parse,
};
use crate::{
    Gpu, Result, Settings, Size,
    frame::geometry::Geometry,
    sandbox,
    studio::{
        self, Screenshot, Start,
        choice::EffectChoice,
        preferences::{Preferences, Theme},
        settings::{Input, MaskView, PictureSettings, SourceChoice},
        state::{Action, StudioState, Tab},
        worker::LoadModel,
    },
};

#[derive(Args, Debug)]
#[allow(rustdoc::broken_intra_doc_links)] // clap prints these texts: their brackets are no links
pub(super) struct StudioArgs {
    /// The preset of the configuration file to begin with.
    #[arg(long, value_name = "NAME")]
    pub(super) preset: Option<String>,
    #[command(flatten)]
    picture: PictureArgs,
    #[command(flatten)]
    geometry: GeometryArgs,
    /// Size of the output, such as 1280x720: the frame is scaled to cover it and cropped [default: the frame's size].
    #[arg(long, value_name = "WxH", help_heading = "Frame")]
    output_size: Option<Size>,
    /// The camera: its device, its index in `gpucam devices`, or part of its name; pipewire[:NAME] or portal for one of
    /// PipeWire [default: the first camera, or the test card if there is none].
    #[arg(
        long,
        value_name = "DEV|INDEX|NAME|pipewire[:NAME]|portal",
        conflicts_with = "input",
        help_heading = "Input"
    )]
    camera: Option<String>,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    window: WindowArgs,
}

/// The window itself.
#[derive(Args, Debug)]
#[command(next_help_heading = "Window")]
struct WindowArgs {
    /// Light or dark [default: as the desktop, or as chosen in the window].
    #[arg(long, value_name = "light|dark", value_parser = ["light", "dark"], ignore_case = true)]
    theme: Option<String>,
    /// Size of the window, such as 1280x800.
    #[arg(long, value_name = "WxH", default_value = "1280x800", hide_default_value = true)]
    window: Size,
    /// Write a picture of the window, and close it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide = true)]
    screenshot: Option<PathBuf>,
    /// With --screenshot: after this many frames.
    #[arg(long, value_name = "N", value_parser = parse::count::<std::num::NonZeroU64>, hide = true)]
    after: Option<std::num::NonZeroU64>,
    /// With --screenshot: what is open in the window.
    #[arg(long, value_delimiter = ',', hide = true,
        value_parser = ["plot", "split", "shaders", "backgrounds", "mask", "overlay", "use"])]
    show: Vec<String>,
    /// Pixels of a point, instead of what the display says.
    #[arg(long, value_name = "FACTOR", hide = true)]
    scale: Option<f32>,
}

/// The flags, for the configuration files.
pub(super) fn flags() -> clap::Command {
    StudioArgs::augment_args(clap::Command::new("studio"))
}

impl StudioArgs {
    pub(super) fn run(self) -> Result<()> {
        // The window itself is in none: docs/SANDBOX.md says why.
        sandbox::confine_children();
        let Self { picture, geometry, output_size, camera, input, engine, window, .. } = self;
        let has_camera = || !studio::source::cameras().is_empty();
        let source = match (camera, input.input) {
            (Some(camera), _) => Input::Camera(Some(camera)),
            (None, Some(file)) => Input::File(file),
            (None, None) if has_camera() => Input::Camera(None),
            (None, None) => Input::File("testcard".into()),
        };
        let choices: Vec<_> =
            picture.effect.iter().map(|text| EffectChoice::from_text(text)).collect::<Result<_, _>>()?;
        let choices = choices.into_iter().filter(|choice| choice.spec.name != "none").collect();
        let mask = picture.mask.settings(Default::default());
        let settings = PictureSettings {
            refine: mask.refine,
            exposure: mask.exposure,
            look: mask.look,
            people: mask.people,
            smooth: picture.smooth,
            learn_room: picture.learn_room,
            shape: mask.shape,
            quality: picture.quality,
            light: picture.light,
            denoise: picture.denoise,
            geometry: Geometry { size: output_size, ..geometry.geometry() },
        };
        let InputArgs { size, fps, matrix, range, .. } = input;
        let source = SourceChoice { input: source, size, fps, matrix, range };
        let mut state = StudioState::new(choices, settings, source);
        state.preferences = Preferences::of_user();
        for choice in state.effects.clone() {
            state.remember(&choice);
        }
        match window.theme.as_deref() {
            Some("light") => state.preferences.theme = Theme::Light,
            Some(_) => state.preferences.theme = Theme::Dark,
            None => {}
        }
        state.view = match picture.mask_view.as_deref() {
            Some("mask") => MaskView::Mask,
            Some("overlay") => MaskView::Overlay,
            Some(_) | None => MaskView::Picture,
        };
        for what in &window.show {
            match what.as_str() {
                "plot" => state.plot = true,
                "split" => state.split = Some(0.5),
                "shaders" => state.tab = Tab::Shaders,
                "backgrounds" => state.tab = Tab::Backgrounds,
                "mask" => state.view = MaskView::Mask,
                "use" => state.actions.push(Action::UseNow),
                _ => state.view = MaskView::Overlay,
            }
        }
        let after = window.after.map_or(30, |after| after.get() as usize);
        let engine = std::sync::Arc::new(engine);
        let adapter = engine.clone();
        studio::run(Start {
            state,
            open_gpu: Box::new(move |index| match index.and_then(|index| index.parse().ok()) {
                Some(index) => adapter.adapter.open_index(index),
                None => adapter.adapter.open(),
            }),
            load_model: Box::new(move || {
                let (engine, mut read) = (engine.clone(), None);
                Box::new(move |gpu: &Gpu, settings: &Settings| {
                    let first = match read.take() {
                        Some(first) => first,
                        None => engine.read()?,
                    };
                    let segmenter = engine.load(gpu, &first, engine.second(gpu, settings).as_ref());
                    read = Some(first);
                    Ok(segmenter)
                }) as LoadModel
            }),
            config: config::user_file(),
            screenshot: window.screenshot.map(|file| Screenshot { file, after }),
            window: [window.window.width as f32, window.window.height as f32],
            scale: window.scale,
        })
    }
}
