//! The virtual cameras of a live run: loopbacks, and nodes of PipeWire.

use std::path::{Path, PathBuf};

use clap::Args;

use super::console::usage_error;
use crate::{
    PipeWireError, Result,
    live::Output,
    video::{
        VideoFormat,
        device::{self, Device, Devices},
        loopback::{self, Loopback},
        loopback_module::{LOAD_LOOPBACK, LOOPBACK_OPTIONS, LoopbackModule},
    },
};

/// How a virtual camera of PipeWire appears to other programs.
#[derive(Args, Debug)]
pub(super) struct NodeArgs {
    /// With PipeWire: the virtual camera's name in the lists of other programs [default: gpucam].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// With PipeWire: the virtual camera's priority (priority.session); programs take the camera with the highest
    /// one by default, and real cameras have about 1000 at most [default: 1500].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pipewire_priority: Option<u32>,
}

impl NodeArgs {
    /// The first of these flags that was given.
    pub(super) fn given(&self) -> Option<&'static str> {
        match (&self.name, self.pipewire_priority) {
            (Some(_), _) => Some("--name"),
            (None, Some(_)) => Some("--pipewire-priority"),
            (None, None) => None,
        }
    }
}

/// Whether an output shows frames live rather than being a file.
pub(super) fn is_live(path: &Path) -> bool {
    /// The major number of Video4Linux (Documentation/admin-guide/devices.txt).
    const MAJOR: u32 = 81;
    let named = ["/dev/video", "/dev/v4l/"].iter().any(|start| path.to_string_lossy().starts_with(start));
    named
        || node_name(path).is_some()
        || device::number(path).is_some_and(|number| libc::major(number) == MAJOR)
}

/// The name in `pipewire:NAME`, empty in `pipewire`; none for another output.
fn node_name(path: &Path) -> Option<&str> {
    let rest = path.to_str()?.strip_prefix("pipewire")?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix(':') }
}

/// A virtual camera that is to be opened.
#[derive(Debug, PartialEq)]
pub(super) enum PlannedOutput<'a> {
    /// The first of these loopbacks that is still free: the one that was named, or all.
    Loopback(Vec<&'a Device>),
    /// A node of PipeWire.
    Node(Node),
}

/// A node of PipeWire.
#[derive(Debug, PartialEq)]
pub(super) struct Node {
    name: String,
    priority: Option<u32>,
}

/// The virtual cameras that were named: each once. Without any, a free loopback, else PipeWire.
pub(super) fn plan<'a>(
    devices: &'a Devices,
    named: &[PathBuf],
    nodes: &NodeArgs,
    input: Option<u64>,
) -> Result<Vec<PlannedOutput<'a>>> {
    let node = |name: &str| {
        let given = Some(name).filter(|name| !name.is_empty()).or(nodes.name.as_deref());
        PlannedOutput::Node(Node {
            name: given.unwrap_or("gpucam").to_owned(),
            priority: nodes.pipewire_priority,
        })
    };
    if named.is_empty() {
        return Ok(vec![match (loopback::candidates(devices, None, input), nodes.given()) {
            (Ok(free), None) => PlannedOutput::Loopback(free),
            (Ok(_), Some(_)) => node(""),
            (Err(error), _) => match answers() {
                Ok(()) => {
                    tracing::info!("no loopback is free, so PipeWire is used");
                    node("")
                }
                Err(why) => {
                    tracing::debug!("{why}");
                    return Err(error);
                }
            },
        }]);
    }
    let mut planned: Vec<PlannedOutput<'_>> = Vec::new();
    for path in named {
        let output = match node_name(path) {
            Some(name) => node(name),
            None => PlannedOutput::Loopback(loopback::candidates(devices, Some(path), input)?),
        };
        if planned.contains(&output) {
            usage_error(&format!(
                "--output {}: it is named twice; name each virtual camera once",
                path.display()
            ));
        }
        planned.push(output);
    }
    let has_node = planned.iter().any(|output| matches!(output, PlannedOutput::Node(_)));
    if let (false, Some(flag)) = (has_node, nodes.given()) {
        usage_error(&format!(
            "{flag} is for a virtual camera of PipeWire: give --output pipewire, or leave it out"
        ));
    }
    Ok(planned)
}

#[cfg(feature = "pipewire")]
fn answers() -> Result<(), PipeWireError> {
    crate::video::pipewire::nodes::list().map(drop)
}

#[cfg(not(feature = "pipewire"))]
fn answers() -> Result<(), PipeWireError> {
    Err(PipeWireError::NotBuilt)
}

impl PlannedOutput<'_> {
    /// Opens it, and gives the name that it has in `gpucam status`. It shows the slate. What is wrong with a loopback
    /// that still works is said.
    pub(super) fn open(
        &self,
        format: &VideoFormat,
        module: &LoopbackModule,
    ) -> Result<(Box<dyn Output>, String)> {
        match self {
            Self::Loopback(candidates) => {
                // Not always the first one: another gpucam may have taken that since.
                let loopback = Loopback::open_first(candidates, format)?;
                let name = loopback.path().display().to_string();
                tracing::info!("{name} gives YUYV, {format}");
                let opened = candidates.iter().find(|candidate| candidate.path == loopback.path());
                if opened.is_some_and(|device| module.lacks_exclusive_caps(device)) {
                    tracing::warn!(
                        "{name}: it was loaded without exclusive_caps=1, so Chromium does not list it; type \
                         `{LOOPBACK_OPTIONS}`, then `{LOAD_LOOPBACK}`",
                    );
                }
                Ok((Box::new(loopback), name))
            }
            Self::Node(node) => Ok((node.open(format)?, format!("pipewire:{}", node.name))),
        }
    }
}

impl Node {
    #[cfg(feature = "pipewire")]
    fn open(&self, format: &VideoFormat) -> Result<Box<dyn Output>> {
        use crate::video::pipewire::output::{NodeSettings, PipeWireOutput};
        let priority = self.priority.unwrap_or(NodeSettings::PRIORITY);
        let settings = NodeSettings { description: self.name.clone(), priority };
        let output = PipeWireOutput::open(settings, format)?;
        tracing::info!("the node {} of PipeWire gives YUY2, {format}", self.name);
        Ok(Box::new(output))
    }

    #[cfg(not(feature = "pipewire"))]
    fn open(&self, _: &VideoFormat) -> Result<Box<dyn Output>> {
        let Self { name, priority } = self;
        tracing::debug!(name, priority);
        Err(crate::Error::Device(crate::DeviceError::PipeWire(PipeWireError::NotBuilt)))
    }
}
