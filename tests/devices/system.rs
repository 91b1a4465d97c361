//! What doctor reads from a machine's files, with folders that stand for machines.

use std::{fs, path::Path};

use gpucam::internals::{
    cli::{
        doctor::{self, State},
        system::{Finding, System},
    },
    video::{
        device::Devices,
        loopback_module::{
            INSTALL_LOOPBACK, LOAD_LOOPBACK, LOAD_LOOPBACK_AT_BOOT, LOOPBACK_OPTIONS, LoopbackModule,
        },
    },
};
use libtest_mimic::Trial;

use super::{CAPTURES, OUTPUTS, devices, loop_device};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("devices::system::not_installed", not_installed),
        test("devices::system::installed_and_not_loaded", installed_and_not_loaded),
        test("devices::system::not_built_for_this_kernel", not_built_for_this_kernel),
        test("devices::system::secure_boot", secure_boot),
        test("devices::system::options_of_others", options_of_others),
        test("devices::system::groups", groups),
        test("devices::system::sandboxed_browsers", sandboxed_browsers),
        test("devices::system::a_browser_older_than_gpucam", a_browser_older_than_gpucam),
    ]
}

/// A machine in a temporary folder.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.0.path().join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn system(&self) -> System {
        System::at(self.0.path())
    }

    fn why(&self) -> Finding {
        self.system().why_not_loaded()
    }

    /// A machine with a running kernel and the source of the module, built for these kernels.
    fn with_dkms(built_for: &[&str]) -> Self {
        let machine = Self::new();
        machine.put("/proc/sys/kernel/osrelease", "6.12.43-amd64\n");
        machine.put("/usr/src/v4l2loopback-0.15.0/dkms.conf", "");
        machine.put("/lib/modules/6.12.43-amd64/modules.dep", "kernel/drivers/usb/core/usbcore.ko.xz:\n");
        machine.put("/lib/modules/6.12.43-amd64/build/Makefile", "");
        for kernel in built_for {
            let index = "updates/dkms/v4l2loopback.ko.xz: kernel/drivers/media/v4l2-core/videodev.ko.xz\n";
            machine.put(&format!("/lib/modules/{kernel}/modules.dep"), index);
            machine.put(&format!("/lib/modules/{kernel}/updates/dkms/v4l2loopback.ko.xz"), "");
        }
        machine
    }
}

fn not_installed() {
    for (about, install) in [
        ("", INSTALL_LOOPBACK),
        ("ID=debian\n", INSTALL_LOOPBACK),
        ("NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", INSTALL_LOOPBACK),
        ("ID=fedora\n", "sudo dnf install akmod-v4l2loopback (from RPM Fusion)"),
        ("ID=manjaro\nID_LIKE=arch\n", "sudo pacman -S v4l2loopback-dkms"),
        (
            "ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n",
            "sudo zypper install v4l2loopback-kmp-default",
        ),
    ] {
        let machine = Machine::new();
        machine.put("/etc/os-release", about);
        machine.put("/proc/sys/kernel/osrelease", "6.12.43-amd64\n");
        machine.put("/lib/modules/6.1.0-1/modules.dep", ""); // as in a container
        let Finding { found, steps } = machine.why();
        assert!(found.contains("is not installed"), "{found}");
        assert_eq!(steps, [install, LOOPBACK_OPTIONS, LOAD_LOOPBACK_AT_BOOT, LOAD_LOOPBACK], "{about}");
    }
    let checks = doctor::devices(&Devices::default(), &LoopbackModule::default(), &Machine::new().system());
    let loopback = checks.iter().find(|check| check.what == "loopback").unwrap();
    assert!(loopback.state == State::Missing && loopback.steps[0] == INSTALL_LOOPBACK, "{loopback:?}");
}

fn installed_and_not_loaded() {
    let machine = Machine::with_dkms(&["6.12.43-amd64"]);
    let Finding { found, steps } = machine.why();
    assert!(found.ends_with("is installed and not loaded"), "{found}");
    assert_eq!(steps, [LOOPBACK_OPTIONS, LOAD_LOOPBACK_AT_BOOT, LOAD_LOOPBACK]);
    // What is done already is not asked for again.
    machine.put("/etc/modprobe.d/gpucam.conf", "options v4l2loopback exclusive_caps=1\n");
    machine.put("/etc/modules-load.d/gpucam.conf", "v4l2loopback\n");
    assert_eq!(machine.why().steps, [LOAD_LOOPBACK]);
}

