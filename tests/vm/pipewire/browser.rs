//! What pages get from getUserMedia, through the camera portal.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::Trial;

use super::{
    daemon::{Desktop, Service, needs, ready},
    output::bars,
};
use crate::{
    frames::{BARS, Size, bt601},
    guest::timed,
};

pub(crate) fn trials() -> Vec<Trial> {
    let programs = || {
        ready()?;
        needs(&["chromium", "firefox-esr", "Xvfb", "gdbus"])?;
        match fs::exists("/usr/libexec/xdg-desktop-portal-gtk") {
            Ok(true) => Ok(()),
            _ => Err("xdg-desktop-portal-gtk: scripts/setup pipewire".into()),
        }
    };
    vec![
        timed("pipewire::browser_chromium", programs, || look("chromium")),
        timed("pipewire::browser_firefox", programs, || look("firefox-esr")),
        #[cfg(feature = "control")]
        timed("pipewire::browser_presets", move || programs().and_then(|()| crate::guest::model()), presets),
    ]
}

const SIZE: Size = Size::SMALL;
/// In codes: 8-bit R'G'B' and the browser's own conversion add to gpucam's one.
const TOLERANCE: f64 = 3.0;

/// A browser that ends with the test, its helpers too.
struct Browser(Child);

impl Drop for Browser {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = std::process::Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.0.wait();
    }
}

/// Serves the page, and gives what it reports.
fn serve() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (to, reports) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let to = to.clone();
            thread::spawn(move || {
                // To the empty line: what is left unread would break the connection.
                let lines: Vec<_> = BufReader::new(&stream)
                    .lines()
                    .map_while(Result::ok)
                    .take_while(|l| !l.is_empty())
                    .collect();
                let line = lines.first().cloned().unwrap_or_default();
                let path = line.split(' ').nth(1).unwrap_or_default();
                let page = include_str!("page.html");
                let body = match path.strip_prefix("/report?") {
                    Some(report) => {
                        let _ = to.send(decode(report));
                        ""
                    }
                    None if path.starts_with("/page") => page,
                    None => "",
                };
                let head =
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length:";
                let _ = write!(&stream, "{head} {}\r\n\r\n{body}", body.len());
            });
        }
    });
    (port, reports)
}

