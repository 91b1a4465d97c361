//! Opens a camera or a file as a source of live frames, and lists the cameras.

use std::{os::fd::BorrowedFd, path::Path, time::Duration};

use crate::{
    Error, Result,
    cli::camera::open_for_window,
    frame::layout::PixelLayout,
    live::{CameraLock, InstanceError, LiveFile, LiveSource, SourceEvent},
    video::{self, Fit, InputOptions, VideoFormat, device::Devices},
};

use super::settings::{Input, SourceChoice};

/// Opens what was chosen. A picture repeats without end; a video ends, and is opened again.
pub(super) fn open(choice: &SourceChoice) -> Result<Box<dyn LiveSource>> {
    let SourceChoice { size, fps, matrix, range, .. } = *choice;
    let wanted = InputOptions { size, fit: Fit::Cover, fps, matrix, range, ..InputOptions::default() };
    match &choice.input {
        Input::Camera(typed) => hold(open_for_window(typed.clone(), wanted)),
        // The colours of a virtual camera are its own, whatever the camera behind it has.
        Input::Running(output) => {
            let wanted = InputOptions { matrix: None, range: None, ..wanted };
            hold(open_for_window(Some(output.clone()), wanted))
        }
        Input::File(path) => {
            let wanted = InputOptions { frames: Some(u64::MAX), ..wanted };
            Ok(Box::new(LiveFile::new(video::open_source(path, &wanted)?)))
        }
    }
}

/// A camera, and the right to use it for as long as it is open or wanted.
struct HeldCamera {
    source: Box<dyn LiveSource>,
    _lock: Option<CameraLock>,
}

/// What the window says where a gpucam that runs has the camera.
fn hold(opened: Result<(Box<dyn LiveSource>, Option<CameraLock>)>) -> Result<Box<dyn LiveSource>> {
    match opened {
        Ok((source, lock)) => Ok(Box::new(HeldCamera { source, _lock: lock })),
        Err(Error::Instance(InstanceError::CameraTaken { camera, pid })) => {
            Err(Error::Instance(InstanceError::Refused { sentence: taken(Path::new(&camera), &pid) }))
        }
        Err(error) => Err(error),
    }
}

/// The sentence about a camera that another gpucam has.
fn taken(camera: &Path, pid: &str) -> String {
    format!(
        "gpucam runs with the camera {} (process {pid}): choose \"What gpucam shows\" in the list of cameras, or end it \
         with `gpucam quit`",
        camera.display()
    )
}

impl LiveSource for HeldCamera {
    fn format(&self) -> VideoFormat {
        self.source.format()
    }

    fn layout(&self) -> Option<PixelLayout> {
        self.source.layout()
    }

    fn open(&mut self) {
        self.source.open();
    }

    fn warm_up(&mut self) {
        self.source.warm_up();
    }

    fn close(&mut self) {
        self.source.close();
    }

    fn wait_at_most(&mut self, longest: Duration) {
        self.source.wait_at_most(longest);
    }

    fn next(&mut self, wake: BorrowedFd<'_>) -> SourceEvent<'_> {
        self.source.next(wake)
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
