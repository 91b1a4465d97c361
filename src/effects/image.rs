use std::{path::PathBuf, sync::Arc};

use super::{
    effect::{Effect, Scene},
    replacement::{self, Behind},
    spec::{Domain, Kind, Parameter, Room},
};
use crate::{
    Result,
    gpu::Recorder,
    passes::Frame,
    video::{
        Fit,
        fit::fitted,
        picture::{check, read},
    },
};

pub(super) const KIND: Kind = Kind {
    name: "image",
    summary: "a picture instead of the room",
    parameters: &[
        Parameter {
            name: "path",
            summary: "PNG, JPEG or WebP; black shows through what is transparent in it",
            domain: Domain::File,
        },
        replacement::FIT,
        replacement::wrap(0.25),
        replacement::BLEND,
    ],
    open: false,
    room: Room::Hidden,
    make: |values| {
        let path = values.file("path");
        check(&path)?;
        Ok(Arc::new(Image {
            path,
            fit: Fit::of(values.word("fit")).unwrap_or_default(),
            behind: Behind::of(values),
        }))
    },
};

#[derive(Debug)]
struct Image {
    path: PathBuf,
    fit: Fit,
    behind: Behind,
}

impl Effect for Image {
    fn hides(&self) -> bool {
        true
    }

    fn draw(&self, rec: &mut Recorder<'_>, scene: &mut Scene<'_>) -> Result<Frame> {
        let rgb = fitted(&read(&self.path)?, scene.picture.size, self.fit);
        let picture = replacement::upload(rec.gpu(), &scene.picture, &rgb);
        Ok(self.behind.still(rec, scene, &picture))
    }
}
