//! The sandbox, tried from inside: a process of this test binary enters it and does what it must not. The same process
//! without the sandbox is the control: there, all of it works.
#![allow(unsafe_code)] // system calls that std has no names for

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    process::Command,
};

use gpucam::internals::sandbox::{self, Support};
use libtest_mimic::Trial;

use crate::support::{test, trials::trial};

/// Makes the test binary a process that tries: its value is the folder of the trial.
const VARIABLE: &str = "GPUCAM_SANDBOX_PROBE";

pub fn trials() -> Vec<Trial> {
    let ready = || match sandbox::support() {
        Support { landlock: 0, .. } | Support { seccomp: false, .. } => {
            Err("a kernel with Landlock and seccomp".into())
        }
        _ => Ok(()),
    };
    vec![
        trial("sandbox::refuses_what_no_run_needs", ready, refuses_what_no_run_needs),
        trial("sandbox::allows_what_a_run_needs", ready, allows_what_a_run_needs),
        trial("sandbox::keeps_rooms_in_one_folder", ready, keeps_rooms_in_one_folder),
        trial("sandbox::ffmpeg_has_a_tighter_one", ready, ffmpeg_has_a_tighter_one),
        test("sandbox::is_documented", is_documented),
    ]
}

/// Names of what is tried, and what the kernel answered: "ok", or the number of the error.
type Answers = BTreeMap<String, String>;

/// Inside only with `--keep-room`.
const ROOM: &str = "keep a learnt room";

/// Where Mesa keeps compiled shaders is found in the list of users, and HOME is another folder here.
const SHADERS: &str = "keep compiled shaders";

/// What must be refused inside, and work outside.
const REFUSED: [&str; 15] = [
    ROOM,
    "connect to the network",
    "send over the network",
    "listen on the network",
    "read a key of ssh",
    "read the home folder",
    "read another folder",
    "write into the home folder",
    "write over a read file",
    "remove a read file",
    "start a shell",
    "read another process",
    "make a namespace",
    "use io_uring",
    "ask for a kernel's key",
];

/// What must work inside.
const ALLOWED: [&str; 9] = [
    "read the run's file",
    "read a picture of the user",
    "read the system",
    "write the run's output",
    "write the cache",
    SHADERS,
    "talk to a local socket",
    "start a thread",
    "start ffmpeg",
];

/// Runs what the test binary was started for, if it was.
pub fn probe() {
    let Some(folder) = env::var_os(VARIABLE).map(PathBuf::from) else { return };
    if env::var_os("GPUCAM_SANDBOX_OFF").is_none() {
        let mut policy = sandbox::policy();
        policy.may_read(&folder.join("in/picture.png"));
        policy.may_write(&folder.join("out/blurred.png"));
        if env::var_os("GPUCAM_SANDBOX_ROOM").is_some() {
            policy.may_keep_rooms();
        }
        let entered = sandbox::enter(&policy);
        answer("entered", &format!("{}{}", entered.files, entered.calls));
    }
    for (what, result) in answers(&folder) {
        answer(&what, &result);
    }
    std::process::exit(0);
}

fn answer(what: &str, result: &str) {
    io::stdout().write_all(format!("{what}={result}\n").as_bytes()).unwrap();
}

fn word(result: io::Result<()>) -> String {
    match result {
        Ok(()) => "ok".into(),
        Err(error) => error.raw_os_error().map_or_else(|| error.to_string(), |code| code.to_string()),
    }
}

