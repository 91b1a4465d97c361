//! What this machine's files tell about a virtual camera that does not work: the kernel module, Secure Boot,
//! groups, and browsers in sandboxes. Everything is read below one folder, `/` outside of tests.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::video::loopback_module::{
    INSTALL_LOOPBACK, LOAD_LOOPBACK, LOAD_LOOPBACK_AT_BOOT, LOOPBACK_OPTIONS,
};

/// gpucam's own file of options.
const OWN_OPTIONS: &str = "/etc/modprobe.d/gpucam.conf";
/// The key with which DKMS signs what it builds.
const DKMS_KEY: &str = "/var/lib/dkms/mok.pub";
/// Ends the file of a module that is signed (scripts/sign-file.c of the kernel).
const SIGNATURE: &[u8] = b"~Module signature appended~\n";

/// The machine's files below a folder.
#[derive(Clone, Debug)]
pub struct System {
    root: PathBuf,
}

/// What was found, and what to type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was found.
    pub found: String,
    /// What to type, in order.
    pub steps: Vec<String>,
}

impl Finding {
    pub(super) fn new(found: impl Into<String>, steps: &[&str]) -> Self {
        Self { found: found.into(), steps: steps.iter().map(|&step| step.into()).collect() }
    }
}

impl System {
    /// This machine.
    pub fn this() -> Self {
        Self::at(Path::new("/"))
    }

    /// Another folder of the same structure.
    pub fn at(root: &Path) -> Self {
        Self { root: root.into() }
    }

    fn path(&self, absolute: &str) -> PathBuf {
        self.root.join(absolute.trim_start_matches('/'))
    }

    fn text(&self, absolute: &str) -> Option<String> {
        fs::read_to_string(self.path(absolute)).ok()
    }

    /// Names in a folder, sorted.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// Why v4l2loopback is not loaded.
    pub fn why_not_loaded(&self) -> Finding {
        let kernel = self.text("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned();
        let folder = format!("/lib/modules/{kernel}");
        let versions = self.names("/usr/src");
        let source = versions.iter().find_map(|name| name.strip_prefix("v4l2loopback-"));
        if let Some(file) = self.module_file(&folder) {
            return match self.why_refused(&file, source, &kernel) {
                Some(finding) => finding,
                None => self.not_loaded(),
            };
        }
        let Some(version) = source else {
            let found = "v4l2loopback, the virtual camera, is not installed";
            let install = self.install_line();
            return Finding::new(found, &[install, LOOPBACK_OPTIONS, LOAD_LOOPBACK_AT_BOOT, LOAD_LOOPBACK]);
        };
        if !self.path(&folder).is_dir() && !self.names("/lib/modules").is_empty() {
            let found = format!("the kernel was updated: the modules of the running one, {kernel}, are gone");
            return Finding::new(found, &["sudo reboot"]);
        }
        let build = format!("sudo dkms install v4l2loopback/{version} -k {kernel}");
        let headers = format!("sudo apt install linux-headers-{kernel}");
        let mut steps = vec![build.as_str(), LOAD_LOOPBACK];
        if !self.path(&format!("{folder}/build")).exists() {
            steps.insert(0, &headers);
        }
        let found =
            format!("v4l2loopback {version} is installed and was not built for the running kernel, {kernel}");
        Finding::new(found, &steps)
    }

    /// The line that installs the module on this distribution.
    fn install_line(&self) -> &'static str {
        let about = self.text("/etc/os-release").unwrap_or_default();
        let values =
            about.lines().filter_map(|line| line.strip_prefix("ID=").or(line.strip_prefix("ID_LIKE=")));
        let words: Vec<_> = values.flat_map(|value| value.trim_matches('"').split_whitespace()).collect();
        let lines = [
            ("debian", INSTALL_LOOPBACK),
            ("fedora", "sudo dnf install akmod-v4l2loopback (from RPM Fusion)"),
            ("arch", "sudo pacman -S v4l2loopback-dkms"),
            ("suse", "sudo zypper install v4l2loopback-kmp-default"),
        ];
        lines.iter().find(|(id, _)| words.contains(id)).map_or(INSTALL_LOOPBACK, |(_, line)| line)
    }

    /// It could be loaded: the lines that are not in force yet.
    fn not_loaded(&self) -> Finding {
        let mut steps = Vec::new();
        if self.options_files().is_empty() {
            steps.push(LOOPBACK_OPTIONS);
        }
        if !self.names("/etc/modules-load.d").iter().any(|name| {
            self.text(&format!("/etc/modules-load.d/{name}"))
                .is_some_and(|text| text.contains("v4l2loopback"))
        }) {
            steps.push(LOAD_LOOPBACK_AT_BOOT);
        }
        steps.push(LOAD_LOOPBACK);
        Finding::new("v4l2loopback, the virtual camera, is installed and not loaded", &steps)
    }

