//! What the daemon knows: nodes, the links between them, and the programs that they belong to.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use pipewire::{
    registry::{self, RegistryRc},
    spa::utils::dict::DictRef,
    types::ObjectType,
};

use super::connection::{Connection, Events, Remote};
use crate::video::PipeWireError;

/// How long a list waits for the daemon.
const PATIENCE: Duration = Duration::from_secs(3);

/// A node that gives video.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// The daemon's number for it, which a later node may get again.
    pub id: u32,
    /// `object.serial`, which no other node gets.
    pub serial: Option<u64>,
    /// `node.name`, for programs.
    pub name: String,
    /// `node.description`, for people.
    pub description: String,
    /// `node.nick`, a shorter one.
    pub nick: String,
    /// `media.class`, such as `Video/Source`.
    pub class: String,
    /// `media.role`, such as `Camera`.
    pub role: String,
    /// `priority.session`: programs get the camera with the highest by default.
    pub priority: i32,
    /// The client that made it.
    client: Option<u32>,
}

impl Node {
    /// Its name for people.
    pub fn title(&self) -> &str {
        let names = [&self.description, &self.nick, &self.name];
        names.into_iter().find(|name| !name.is_empty()).map_or("a node without a name", |name| name)
    }
}

/// A program that is connected with the daemon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Client {
    name: String,
    process: Option<u32>,
}

/// What the registry has told so far.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: HashMap<u32, Node>,
    clients: HashMap<u32, Client>,
    /// Output node and input node of each link.
    links: HashMap<u32, (u32, u32)>,
    /// The node of each output port.
    output_ports: HashMap<u32, u32>,
}

impl Graph {
    fn add(&mut self, id: u32, kind: &ObjectType, properties: &DictRef) {
        let text = |key: &str| properties.get(key).unwrap_or_default().to_owned();
        let number = |key: &str| properties.get(key).and_then(|text| text.parse().ok());
        match kind {
            ObjectType::Node => {
                let node = Node {
                    id,
                    serial: properties.get("object.serial").and_then(|text| text.parse().ok()),
                    name: text("node.name"),
                    description: text("node.description"),
                    nick: text("node.nick"),
                    class: text("media.class"),
                    role: text("media.role"),
                    priority: properties
                        .get("priority.session")
                        .and_then(|text| text.parse().ok())
                        .unwrap_or(0),
                    client: number("client.id"),
                };
                self.nodes.insert(id, node);
            }
            ObjectType::Client => {
                // `pipewire.sec.pid` is the kernel's word; the other one is the program's own.
                let process = number("pipewire.sec.pid").or(number("application.process.id"));
                self.clients.insert(id, Client { name: text("application.name"), process });
            }
            ObjectType::Link => {
                if let (Some(output), Some(input)) = (number("link.output.node"), number("link.input.node")) {
                    self.links.insert(id, (output, input));
                }
            }
            ObjectType::Port => {
                if let (Some(node), Some("out")) = (number("node.id"), properties.get("port.direction")) {
                    self.output_ports.insert(id, node);
                }
            }
            _ => {}
        }
    }

    fn remove(&mut self, id: u32) {
        self.nodes.remove(&id);
        self.clients.remove(&id);
        self.links.remove(&id);
        self.output_ports.remove(&id);
    }

    /// The port on which a node gives its pictures.
    pub fn output_port(&self, node: &Node) -> Option<u32> {
        self.output_ports.iter().find(|(_, of)| **of == node.id).map(|(port, _)| *port)
    }

    /// Whether this very node is there, and no later one with its number.
    pub fn has(&self, node: &Node) -> bool {
        self.nodes.get(&node.id).is_some_and(|is| is.serial == node.serial)
    }

    /// Whether a node is the output of a gpucam, of whatever process.
    pub fn is_gpucam(&self, node: &Node) -> bool {
        let client = node.client.and_then(|client| self.clients.get(&client));
        client.is_some_and(|client| client.name == "gpucam")
    }