fn not_built_for_this_kernel() {
    let machine = Machine::with_dkms(&["6.12.38-amd64"]);
    let Finding { found, steps } = machine.why();
    assert!(
        found.contains("0.15.0 is installed and was not built for the running kernel, 6.12.43-amd64"),
        "{found}"
    );
    let build = "sudo dkms install v4l2loopback/0.15.0 -k 6.12.43-amd64";
    assert_eq!(steps, [build, LOAD_LOOPBACK]);
    fs::remove_dir_all(machine.0.path().join("lib/modules/6.12.43-amd64/build")).unwrap();
    assert_eq!(machine.why().steps, ["sudo apt install linux-headers-6.12.43-amd64", build, LOAD_LOOPBACK]);
    // Updated and not restarted.
    fs::remove_dir_all(machine.0.path().join("lib/modules/6.12.43-amd64")).unwrap();
    let Finding { found, steps } = machine.why();
    assert!(found.contains("the modules of the running one, 6.12.43-amd64, are gone"), "{found}");
    assert_eq!(steps, ["sudo reboot"]);
}

const SECURE_BOOT: &str = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
const MOK_LIST: &str = "/sys/firmware/efi/efivars/MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23";

fn secure_boot() {
    let machine = Machine::with_dkms(&["6.12.43-amd64"]);
    let is_refused = || machine.why().found.starts_with("Secure Boot is on, and v4l2loopback is");
    assert_eq!((machine.system().secure_boot(), is_refused()), (None, false), "no UEFI");
    machine.put(SECURE_BOOT, [6, 0, 0, 0, 0]);
    assert_eq!((machine.system().secure_boot(), is_refused()), (Some(false), false));
    machine.put(SECURE_BOOT, [6, 0, 0, 0, 1]);
    assert!(machine.system().secure_boot() == Some(true) && is_refused());
    let steps = machine.why().steps;
    let starts =
        ["sudo openssl req", "sudo mokutil --import", "sudo dkms install --force", "sudo reboot, choose"];
    assert!(
        steps.len() == 4 && steps.iter().zip(starts).all(|(step, start)| step.starts_with(start)),
        "{steps:?}"
    );
    assert!(steps[2].ends_with("v4l2loopback/0.15.0 -k 6.12.43-amd64"), "{steps:?}");
    // DKMS has a key, and signs with it; the firmware does not know it.
    let key = b"0\x82\x03 a certificate";
    machine.put("/var/lib/dkms/mok.pub", key);
    machine.put(MOK_LIST, b"\x06\0\0\0 another certificate");
    let steps = machine.why().steps;
    assert!(
        steps.len() == 2 && steps[0].starts_with(starts[1]) && steps[1].starts_with(starts[3]),
        "{steps:?}"
    );
    // Enrolled.
    machine.put(MOK_LIST, [b"\x06\0\0\0 header ".as_slice(), key, b" more"].concat());
    assert!(!is_refused() && machine.why().found.ends_with("installed and not loaded"));
    // A module that is not compressed shows whether it is signed.
    let index = "extra/v4l2loopback.ko:\n";
    machine.put("/lib/modules/6.12.43-amd64/modules.dep", index);
    machine.put("/lib/modules/6.12.43-amd64/extra/v4l2loopback.ko", "\x7fELF");
    let Finding { found, steps } = machine.why();
    assert!(found.ends_with("is not signed") && steps[0].starts_with(starts[2]), "{found}: {steps:?}");
    machine.put("/lib/modules/6.12.43-amd64/extra/v4l2loopback.ko", "\x7fELF~Module signature appended~\n");
    assert!(!is_refused());
}

/// Options of other files win over gpucam's, so they go first.
fn options_of_others() {
    let machine = Machine::new();
    let loops = devices(vec![loop_device(4, CAPTURES | OUTPUTS)]);
    let steps = || {
        let checks = doctor::devices(&loops, &LoopbackModule::default(), &machine.system());
        checks.into_iter().find(|check| check.what == "caps").unwrap().steps
    };
    assert_eq!(steps(), [LOOPBACK_OPTIONS, LOAD_LOOPBACK]);
    machine.put("/etc/modprobe.d/gpucam.conf", "options v4l2loopback devices=1\n");
    machine.put("/etc/modprobe.d/other.conf", "# options v4l2loopback\noptions snd_hda_intel power_save=1\n");
    assert_eq!(steps(), [LOOPBACK_OPTIONS, LOAD_LOOPBACK]);
    machine.put("/etc/modprobe.d/v4l2loopback.conf", "options v4l2loopback exclusive_caps=0\n");
    let first = "sudo sed -i '/^ *options v4l2loopback/d' /etc/modprobe.d/v4l2loopback.conf";
    assert_eq!(steps(), [first, LOOPBACK_OPTIONS, LOAD_LOOPBACK]);
}

