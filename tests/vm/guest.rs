//! Starts a guest, runs a script in it, and collects its exit code, output and files.

use std::{
    collections::BTreeSet,
    env, fmt, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
    time::Instant,
};

use libtest_mimic::Trial;
use tempfile::TempDir;

use crate::support::trials::{Missing, trial};

const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vm");

/// The program under test: the one just built, or the one that `GPUCAM_BINARY` names, such as a release
/// build.
pub fn gpucam() -> String {
    env::var("GPUCAM_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_gpucam").into())
}

/// Version of v4l2loopback. Before 0.14, write() works without buffers and STREAMON without REQBUFS; from
/// 0.14 on, neither does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LoopbackVersion {
    Old,
    New,
}

impl LoopbackVersion {
    pub const BOTH: [Self; 2] = [Self::Old, Self::New];

    pub fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

/// Options of a guest that has not started.
#[derive(Debug)]
pub struct Guest {
    options: Vec<String>,
    shared: Shared,
}

/// The folder that the guest can write to.
#[derive(Debug)]
enum Shared {
    /// Removed with the guest.
    Own(TempDir),
    /// One that stays.
    Given(PathBuf),
}

impl Shared {
    fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            Self::Given(folder) => folder,
        }
    }
}

impl Guest {
    /// The defaults of `run-guest`: a webcam as video0, the newer v4l2loopback as video10 and video11.
    pub fn new() -> Self {
        let this = env::current_exe().unwrap();
        let guest = Self { options: Vec::new(), shared: Shared::Own(tempfile::tempdir().unwrap()) }
            .variable("GPUCAM", &gpucam())
            .variable("DEVICES", this.to_str().unwrap());
        let variables = ["GPUCAM_MEDIA", "VK_DRIVER_FILES", "VK_ICD_FILENAMES", "RUST_LOG"];
        let set = variables.into_iter().filter_map(|name| Some((name, env::var(name).ok()?)));
        let models = models().and_then(|folder| Some(("GPUCAM_MODELS", folder.to_str()?.to_owned())));
        let set = set.chain(models);
        set.fold(guest, |guest, (name, value)| guest.variable(name, &value))
    }

    fn option(mut self, letter: &str, value: &str) -> Self {
        self.options.extend([letter.to_string(), value.to_string()]);
        self
    }

    /// Shares a folder that stays when the guest has ended.
    pub fn shared(self, folder: PathBuf) -> Self {
        Self { shared: Shared::Given(folder), ..self }
    }

    /// Sets the version of v4l2loopback.
    pub fn loopback_version(self, version: LoopbackVersion) -> Self {
        self.option("-l", version.name())
    }

    /// Sets the module parameters of v4l2loopback. An empty string leaves the module out.
    pub fn loopback(self, parameters: &str) -> Self {
        self.option("-L", parameters)
    }

    /// Sets the module parameters of vivid. An empty string leaves the module out.
    pub fn vivid(self, parameters: &str) -> Self {
        self.option("-V", parameters)
    }

    /// Sets the time limit in seconds.
    pub fn limit(self, seconds: u32) -> Self {
        self.option("-t", &seconds.to_string())
    }

    /// Sets the memory in MiB.
    pub fn memory(self, mib: u32) -> Self {
        self.option("-m", &mib.to_string())
    }

    /// Sets an environment variable for the script.
    pub fn variable(self, name: &str, value: &str) -> Self {
        self.option("-e", &format!("{name}={value}"))
    }

    /// Puts a file for the script into the shared folder.
    pub fn file(self, name: &str, content: &[u8]) -> Self {
        fs::write(self.shared.path().join(name), content).unwrap();
        self
    }

    /// Adds the consumer that prints times of arrival.
    pub fn arrivals(self) -> Self {
        self.program("arrivals")
    }

    /// Compiles a C program of this folder into the shared folder.
    pub fn program(self, name: &str) -> Self {
        self.compiled(name, &[])
    }

    /// Compiles a C library of this folder for LD_PRELOAD into the shared folder.
    pub fn preloaded(self, name: &str) -> Self {
        self.compiled(name, &["-shared", "-fPIC"])
    }

    fn compiled(self, name: &str, options: &[&str]) -> Self {
        let (program, source) = (self.shared.path().join(name), format!("{HERE}/{name}.c"));
        let mut compiler = Command::new("cc");
        compiler.args(["-O2", "-Wall", "-Wextra"]).args(options).arg("-o").arg(program).arg(source);
        assert!(compiler.status().expect("a C compiler").success());
        self
    }

    /// Runs a bash script with the functions of script.sh, in the shared folder. If the guest itself dies,
    /// which says nothing about gpucam, it is run once more.
    pub fn run(self, script: &str) -> GuestOutput {
        let before = names(self.shared.path());
        let mut output = self.once(script);
        if output.status.code() == Some(DIED) {
            eprintln!("the guest died; once more:\n{}", String::from_utf8_lossy(&output.stderr));
            for name in names(self.shared.path()).difference(&before) {
                fs::remove_file(self.shared.path().join(name)).unwrap();
            }
            output = self.once(script);
        }
        GuestOutput { output, shared: self.shared }
    }

