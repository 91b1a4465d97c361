//! `gpucam doctor`: a line for each thing gpucam needs, with what to type where one is missing, and the one
//! thing to do first.

use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::MetadataExt,
    path::PathBuf,
    process::{Command, Stdio},
};

use clap::Args;
use serde::Serialize;

use super::{
    console::print_line,
    devices::{ListArgs, to_json},
    hint::{FAILED, sentence},
    pipewire, room,
    sandbox::has_render_node,
    system::{Finding, System},
};
use crate::{
    GpuError, Result, gpu,
    live::auto_adapter::FrameTimes,
    model::catalogue::{self, ModelFolders},
    sandbox::{self, Support},
    tune::kept::{self, Kept},
    video::{
        device::{Device, Devices, PERMISSION},
        loopback::{self, BUFFERS},
        loopback_module::{LOAD_LOOPBACK, LOOPBACK_OPTIONS, LoopbackModule, RELAY, TWO_LOOPBACKS},
        producer::Producer,
        role::DeviceRole,
    },
};

/// `gpucam doctor`.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct DoctorArgs {
    /// What gpucam is needed for: a virtual camera in meetings, or pictures and videos. The exit code is 1 where
    /// something that it needs is missing.
    #[arg(long = "for", value_name = "USE", value_enum, default_value = "live")]
    purpose: Purpose,
    #[command(flatten)]
    list: ListArgs,
}

/// What gpucam is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Purpose {
    /// A camera, a virtual camera, and what hides the background between them.
    Live,
    /// Pictures and videos; no device.
    Files,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// In order.
    Good,
    /// It works without; better is possible.
    Advice,
    /// Something that is needed is missing.
    Missing,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked.
    pub what: &'static str,
    /// How the check ended.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do or type, in order; empty if nothing is to do.
    #[serde(rename = "do")]
    pub steps: Vec<String>,
}

impl Check {
    /// Nothing to do.
    pub fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, state: State::Good, found: found.into(), steps: Vec::new() }
    }

    /// Something that would help.
    pub fn advice(what: &'static str, found: impl Into<String>, steps: &[&str]) -> Self {
        let steps = steps.iter().map(|&step| step.into()).collect();
        Self { what, state: State::Advice, found: found.into(), steps }
    }

    fn of(what: &'static str, state: State, Finding { found, steps }: Finding) -> Self {
        Self { what, state, found, steps }
    }

    /// Something that is needed.
    pub fn missing(what: &'static str, found: impl Into<String>, steps: &[&str]) -> Self {
        Self { state: State::Missing, ..Self::advice(what, found, steps) }
    }
}

pub(super) fn run(args: DoctorArgs) -> Result<u8> {
    let mut checks = vec![adapter()];
    checks.extend(tuning());
    checks.extend([model(), sandbox(sandbox::support())]);
    if args.purpose == Purpose::Live {
        let (all, system) = (Devices::list(), System::this());
        let daemon = pipewire::daemon();
        let mut of_devices = devices(&all, &LoopbackModule::loaded(), &system);
        let loopback = of_devices.iter_mut().find(|check| check.what == "loopback");
        let is_missing = loopback.as_ref().is_some_and(|check| check.state == State::Missing);
        // A loopback is one way, PipeWire the other.
        if let (Some(loopback), true, true) = (loopback, is_missing, daemon.is_ok()) {
            loopback.state = State::Advice;
        }
        // Cameras that V4L2 has not, such as those of libcamera, are PipeWire's.
        let camera =
            of_devices.iter_mut().find(|check| check.what == "camera" && check.state == State::Missing);
        let nodes = if camera.is_some() { pipewire::cameras() } else { Vec::new() };
        if let (Some(camera), false) = (camera, nodes.is_empty()) {
            *camera = Check::good("camera", format!("{} (PipeWire)", nodes.join(", ")));
        }
        checks.extend(of_devices);
        let of = |what, found: std::result::Result<Finding, Finding>| match found {
            Ok(finding) => Check::of(what, State::Good, finding),
            Err(finding) => Check::of(what, State::Advice, finding),
        };
        let works = daemon.is_ok();
        checks.push(of("pipewire", daemon));
        if works {
            checks.push(of("portal", pipewire::portal()));
        }
        if works && is_missing {
            let switches = pipewire::switches(is_installed).into_iter();
            checks.extend(switches.map(|finding| Check::of("browser", State::Advice, finding)));
        }
        let home = std::env::var("HOME").unwrap_or_default();
        checks.extend(browsers(&all, &system, &home));
    }
    checks.extend(rooms());
    checks.push(ffmpeg([OsStr::new("ffmpeg"), OsStr::new("ffprobe")], args.purpose));
    if args.list.json {
        print_line(to_json(&checks)?)?;
    } else {
        report(&checks, args.purpose).iter().try_for_each(print_line)?;
    }
    let is_missing = checks.iter().any(|check| check.state == State::Missing);
    Ok(if is_missing { FAILED } else { 0 })
}

