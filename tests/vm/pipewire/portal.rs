//! The camera portal, with a display of its own, which its dialogs need.

use std::time::Duration;

use super::daemon::{Desktop, Service, needs, within};
use crate::support::trials::Missing;

/// Whether the portal can run here.
pub fn ready() -> Result<(), Missing> {
    super::daemon::ready()?;
    needs(&["gst-launch-1.0", "Xvfb", "gdbus"])?;
    let programs = [PERMISSIONS, DIALOGS, PORTAL];
    match programs.iter().find(|program| !std::path::Path::new(program).exists()) {
        None => Ok(()),
        Some(program) => Err(Missing {
            what: format!("{program}: scripts/setup pipewire"),
            group: "PipeWire's programs: scripts/setup pipewire".into(),
        }),
    }
}

const PERMISSIONS: &str = "/usr/libexec/xdg-permission-store";
/// Without these the portal ends when a camera is asked for.
const DIALOGS: &str = "/usr/libexec/xdg-desktop-portal-gtk";
const PORTAL: &str = "/usr/libexec/xdg-desktop-portal";

/// A running portal.
pub struct Portal<'a> {
    desktop: &'a Desktop,
    // In this order they end.
    _portal: Service,
    _dialogs: Service,
    _permissions: Service,
    _display: Service,
}

impl<'a> Portal<'a> {
    /// Starts it. Permission is not given yet.
    pub fn start(desktop: &'a Desktop) -> Self {
        let (server, display) = display(desktop);
        let environment = [
            ("DISPLAY", display.as_str()),
            ("XDG_CURRENT_DESKTOP", "GNOME"),
            ("GDK_BACKEND", "x11"),
            ("GTK_A11Y", "none"),
        ];
        let start = |program: &str, name: &str| {
            let mut words: Vec<String> =
                environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
            words.push(program.into());
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let service = desktop.service("env", &words);
            within(30, name, || {
                desktop
                    .ask(
                        "gdbus",
                        &[
                            "call",
                            "--session",
                            "--dest",
                            "org.freedesktop.DBus",
                            "--object-path",
                            "/org/freedesktop/DBus",
                            "--method",
                            "org.freedesktop.DBus.NameHasOwner",
                            name,
                        ],
                    )
                    .contains("true")
            });
            service
        };
        let permissions = start(PERMISSIONS, "org.freedesktop.impl.portal.PermissionStore");
        let dialogs = start(DIALOGS, "org.freedesktop.impl.portal.desktop.gtk");
        let portal = start(PORTAL, "org.freedesktop.portal.Desktop");
        let portal =
            Self { desktop, _portal: portal, _dialogs: dialogs, _permissions: permissions, _display: server };
        within(30, "the portal's camera", || {
            desktop
                .ask(
                    "gdbus",
                    &[
                        "call",
                        "--session",
                        "--dest",
                        "org.freedesktop.portal.Desktop",
                        "--object-path",
                        "/org/freedesktop/portal/desktop",
                        "--method",
                        "org.freedesktop.DBus.Properties.Get",
                        "org.freedesktop.portal.Camera",
                        "IsCameraPresent",
                    ],
                )
                .contains("true")
        });
        portal
    }

    /// Answers for the person: yes or no. An empty name is every program that is in no sandbox.
    pub fn permit(&self, answer: &str) {
        let answer = format!("['{answer}']");
        let words = [
            "call",
            "--session",
            "--dest",
            "org.freedesktop.impl.portal.PermissionStore",
            "--object-path",
            "/org/freedesktop/impl/portal/PermissionStore",
            "--method",
            "org.freedesktop.impl.portal.PermissionStore.SetPermission",
            "devices",
            "true",
            "camera",
            "",
            &answer,
        ];
        let status = self.desktop.command("gdbus").args(words).output().unwrap();
        assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    }
}

/// A display that nobody sees, and its number.
fn display(desktop: &Desktop) -> (Service, String) {
    let mut server =
        desktop.service("Xvfb", &["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
    let number = || server_line(&server);
    within(30, "the display", || number().is_some());
    let display = format!(":{}", number().unwrap());
    std::thread::sleep(Duration::from_millis(100));
    assert!(server.runs());
    (server, display)
}

fn server_line(server: &Service) -> Option<u32> {
    server.log().lines().find_map(|line| line.trim().parse().ok())
}
