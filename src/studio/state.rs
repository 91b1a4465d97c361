//! What the window knows and what a person has set in it: plain data. The views read and change it; what changed
//! becomes commands to the thread that owns the pipeline.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use eframe::egui::TextureId;

use super::{
    choice::EffectChoice,
    flags::{self, Flag},
    history::{FrameTime, History},
    message::{Command, Event, Place},
    preferences::{self, Preferences},
    service::Service,
    settings::{Input, MaskView, PictureSettings, SourceChoice},
};
use crate::{
    GpuError,
    effects::{self, EffectSpec, ParamValue},
};

/// The rows of cards below the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// The effects.
    #[default]
    Effects,
    /// Pictures to put behind the person.
    Backgrounds,
    /// The user's shaders.
    Shaders,
}

/// What a person asks for that is no setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Save what is set as the preset of this name.
    SavePreset(String),
    /// Open a shader in the user's editor.
    Edit(PathBuf),
    /// Show what is set in the running gpucam.
    UseNow,
    /// Put this text on the clipboard.
    Copy(String),
    /// Open the window again on this adapter.
    Adapter(Option<String>),
    /// Look for cameras again.
    Cameras,
}

/// The picture in the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// The frame as it came.
    pub before: TextureId,
    /// The frame as it is shown.
    pub after: TextureId,
    /// Milliseconds between two frames.
    pub interval: f32,
}

/// Makes textures that the window can draw.
pub trait Textures {
    /// Registers a texture.
    fn register(&mut self, texture: &wgpu::TextureView) -> TextureId;
    /// Forgets one.
    fn free(&mut self, id: TextureId);
}

/// Everything.
#[derive(Debug)]
pub struct StudioState {
    // ---- what is set
    /// The effects, in drawing order.
    pub effects: Vec<EffectChoice>,
    /// Mask and frame.
    pub picture: PictureSettings,
    /// Where frames come from.
    pub source: SourceChoice,
    /// The adapter that was asked for.
    pub adapter: Option<String>,
    // ---- how it is shown
    /// The mask, or the picture.
    pub view: MaskView,
    /// Where the picture as it came ends and the one that is shown begins, 0..1 from the left.
    pub split: Option<f32>,
    /// Whether the plot of frame times is open.
    pub plot: bool,
    /// The row of cards.
    pub tab: Tab,
    /// The name of the preset that is being written; none while nobody saves one.
    pub preset: Option<String>,
    /// Whether somebody sees the window.
    pub awake: bool,
    // ---- what is known
    /// Cameras: what to type, and their names.
    pub cameras: Vec<(String, String)>,
    /// The names of the adapters.
    pub adapters: Vec<String>,
    /// The adapter that is used.
    pub adapter_name: String,
    /// What is remembered.
    pub preferences: Preferences,
    /// Backgrounds to choose from.
    pub backgrounds: Vec<PathBuf>,
    /// The picture; none before the first one.
    pub shown: Option<Shown>,
    /// The pictures on the cards, by the text of their effect.
    pub cards: HashMap<String, TextureId>,
    /// The cards that are on the screen.
    pub visible_cards: Vec<String>,
    /// Frame times.
    pub history: History,
    /// Whether the adapter can time passes.
    pub has_timestamps: bool,
    /// What is wrong, and where.
    pub faults: BTreeMap<Place, String>,
    /// What has just been done, or what the camera did, and until when it is shown.
    pub done: Option<(String, f64)>,
    /// What a running gpucam says of itself; none if none runs.
    pub service: Option<Service>,
    /// What a person asked for.
    pub actions: Vec<Action>,
    sent: Sent,
}

/// How many seconds a notice is shown.
const NOTICE: f64 = 10.0;

