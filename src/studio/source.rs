//! Opens a camera or a file as a source of live frames.

use crate::{
    Result,
    live::{LiveCamera, LiveFile, LiveSource},
    video::{
        self, Fit, InputOptions,
        camera::{Camera, CameraRequest, name},
        device::Devices,
    },
};

use super::settings::{Input, SourceChoice};

/// Opens what was chosen. A picture repeats without end; a video ends, and is opened again.
pub(super) fn open(choice: &SourceChoice) -> Result<Box<dyn LiveSource>> {
    let wanted =
        InputOptions { size: choice.size, fit: Fit::Cover, fps: choice.fps, ..InputOptions::default() };
    let typed = match &choice.input {
        Input::Camera(typed) => typed.clone(),
        Input::Running(output) => Some(output.clone()),
        Input::File(path) => {
            let wanted = InputOptions { frames: Some(u64::MAX), ..wanted };
            return Ok(Box::new(LiveFile::new(video::open_source(path, &wanted)?)));
        }
    };
    let request = CameraRequest { size: choice.size, fps: choice.fps, pixel_format: None };
    let devices = Devices::list();
    let device = name::find(&devices, typed.as_deref())?;
    let camera = Camera::open(device, typed.as_deref(), request, &wanted)?;
    Ok(Box::new(LiveCamera::new(camera, typed, request, wanted)))
}

/// The cameras of this machine: what to type for each, and its name.
pub fn cameras() -> Vec<(String, String)> {
    let devices = Devices::list();
    let named = devices
        .cameras()
        .map(|device| (device.path.to_string_lossy().into_owned(), device.capability.card.clone()));
    named.collect()
}