    /// The module's file, from the kernel's index: `updates/dkms/v4l2loopback.ko.xz: …`.
    fn module_file(&self, folder: &str) -> Option<PathBuf> {
        let index = self.text(&format!("{folder}/modules.dep"))?;
        let mut files = index.lines().filter_map(|line| line.split(':').next());
        let file = files.find(|file| file.contains("/v4l2loopback.ko"))?;
        Some(self.path(&format!("{folder}/{file}")))
    }

    /// Whether Secure Boot is on; none if the machine does not tell.
    pub fn secure_boot(&self) -> Option<bool> {
        // Four bytes of attributes, then the value (UEFI specification, 3.3).
        let variable = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
        fs::read(self.path(variable)).ok()?.get(4).map(|value| *value == 1)
    }

    /// Why the kernel refuses the module's file: with Secure Boot it must be signed, by a key that the firmware
    /// knows.
    fn why_refused(&self, file: &Path, source: Option<&str>, kernel: &str) -> Option<Finding> {
        if self.secure_boot() != Some(true) {
            return None;
        }
        let key = fs::read(self.path(DKMS_KEY)).ok();
        let list = "/sys/firmware/efi/efivars/MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23";
        let list = fs::read(self.path(list)).unwrap_or_default();
        let is_enrolled = key
            .as_ref()
            .is_some_and(|key| !key.is_empty() && list.windows(key.len()).any(|part| part == key));
        let is_plain = file.extension().is_some_and(|ending| ending == "ko");
        let is_unsigned = is_plain && !fs::read(file).is_ok_and(|bytes| bytes.ends_with(SIGNATURE));
        if is_enrolled && !is_unsigned {
            return None;
        }
        let make_key = "sudo openssl req -new -x509 -newkey rsa:2048 -nodes -days 36500 -subj /CN=DKMS/ -keyout \
                        /var/lib/dkms/mok.key -outform DER -out /var/lib/dkms/mok.pub";
        let import = format!("sudo mokutil --import {DKMS_KEY}");
        let sign =
            format!("sudo dkms install --force v4l2loopback/{} -k {kernel}", source.unwrap_or("VERSION"));
        let reboot = "sudo reboot, choose \"Enroll MOK\" in the menu that comes, and type the password again";
        let mut steps = vec![];
        if key.is_none() {
            steps.push(make_key);
        }
        if !is_enrolled {
            steps.push(&import);
        }
        if is_unsigned || key.is_none() {
            steps.push(&sign);
        }
        steps.push(if is_enrolled { LOAD_LOOPBACK } else { reboot });
        let why = match (is_unsigned, is_enrolled) {
            (true, _) => "is not signed",
            (false, _) => "is signed with a key that this machine does not know",
        };
        Some(Finding::new(format!("Secure Boot is on, and v4l2loopback {why}"), &steps))
    }

    /// Files other than gpucam's with options for v4l2loopback.
    fn options_files(&self) -> Vec<String> {
        let files = self.names("/etc/modprobe.d").into_iter().map(|name| format!("/etc/modprobe.d/{name}"));
        let has = |file: &String| {
            let text = self.text(file).unwrap_or_default();
            text.lines().any(|line| line.trim_start().starts_with("options v4l2loopback"))
        };
        files.filter(has).collect()
    }

    /// The steps that put gpucam's options in force: those of other files win over gpucam's, by their names.
    pub fn steps_for_options(&self) -> Vec<String> {
        let others = self.options_files().into_iter().filter(|file| file != OWN_OPTIONS);
        let remove = others.map(|file| format!("sudo sed -i '/^ *options v4l2loopback/d' {file}"));
        remove.chain([LOOPBACK_OPTIONS.into(), LOAD_LOOPBACK.into()]).collect()
    }