    /// The same, without a second run if the guest dies.
    pub fn run_once(self, script: &str) -> GuestOutput {
        let output = self.once(script);
        GuestOutput { output, shared: self.shared }
    }

    fn once(&self, script: &str) -> Output {
        let shared = self.shared.path();
        fs::write(shared.join("script"), format!(". {HERE}/script.sh\n{script}\n")).unwrap();
        let mut guest = Command::new(format!("{HERE}/run-guest"));
        guest
            .arg("-s")
            .arg(shared)
            .args(&self.options)
            .args(["--", "bash", "script"])
            .current_dir(shared)
            .output()
            .unwrap()
    }
}

/// Exit code of run-guest if the guest died.
pub const DIED: i32 = 125;

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    entries.map(|name| name.into_string().unwrap()).collect()
}

/// What a guest left: its exit code, output and files.
pub struct GuestOutput {
    output: Output,
    shared: Shared,
}

impl GuestOutput {
    pub fn code(&self) -> i32 {
        self.output.status.code().expect("an exit code")
    }

    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// Fails unless the script succeeded.
    #[track_caller]
    pub fn success(self) -> Self {
        assert_eq!(self.code(), 0, "the script failed\n{self:?}");
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.shared.path().join(name)
    }

    /// Contents of a file that the script wrote.
    #[track_caller]
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}\n{self:?}"))
    }

    /// The same as text.
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(&self.bytes(name)).into_owned()
    }
}

impl fmt::Debug for GuestOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit code {}\nstdout:\n{}stderr:\n{}", self.code(), self.stdout(), self.stderr())
    }
}

/// Whether tests in the guest were requested.
pub fn wanted() -> bool {
    env::var_os("GPUCAM_VM").is_some()
}

/// A test in the guest. It shows as ignored if no guest was requested or none could be built.
pub fn guest_test(name: impl Into<String>, run: impl FnOnce() + Send + 'static) -> Trial {
    timed(name, ready, run)
}

/// A test that needs frames as cameras send them, from the folder that `GPUCAM_FIELD` names.
pub fn field_test(name: impl Into<String>, run: impl FnOnce() + Send + 'static) -> Trial {
    timed(name, || ready().and_then(|()| field().map(drop).ok_or("GPUCAM_FIELD, a folder".into())), run)
}

/// The folder of frames as cameras send them.
pub fn field() -> Option<PathBuf> {
    env::var_os("GPUCAM_FIELD").filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// A test that needs the default model.
pub fn model_test(name: impl Into<String>, run: impl FnOnce() + Send + 'static) -> Trial {
    timed(name, || ready().and_then(|()| model()), run)
}

/// A test that needs the default model and fault injection, which release builds do not have.
pub fn fault_test(name: impl Into<String>, run: impl FnOnce() + Send + 'static) -> Trial {
    timed(name, || ready().and_then(|()| model()).and_then(|()| faults()), run)
}

/// Whether there is a guest.
pub fn ready() -> Result<(), Missing> {
    if !wanted() {
        return Err("the guest kernel: make test-devices".into());
    }
    static BUILT: OnceLock<Result<(), Missing>> = OnceLock::new();
    let built = || {
        let output = Command::new(format!("{HERE}/build-guest")).arg("--where").output().unwrap();
        let why = || format!("the guest kernel: {}", String::from_utf8_lossy(&output.stderr).trim()).into();
        output.status.success().then_some(()).ok_or_else(why)
    };
    BUILT.get_or_init(built).clone()
}

/// The name of the default model's file.
pub const MODEL: &str = "selfie_segmentation_landscape.tflite";

/// The folder that has the default model: `$GPUCAM_MODELS`, or where `gpucam models fetch` puts it.
pub fn models() -> Option<PathBuf> {
    let named = env::var_os("GPUCAM_MODELS").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".local/share"));
    let data = || env::var_os("XDG_DATA_HOME").map(PathBuf::from).or_else(home);
    let folder = named.or_else(|| Some(data()?.join("gpucam/models")))?;
    folder.join(MODEL).exists().then_some(folder)
}

pub fn model() -> Result<(), Missing> {
    models().map(drop).ok_or("the model selfie-landscape: cargo run -- models fetch selfie-landscape".into())
}

/// Development builds read this variable, so the binary contains its name.
fn faults() -> Result<(), Missing> {
    static HAS: OnceLock<bool> = OnceLock::new();
    let has = || {
        let program = fs::read(gpucam()).unwrap();
        program.windows(13).any(|bytes| bytes == b"GPUCAM_FAULTS")
    };
    HAS.get_or_init(has).then_some(()).ok_or("a development build, for its faults on purpose".into())
}

/// A trial that notes how long it took.
pub fn timed(
    name: impl Into<String>,
    ready: impl FnOnce() -> Result<(), Missing> + Send + 'static,
    run: impl FnOnce() + Send + 'static,
) -> Trial {
    let name = name.into();
    trial(name.clone(), ready, move || {
        let start = Instant::now();
        run();
        note!("{name}: {:.0} s", start.elapsed().as_secs_f64());
    })
}
