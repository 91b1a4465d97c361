//! What a run may open. docs/SANDBOX.md has the same list with its reasons.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy;

use crate::{
    files,
    pipeline::room_file::{make_private, rooms_folder},
};

/// The files that a process may open, and how; folders count with all that is below them.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// To read.
    pub read: Vec<PathBuf>,
    /// To read and write, and to make files in.
    pub write: Vec<PathBuf>,
    /// Devices: to read, write and control.
    pub devices: Vec<PathBuf>,
    /// Programs to start.
    pub execute: Vec<PathBuf>,
    /// Why files are not held at all, if they are not.
    pub all_files: Option<&'static str>,
}

/// Where the system keeps programs, libraries and what belongs to them: nobody's own files.
const SYSTEM: [&str; 12] = [
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/bin",
    "/sbin",
    "/etc",
    "/opt",
    "/nix/store",
    "/gnu/store",
    "/sys",
    "/proc",
];
/// What the system makes anew at every start: drivers (NixOS, containers), udev's names of devices.
const RUN: [&str; 4] = ["/run/opengl-driver", "/run/opengl-driver-32", "/run/host", "/run/udev"];

fn all(names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(PathBuf::from).collect()
}

impl Policy {
    /// What every run opens: the system, cameras, gpucam's own folders, the user's pictures and videos.
    pub(super) fn of_run() -> Self {
        let mut policy = Self { read: all(&SYSTEM), ..Self::default() };
        policy.read.extend(all(&RUN));
        // Cameras are plugged in later, and get a new node then: the folder is allowed, and the rights of each
        // node decide.
        policy.devices.push("/dev".into());
        policy.read.extend(env::current_exe());
        policy.read.extend(env::var_os("GPUCAM_MODELS").map(PathBuf::from));
        policy.read.extend(
            env::var_os("GPUCAM_CONFIG")
                .iter()
                .flat_map(env::split_paths)
                .flat_map(|file| [fs::canonicalize(&file).ok(), Some(file)])
                .filter_map(|file| file?.parent().map(PathBuf::from)),
        );
        if let Ok(base) = etcetera::choose_base_strategy() {
            let (data, config) = (base.data_dir(), base.config_dir());
            // What is not there cannot be allowed, and settings may come while this runs.
            drop(fs::create_dir_all(config.join("gpucam")));
            // A link leads elsewhere.
            let settings = fs::canonicalize(config.join("gpucam/config.toml"));
            settings.into_iter().for_each(|file| policy.may_read(&file));
            policy.read.extend(["gpucam", "backgrounds"].map(|name| data.join(name)));
            policy.read.extend(["gpucam", "pipewire"].map(|name| config.join(name)));
            policy.read.extend(pictures(base.home_dir(), &config));
        }
        files::cache_folder().into_iter().for_each(|folder| policy.may_make(folder));
        for program in ["ffmpeg", "ffprobe"] {
            policy.may_start(OsStr::new(program));
        }
        policy
    }

    /// What an ffmpeg opens beside its input and output: its own libraries.
    pub(super) fn of_child(program: &OsStr) -> Self {
        let mut policy = Self { read: all(&SYSTEM), ..Self::default() };
        policy.devices.extend(all(&["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"]));
        policy.read.extend(library_folders());
        policy.may_start(program);
        policy
    }

    /// A file that the run was told to read, and the folder that it is in, where an editor puts its next version.
    pub fn may_read(&mut self, path: &Path) {
        let Some(path) = absolute(path) else { return };
        if let Some(folder) = path.parent().filter(|folder| !is_wide(folder)) {
            self.read.push(folder.into());
        }
        self.read.push(path);
    }

    /// A file that the run was told to write: its folder, since it appears there under another name first.
    pub fn may_write(&mut self, path: &Path) {
        let folder = |path: &Path| match path.is_dir() {
            true => Some(path.to_owned()),
            false => path.parent().map(PathBuf::from),
        };
        let given = std::path::absolute(path).ok();
        // A link stays a link, and the file behind it is replaced.
        let real = fs::canonicalize(path).ok();
        for path in [given, real].into_iter().flatten().filter(|path| !path.starts_with("/dev")) {
            self.write.extend(folder(&path));
            self.write.extend(path.exists().then_some(path));
        }
    }