/// What the thread was told last.
#[derive(Debug, Default)]
struct Sent {
    effects: Option<Vec<String>>,
    picture: Option<PictureSettings>,
    source: Option<SourceChoice>,
    view: Option<MaskView>,
    timing: bool,
    cards: Vec<String>,
    shaders: Vec<PathBuf>,
    awake: Option<bool>,
    retry: bool,
    /// What the gpucam that runs shows; none while the window does not show its picture.
    running: Option<Vec<Flag>>,
}

/// Replaces what was sent. True if it differs.
fn differs<T: PartialEq>(sent: &mut T, now: T) -> bool {
    let differs = *sent != now;
    *sent = now;
    differs
}

impl StudioState {
    /// The state at the start.
    pub fn new(effects: Vec<EffectChoice>, picture: PictureSettings, source: SourceChoice) -> Self {
        Self {
            effects,
            picture,
            source,
            adapter: None,
            view: MaskView::Picture,
            split: None,
            plot: false,
            tab: Tab::Effects,
            preset: None,
            awake: true,
            cameras: Vec::new(),
            adapters: Vec::new(),
            adapter_name: String::new(),
            preferences: Preferences::default(),
            backgrounds: Vec::new(),
            shown: None,
            cards: HashMap::new(),
            visible_cards: Vec::new(),
            history: History::default(),
            has_timestamps: true,
            faults: BTreeMap::new(),
            done: None,
            service: None,
            actions: Vec::new(),
            sent: Sent::default(),
        }
    }

    /// Forgets what belongs to a device that is gone.
    pub fn reopened(&mut self) {
        (self.shown, self.sent) = (None, Sent::default());
        self.cards.clear();
        self.history = History::default();
        // The next device may have timestamps, and the window's clock begins again.
        (self.has_timestamps, self.done) = (true, None);
    }

    /// The commands that tell the thread what changed since the last call.
    pub fn commands(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        let sent = &mut self.sent;
        if std::mem::take(&mut sent.retry) {
            commands.push(Command::Retry);
        }
        if differs(&mut sent.awake, Some(self.awake)) {
            commands.push(Command::Awake(self.awake));
        }
        if differs(&mut sent.source, Some(self.source.clone())) {
            commands.push(Command::Source(self.source.clone()));
        }
        // What the other gpucam shows is finished already.
        let is_running = matches!(self.source.input, Input::Running(_));
        let picture = if is_running { PictureSettings::default() } else { self.picture };
        if differs(&mut sent.picture, Some(picture)) {
            commands.push(Command::Picture(picture));
        }
        let texts = if is_running { vec!["none".into()] } else { flags::effects(&self.effects) };
        if differs(&mut sent.effects, Some(texts.clone())) {
            commands.push(Command::Effects(texts));
        }
        if differs(&mut sent.view, Some(self.view)) {
            commands.push(Command::MaskView(self.view));
        }
        if differs(&mut sent.timing, self.plot) {
            commands.push(Command::Timing(self.plot));
        }
        if differs(&mut sent.cards, self.visible_cards.clone()) {
            commands.push(Command::Cards(self.visible_cards.clone()));
        }
        let chosen = self.effects.iter().filter_map(EffectChoice::shader);
        let mut shaders: Vec<PathBuf> = chosen.chain(&self.preferences.shaders).cloned().collect();
        shaders.sort();
        shaders.dedup();
        if differs(&mut sent.shaders, shaders.clone()) {
            commands.push(Command::Shaders(shaders));
        }
        commands
    }

    /// What changed since the last call while the window shows the picture of the gpucam that runs, which is to be told. What
    /// was set before is not told: a look at the picture of a call must not change it.
    pub fn changed_flags(&mut self) -> Option<Vec<Flag>> {
        if !matches!(self.source.input, Input::Running(_)) {
            self.sent.running = None;
            return None;
        }
        let flags = self.picture_flags();
        let known = self.sent.running.replace(flags.clone())?;
        (known != flags).then_some(flags)
    }

