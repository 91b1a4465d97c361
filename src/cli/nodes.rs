//! The cameras of PipeWire in `gpucam devices`: formats, and the programs that are linked.

use serde::Serialize;

use super::format_lines::{FormatLine, SizeLine};
use crate::{
    Size,
    video::{
        Fps,
        pipewire::{
            connection::Remote,
            nodes::Node,
            offers::{self, NodeFormat},
            session::Session,
        },
        v4l2::FrameSizes,
    },
};

/// A camera, or a virtual one.
#[derive(Debug, Serialize)]
pub(super) struct NodeLine {
    /// What to type after --camera.
    pub(super) camera: String,
    /// `node.description`, or another name.
    pub(super) name: String,
    /// `node.name`.
    pub(super) node: String,
    /// Whether a gpucam writes to it.
    pub(super) gpucam: bool,
    /// The device of V4L2 behind it.
    pub(super) path: Option<String>,
    pub(super) formats: Vec<FormatLine>,
    pub(super) open_in: Vec<String>,
}

/// Those that the user's daemon knows; none if it does not answer.
pub(super) fn list() -> Vec<NodeLine> {
    match Session::open(Remote::Daemon) {
        Ok(session) => session.graph().cameras().into_iter().map(|node| line(&session, node)).collect(),
        Err(why) => {
            tracing::debug!("{why}");
            Vec::new()
        }
    }
}

fn line(session: &Session, node: &Node) -> NodeLine {
    let graph = session.graph();
    // A node that has just gone has no details.
    let details = session.details(node).unwrap_or_default();
    NodeLine {
        camera: match node.serial {
            Some(serial) => format!("pipewire:{serial}"),
            None => format!("pipewire:{}", node.name),
        },
        name: node.title().to_owned(),
        node: node.name.clone(),
        gpucam: graph.is_gpucam(node),
        path: details.v4l2_path.map(|path| path.display().to_string()),
        formats: formats(&details.formats),
        open_in: graph.consumer_names(node.id),
    }
}

fn formats(all: &[NodeFormat]) -> Vec<FormatLine> {
    let line = |offer: crate::video::camera::OfferedFormat| {
        let size = |size: Size| {
            let mut rates: Vec<f64> = offers::rates_at(all, offer.fourcc, size, Fps::DEFAULT)
                .iter()
                .map(|fps| (fps.value() * 100.0).round() / 100.0)
                .collect();
            rates.sort_by(|a, b| b.total_cmp(a));
            rates.dedup();
            SizeLine { size: size.to_string(), rates }
        };
        let ends = |sizes: &FrameSizes| match *sizes {
            FrameSizes::Discrete(one) => vec![size(one)],
            FrameSizes::Stepwise(least, most, _) => vec![size(least), size(most)],
        };
        let format = offer.pixel_format.to_string().to_lowercase();
        FormatLine { format, sizes: offer.sizes.iter().flat_map(ends).collect() }
    };
    offers::offered(all).into_iter().map(line).collect()
}