/// Undoes encodeURIComponent.
fn decode(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match code.filter(|_| first == b'%') {
            Some(code) => {
                bytes.push(code);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn open(desktop: &Desktop, display: &str, program: &str, arguments: &[&str]) -> Browser {
    let mut command = desktop.command(program);
    command.args(arguments).env("DISPLAY", display).env("XDG_CURRENT_DESKTOP", "GNOME");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    Browser(command.spawn().unwrap())
}

/// Opens the page in a browser; its first report, and the others. Now and then a Chromium that has just started learns of
/// no camera as long as it lives, whoever gives it (GStreamer's source, too): then another one is started, as a person
/// would.
fn begin(
    desktop: &Desktop,
    display: &str,
    name: &str,
    task: &str,
    producer: &Service,
) -> (Browser, String, Receiver<String>) {
    for attempt in 1.. {
        let (port, reports) = serve();
        let page = format!("http://127.0.0.1:{port}/page?gpucam{task}");
        let folder = desktop.path(&format!("{name}-{attempt}"));
        let browser = match name {
            "chromium" => chromium(desktop, display, &folder, &page),
            _ => firefox(desktop, display, &folder, &page),
        };
        let first = reports.recv_timeout(Duration::from_secs(120));
        let first = first.unwrap_or_else(|_| panic!("{name} reports nothing; gpucam: {}", producer.log()));
        if attempt == 3 || !first.starts_with("failed: NotFoundError") {
            return (browser, first, reports);
        }
        note!("{name} {first}");
    }
    unreachable!()
}

/// A browser looks at the virtual camera.
fn look(name: &'static str) {
    let mut desktop = Desktop::start();
    let display = desktop.start_portal();
    let producer = desktop.producer(&bars(&desktop, SIZE));
    let (_browser, report, _) = begin(&desktop, &display, name, "", &producer);
    note!("{name} {report}");
    check(name, &report);
}

fn firefox(desktop: &Desktop, display: &str, profile: &Path, page: &str) -> Browser {
    fs::create_dir(profile).unwrap();
    let line = |(key, value): (&str, &str)| format!("user_pref(\"{key}\", {value});\n");
    fs::write(profile.join("user.js"), PREFERENCES.map(line).concat()).unwrap();
    open(desktop, display, "firefox-esr", &["--no-remote", "--profile", profile.to_str().unwrap(), page])
}

fn chromium(desktop: &Desktop, display: &str, profile: &Path, page: &str) -> Browser {
    fs::create_dir(profile).unwrap();
    let profile = format!("--user-data-dir={}", profile.display());
    let flags = [
        "--no-sandbox",
        "--no-first-run",
        "--disable-gpu",
        "--use-fake-ui-for-media-stream",
        "--enable-features=WebRtcPipeWireCamera",
    ];
    open(desktop, display, "chromium", &[&flags[..], &[&profile, page]].concat())
}

/// Presets and other settings are changed while a page plays the camera. The page looks at each frame that it gets:
/// none is raw or a slate, and no other preset takes away more than two frames.
#[cfg(feature = "control")]
fn presets() {
    use super::control::{ask, configure, start};
    /// Between two frames of the picture.
    const INTERVAL: f64 = 100.0;
    /// The letter of a frame, and its milliseconds.
    type Frame = (char, f64);
    let mut desktop = Desktop::start();
    let display = desktop.start_portal();
    configure(&desktop, super::control::PRESETS);
    let producer = start(&desktop, "");
    let (_chromium, first, reports) = begin(&desktop, &display, "chromium", "&frames", &producer);
    let mut told = Some(first);
    let mut seen: Vec<Frame> = Vec::new();
    let mut watch = |seconds: u64, until: &dyn Fn(&[Frame]) -> bool| {
        let end = Instant::now() + Duration::from_secs(seconds);
        while !until(&seen) {
            let left = end.saturating_duration_since(Instant::now());
            let report = told.take().map_or_else(|| reports.recv_timeout(left), Ok);
            let report = report.unwrap_or_else(|_| panic!("{seen:?}; gpucam: {}", producer.log()));
            let frames = report.strip_prefix("frames ").unwrap_or_else(|| panic!("{report}"));
            seen.extend(
                frames.split(' ').map(|frame| (frame.as_bytes()[0].into(), frame[1..].parse().unwrap())),
            );
        }
        seen.clone()
    };
    let hidden = |seen: &[Frame]| seen.iter().rev().take_while(|(letter, _)| *letter == 'h').count() >= 30;
    let first = watch(120, &hidden).len();
    let more = |count: usize, frames: usize| move |seen: &[Frame]| seen.len() >= count + frames;
    let longest = |frames: &[Frame]| frames.windows(2).map(|pair| pair[1].1 - pair[0].1).fold(0.0, f64::max);
    // Without a change, which shows what the machine itself holds up.
    let mut count = watch(60, &more(first, 30)).len();
    let quiet = longest(&watch(1, &more(0, 0))[first - 1..]);
    // What takes another processor may take longer than effects, as long as the picture does not stop. These two keep
    // the mark a mark.
    let presets = ["set --preset grey", "set --preset blur", "set --preset grey"].map(|change| (change, 2.0));
    let others = ["set --mirror", "set --flip"].map(|change| (change, 5.0));
    for (change, frames_lost) in presets.into_iter().chain(others) {
        ask(&desktop, change);
        let seen = watch(60, &more(count, 15));
        let (frames, last) = (&seen[count - 1..], seen.len());
        let letters: String = frames.iter().map(|(letter, _)| letter).collect();
        let gap = longest(frames);
        note!(
            "{change}: {letters}, the longest gap {gap:.0} ms; {quiet:.0} ms without a change, {INTERVAL} ms sent"
        );
        assert!(letters.chars().all(|letter| letter == 'h'), "{change}: {letters}");
        let most = quiet.max(INTERVAL) + frames_lost * INTERVAL;
        assert!(gap <= most, "{change}: a gap of {gap} ms, {quiet} ms without");
        count = last;
    }
    // Control: the page sees what is not hidden.
    ask(&desktop, "set --effect none");
    watch(60, &|seen| seen.last().is_some_and(|(letter, _)| *letter == 'r'));
}

/// Firefox opens the page and asks nothing.
const PREFERENCES: [(&str, &str); 12] = [
    ("media.webrtc.camera.allow-pipewire", "true"),
    ("media.navigator.permission.disabled", "true"),
    ("media.autoplay.default", "0"),
    ("media.getusermedia.insecure.enabled", "true"),
    ("media.devices.insecure.enabled", "true"),
    ("browser.aboutwelcome.enabled", "false"),
    ("browser.preonboarding.enabled", "false"),
    ("browser.startup.homepage_override.mstone", "\"ignore\""),
    ("browser.shell.checkDefaultBrowser", "false"),
    ("datareporting.policy.dataSubmissionEnabled", "false"),
    ("termsofuse.bypassNotification", "true"),
    ("toolkit.telemetry.reportingpolicy.firstRun", "false"),
];

#[track_caller]
fn check(name: &str, report: &str) {
    let words: Vec<&str> = report.split_whitespace().collect();
    assert_eq!(words[..2], ["saw", &SIZE.to_string()], "{name}: {report}");
    for (word, want) in words[2..10].iter().zip(BARS) {
        let got: Vec<f64> = word.split(',').map(|number| number.parse::<f64>().unwrap() / 255.0).collect();
        let (got, want) = (bt601(got.try_into().expect("three")), bt601(want));
        let off = (0..3).map(|c| (got[c] - want[c]).abs()).fold(0.0, f64::max);
        assert!(off <= TOLERANCE, "{name}: {off} codes off: {report}");
    }
    assert!(report.contains("gpucam"), "{name}: another camera: {report}");
}