    /// Takes in what the thread says, at `now` seconds on the window's clock.
    pub fn apply(&mut self, event: Event, now: f64, textures: &mut dyn Textures) {
        match event {
            Event::Opened { size, before, after, interval } => {
                if let Some(old) = self.shown.take() {
                    textures.free(old.before);
                    textures.free(old.after);
                }
                let (before, after) = (textures.register(&before), textures.register(&after));
                self.shown = Some(Shown { size, before, after, interval });
            }
            Event::Frame { took, passes } => self.history.add(FrameTime { at: now, took, passes }),
            Event::Card { text, picture } => {
                self.faults.remove(&Place::Card(text.clone()));
                let id = textures.register(&picture);
                if let Some(old) = self.cards.insert(text, id) {
                    textures.free(old);
                }
            }
            Event::Saved(path) => {
                self.effects
                    .iter_mut()
                    .filter(|e| e.shader() == Some(&path))
                    .for_each(EffectChoice::read_shader);
                let fault = effects::custom::UserShader::open(&path).err().map(|error| error.to_string());
                self.set_fault(Place::Shader(path), fault);
            }
            Event::NoTimestamps => self.has_timestamps = false,
            Event::Fault(Place::Effects, sentence) => self.set_effects_fault(sentence),
            Event::Fault(place, sentence) => self.set_fault(place, sentence),
            Event::Notice(sentence) => self.done = Some((sentence, now + NOTICE)),
            Event::GpuLost(reason) => {
                self.set_fault(Place::Pipeline, Some(GpuError::Lost { reason }.to_string()));
            }
        }
    }

    /// Says what is wrong with the effects: a shader's fault is said at the shader.
    fn set_effects_fault(&mut self, sentence: Option<String>) {
        let shaders: Vec<PathBuf> = self.effects.iter().filter_map(EffectChoice::shader).cloned().collect();
        let is_about = |path: &&PathBuf| {
            let start = format!("{}:", path.display());
            sentence.as_ref().is_some_and(|sentence| sentence.starts_with(&start))
        };
        if let Some(path) = shaders.iter().find(is_about).cloned() {
            self.set_fault(Place::Effects, None);
            return self.set_fault(Place::Shader(path), sentence);
        }
        if sentence.is_none() {
            shaders.into_iter().for_each(|path| self.set_fault(Place::Shader(path), None));
        }
        self.set_fault(Place::Effects, sentence);
    }

    /// Says what is wrong at a place, or that nothing is any more.
    pub fn set_fault(&mut self, place: Place, sentence: Option<String>) {
        match sentence {
            Some(sentence) => drop(self.faults.insert(place, sentence)),
            None => drop(self.faults.remove(&place)),
        }
    }

    /// Tries again what failed.
    pub fn retry(&mut self) {
        self.sent.retry = true;
    }

    /// Whether an effect is among those that are drawn.
    pub fn has(&self, choice: &EffectChoice) -> bool {
        self.position(choice).is_some()
    }

    fn position(&self, choice: &EffectChoice) -> Option<usize> {
        let same = |other: &EffectChoice| {
            other.spec.name == choice.spec.name && (other.file() == choice.file() || choice.file().is_none())
        };
        self.effects.iter().position(same)
    }

    /// Draws this effect alone. An effect that is drawn already keeps its values.
    pub fn choose(&mut self, mut choice: EffectChoice) {
        let kept = self.position(&choice).map(|index| self.effects.remove(index));
        choice.read_shader();
        self.remember(&choice);
        self.effects = vec![kept.unwrap_or(choice)];
    }

    /// Draws this effect too, after the others; or no longer, if it is there.
    pub fn toggle(&mut self, mut choice: EffectChoice) {
        match self.position(&choice) {
            Some(index) => drop(self.effects.remove(index)),
            None => {
                choice.read_shader();
                self.remember(&choice);
                // Nothing is drawn after a picture that keeps its transparency.
                let at = self.effects.iter().position(|effect| effect.spec.name == "transparent");
                self.effects.insert(at.unwrap_or(self.effects.len()), choice);
            }
        }
    }