/// The learnt rooms that are kept, if there are any.
fn rooms() -> Option<Check> {
    let (folder, bytes) = room::kept()?;
    let megabytes = bytes.iter().sum::<u64>() as f64 / 1e6;
    let (count, are) = (bytes.len(), if bytes.len() == 1 { "room is" } else { "rooms are" });
    let folder = folder.display();
    Some(Check::good(
        "room",
        format!(
            "{count} learnt {are} kept in {folder} ({megabytes:.1} MB): `gpucam learn --forget` removes them"
        ),
    ))
}

/// Whether a program is in PATH.
fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The report for people, by lines; the last says what to do first.
pub fn report(checks: &[Check], purpose: Purpose) -> Vec<String> {
    let mut lines: Vec<_> = checks.iter().map(line).collect();
    let first = |state| checks.iter().find(|check| check.state == state && !check.steps.is_empty());
    let next = match purpose {
        Purpose::Live => "gpucam",
        Purpose::Files => "gpucam --input me.jpg --output blurred.png",
    };
    lines.push(match (first(State::Missing), first(State::Advice)) {
        (Some(check), _) => format!("first: {}", check.steps[0]),
        (None, Some(check)) => format!("it works: {next}; what would help first: {}", check.steps[0]),
        (None, None) => format!("all is there: {next}"),
    });
    lines
}

fn line(Check { what, state, found, steps }: &Check) -> String {
    let mark = match state {
        State::Good => "ok ",
        State::Advice => "tip",
        State::Missing => "-> ",
    };
    let steps = if steps.is_empty() { String::new() } else { format!("; {}", steps.join("; then ")) };
    format!("{mark} {what:8} {found}{steps}")
}

/// Whether the system shows a GPU, with or without a driver: a node that renders, or a display of a maker of GPUs.
fn has_gpu() -> bool {
    /// NVIDIA, AMD and Intel, as PCI knows them.
    const MAKERS: [&str; 3] = ["0x10de", "0x1002", "0x8086"];
    let read = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
    let devices = fs::read_dir("/sys/bus/pci/devices").into_iter().flatten().flatten();
    let is_display = |device: fs::DirEntry| {
        let folder = device.path();
        read(folder.join("class")).starts_with("0x03") && MAKERS.contains(&read(folder.join("vendor")).trim())
    };
    has_render_node() || devices.into_iter().any(is_display)
}

fn adapter() -> Check {
    const DRIVER: &str = "install your GPU's Vulkan driver (Debian, Ubuntu: sudo apt install mesa-vulkan-drivers; \
                          NVIDIA: its own driver)";
    let lines = gpu::adapters();
    match lines.as_deref().map(|lines| lines.first().map(|line| (line, lines))) {
        Ok(Some((line, _))) if line.is_software() && !has_gpu() => {
            let found = "runs on the processor and is slow; the system shows no GPU";
            Check::advice("gpu", format!("{} {found}", line.info.name), &[])
        }
        Ok(Some((line, _))) if line.is_software() => {
            Check::advice("gpu", format!("{} runs on the processor and is slow", line.info.name), &[DRIVER])
        }
        Ok(Some((_, lines))) => {
            let infos: Vec<_> = lines.iter().map(|line| line.info.clone()).collect();
            Check::good("gpu", adapter_in_words(&infos, &FrameTimes::of_user()))
        }
        Ok(None) | Err(GpuError::NoAdapter) => Check::missing("gpu", "no Vulkan adapter", &[DRIVER]),
        Err(error) => Check::missing("gpu", error.to_string(), &[DRIVER]),
    }
}

/// Whether the default adapter is tuned.
fn tuning() -> Option<Check> {
    let lines = gpu::adapters().ok()?;
    Some(Check::good("tuning", tuning_in_words(&kept::read(&lines.first()?.info))))
}

