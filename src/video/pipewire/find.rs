//! Finds the camera of PipeWire that the user names (`--camera pipewire:NAME`), and finds it again after it was
//! unplugged or the daemon was restarted.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    camera::PipeWireCamera,
    connection::Remote,
    nodes::{Graph, Node},
    portal,
    session::{NodeDetails, Session},
};
use crate::{
    DeviceError, DeviceFault, Error, Result, Size,
    video::{
        InputOptions,
        camera::{CameraRequest, CaptureDevice},
    },
};

/// Which camera of PipeWire the user means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedCamera {
    /// Whether to ask the camera portal for a connection.
    pub portal: bool,
    /// A serial number, or part of a name; none for the one that other programs get by default.
    pub name: Option<String>,
}

impl WantedCamera {
    /// The one that other programs get by default.
    pub const ANY: Self = Self { portal: false, name: None };

    /// The same through the portal, if gpucam runs in a sandbox.
    pub fn of_a_sandbox() -> Option<Self> {
        portal::is_needed().then_some(Self { portal: true, name: None })
    }

    /// What `--camera pipewire[:NAME|SERIAL]` and `--camera portal[:NAME|SERIAL]` mean; none for a name of V4L2.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once(':').map_or((text, None), |(kind, name)| (kind, Some(name)));
        let portal = match kind.to_lowercase().as_str() {
            "pipewire" => portal::is_needed(),
            "portal" => true,
            _ => return None,
        };
        Some(Self { portal, name: name.filter(|name| !name.is_empty()).map(str::to_owned) })
    }
}

impl fmt::Display for WantedCamera {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.portal { "portal" } else { "pipewire" })?;
        self.name.as_ref().map_or(Ok(()), |name| write!(f, ":{name}"))
    }
}

/// How to recognise a camera after its serial number has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct NodeIdentity {
    /// `node.name`: the same whenever the device hangs at the same port.
    name: String,
    description: String,
}

/// Opens a camera of PipeWire, as often as needed.
#[derive(Debug)]
pub struct PipeWireOpener {
    wanted: WantedCamera,
    request: CameraRequest,
    options: InputOptions,
    known: Mutex<Known>,
}

/// What is known since the first time.
#[derive(Debug, Default)]
struct Known {
    session: Option<Arc<Mutex<Session>>>,
    /// The camera, and the size of its frames, which stays.
    camera: Option<(NodeIdentity, Size)>,
}

impl PipeWireOpener {
    /// Opens nothing yet.
    pub fn new(wanted: WantedCamera, request: CameraRequest, options: InputOptions) -> Self {
        Self { wanted, request, options, known: Mutex::default() }
    }

    /// Opens the camera: the first time by what the user said, later the same one. Through the portal this waits for the
    /// person's answer.
    ///
    /// # Errors
    /// [`DeviceError::PipeWire`], [`DeviceError::UnknownCamera`], [`DeviceError::NoPipeWireCamera`],
    /// [`DeviceError::Camera`].
    pub fn open(&self) -> Result<PipeWireCamera> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_lost = |session: &Arc<Mutex<Session>>| locked(session).is_lost();
        let session = match known.session.clone().filter(|session| !is_lost(session)) {
            Some(session) => session,
            None => {
                let remote = match self.wanted.portal {
                    true => Remote::Descriptor(portal::open_remote().map_err(DeviceError::PipeWire)?),
                    false => Remote::Daemon,
                };
                let session = Session::open(remote).map_err(DeviceError::PipeWire)?;
                known.session.insert(Arc::new(Mutex::new(session))).clone()
            }
        };
        let (node, details) = {
            let session = locked(&session);
            let graph = session.graph();
            match &known.camera {
                Some((identity, _)) => again(&graph, identity, &session)?,
                None => first(&graph, &self.wanted, &session)?,
            }
        };
        let size = known.camera.as_ref().map(|(_, size)| *size).or(self.request.size);
        let request = CameraRequest { size, ..self.request };
        let identity = NodeIdentity { name: node.name.clone(), description: node.description.clone() };
        let camera = PipeWireCamera::open(session, node, details, request, &self.options)?;
        known.camera = Some((identity, camera.format().size));
        Ok(camera)
    }
}