    /// What to do about a node of this group that `user` may not open; none if the user is in no group that
    /// would help, which a login would change.
    pub fn why_forbidden(&self, user: &str, gid: u32) -> Option<String> {
        let groups = self.text("/etc/group")?;
        // video:x:44:anna,ben
        let group = groups.lines().find_map(|line| {
            let fields: Vec<_> = line.split(':').collect();
            (fields.len() == 4 && fields[2].parse() == Ok(gid))
                .then(|| (fields[0].to_owned(), fields[3].to_owned()))
        });
        let (name, members) = group?;
        let status = self.text("/proc/self/status").unwrap_or_default();
        let own = status.lines().find_map(|line| line.strip_prefix("Groups:")).unwrap_or_default();
        let is_active = own.split_whitespace().any(|group| group.parse() == Ok(gid));
        match (members.split(',').any(|member| member == user), is_active) {
            (_, true) => None,
            (true, false) => {
                Some(format!("you have joined the group {name} since you logged in; log in again"))
            }
            (false, false) => Some(format!("sudo usermod -aG {name} $USER, and log in again")),
        }
    }

    /// Browsers of this machine that cannot see /dev/video*, because their sandbox hides it.
    pub fn sandboxed_browsers(&self, home: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        for snap in ["firefox", "chromium", "brave", "opera"] {
            // snapd writes the camera interface's rules into the profile of each program of the snap.
            let start = format!("snap.{snap}.");
            let folder = "/var/lib/snapd/apparmor/profiles";
            let profiles = self.names(folder).into_iter().filter(|name| name.starts_with(&start));
            let texts: Vec<_> = profiles.filter_map(|name| self.text(&format!("{folder}/{name}"))).collect();
            if !texts.is_empty() && !texts.iter().any(|text| text.contains("/dev/video")) {
                let found = format!("{snap} is a snap that may not use cameras");
                findings.push(Finding::new(found, &[&format!("sudo snap connect {snap}:camera")]));
            }
        }
        let bases = ["/var/lib/flatpak".to_owned(), format!("{home}/.local/share/flatpak")];
        for base in &bases {
            for id in self.names(&format!("{base}/app")) {
                let is_browser = ["firefox", "chrom", "brave", "vivaldi", "edge", "opera", "librewolf"];
                if !is_browser.iter().any(|word| id.to_lowercase().contains(word)) {
                    continue;
                }
                let metadata = self.text(&format!("{base}/app/{id}/current/active/metadata"));
                let Some(metadata) = metadata else { continue };
                let overrides = bases.iter().filter_map(|base| self.text(&format!("{base}/overrides/{id}")));
                // The last word counts: a user's override comes after the system's.
                let mut words =
                    [metadata].into_iter().chain(overrides).filter_map(|text| sees_devices(&text));
                if words.next_back() != Some(true) {
                    let found = format!("{id} is a Flatpak that may not use cameras");
                    findings
                        .push(Finding::new(found, &[&format!("flatpak override --user --device=all {id}")]));
                }
            }
        }
        findings
    }

    /// A browser that runs since before the newest gpucam of these: it may not list the camera yet.
    pub fn older_browser(&self, own: u32) -> Option<String> {
        let mut browsers = Vec::new();
        let mut gpucams = Vec::new();
        for pid in self.names("/proc").iter().filter_map(|name| name.parse::<u32>().ok()) {
            let Some((name, start)) =
                self.text(&format!("/proc/{pid}/stat")).as_deref().and_then(name_and_start)
            else {
                continue;
            };
            if name == "gpucam" && pid != own {
                gpucams.push(start);
            } else if is_browser(&name) {
                browsers.push((start, pid, name));
            }
        }
        let newest = gpucams.into_iter().max()?;
        let (_, pid, name) = browsers.into_iter().min().filter(|(start, ..)| *start < newest)?;
        Some(format!("{name} (process {pid})"))
    }
}

/// Whether a Flatpak's metadata or an override lets it see devices; none if it says nothing about them.
fn sees_devices(metadata: &str) -> Option<bool> {
    let devices = metadata.lines().find_map(|line| line.trim().strip_prefix("devices="))?;
    let has = |word: &str| devices.split(';').any(|device| device.trim() == word);
    if has("!all") { Some(false) } else { has("all").then_some(true) }
}

/// Name and start time of a process, from /proc/PID/stat: `12 (firefox) S 1 …`; the start is the 22nd field.
fn name_and_start(stat: &str) -> Option<(String, u64)> {
    let (begin, end) = (stat.find('(')?, stat.rfind(')')?);
    let start = stat[end + 1..].split_whitespace().nth(19)?.parse().ok()?;
    Some((stat[begin + 1..end].to_owned(), start))
}

fn is_browser(name: &str) -> bool {
    [
        "firefox",
        "firefox-bin",
        "chrome",
        "chromium",
        "chromium-browse",
        "brave",
        "msedge",
        "vivaldi-bin",
        "opera",
    ]
    .contains(&name)
}