fn call(number: i64, arguments: [usize; 3]) -> io::Result<()> {
    // SAFETY: the calls made with this take numbers, or null pointers where they look at them.
    match unsafe { libc::syscall(number, arguments[0], arguments[1], arguments[2]) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

fn answers(folder: &Path) -> Answers {
    let home = PathBuf::from(env::var_os("HOME").unwrap());
    let port: u16 = env::var("GPUCAM_SANDBOX_PORT").unwrap().parse().unwrap();
    let parent = std::os::unix::process::parent_id();
    let all: Vec<(&str, io::Result<()>)> = vec![
        ("connect to the network", TcpStream::connect(("127.0.0.1", port)).map(drop)),
        ("send over the network", UdpSocket::bind("127.0.0.1:0").map(drop)),
        ("listen on the network", TcpListener::bind("127.0.0.1:0").map(drop)),
        ("read a key of ssh", fs::read(home.join(".ssh/id_ed25519")).map(drop)),
        ("read the home folder", fs::read_dir(&home).map(drop)),
        ("read another folder", fs::read(folder.join("elsewhere/letter.txt")).map(drop)),
        ("write into the home folder", fs::write(home.join(".bashrc"), "echo taken")),
        ("write over a read file", fs::write(folder.join("in/picture.png"), "other")),
        ("remove a read file", fs::remove_file(folder.join("in/old.png"))),
        ("start a shell", Command::new("/bin/sh").args(["-c", "exit 0"]).status().map(drop)),
        // Of another process of the same user: what shows who holds a device, and what a debugger reads.
        ("read another process", fs::read_link(format!("/proc/{parent}/exe")).map(drop)),
        ("make a namespace", call(libc::SYS_unshare, [libc::CLONE_NEWUTS as usize, 0, 0])),
        ("use io_uring", io_uring()),
        ("ask for a kernel's key", call(libc::SYS_keyctl, [0, (-3_isize) as usize, 0])),
        (ROOM, keep(&home.join(".local/state/gpucam/rooms"))),
        ("write beside the learnt rooms", fs::write(home.join(".local/state/gpucam/studio.json"), "taken")),
        ("read the run's file", fs::read(folder.join("in/picture.png")).map(drop)),
        ("read a picture of the user", fs::read(home.join("Pictures/beach.png")).map(drop)),
        ("read the system", fs::read_dir("/usr").map(drop)),
        ("write the run's output", fs::write(folder.join("out/blurred.png"), "new")),
        ("write the cache", fs::write(home.join(".cache/gpucam/compiled-x"), "new")),
        (SHADERS, keep_shaders()),
        ("talk to a local socket", UnixDatagram::pair().and_then(|(a, _b)| a.send(b"hello").map(drop))),
        ("start a thread", std::thread::Builder::new().spawn(|| ()).map(|thread| thread.join().unwrap())),
        ("start ffmpeg", Command::new("ffmpeg").arg("-version").output().map(drop)),
    ];
    all.into_iter().map(|(what, result)| (what.to_owned(), word(result))).collect()
}

/// Writes where Mesa does without XDG_CACHE_HOME; fine for a user who is not in the file of users, or has no home.
fn keep_shaders() -> io::Result<()> {
    // SAFETY: the call only answers.
    let user = unsafe { libc::getuid() }.to_string();
    let users = fs::read_to_string("/etc/passwd")?;
    let line = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let home =
        line.filter(|words| words.get(2) == Some(&&*user)).find_map(|words| words.get(5).map(PathBuf::from));
    let Some(home) = home.filter(|home| home.is_dir()) else { return Ok(()) };
    let file = home.join(".cache/mesa_shader_cache/gpucam-probe");
    fs::write(&file, "a shader")?;
    fs::remove_file(file)
}

/// Writes a file as a room is written.
fn keep(folder: &Path) -> io::Result<()> {
    fs::write(folder.join("new.room"), "a room")?;
    fs::rename(folder.join("new.room"), folder.join("a.room"))?;
    fs::read(folder.join("a.room")).map(drop)
}

/// A ring of one entry. Where the kernel or a container has none, the control fails to make one, too.
fn io_uring() -> io::Result<()> {
    let mut parameters = [0_u32; 30];
    // SAFETY: io_uring_setup(2) writes a structure of 120 bytes, and the ring is closed at the end of the process.
    match unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr()) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// A home folder, a folder of files, and a port that listens.
struct Place {
    folder: tempfile::TempDir,
    listener: TcpListener,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "home/.ssh",
            "home/Pictures",
            "home/.cache/gpucam",
            "home/.local/state/gpucam/rooms",
            "in",
            "out",
            "elsewhere",
        ] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        for name in [
            "home/.ssh/id_ed25519",
            "home/Pictures/beach.png",
            "home/.bashrc",
            "in/picture.png",
            "elsewhere/letter.txt",
        ] {
            fs::write(folder.path().join(name), "something").unwrap();
        }
        Self { folder, listener: TcpListener::bind("127.0.0.1:0").unwrap() }
    }

    /// What a process in the sandbox, or without it, is answered.
    fn ask(&self, sandboxed: bool) -> Answers {
        self.ask_with(sandboxed, false)
    }

    fn ask_with(&self, sandboxed: bool, keeps_room: bool) -> Answers {
        let folder = self.folder.path();
        fs::write(folder.join("in/old.png"), "something").unwrap();
        let mut command = Command::new(env::current_exe().unwrap());
        command.env(VARIABLE, folder).env("HOME", folder.join("home"));
        if keeps_room {
            command.env("GPUCAM_SANDBOX_ROOM", "1");
        }
        ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"]
            .iter()
            .for_each(|name| _ = command.env_remove(name));
        command.env("GPUCAM_SANDBOX_PORT", self.listener.local_addr().unwrap().port().to_string());
        if !sandboxed {
            command.env("GPUCAM_SANDBOX_OFF", "1");
        }
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        text.lines().filter_map(|line| line.rsplit_once('=')).map(|(a, b)| (a.into(), b.into())).collect()
    }
}

fn refuses_what_no_run_needs() {
    let place = Place::new();
    let (inside, outside) = (place.ask(true), place.ask(false));
    assert_eq!(inside["entered"], "truetrue");
    let mut controls = 0;
    for what in REFUSED {
        let (inside, outside) = (&inside[what], &outside[what]);
        note!("{what}: {inside} inside, {outside} outside");
        assert_ne!(inside, "ok", "{what} works inside the sandbox");
        // Signals of a fault in the trial itself: no such file, a bad address.
        assert!(!["2", "14", "22"].contains(&inside.as_str()), "{what} fails for another reason: {inside}");
        controls += usize::from(outside == "ok");
    }
    // A container may refuse some by itself: io_uring, namespaces, keys.
    assert!(controls >= REFUSED.len() - 3, "{controls} of {} work without the sandbox", REFUSED.len());
    let text = |name: &str| fs::read_to_string(place.folder.path().join(name)).unwrap();
    assert_eq!(text("home/.bashrc"), "echo taken", "the control wrote it");
}

