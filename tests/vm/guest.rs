//! Starts a guest, runs a script in it, and collects its exit code, output and files.

use std::{
    collections::BTreeSet,
    env, fmt, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
    time::Instant,
};

use libtest_mimic::{Completion, Trial};
use tempfile::TempDir;

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
    shared: TempDir,
}

impl Guest {
    /// The defaults of `run-guest`: a webcam as video0, the newer v4l2loopback as video10 and video11.
    pub fn new() -> Self {
        let shared = tempfile::tempdir().unwrap();
        let folder = shared.path().to_str().unwrap().to_string();
        let this = env::current_exe().unwrap();
        let guest = Self { options: vec!["-s".into(), folder], shared }
            .variable("GPUCAM", &gpucam())
            .variable("DEVICES", this.to_str().unwrap());
        let variables = ["GPUCAM_MODELS", "GPUCAM_MEDIA", "VK_DRIVER_FILES", "VK_ICD_FILENAMES", "RUST_LOG"];
        let set = variables.into_iter().filter_map(|name| Some((name, env::var(name).ok()?)));
        set.fold(guest, |guest, (name, value)| guest.variable(name, &value))
    }

    fn option(mut self, letter: &str, value: &str) -> Self {
        self.options.extend([letter.to_string(), value.to_string()]);
        self
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
            println!("the guest died; once more:\n{}", String::from_utf8_lossy(&output.stderr));
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
        guest.args(&self.options).args(["--", "bash", "script"]).current_dir(shared).output().unwrap()
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
    shared: TempDir,
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
    needing(name, ready, run)
}

/// A test that needs the model, from the folder that `GPUCAM_MODELS` names.
pub fn model_test(name: impl Into<String>, run: impl FnOnce() + Send + 'static) -> Trial {
    needing(name, || ready().and_then(|()| model()), run)
}

/// A test that needs the model and fault injection, which release builds do not have.
pub fn fault_test(name: impl Into<String>, run: impl FnOnce() + Send + 'static) -> Trial {
    needing(name, || ready().and_then(|()| model()).and_then(|()| faults()), run)
}

fn ready() -> Result<(), String> {
    if !wanted() {
        return Err("GPUCAM_VM is not set; run: make test-devices".into());
    }
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    let built = || {
        let output = Command::new(format!("{HERE}/build-guest")).arg("--where").output().unwrap();
        output.status.success().then_some(()).ok_or(String::from_utf8_lossy(&output.stderr).trim().into())
    };
    BUILT.get_or_init(built).clone()
}

fn model() -> Result<(), String> {
    env::var_os("GPUCAM_MODELS").map(drop).ok_or("GPUCAM_MODELS names no folder of models".into())
}

/// Development builds read this variable, so the binary contains its name.
fn faults() -> Result<(), String> {
    static HAS: OnceLock<bool> = OnceLock::new();
    let has = || {
        let program = fs::read(gpucam()).unwrap();
        program.windows(13).any(|bytes| bytes == b"GPUCAM_FAULTS")
    };
    HAS.get_or_init(has).then_some(()).ok_or("a release build has no faults on purpose".into())
}

fn needing(
    name: impl Into<String>,
    ready: impl FnOnce() -> Result<(), String> + Send + 'static,
    run: impl FnOnce() + Send + 'static,
) -> Trial {
    let name = name.into();
    Trial::ignorable_test(name.clone(), move || match ready() {
        Ok(()) => {
            let start = Instant::now();
            run();
            println!("{name}: {:.0} s", start.elapsed().as_secs_f64());
            Ok(Completion::Completed)
        }
        Err(reason) => Ok(Completion::ignored_with(reason)),
    })
}
