//! What `gpucam doctor` says about PipeWire: the daemon, the camera portal, and the browsers' switches.

use super::system::Finding;
#[cfg(feature = "pipewire")]
use crate::video::pipewire::find;

/// The daemon with its session manager; the error is what is missing.
#[cfg(feature = "pipewire")]
pub(super) fn daemon() -> Result<Finding, Finding> {
    use crate::{PipeWireError, video::pipewire::nodes};
    const START: &str = "systemctl --user start pipewire wireplumber";
    let (graph, version) = nodes::list().map_err(|error| {
        let found = error.to_string();
        let step = match error {
            PipeWireError::Library { .. } => "sudo apt install libpipewire-0.3-0 libspa-0.2-modules",
            _ => START,
        };
        Finding::new(found.split("; ").next().unwrap_or_default(), &[step])
    })?;
    let version = version.unwrap_or_else(|| "of unknown version".into());
    match graph.session_manager() {
        Some(manager) => Ok(Finding::new(format!("{version} with {manager}"), &[])),
        None => Err(Finding::new(
            format!("{version} without a session manager, so nothing is linked"),
            &["sudo apt install wireplumber", START],
        )),
    }
}

#[cfg(not(feature = "pipewire"))]
pub(super) fn daemon() -> Result<Finding, Finding> {
    Err(Finding::new("this gpucam was built without it", &[]))
}

/// Names of the cameras that a run without --camera may take.
#[cfg(feature = "pipewire")]
pub(super) fn cameras() -> Vec<String> {
    let graph = crate::video::pipewire::nodes::list().map(|(graph, _)| graph);
    let of = |graph| find::by_default(graph).into_iter().map(|node| node.title().to_owned()).collect();
    graph.as_ref().map(of).unwrap_or_default()
}

#[cfg(not(feature = "pipewire"))]
pub(super) fn cameras() -> Vec<String> {
    Vec::new()
}

/// The camera portal, through which browsers see the cameras; the error is what is missing.
#[cfg(feature = "pipewire")]
pub(super) fn portal() -> Result<Finding, Finding> {
    match crate::video::pipewire::portal::version() {
        Ok(version) => Ok(Finding::new(format!("the camera portal, version {version}"), &[])),
        Err(_) => Err(Finding::new(
            "no camera portal, through which browsers see PipeWire's cameras",
            &["sudo apt install xdg-desktop-portal xdg-desktop-portal-gtk"],
        )),
    }
}

#[cfg(not(feature = "pipewire"))]
pub(super) fn portal() -> Result<Finding, Finding> {
    daemon()
}

/// Browsers on this machine, with the switch that lets each use cameras of PipeWire.
pub(super) fn switches(is_installed: impl Fn(&str) -> bool) -> Vec<Finding> {
    const FLAG: &str =
        "open chrome://flags/#enable-webrtc-pipewire-camera, choose Enabled, and start it anew";
    const PREFERENCE: &str = "open about:config and set media.webrtc.camera.allow-pipewire to true";
    let browsers = [
        (&["chromium", "chromium-browser"][..], "Chromium", FLAG),
        (&["google-chrome", "google-chrome-stable"], "Chrome", FLAG),
        (&["brave-browser"], "Brave", FLAG),
        (&["firefox", "firefox-esr"], "Firefox", PREFERENCE),
    ];
    let installed =
        browsers.iter().filter(|(programs, ..)| programs.iter().any(|program| is_installed(program)));
    let finding = |(_, name, switch): &(_, _, &str)| {
        Finding::new(format!("{name} may need a switch for PipeWire's cameras"), &[switch])
    };
    installed.map(finding).collect()
}
