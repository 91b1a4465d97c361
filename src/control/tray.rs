//! The tray icon: a StatusNotifierItem. A desktop without a host for such icons shows none.

use std::{
    env,
    io::{self, Read, Write},
    process::{ChildStdin, Command, Stdio},
    sync::{Mutex, OnceLock, PoisonError},
};

use ksni::{
    Category, Icon, Tray,
    blocking::{Handle, TrayMethods},
    menu::{MenuItem, RadioGroup, RadioItem, StandardItem},
};

use super::{
    answer,
    request::{Remote, Request},
    status::Status,
};

/// The icon while it lives.
pub struct TrayIcon(Handle<Menu>);

impl std::fmt::Debug for TrayIcon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrayIcon").finish_non_exhaustive()
    }
}

struct Menu {
    remote: Remote,
    status: Status,
    has_studio: bool,
}

impl TrayIcon {
    /// Shows the icon as soon as there is a host for it: at login, a service may start before the desktop.
    ///
    /// # Errors
    /// There is no session bus.
    pub fn show(remote: Remote) -> Result<Self, ksni::Error> {
        let status = remote.status().clone();
        let menu = Menu { remote, status, has_studio: cfg!(feature = "studio") };
        TrayMethods::assume_sni_available(menu, true).spawn().map(Self)
    }

    /// Shows another status.
    pub fn update(&self, status: &Status) {
        // Numbers change every second and are not shown.
        let shown = |status: &Status| (status.state.clone(), status.preset.clone(), status.presets.clone());
        self.0.update(|menu| {
            if shown(&menu.status) != shown(status) || menu.status.paused != status.paused {
                menu.status = status.clone();
            }
        });
    }
}

impl Menu {
    /// The first choice is no preset.
    fn choose(&mut self, index: usize) {
        let name = index.checked_sub(1).and_then(|index| self.status.presets.get(index)).cloned();
        let (answer, _) = answer::answer();
        self.remote.ask(Request::Preset(name.unwrap_or_default(), answer));
    }
}

/// The symbol's name, without its ending.
const SYMBOL: &str = "gpucam-symbolic";

/// Whether the symbol is where desktops look for icons.
fn is_installed() -> bool {
    let folders = env::var("XDG_DATA_DIRS").unwrap_or_default();
    let folders = if folders.is_empty() { "/usr/local/share:/usr/share".to_owned() } else { folders };
    let file = format!("icons/hicolor/symbolic/apps/{SYMBOL}.svg");
    env::split_paths(&folders).any(|folder| folder.join(&file).is_file())
}

/// gpucam's icon: pixels as alpha, red, green and blue.
fn picture() -> Option<Icon> {
    const FILE: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/icons/gpucam-64.png"));
    let pixels = image::load_from_memory(FILE).ok()?.into_rgba8();
    let data = pixels.pixels().flat_map(|&image::Rgba([red, green, blue, alpha])| [alpha, red, green, blue]);
    Some(Icon { width: pixels.width() as i32, height: pixels.height() as i32, data: data.collect() })
}

/// What starts the window for a gpucam that is in its sandbox.
static OPENER: OnceLock<Mutex<ChildStdin>> = OnceLock::new();

/// Starts a process, before the sandbox, that starts the window whenever it is told to, and nothing else.
pub(crate) fn prepare_opener() {
    let program = env::current_exe().unwrap_or_else(|_| "gpucam".into());
    let started = Command::new(program).arg("opener").stdin(Stdio::piped()).spawn();
    match started.map(|mut child| child.stdin.take()) {
        Ok(pipe) => pipe.into_iter().for_each(|pipe| _ = OPENER.set(Mutex::new(pipe))),
        Err(error) => tracing::debug!("the studio cannot be started from the tray: {error}"),
    }
}

/// That process: each byte on its standard input opens a window, and their end ends it.
pub(crate) fn run_opener() {
    for _ in io::stdin().lock().bytes().map_while(Result::ok) {
        start_studio();
    }
}

/// Opens the window, in a process of its own.
fn open_studio() {
    let Some(opener) = OPENER.get() else { return start_studio() };
    let told = opener.lock().unwrap_or_else(PoisonError::into_inner).write_all(b".");
    told.unwrap_or_else(|error| tracing::debug!("the studio does not start: {error}"));
}

fn start_studio() {
    let program = env::current_exe().unwrap_or_else(|_| "gpucam".into());
    match Command::new(program).arg("studio").spawn() {
        Ok(mut child) => drop(std::thread::spawn(move || child.wait())),
        Err(error) => tracing::debug!("the studio does not start: {error}"),
    }
}

impl Tray for Menu {
    fn id(&self) -> String {
        "gpucam".into()
    }

    fn category(&self) -> Category {
        Category::Hardware
    }

    fn title(&self) -> String {
        format!("gpucam: {}", self.status.state)
    }

    /// In one colour of the desktop's choice where gpucam is installed; else the host takes the picture.
    fn icon_name(&self) -> String {
        if is_installed() { SYMBOL.into() } else { String::new() }
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        picture().into_iter().collect()
    }

    fn overlay_icon_name(&self) -> String {
        if self.status.paused { "media-playback-pause".into() } else { String::new() }
    }

    fn activate(&mut self, _: i32, _: i32) {
        self.remote.pause(!self.status.paused);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let Status { state, paused, presets, preset, .. } = &self.status;
        let item = |label: &str, activate: fn(&mut Self)| {
            StandardItem { label: label.into(), activate: Box::new(activate), ..StandardItem::default() }
                .into()
        };
        let heading =
            StandardItem { label: format!("gpucam: {state}"), enabled: false, ..Default::default() };
        let mut items = vec![heading.into(), MenuItem::Separator];
        items.push(match paused {
            true => item("Resume", |menu| _ = menu.remote.pause(false)),
            false => item("Pause", |menu| _ = menu.remote.pause(true)),
        });
        if !presets.is_empty() {
            let label = |label: &str| RadioItem { label: label.into(), ..RadioItem::default() };
            let options = [label("No preset")].into_iter().chain(presets.iter().map(|name| label(name)));
            let selected = presets.iter().position(|name| name == preset).map_or(0, |index| index + 1);
            items.push(MenuItem::Separator);
            items.push(
                RadioGroup { selected, options: options.collect(), select: Box::new(Self::choose) }.into(),
            );
        }
        items.push(MenuItem::Separator);
        if self.has_studio {
            items.push(item("Open the studio", |_| open_studio()));
        }
        items.push(item("Quit", |menu| menu.remote.quit()));
        items
    }

    fn watcher_offline(&self, _: ksni::OfflineReason) -> bool {
        true // it may come, or come back
    }
}
