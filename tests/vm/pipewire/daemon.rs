//! PipeWire without a desktop: a session bus, the daemon and its session manager, private to one test.

use std::{
    env,
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Stdio},
    sync::{Arc, Mutex, OnceLock},
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::Trial;
use tempfile::TempDir;

use crate::{
    frames::{Seen, Size, seen},
    guest::{gpucam, models, timed, wanted},
    support::trials::Missing,
};

/// Waits until something holds.
#[track_caller]
pub fn within(seconds: u64, what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(seconds);
    while !holds() {
        assert!(Instant::now() < end, "not within {seconds} seconds: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A program that ends with the test.
#[derive(Debug)]
pub struct Service {
    child: Child,
    log: PathBuf,
}

impl Service {
    fn start(mut command: Command, log: PathBuf) -> Self {
        let file = File::options().create(true).append(true).open(&log).unwrap();
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child, log }
    }

    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, such as `KILL`.
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Waits for the end; the exit code, or none after a signal.
    #[track_caller]
    pub fn ended(&mut self) -> Option<i32> {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < end, "it does not end:\n{}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &process.to_string()]).status().unwrap();
    assert!(sent.success(), "kill -s {name} {process}");
}

/// The services of a desktop that cameras need. All of them end with it.
#[derive(Debug)]
pub struct Desktop {
    // In this order they end.
    others: Vec<Service>,
    manager: Option<Service>,
    daemon: Option<Service>,
    _bus: Service,
    folder: TempDir,
}

impl Desktop {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["run", "home"] {
            fs::DirBuilder::new().mode(0o700).create(folder.path().join(name)).unwrap();
        }
        let socket = folder.path().join("run/bus");
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", &format!("--address=unix:path={}", socket.display())]);
        let bus = Service::start(in_folder(folder.path(), bus), folder.path().join("bus.log"));
        within(20, "the bus", || socket.exists());
        let mut desktop = Self { others: Vec::new(), manager: None, daemon: None, _bus: bus, folder };
        desktop.start_daemon();
        desktop
    }

    /// Starts the daemon and its session manager.
    pub fn start_daemon(&mut self) {
        self.daemon = Some(self.service("pipewire", &[]));
        within(20, "the daemon's socket", || self.folder.path().join("run/pipewire-0").exists());
        self.manager = Some(self.service("wireplumber", &[]));
        within(30, "WirePlumber", || self.ask("pw-cli", &["ls", "Client"]).contains("WirePlumber"));
        // It links nothing before it has loaded its scripts, which no client can see.
        thread::sleep(Duration::from_millis(500));
    }

    /// Kills the daemon and its session manager.
    pub fn kill_daemon(&mut self) {
        (self.manager, self.daemon) = (None, None);
        fs::remove_file(self.path("run/pipewire-0")).unwrap();
    }

    /// Starts a display and the camera portal, with permission given to every program. Returns the display's name.
    pub fn start_portal(&mut self) -> String {
        let number = self.path("display");
        let mut display = self.command("sh");
        let words = format!("exec Xvfb -displayfd 3 -screen 0 1280x800x24 3>{}", number.display());
        display.args(["-c", &words]);
        self.others.push(Service::start(display, self.path("display.log")));
        let name = || fs::read_to_string(&number).ok().filter(|text| text.ends_with('\n'));
        within(20, "a display", || name().is_some());
        let display = format!(":{}", name().unwrap().trim());
        let start = |program: &str, seconds: u64| {
            let mut command = self.command(program);
            command.env("DISPLAY", &display).env("XDG_CURRENT_DESKTOP", "GNOME");
            let log = self.path(&format!("{}.log", program.rsplit('/').next().unwrap()));
            let service = Service::start(command, log);
            thread::sleep(Duration::from_secs(seconds));
            service
        };
        let store = start("/usr/libexec/xdg-permission-store", 1);
        // The empty name is every program that is in no sandbox. Without this, a dialog asks.
        let name = "org.freedesktop.impl.portal.PermissionStore";
        self.ask(
            "gdbus",
            &[
                "call",
                "--session",
                "--dest",
                name,
                "--object-path",
                "/org/freedesktop/impl/portal/PermissionStore",
                "--method",
                &format!("{name}.SetPermission"),
                "devices",
                "true",
                "camera",
                "",
                "['yes']",
            ],
        );
        // It has the part that asks, without which the portal ends when a camera is asked for.
        let asks = start("/usr/libexec/xdg-desktop-portal-gtk", 2);
        let portal = start("/usr/libexec/xdg-desktop-portal", 2);
        self.others.extend([store, asks, portal]);
        display
    }

    /// A program that sees this desktop and no other.
    pub fn command(&self, program: &str) -> Command {
        in_folder(self.folder.path(), Command::new(program))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a program prints.
    pub fn ask(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub fn service(&self, program: &str, arguments: &[&str]) -> Service {
        let mut command = self.command(program);
        command.args(arguments);
        let name = Path::new(program).file_name().unwrap().to_string_lossy().into_owned();
        Service::start(command, self.path(&format!("{name}.log")))
    }

    /// gpucam with these arguments, which are split at blanks.
    pub fn gpucam(&self, arguments: &str) -> Service {
        let words: Vec<_> = arguments.split_whitespace().collect();
        self.service(&gpucam(), &words)
    }

    /// gpucam, after its node has appeared.
    #[track_caller]
    pub fn producer(&self, arguments: &str) -> Service {
        let mut producer = self.gpucam(arguments);
        within(60, "gpucam's node", || {
            assert!(producer.runs(), "gpucam ended: {}", producer.log());
            self.has_node("gpucam")
        });
        producer
    }

    /// Whether there is a node of this name.
    pub fn has_node(&self, name: &str) -> bool {
        self.ask("pw-cli", &["ls", "Node"]).contains(&format!("node.name = \"{name}\""))
    }

    /// A reader of gpucam's node.
    pub fn reader(&self, size: Size, mode: &str) -> Reader {
        self.reader_of("gpucam", size, mode)
    }

    pub fn reader_of(&self, node: &str, size: Size, mode: &str) -> Reader {
        let mut command = self.command(reader_program().as_ref().unwrap().to_str().unwrap());
        command.args([node, &size.to_string(), mode]);
        Reader::start(command, size)
    }
}

fn in_folder(folder: &Path, mut command: Command) -> Command {
    let runtime = folder.join("run");
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")));
    command
        .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", runtime.join("bus").display()))
        .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
        .env("XDG_RUNTIME_DIR", runtime)
        .env("HOME", folder.join("home"))
        .env("RUST_LOG", env::var("RUST_LOG").unwrap_or_else(|_| "gpucam=info".into()));
    if let Some(cache) = cache {
        command.env("XDG_CACHE_HOME", cache); // compiled shaders
    }
    if let Some(models) = models() {
        command.env("GPUCAM_MODELS", models);
    }
    for name in ["PIPEWIRE_REMOTE", "PIPEWIRE_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        command.env_remove(name);
    }
    command
}

/// A frame that a reader got.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    pub seq: u64,
    /// Time of capture and of arrival, in seconds.
    pub pts: f64,
    pub arrival: f64,
    pub seen: Seen,
}

/// What a reader has got so far.
#[derive(Debug, Default)]
pub struct Got {
    pub frames: Vec<Frame>,
    /// States of the stream, with the time in seconds.
    pub states: Vec<(f64, String)>,
    /// The bytes of the last frame.
    pub last: Vec<u8>,
}

/// A program that reads a node with libpipewire alone.
#[derive(Debug)]
pub struct Reader {
    child: Child,
    pub got: Arc<Mutex<Got>>,
}

impl Reader {
    fn start(mut command: Command, size: Size) -> Self {
        let has_frames = !command.get_args().any(|word| word == "times");
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let got = Arc::<Mutex<Got>>::default();
        let (mut bytes, lines) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (letters, classified) = std::sync::mpsc::channel();
        let latest = got.clone();
        thread::spawn(move || {
            let mut frame = vec![0; size.yuyv_bytes()];
            while bytes.read_exact(&mut frame).is_ok() {
                let _ = letters.send(seen(&frame, size));
                latest.lock().unwrap().last.clone_from(&frame);
            }
        });
        let to = got.clone();
        let classified = has_frames.then_some(classified);
        thread::spawn(move || read_lines(lines, classified.as_ref(), &to));
        Self { child, got }
    }

    pub fn count(&self) -> usize {
        self.got.lock().unwrap().frames.len()
    }

    pub fn frames(&self) -> Vec<Frame> {
        self.got.lock().unwrap().frames.clone()
    }

    /// What it saw, a letter for each frame: r, h or s.
    pub fn letters(&self) -> String {
        let letter = |frame: &Frame| match frame.seen {
            Seen::Raw => 'r',
            Seen::Hidden => 'h',
            Seen::Slate => 's',
        };
        self.got.lock().unwrap().frames.iter().map(letter).collect()
    }

    /// Waits for this many frames more.
    #[track_caller]
    pub fn wait_for(&self, more: usize, seconds: u64) {
        let before = self.count();
        within(seconds, &format!("{more} frames more than {before}"), || self.count() >= before + more);
    }

    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(lines: ChildStderr, classified: Option<&std::sync::mpsc::Receiver<Seen>>, to: &Mutex<Got>) {
    for line in BufReader::new(lines).lines().map_while(Result::ok) {
        let seconds = |text: &str| text.parse::<i64>().unwrap() as f64 / 1e9;
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["frame", seq, pts, arrival] => {
                let Ok(seen) = classified.map_or(Ok(Seen::Slate), |classified| classified.recv()) else {
                    return;
                };
                let (pts, arrival) = (seconds(pts), seconds(arrival));
                to.lock().unwrap().frames.push(Frame { seq: seq.parse().unwrap(), pts, arrival, seen });
            }
            ["state", at, state, ..] => to.lock().unwrap().states.push((seconds(at), state.to_owned())),
            _ => {}
        }
    }
}

/// Compiles the reader, once.
fn reader_program() -> &'static Result<PathBuf, Missing> {
    static PROGRAM: OnceLock<Result<PathBuf, Missing>> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let missing = || Missing::from("a C compiler and libpipewire's headers: scripts/setup pipewire");
        let flags = Command::new("pkg-config").args(["--cflags", "--libs", "libpipewire-0.3"]).output().ok();
        let flags = flags.filter(|output| output.status.success()).ok_or_else(missing)?;
        let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pipewire-reader");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vm/pipewire/reader.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-O2", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-o"]);
        compiler.arg(&program).arg(source);
        compiler.args(String::from_utf8_lossy(&flags.stdout).split_whitespace());
        compiler.status().is_ok_and(|status| status.success()).then_some(program).ok_or_else(missing)
    })
}