fn allows_what_a_run_needs() {
    let inside = Place::new().ask(true);
    let has_ffmpeg = Command::new("ffmpeg").arg("-version").output().is_ok();
    for what in ALLOWED.into_iter().filter(|what| has_ffmpeg || *what != "start ffmpeg") {
        assert_eq!(inside[what], "ok", "{what}");
    }
}

/// With `--keep-room` the folder of rooms can be written, and nothing beside it.
fn keeps_rooms_in_one_folder() {
    let place = Place::new();
    let inside = place.ask_with(true, true);
    for what in REFUSED.into_iter().filter(|what| *what != ROOM) {
        assert_ne!(inside[what], "ok", "{what} works inside the sandbox");
    }
    assert_eq!(inside[ROOM], "ok");
    assert_ne!(inside["write beside the learnt rooms"], "ok");
    let rooms = place.folder.path().join("home/.local/state/gpucam/rooms");
    let rights = fs::metadata(rooms).unwrap().permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&rights) & 0o777, 0o700);
}

/// A program in ffmpeg's place, in its own sandbox, tries what gpucam's would allow.
fn ffmpeg_has_a_tighter_one() {
    let place = Place::new();
    let folder = place.folder.path();
    let fake = folder.join("bin/ffmpeg");
    fs::create_dir_all(folder.join("bin")).unwrap();
    // What gpucam may read, and what only the video's own process may.
    let script = "#!/bin/sh\ntrue <\"$HOME/Pictures/beach.png\" && echo gpucam\ntrue <\"$VIDEO\" && echo video\n\
                  echo x >\"$HOME/.cache/gpucam/ffmpeg\" && echo cache\n(exit 0) && echo process\necho end\n";
    fs::write(&fake, script).unwrap();
    fs::set_permissions(&fake, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let ask = |variable: &str| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.env("GPUCAM_SANDBOX_FFMPEG", folder.join("in/picture.png"));
        command.env("VIDEO", folder.join("in/picture.png")).env("HOME", folder.join("home"));
        command.env("PATH", folder.join("bin")).env_remove("XDG_CACHE_HOME").env(variable, "1");
        let output = command.output().unwrap();
        String::from_utf8_lossy(&output.stdout).split_whitespace().map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(ask("GPUCAM_SANDBOX_OFF"), ["gpucam", "video", "cache", "process", "end"]);
    // The second is the window's, which has no sandbox itself.
    for variable in ["GPUCAM_SANDBOX_ON", "GPUCAM_SANDBOX_CHILDREN"] {
        let inside = ask(variable);
        assert!(inside.contains(&"video".into()), "{variable}: {inside:?}");
        assert!(
            !["gpucam", "cache", "process"].iter().any(|word| inside.contains(&(*word).into())),
            "{variable}: {inside:?}"
        );
    }
}

/// The same for the process that starts a program in ffmpeg's place.
pub fn probe_ffmpeg() {
    let Some(video) = env::var_os("GPUCAM_SANDBOX_FFMPEG").map(PathBuf::from) else { return };
    if env::var_os("GPUCAM_SANDBOX_CHILDREN").is_some() {
        sandbox::confine_children();
    } else if env::var_os("GPUCAM_SANDBOX_OFF").is_none() {
        let mut policy = sandbox::policy();
        policy.may_read(&video);
        sandbox::enter(&policy);
    }
    let mut command = Command::new("ffmpeg");
    sandbox::confine(&mut command, &[&video], &[]);
    let output = command.output().unwrap();
    io::stdout().write_all(&output.stdout).unwrap();
    std::process::exit(0);
}

/// Every folder of the policy stands in the document, with its reason.
fn is_documented() {
    let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/SANDBOX.md")).unwrap();
    let home = env::var("HOME").unwrap_or_default();
    let own = env::current_exe().unwrap();
    let environment =
        ["GPUCAM_MODELS", "GPUCAM_CONFIG", "LD_LIBRARY_PATH", "VK_DRIVER_FILES", "VK_ICD_FILENAMES"];
    let named: Vec<String> = environment.iter().filter_map(|name| env::var(name).ok()).collect();
    let policy = sandbox::policy();
    let all = policy.read.iter().chain(&policy.write).chain(&policy.devices);
    let mut seen = 0;
    for path in all.filter(|path| **path != own && !path.starts_with("/usr/")) {
        let path = path.display().to_string();
        let name = path.rsplit('/').next().unwrap_or_default();
        let is_system = path.matches('/').count() <= 2 && !path.starts_with(&home);
        let is_named = named.iter().any(|value| value.contains(&path) || path.contains(value.as_str()));
        let expected = if is_system { path.as_str() } else { name };
        seen += 1;
        assert!(is_named || document.contains(expected), "docs/SANDBOX.md does not name {path}");
    }
    assert!(seen > 10);
}