    /// The process that made a node.
    pub fn process(&self, node: &Node) -> Option<u32> {
        self.clients.get(&node.client?)?.process
    }

    /// The session manager that is connected.
    pub fn session_manager(&self) -> Option<&str> {
        let names = self.clients.values().map(|client| client.name.as_str());
        names.into_iter().find(|name| name.starts_with("WirePlumber") || *name == "pipewire-media-session")
    }

    /// The cameras in the order of their serial numbers, those of this process excepted.
    pub fn cameras(&self) -> Vec<&Node> {
        let is_camera = |node: &&Node| {
            node.class == "Video/Source"
                && node.role == "Camera"
                && self.process(node) != Some(std::process::id())
        };
        let mut cameras: Vec<_> = self.nodes.values().filter(is_camera).collect();
        cameras.sort_by_key(|node| (node.serial, node.id));
        cameras
    }

    /// Names of the programs that are linked to a node's output, one for each node that is linked.
    pub fn consumer_names(&self, node: u32) -> Vec<String> {
        let mut inputs: Vec<u32> =
            self.links.values().filter(|(output, _)| *output == node).map(|(_, input)| *input).collect();
        inputs.sort_unstable();
        inputs.dedup();
        let name = |id: u32| {
            let node = self.nodes.get(&id)?;
            let client = node.client.and_then(|client| self.clients.get(&client));
            let names = [client.map(|client| &client.name), Some(&node.name)];
            names.into_iter().flatten().find(|name| !name.is_empty()).cloned()
        };
        inputs.into_iter().map(|id| name(id).unwrap_or_else(|| "a program".into())).collect()
    }
}

/// The registry, followed as long as this is kept. Drop it under the connection's lock.
pub struct Follower {
    // In this order they are dropped.
    _listener: registry::Listener,
    _registry: RegistryRc,
    graph: Arc<Mutex<Graph>>,
}

impl Follower {
    /// Follows the registry of a connection, whose lock the caller holds. Each change wakes `events`.
    ///
    /// # Errors
    /// [`PipeWireError::Refused`].
    pub fn new(connection: &Connection) -> Result<Self, PipeWireError> {
        let registry = connection
            .core()
            .get_registry_rc()
            .map_err(|error| PipeWireError::Refused { what: "its registry", reason: error.to_string() })?;
        let graph = Arc::<Mutex<Graph>>::default();
        let (to_add, to_remove) = (graph.clone(), graph.clone());
        let (added, removed): (Arc<Events>, Arc<Events>) =
            (connection.events().clone(), connection.events().clone());
        let listener = registry
            .add_listener_local()
            .global(move |object| {
                if let Some(properties) = object.props {
                    of(&to_add).add(object.id, &object.type_, properties);
                    added.wake();
                }
            })
            .global_remove(move |id| {
                of(&to_remove).remove(id);
                removed.wake();
            })
            .register();
        Ok(Self { _listener: listener, _registry: registry, graph })
    }

    /// What is known now.
    pub fn graph(&self) -> MutexGuard<'_, Graph> {
        of(&self.graph)
    }
}

fn of(graph: &Mutex<Graph>) -> MutexGuard<'_, Graph> {
    graph.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the user's daemon knows in this moment, and its version.
///
/// # Errors
/// [`PipeWireError::Library`], [`PipeWireError::NoDaemon`], [`PipeWireError::Refused`].
pub fn list() -> Result<(Graph, Option<String>), PipeWireError> {
    let connection = Connection::open(Remote::Daemon)?;
    let follower = {
        let _lock = connection.lock();
        Follower::new(&connection)?
    };
    let answered = connection.round_trip(PATIENCE);
    let graph = follower.graph().clone();
    let lock = connection.lock();
    drop(follower);
    drop(lock);
    answered.map(|()| (graph, connection.version()))
}
