//! The window itself, on a virtual X server.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::Trial;

use crate::support::trials::{Missing, trial as any_trial};

pub fn trial() -> Trial {
    any_trial("studio::the_window_comes_back_when_the_gpu_is_lost", ready, comes_back)
}

fn ready() -> Result<(), Missing> {
    let has = Command::new("Xvfb").arg("-help").output().is_ok();
    has.then_some(()).ok_or("a virtual X server (apt-get install xvfb)".into())
}

/// An X server, ended when it is dropped.
struct Display(Child);

impl Drop for Display {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Display {
    fn start() -> (Self, String) {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp"]);
        let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("Xvfb");
        let mut number = String::new();
        let mut out = BufReader::new(server.stdout.take().expect("its output"));
        out.read_line(&mut number).expect("the number of the display");
        (Self(server), format!(":{}", number.trim()))
    }
}

/// The device is destroyed at the third frame: the window ends and opens again in the same process, with what was set.
fn comes_back() {
    let (_server, display) = Display::start();
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("window.png");
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpucam"));
    command.args([
        "studio",
        "--input",
        "testcard",
        "--size",
        "320x180",
        "--effect",
        "tint,strength=0.25",
        "--mirror",
        "--output-size",
        "160x90",
        "--matrix",
        "709",
    ]);
    command.args(["--window", "900x600", "--show", "plot", "--after", "3", "--screenshot"]).arg(&picture);
    command.env("DISPLAY", display).env("GPUCAM_FAULTS", "destroyed@2").env("GPUCAM_CONFIG", "none");
    command.env("HOME", folder.path()).env_remove("WAYLAND_DISPLAY");
    let mut window = command.stderr(Stdio::piped()).spawn().expect("gpucam");
    let began = Instant::now();
    let (mut words, mut again) = (String::new(), None);
    let status = loop {
        // exec(2) keeps the number of the process.
        let line = fs::read(format!("/proc/{}/cmdline", window.id())).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains("--effect=tint") {
            words = line;
            again.get_or_insert(began.elapsed());
        }
        if let Some(status) = window.try_wait().unwrap() {
            break status;
        }
        if began.elapsed() > Duration::from_secs(120) {
            drop(window.kill());
        }
        thread::sleep(Duration::from_millis(10));
    };
    let mut said = String::new();
    std::io::Read::read_to_string(&mut window.stderr.take().unwrap(), &mut said).unwrap();
    assert!(status.success(), "{status}\n{said}");
    assert!(said.contains("the window is opened again"), "{said}");
    let all = [
        "--effect=tint:0.25",
        "--mirror",
        "--output-size=160x90",
        "--size=320x180",
        "--matrix=709",
        "--window=900x600",
        "--show=plot",
    ];
    for kept in all {
        assert!(words.contains(kept), "{kept} is not in: {words}");
    }
    let (width, height) = image::image_dimensions(&picture).unwrap_or_else(|error| panic!("{error}\n{said}"));
    assert_eq!((width, height), (900, 600));
    note!(
        "lost and opened again after {:.1?}, closed after {:.1?}",
        again.unwrap_or_default(),
        began.elapsed()
    );
}