fn locked(session: &Arc<Mutex<Session>>) -> std::sync::MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The driver of loopbacks in V4L2, into which gpucam itself may write.
const LOOPBACK: &str = "v4l2 loopback";

fn first(graph: &Graph, wanted: &WantedCamera, session: &Session) -> Result<(Node, NodeDetails)> {
    let details = |node: &Node| session.details(node).map_err(DeviceError::PipeWire);
    if wanted.name.is_some() {
        let node = named(graph, wanted)?;
        let details = details(node)?;
        return Ok((node.clone(), details));
    }
    for node in by_default(graph) {
        let details = details(node)?;
        if details.driver != LOOPBACK {
            return Ok((node.clone(), details));
        }
    }
    Err(Error::Device(DeviceError::NoPipeWireCamera { others: titles(&graph.cameras()) }))
}

/// The cameras that are no output of a gpucam, the one that other programs get by default first.
pub fn by_default(graph: &Graph) -> Vec<&Node> {
    let mut cameras: Vec<_> = graph.cameras().into_iter().filter(|node| !graph.is_gpucam(node)).collect();
    // Stable: the oldest of those with the same priority stays the first.
    cameras.sort_by_key(|node| std::cmp::Reverse(node.priority));
    cameras
}

/// The camera that the user names: by its serial number, by a whole name, by part of a name.
///
/// # Errors
/// [`DeviceError::UnknownCamera`], [`DeviceError::NoPipeWireCamera`].
pub fn named<'a>(graph: &'a Graph, wanted: &WantedCamera) -> Result<&'a Node, DeviceError> {
    let cameras = graph.cameras();
    let text = wanted.name.as_deref().unwrap_or_default().to_lowercase();
    let names = |node: &&&Node| [&node.description, &node.nick, &node.name].map(|name| name.to_lowercase());
    let serial = text.parse().ok();
    let by_serial = cameras.iter().find(|node| serial.is_some() && node.serial == serial);
    let whole = || cameras.iter().find(|node| names(node).contains(&text));
    let part = || cameras.iter().find(|node| names(node).iter().any(|name| name.contains(&text)));
    match by_serial.or_else(whole).or_else(part) {
        Some(node) => Ok(node),
        None if cameras.is_empty() => Err(DeviceError::NoPipeWireCamera { others: String::new() }),
        None => Err(DeviceError::UnknownCamera { wanted: wanted.to_string(), known: titles(&cameras) }),
    }
}

/// What to type for each camera, and its name.
fn titles(cameras: &[&Node]) -> String {
    let title = |node: &&Node| match node.serial {
        Some(serial) => format!("pipewire:{serial} ({})", node.title()),
        None => format!("pipewire:{}", node.title()),
    };
    cameras.iter().map(title).collect::<Vec<_>>().join(", ")
}

fn again(graph: &Graph, identity: &NodeIdentity, session: &Session) -> Result<(Node, NodeDetails)> {
    let cameras = graph.cameras();
    let same = cameras.iter().find(|node| node.name == identity.name);
    // Plugged in at another port, if no other has its description.
    let mut alike = cameras.iter().filter(|node| node.description == identity.description);
    let node = same.or_else(|| alike.next().filter(|_| alike.next().is_none()));
    let node = node.ok_or_else(|| {
        let name = if identity.description.is_empty() { &identity.name } else { &identity.description };
        DeviceError::Camera {
            path: format!("pipewire:{name}").into(),
            source: DeviceFault::Other("it is gone; plug it in again".into()),
        }
    })?;
    let details = session.details(node).map_err(DeviceError::PipeWire)?;
    Ok(((*node).clone(), details))
}
