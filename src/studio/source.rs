//! Opens a camera or a file as a source of live frames, and lists the cameras.

use crate::{
    Result,
    cli::camera::open_for_window,
    live::{LiveFile, LiveSource},
    video::{self, Fit, InputOptions, device::Devices},
};

use super::settings::{Input, SourceChoice};

/// Opens what was chosen. A picture repeats without end; a video ends, and is opened again.
pub(super) fn open(choice: &SourceChoice) -> Result<Box<dyn LiveSource>> {
    let wanted =
        InputOptions { size: choice.size, fit: Fit::Cover, fps: choice.fps, ..InputOptions::default() };
    match &choice.input {
        Input::Camera(typed) => open_for_window(typed.clone(), wanted),
        Input::Running(output) => open_for_window(Some(output.clone()), wanted),
        Input::File(path) => {
            let wanted = InputOptions { frames: Some(u64::MAX), ..wanted };
            Ok(Box::new(LiveFile::new(video::open_source(path, &wanted)?)))
        }
    }
}

/// The cameras of this machine: what to type for each, and its name.
pub fn cameras() -> Vec<(String, String)> {
    let devices = Devices::list();
    let named = devices
        .cameras()
        .map(|device| (device.path.to_string_lossy().into_owned(), device.capability.card.clone()));
    let mut cameras: Vec<_> = named.collect();
    for name in nodes() {
        // The daemon lists the devices of V4L2 too.
        let is_known = |(_, known): &(String, String)| known.contains(&name) || name.contains(known.as_str());
        if !cameras.iter().any(is_known) {
            cameras.push((format!("pipewire:{name}"), name));
        }
    }
    cameras
}

/// The names of the cameras of PipeWire that are none of gpucam's.
#[cfg(feature = "pipewire")]
fn nodes() -> Vec<String> {
    let graph = match crate::video::pipewire::nodes::list() {
        Ok((graph, _)) => graph,
        Err(error) => {
            tracing::debug!("{error}");
            return Vec::new();
        }
    };
    let foreign = graph.cameras().into_iter().filter(|node| !graph.is_gpucam(node));
    foreign.map(|node| node.title().to_owned()).collect()
}

#[cfg(not(feature = "pipewire"))]
fn nodes() -> Vec<String> {
    Vec::new()
}