    /// Remembers the file of an effect.
    pub fn remember(&mut self, choice: &EffectChoice) {
        if let Some(path) = choice.file().cloned() {
            self.preferences.used(&path);
            if preferences::is_picture(&path) && !self.backgrounds.contains(&path) {
                self.backgrounds.insert(0, path);
            }
        }
    }

    /// What a file that was dropped onto the window does.
    pub fn dropped(&mut self, path: &Path) {
        let choice = EffectChoice::of_file(path.into());
        self.tab = if choice.spec.extra_params { Tab::Shaders } else { Tab::Backgrounds };
        // An effect that waits for a picture gets it.
        let waits = |effect: &EffectChoice| {
            effect.takes_file() && effect.file().is_none() && !effect.spec.extra_params
        };
        if preferences::is_picture(path)
            && let Some(effect) = self.effects.iter_mut().find(|effect| waits(effect))
        {
            effect.values[0] = Some(ParamValue::File(path.into()));
            return self.remember(&choice);
        }
        // One background takes the place of another; effects after it stay.
        let is_background = |effect: &EffectChoice| ["image", "video", "colour"].contains(&effect.spec.name);
        if let Some(shader) = choice.shader() {
            let fault = effects::custom::UserShader::open(shader).err().map(|error| error.to_string());
            self.set_fault(Place::Shader(shader.clone()), fault);
        }
        match self.effects.iter_mut().find(|effect| is_background(effect) && is_background(&choice)) {
            Some(effect) => {
                let same = effect.spec.name == choice.spec.name;
                match same {
                    true => effect.values[0] = choice.file().cloned().map(ParamValue::File),
                    false => *effect = choice.clone(),
                }
                self.remember(&choice);
            }
            None => self.choose(choice),
        }
    }

    /// The effects that have a card.
    pub fn offered(&self) -> Vec<EffectChoice> {
        match self.tab {
            Tab::Effects => {
                let is_card = |spec: &&EffectSpec| !["mask", "custom", "image", "video"].contains(&spec.name);
                let mut all: Vec<_> = effects::ALL.iter().filter(is_card).map(EffectChoice::new).collect();
                // What leaves the picture alone comes first.
                all.sort_by_key(|choice| choice.spec.name != "none");
                all
            }
            Tab::Backgrounds => self.backgrounds.iter().cloned().map(EffectChoice::of_file).collect(),
            Tab::Shaders => {
                let chosen = self.effects.iter().filter_map(EffectChoice::shader);
                let mut paths: Vec<&PathBuf> = self.preferences.shaders.iter().collect();
                for path in chosen {
                    if !paths.contains(&path) {
                        paths.push(path);
                    }
                }
                paths.into_iter().cloned().map(EffectChoice::of_file).collect()
            }
        }
    }

    /// The flags of the picture.
    pub fn picture_flags(&self) -> Vec<Flag> {
        flags::picture(&self.effects, &self.picture)
    }

    /// What is open in the window, as `--show` takes it.
    pub fn shown(&self) -> Vec<&'static str> {
        let parts = [
            ("plot", self.plot),
            ("split", self.split.is_some()),
            ("shaders", self.tab == Tab::Shaders),
            ("backgrounds", self.tab == Tab::Backgrounds),
            ("mask", self.view == MaskView::Mask),
            ("overlay", self.view == MaskView::Overlay),
        ];
        parts.into_iter().filter_map(|(name, is_open)| is_open.then_some(name)).collect()
    }

    /// The command that does what the window shows.
    pub fn command_line(&self) -> String {
        let mut all = self.picture_flags();
        all.extend(flags::source(&self.source));
        all.extend(self.adapter.clone().map(|adapter| ("adapter", Some(adapter))));
        flags::command_line(&all)
    }
}
