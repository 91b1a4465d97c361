//! What pages get from getUserMedia, through the camera portal.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    os::unix::process::CommandExt,
    process::{Child, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::Trial;

use super::{
    daemon::{Desktop, needs, ready},
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
        timed("pipewire::browser_chromium", programs, || look(&["chromium"])),
        timed("pipewire::browser_firefox", programs, || look(&["firefox-esr"])),
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

/// Browsers look at one virtual camera at the same time.
fn look(names: &[&'static str]) {
    let mut desktop = Desktop::start();
    let display = desktop.start_portal();
    let producer = desktop.producer(&bars(&desktop, SIZE));
    let start = |name: &'static str| {
        let (port, reports) = serve();
        let page = format!("http://127.0.0.1:{port}/page?gpucam");
        let profile = desktop.path(name);
        fs::create_dir(&profile).unwrap();
        let browser = match name {
            "chromium" => {
                let profile = format!("--user-data-dir={}", profile.display());
                let flags = [
                    "--no-sandbox",
                    "--no-first-run",
                    "--disable-gpu",
                    "--use-fake-ui-for-media-stream",
                    "--enable-features=WebRtcPipeWireCamera",
                ];
                open(&desktop, &display, name, &[&flags[..], &[&profile, &page]].concat())
            }
            _ => {
                let line = |(key, value): (&str, &str)| format!("user_pref(\"{key}\", {value});\n");
                fs::write(profile.join("user.js"), PREFERENCES.map(line).concat()).unwrap();
                let profile = profile.to_str().unwrap();
                open(&desktop, &display, name, &["--no-remote", "--profile", profile, &page])
            }
        };
        (name, browser, reports, None)
    };
    let mut browsers: Vec<(_, _, _, Option<String>)> = names.iter().map(|&name| start(name)).collect();
    let end = Instant::now() + Duration::from_secs(90);
    while Instant::now() < end && browsers.iter().any(|(.., report)| report.is_none()) {
        for (_, _, reports, report) in &mut browsers {
            *report = reports.try_recv().ok().or(report.take());
        }
        thread::sleep(Duration::from_millis(200));
    }
    for (name, _, _, report) in &browsers {
        let report = report.as_deref();
        let report = report.unwrap_or_else(|| panic!("{name} reports nothing; gpucam: {}", producer.log()));
        note!("{name} {report}");
        check(name, report);
    }
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
