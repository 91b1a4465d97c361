//! `gpucam devices`: cameras with their formats, loopbacks with the programs that have them open.

use clap::Args;
use serde::Serialize;

#[cfg(feature = "pipewire")]
use super::nodes::NodeLine;
use super::{
    console::print_line,
    controls::{self, ControlLine},
    format_lines::{FormatLine, SizeLine, print_formats},
};
use crate::{
    Error, Result, Size, VideoError,
    video::{
        camera::{OfferedFormat, offers},
        device::{self, Device, Devices, PERMISSION},
        loopback_module::LoopbackModule,
        producer::Producer,
        v4l2::{BufferDirection, DeviceNode, FrameSizes},
    },
};

/// Output format of a list.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct ListArgs {
    /// Print JSON, for programs.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Serialize)]
struct DeviceList {
    cameras: Vec<CameraLine>,
    /// Cameras of PipeWire, gpucam's own among them.
    #[cfg(feature = "pipewire")]
    nodes: Vec<NodeLine>,
    loopbacks: Vec<LoopbackLine>,
    passed_over: Vec<PassedOverLine>,
    refused: Vec<RefusedLine>,
}

#[derive(Debug, Serialize)]
struct CameraLine {
    index: usize,
    path: String,
    by_id: Option<String>,
    name: String,
    bus: String,
    driver: String,
    /// Whether another program relays it into a loopback.
    relayed: bool,
    formats: Vec<FormatLine>,
    controls: Vec<ControlLine>,
    open_in: Vec<String>,
}

#[derive(Debug, Serialize)]
struct LoopbackLine {
    path: String,
    name: String,
    driver_version: String,
    exclusive_caps: bool,
    producer: Producer,
    open_in: Vec<String>,
}

/// A node that is no camera.
#[derive(Debug, Serialize)]
struct PassedOverLine {
    path: String,
    name: String,
    driver: String,
    reason: &'static str,
}

#[derive(Debug, Serialize)]
struct RefusedLine {
    path: String,
    reason: String,
}

pub(super) fn list(args: ListArgs) -> Result<()> {
    let devices = Devices::list();
    let cameras = devices.cameras().enumerate().map(|(index, device)| camera(index, device)).collect();
    let module = LoopbackModule::loaded();
    let loopbacks = devices.loopbacks().map(|device| loopback(device, &module)).collect();
    let refused = devices.refused.iter().map(|(path, kind)| RefusedLine {
        path: path.display().to_string(),
        reason: match kind {
            std::io::ErrorKind::PermissionDenied => PERMISSION.into(),
            kind => kind.to_string(),
        },
    });
    let passed_over = devices.passed_over().map(|(device, role)| PassedOverLine {
        path: device.path.display().to_string(),
        name: device.capability.card.clone(),
        driver: device.capability.driver.clone(),
        reason: role.reason().unwrap_or_default(),
    });
    let passed_over = passed_over.collect();
    let list = DeviceList {
        cameras,
        #[cfg(feature = "pipewire")]
        nodes: super::nodes::list(),
        loopbacks,
        passed_over,
        refused: refused.collect(),
    };
    if args.json { print_line(to_json(&list)?) } else { print(&list) }
}

/// Serialises a value as JSON.
pub(super) fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string_pretty(value).map_err(|e| {
        Error::Video(VideoError::Write { path: "standard output".into(), reason: e.to_string() })
    })
}

fn open_in(device: &Device) -> Vec<String> {
    let holders = device::number(&device.path).map(device::holders).unwrap_or_default();
    holders.into_iter().map(|holder| format!("{} ({})", holder.name, holder.pid)).collect()
}

fn camera(index: usize, device: &Device) -> CameraLine {
    let cap = &device.capability;
    let node = DeviceNode::open(&device.path).ok();
    let formats = node.as_ref().map(|node| formats(node, cap.capture_direction())).unwrap_or_default();
    // Those of a loopback are the relaying program's.
    let node = node.filter(|_| !device.relays_a_camera());
    let controls = node.as_ref().map(controls::of).unwrap_or_default();
    CameraLine {
        index,
        path: device.path.display().to_string(),
        by_id: device.by_id.as_ref().map(|link| link.display().to_string()),
        name: cap.card.clone(),
        bus: cap.bus.clone(),
        driver: cap.driver.clone(),
        relayed: device.relays_a_camera(),
        formats,
        controls,
        open_in: open_in(device),
    }
}