    /// A folder to write in, which is made now because no rule can name what does not exist.
    pub fn may_make(&mut self, folder: PathBuf) {
        let _ = fs::create_dir_all(&folder);
        self.write.push(folder);
    }

    /// The folder of the learnt rooms that are kept, which nobody else can open.
    pub fn may_keep_rooms(&mut self) {
        let Some(folder) = rooms_folder() else { return };
        if let Err(error) = make_private(&folder) {
            tracing::warn!("the room cannot be kept in {}: {error}", folder.display());
        }
        self.write.push(folder);
    }

    /// A program of PATH, what interprets it, and the folder of its libraries.
    pub fn may_start(&mut self, program: &OsStr) {
        let path = env::var_os("PATH").unwrap_or_default();
        let named = Path::new(program);
        let found = match named.components().count() > 1 {
            true => Some(named.to_owned()),
            false => env::split_paths(&path).map(|folder| folder.join(named)).find(|file| file.is_file()),
        };
        let Some(real) = found.and_then(|file| fs::canonicalize(file).ok()) else { return };
        self.read.extend(real.parent().filter(|folder| !is_wide(folder)).map(PathBuf::from));
        self.execute.extend(interpreters(&real));
        self.execute.push(real);
    }
}

fn absolute(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).or_else(|_| std::path::absolute(path)).ok()
}

/// Whether a folder holds so much else that only single files in it are allowed.
fn is_wide(folder: &Path) -> bool {
    let home = env::var_os("HOME").and_then(|home| fs::canonicalize(home).ok());
    let wide = ["/", "/home", "/root", "/tmp", "/var", "/var/tmp", "/mnt", "/media", "/run"];
    home.as_deref() == Some(folder) || wide.iter().any(|name| folder == Path::new(name))
}

/// Folders of libraries that the environment names.
pub(super) fn library_folders() -> Vec<PathBuf> {
    env::var_os("LD_LIBRARY_PATH").iter().flat_map(env::split_paths).collect()
}

/// What the kernel starts for a program: the loader of shared libraries, and the first line's program of a script.
fn interpreters(program: &Path) -> Vec<PathBuf> {
    const LOADERS: [&str; 6] = [
        "/lib64/ld-linux-x86-64.so.2",
        "/lib/ld-linux-x86-64.so.2",
        "/lib/ld-linux-aarch64.so.1",
        "/lib64/ld-linux-aarch64.so.1",
        "/lib/ld-musl-x86_64.so.1",
        "/lib/ld-musl-aarch64.so.1",
    ];
    let mut all: Vec<PathBuf> = LOADERS.iter().filter_map(|file| fs::canonicalize(file).ok()).collect();
    let mut start = [0; 256];
    let read = fs::File::open(program).and_then(|mut file| std::io::Read::read(&mut file, &mut start));
    if let Some(line) = read.ok().and_then(|length| start[..length].strip_prefix(b"#!")) {
        let line = String::from_utf8_lossy(line);
        let words = line.lines().next().unwrap_or_default().split_whitespace();
        all.extend(words.filter_map(|word| fs::canonicalize(word).ok()));
    }
    all
}

/// The user's folders of pictures and videos, as XDG's user-dirs.dirs names them.
fn pictures(home: &Path, config: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(config.join("user-dirs.dirs")).unwrap_or_default();
    let named = |key: &str, usual: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix("=\""));
        let folder = line
            .and_then(|rest| rest.split('"').next())
            .map(|path| path.replace("$HOME", &home.to_string_lossy()));
        // A folder that nobody has chosen is the home folder itself.
        folder.map(PathBuf::from).filter(|folder| !is_wide(folder)).unwrap_or_else(|| home.join(usual))
    };
    vec![named("XDG_PICTURES_DIR", "Pictures"), named("XDG_VIDEOS_DIR", "Videos")]
}