/// The same in words.
pub fn tuning_in_words(kept: &Kept) -> String {
    match kept {
        Kept::Holds(_, measured) if measured.gains().is_empty() => {
            format!("measured: the table's choices are the best ({})", measured.how())
        }
        Kept::Holds(_, measured) => {
            format!("measured: {} ({})", measured.gains().join(", "), measured.how())
        }
        Kept::Nothing => "the table's; `gpucam tune` measures what is faster here".into(),
        Kept::Outdated(why) => format!("the table's, for {why}; `gpucam tune` measures again"),
        Kept::Damaged(why) => {
            format!("the table's, for what was kept is damaged ({why}); `gpucam tune` measures again")
        }
    }
}

/// The default adapter, the first of all: which of several it is and why, and what was measured on it.
pub fn adapter_in_words(all: &[wgpu::AdapterInfo], times: &FrameTimes) -> String {
    let Some(default) = all.first() else { return String::new() };
    let mut words = format!("{} ({})", default.name, default.driver_info);
    if let Some(fast) = all.get(gpu::fastest(all)).filter(|fast| fast.name != default.name) {
        words += &format!(
            ", which saves power; {} where that is slower than the camera, or with --adapter speed",
            fast.name
        );
    }
    if let Some((milliseconds, work)) = times.last(default) {
        words += &format!(" (measured: {milliseconds:.1} ms for {work})");
    }
    words
}

fn model() -> Check {
    let entry = catalogue::default();
    let name = &entry.name;
    match ModelFolders::from_env().find(entry) {
        Ok(Some(path)) => Check::good("model", format!("{name} in {}", path.display())),
        Ok(None) => Check::advice(
            "model",
            format!("{name} is fetched at the first run"),
            &[&format!("gpucam models fetch {name}")],
        ),
        Err(error) => {
            Check::missing("model", sentence(&error.into()), &[&format!("gpucam models fetch {name}")])
        }
    }
}

/// What the kernel has of the sandbox.
pub fn sandbox(Support { landlock, seccomp }: Support) -> Check {
    const LANDLOCK: &str =
        "start Linux 5.13 or newer, with landlock in the list after lsm= on its command line";
    const SECCOMP: &str = "start a kernel built with CONFIG_SECCOMP_FILTER";
    match (landlock, seccomp) {
        (0, true) => Check::advice(
            "sandbox",
            "the kernel has no Landlock: a run gives up the network, but not your other files",
            &[LANDLOCK],
        ),
        (0, false) => {
            Check::advice("sandbox", "the kernel has neither Landlock nor seccomp", &[LANDLOCK, SECCOMP])
        }
        (_, false) => Check::advice(
            "sandbox",
            format!(
                "the kernel has Landlock {landlock}, but no seccomp: a run gives up other files, but not the network"
            ),
            &[SECCOMP],
        ),
        (_, true) => Check::good("sandbox", format!("Landlock {landlock}, seccomp")),
    }
}