fn formats(node: &DeviceNode, direction: BufferDirection) -> Vec<FormatLine> {
    let line = |OfferedFormat { pixel_format, fourcc, sizes }: OfferedFormat| {
        let size = |size: Size| SizeLine {
            size: size.to_string(),
            rates: node.rates(fourcc, size).iter().map(|fps| (fps.value() * 100.0).round() / 100.0).collect(),
        };
        let all = |sizes: FrameSizes| match sizes {
            FrameSizes::Discrete(one) => vec![size(one)],
            FrameSizes::Stepwise(least, most, _) => vec![size(least), size(most)],
        };
        let format = pixel_format.to_string().to_lowercase();
        FormatLine { format, sizes: sizes.into_iter().flat_map(all).collect() }
    };
    offers(node, direction).into_iter().map(line).collect()
}

fn loopback(device: &Device, module: &LoopbackModule) -> LoopbackLine {
    LoopbackLine {
        path: device.path.display().to_string(),
        name: device.capability.card.clone(),
        driver_version: module.version.clone().unwrap_or_else(|| "of unknown version".into()),
        exclusive_caps: !module.lacks_exclusive_caps(device),
        producer: device.producer,
        open_in: open_in(device),
    }
}

fn print(list: &DeviceList) -> Result<()> {
    if list.cameras.is_empty() && !list.has_node() {
        print_line("no camera")?;
    }
    for camera in &list.cameras {
        let CameraLine { index, path, name, bus, .. } = camera;
        let bus = if camera.relayed { "relayed by another program" } else { bus };
        print_line(format_args!("camera {index}  {path}  {name} ({bus})"))?;
        camera.by_id.iter().try_for_each(|link| print_line(format_args!("    {link}")))?;
        print_formats(&camera.formats)?;
        if !camera.controls.is_empty() {
            print_line("    controls, for --camera-control NAME=VALUE:")?;
        }
        camera.controls.iter().try_for_each(|control| print_line(format_args!("        {control}")))?;
        print_open_in(&camera.open_in)?;
    }
    #[cfg(feature = "pipewire")]
    list.nodes.iter().try_for_each(print_node)?;
    if list.loopbacks.is_empty() {
        print_line("no loopback (`gpucam doctor` says how to make one)")?;
    }
    for loopback in &list.loopbacks {
        let LoopbackLine { path, name, driver_version, exclusive_caps, producer, open_in } = loopback;
        let caps = if *exclusive_caps { "" } else { ", without exclusive_caps" };
        let producer = match producer {
            Producer::None => "",
            Producer::Gpucam => ": gpucam writes to it",
            Producer::Other => ": another program writes to it",
        };
        print_line(format_args!("loopback  {path}  {name} (v4l2loopback {driver_version}{caps}){producer}"))?;
        print_open_in(open_in)?;
    }
    list.passed_over.iter().try_for_each(|PassedOverLine { path, name, driver, reason }| {
        print_line(format_args!("passed over  {path}  {name} ({driver}): {reason}"))
    })?;
    list.refused
        .iter()
        .try_for_each(|line| print_line(format_args!("refused  {}: {}", line.path, line.reason)))
}

#[cfg(feature = "pipewire")]
fn print_node(node: &NodeLine) -> Result<()> {
    let NodeLine { camera, name, node: id, gpucam, path, formats, open_in } = node;
    let kind = if *gpucam { "virtual camera" } else { "camera" };
    let path = path.as_ref().map_or_else(String::new, |path| format!(", {path}"));
    let producer = if *gpucam { ": gpucam writes to it" } else { "" };
    print_line(format_args!("{kind} {camera}  {name} ({id}{path}){producer}"))?;
    print_formats(formats)?;
    print_open_in(open_in)
}

impl DeviceList {
    fn has_node(&self) -> bool {
        #[cfg(feature = "pipewire")]
        return self.nodes.iter().any(|node| !node.gpucam);
        #[cfg(not(feature = "pipewire"))]
        return false;
    }
}

fn print_open_in(open_in: &[String]) -> Result<()> {
    if open_in.is_empty() { Ok(()) } else { print_line(format_args!("    open in {}", open_in.join(", "))) }
}
