//! PipeWire both ways, with the daemon and the session manager of this machine; needs no guest kernel.

mod browser;
mod camera;
#[cfg(feature = "control")]
mod control;
pub mod daemon;
mod faults;
mod library;
#[cfg(feature = "control")]
mod lost;
mod output;
pub mod portal;
#[cfg(feature = "control")]
mod room;
#[cfg(feature = "control")]
mod service;
#[cfg(feature = "control")]
mod tray;

use std::{
    fs,
    path::{Path, PathBuf},
};

use libtest_mimic::Trial;

use crate::frames::{BARS, Size, mark};
use daemon::Desktop;

pub(crate) fn trials() -> Vec<Trial> {
    let trials = [library::trials(), output::trials(), camera::trials(), faults::trials(), browser::trials()];
    #[allow(unused_mut)]
    let mut trials: Vec<Trial> = trials.into_iter().flatten().collect();
    #[cfg(feature = "control")]
    [control::trials(), lost::trials(), room::trials(), service::trials(), tray::trials()]
        .into_iter()
        .for_each(|more| trials.extend(more));
    trials
}

/// A picture of the bars, which gpucam shows without end.
fn bars_picture(desktop: &Desktop, size: Size) -> PathBuf {
    picture(desktop, size, |x, _| BARS[x * 8 / size.width].map(|value| (255.0 * value) as u8))
}

/// gpucam as a camera of PipeWire: its node is called room, and shows this picture.
#[cfg(feature = "control")]
fn room_camera(desktop: &Desktop, picture: &Path) -> daemon::Service {
    let flags = format!("--input {} --fps 15 --effect none --output pipewire:room", picture.display());
    let camera = desktop.gpucam(&flags);
    daemon::within(60, "the camera's node", || desktop.has_node("room"));
    camera
}

/// A picture of the mark, whose blur hides it.
fn mark_picture(desktop: &Desktop, size: Size) -> PathBuf {
    picture(desktop, size, |x, y| if mark(x, y) > 128 { [255; 3] } else { [0; 3] })
}

fn picture(desktop: &Desktop, size: Size, pixel: impl Fn(usize, usize) -> [u8; 3]) -> PathBuf {
    // Not beside the home folder: the folders of inputs may be read.
    let path = desktop.path("pictures/picture.png");
    fs::create_dir_all(desktop.path("pictures")).unwrap();
    let picture = image::RgbImage::from_fn(size.width as u32, size.height as u32, |x, y| {
        image::Rgb(pixel(x as usize, y as usize))
    });
    picture.save(&path).unwrap();
    path
}