fn groups() {
    let machine = Machine::new();
    machine.put("/etc/group", "root:x:0:\nvideo:x:44:anna,ben\nrender:x:105:\n");
    machine.put("/proc/self/status", "Name:\tgpucam\nGroups:\t24 25 1000 \n");
    let why = |user, gid| machine.system().why_forbidden(user, gid);
    assert_eq!(why("carl", 44).as_deref(), Some("sudo usermod -aG video $USER, and log in again"));
    assert!(why("anna", 44).unwrap().starts_with("you have joined the group video since you logged in"));
    assert_eq!(why("anna", 105).as_deref(), Some("sudo usermod -aG render $USER, and log in again"));
    assert_eq!(why("anna", 999), None, "an unknown group");
    machine.put("/proc/self/status", "Groups:\t24 44 1000 \n");
    assert_eq!(why("anna", 44), None, "the group does not help");
}

fn sandboxed_browsers() {
    let machine = Machine::new();
    let found = || {
        let findings = machine.system().sandboxed_browsers("/home/anna");
        findings.into_iter().map(|finding| finding.steps.join("; ")).collect::<Vec<_>>()
    };
    assert_eq!(found(), [""; 0]);
    let profile = "/var/lib/snapd/apparmor/profiles/snap.firefox.firefox";
    machine.put(profile, "  /dev/shm/** rw,\n");
    assert_eq!(found(), ["sudo snap connect firefox:camera"]);
    machine.put(profile, "  /dev/shm/** rw,\n  /dev/video[0-9]* rw,\n");
    assert_eq!(found(), [""; 0]);

    let metadata = |folder: &str, devices: &str| {
        machine.put(
            &format!("{folder}/app/org.chromium.Chromium/current/active/metadata"),
            format!("[Application]\nname=org.chromium.Chromium\n[Context]\n{devices}\n"),
        );
    };
    let step = "flatpak override --user --device=all org.chromium.Chromium";
    metadata("/var/lib/flatpak", "devices=dri;");
    assert_eq!(found(), [step]);
    metadata("/var/lib/flatpak", "devices=all;");
    assert_eq!(found(), [""; 0]);
    let own = "/home/anna/.local/share/flatpak";
    machine.put(&format!("{own}/overrides/org.chromium.Chromium"), "[Context]\ndevices=!all;dri\n");
    assert_eq!(found(), [step], "the user has taken it away");
    machine.put(&format!("{own}/overrides/org.chromium.Chromium"), "[Context]\ndevices=all;\n");
    metadata("/var/lib/flatpak", "shared=network;");
    assert_eq!(found(), [""; 0], "the user has given it");
    machine.put("/var/lib/flatpak/app/org.gimp.GIMP/current/active/metadata", "[Context]\n");
    assert_eq!(found(), [""; 0], "no browser");
}

fn a_browser_older_than_gpucam() {
    let machine = Machine::new();
    let process = |pid: u32, name: &str, start: u64| {
        let zeros = "0 ".repeat(18);
        machine.put(&format!("/proc/{pid}/stat"), format!("{pid} ({name}) S {zeros}{start} 0 0\n"));
    };
    let older = || machine.system().older_browser(99);
    process(12, "firefox", 500);
    assert_eq!(older(), None, "no gpucam");
    process(99, "gpucam", 900);
    assert_eq!(older(), None, "doctor itself");
    process(30, "gpucam", 400);
    assert_eq!(older(), None, "gpucam was first");
    process(30, "gpucam", 600);
    assert_eq!(older().as_deref(), Some("firefox (process 12)"));
    process(12, "my (odd) editor", 500);
    assert_eq!(older(), None);

    process(12, "chrome", 500);
    let check = |found: &Devices| doctor::browsers(found, &machine.system(), "/home/anna");
    let checks = check(&devices(vec![loop_device(4, CAPTURES)]));
    assert!(checks.len() == 1 && checks[0].state == State::Advice, "{checks:?}");
    assert!(checks[0].found.contains("chrome (process 12) was started before gpucam"), "{checks:?}");
    assert_eq!(check(&devices(vec![loop_device(4, OUTPUTS)])), [], "gpucam writes to no device");
    assert!(!System::at(Path::new("/nowhere")).why_not_loaded().steps.is_empty());
}