/// Where the reader is.
pub fn reader_path() -> Option<PathBuf> {
    reader_program().clone().ok()
}

/// Whether PipeWire can run here.
pub fn ready() -> Result<(), Missing> {
    if !wanted() {
        return Err("PipeWire: make test-devices".into());
    }
    needs(&["dbus-daemon", "gdbus", "pipewire", "wireplumber", "pw-cli"])?;
    reader_program().clone().map(drop)
}

/// Whether these programs are installed.
pub fn needs(programs: &[&str]) -> Result<(), Missing> {
    let folders: Vec<_> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    let is_there = |program: &&str| folders.iter().any(|folder| folder.join(program).exists());
    match programs.iter().find(|program| !is_there(program)) {
        None => Ok(()),
        Some(program) => Err(Missing {
            what: format!("{program}: scripts/setup pipewire"),
            group: "PipeWire's programs: scripts/setup pipewire".into(),
        }),
    }
}

/// A test with a desktop of its own.
pub fn desktop_test(name: impl Into<String>, run: impl FnOnce() + Send + 'static) -> Trial {
    timed(name, ready, run)
}

/// The same, with the default model.
pub fn desktop_model_test(name: impl Into<String>, run: impl FnOnce() + Send + 'static) -> Trial {
    timed(name, || ready().and_then(|()| crate::guest::model()), run)
}