/// Checks that these programs, ffmpeg and ffprobe, run.
pub fn ffmpeg(programs: [&OsStr; 2], purpose: Purpose) -> Check {
    const INSTALL: &str = "sudo apt install ffmpeg";
    let version = |program: &OsStr| {
        let output = Command::new(program).arg("-version").stdin(Stdio::null()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        // "ffmpeg version 7.1.1-1 Copyright …"
        let version = text.split_whitespace().nth(2).unwrap_or("of unknown version").to_owned();
        output.status.success().then_some(version)
    };
    let [ffmpeg, ffprobe] = programs;
    let lacks = |name| match purpose {
        Purpose::Files => Check::missing(
            "ffmpeg",
            format!("{name} does not run; it reads every video but .y4m"),
            &[INSTALL],
        ),
        Purpose::Live => Check::advice(
            "ffmpeg",
            format!("{name} does not run; it reads videos for --effect video and --input"),
            &[INSTALL],
        ),
    };
    match (version(ffmpeg), version(ffprobe)) {
        (Some(version), Some(_)) => Check::good("ffmpeg", version),
        (None, _) => lacks("ffmpeg"),
        (_, None) => lacks("ffprobe"),
    }
}

/// Browsers that cannot see the virtual camera, or not yet.
pub fn browsers(devices: &Devices, system: &System, home: &str) -> Vec<Check> {
    let sandboxed = system.sandboxed_browsers(home).into_iter();
    let mut checks: Vec<_> = sandboxed.map(|finding| Check::of("browser", State::Advice, finding)).collect();
    let runs = devices.loopbacks().any(|device| device.producer == Producer::Gpucam);
    if let (true, Some(browser)) = (runs, system.older_browser(std::process::id())) {
        let found = format!("{browser} was started before gpucam, and may not list its camera yet");
        checks.push(Check::advice(
            "browser",
            found,
            &["load the meeting's page again, or start the browser anew"],
        ));
    }
    checks
}

/// Checks cameras and loopbacks.
pub fn devices(devices: &Devices, module: &LoopbackModule, system: &System) -> Vec<Check> {
    let mut checks = Vec::new();
    let name = |device: &Device| match device.relays_a_camera() {
        true => format!("{} (relayed into {})", device.capability.card, device.path.display()),
        false => device.capability.card.clone(),
    };
    let cameras: Vec<_> = devices.cameras().map(name).collect();
    let loopbacks: Vec<_> = devices.loopbacks().collect();
    let two_loopbacks = format!("echo '{TWO_LOOPBACKS}' | sudo tee /etc/modprobe.d/gpucam.conf");
    let passed_over = devices.passed_over_in_words();
    let only_raw = devices.passed_over().any(|(_, role)| role == DeviceRole::RawSensor);
    if let Some(path) = devices.forbidden() {
        let found = path.display().to_string();
        let of_no_use = cameras.is_empty() || loopbacks.is_empty();
        let check = if of_no_use { Check::missing } else { Check::advice };
        let user = std::env::var("USER").unwrap_or_default();
        let gid = std::fs::metadata(path).map(|about| about.gid()).ok();
        let step = gid.and_then(|gid| system.why_forbidden(&user, gid));
        checks.push(check("rights", found, &[step.as_deref().unwrap_or(PERMISSION)]));
    } else if !devices.found.is_empty() {
        checks.push(Check::good("rights", "every video device opens"));
    }
    checks.push(match (cameras.is_empty(), devices.forbidden()) {
        (false, _) => Check::good("camera", cameras.join(", ")),
        (true, Some(_)) => Check::missing("camera", "none that may be opened (see rights)", &[]),
        (true, None) if only_raw => Check::missing(
            "camera",
            format!("none that gpucam can show: {passed_over}"),
            &[&two_loopbacks, LOAD_LOOPBACK, RELAY],
        ),
        (true, None) if !passed_over.is_empty() => {
            Check::missing("camera", format!("none: {passed_over}"), &["plug in a camera"])
        }
        (true, None) => Check::missing("camera", "none found", &["plug in a camera"]),
    });
    if !cameras.is_empty() && !passed_over.is_empty() {
        checks.push(Check::good("others", format!("passed over: {passed_over}")));
    }
    // Where gpucam runs already, its own output is as good as a free one.
    let is_ours = |device: &&&Device| device.producer == Producer::Gpucam;
    let free = loopback::find(devices, None, None);
    let usable = free.as_ref().ok().copied().or_else(|| loopbacks.iter().find(is_ours).copied());
    checks.push(match (&module.version, usable) {
        (_, Some(device)) => {
            let version = module.version.as_deref().unwrap_or_default();
            Check::good("loopback", format!("{} (v4l2loopback {version})", device.path.display()))
        }
        (_, None) if !loopbacks.is_empty() => {
            let taken = free.err().map(|error| error.to_string()).unwrap_or_default();
            Check::missing("loopback", taken, &["close that program", &two_loopbacks, LOAD_LOOPBACK])
        }
        (Some(_), None) => Check::missing(
            "loopback",
            "v4l2loopback is loaded and has no device that may be opened",
            &[LOOPBACK_OPTIONS, LOAD_LOOPBACK],
        ),
        (None, None) => Check::of("loopback", State::Missing, system.why_not_loaded()),
    });
    if let Some(device) = loopbacks.iter().find(|device| module.lacks_exclusive_caps(device)) {
        let found =
            format!("{} is without exclusive_caps=1, so Chromium does not list it", device.path.display());
        let steps = system.steps_for_options();
        checks.push(Check::of("caps", State::Missing, Finding { found, steps }));
    } else if !loopbacks.is_empty() {
        checks.push(Check::good("caps", "exclusive_caps=1"));
    }
    if let Some(buffers) = module.max_buffers {
        checks.push(if buffers < BUFFERS {
            let found = format!("max_buffers={buffers}: a slow program may see torn pictures");
            Check::of("buffers", State::Advice, Finding { found, steps: system.steps_for_options() })
        } else {
            Check::good("buffers", format!("max_buffers={buffers}"))
        });
    }
    checks
}
