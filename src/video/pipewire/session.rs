//! A connection with PipeWire and what its registry tells, for a camera: it is kept while the camera is closed or
//! gone, so that looking for it again costs nothing.
#![allow(unsafe_code)] // Send for what the loop's lock guards

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use pipewire::{
    node,
    permissions::PermissionFlags,
    port,
    registry::{GlobalObject, RegistryRc},
    spa::{param::ParamType, pod::Pod, utils::dict::DictRef},
    types::ObjectType,
};

use super::{
    connection::{Connection, Remote},
    nodes::{Follower, Graph, Node},
    offers::{self, NodeFormat},
};
use crate::video::PipeWireError;

/// How long to wait for the daemon's answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a node says of itself when it is asked.
#[derive(Clone, Debug, Default)]
pub struct NodeDetails {
    /// The formats that gpucam reads.
    pub formats: Vec<NodeFormat>,
    /// `api.v4l2.path`, if V4L2 is behind it.
    pub v4l2_path: Option<PathBuf>,
    /// `api.v4l2.cap.driver`.
    pub driver: String,
}

/// An open connection whose registry is followed.
pub struct Session {
    follower: Option<Follower>,
    pub(super) connection: Connection,
}

// SAFETY: the follower's objects are touched by the loop's thread in its callbacks, and else under the loop's lock: when
// they are made and when they are dropped. The graph has a lock of its own.
unsafe impl Send for Session {}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("connection", &self.connection).finish_non_exhaustive()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _lock = self.connection.lock();
        self.follower = None;
    }
}

impl Session {
    /// Connects, and waits until the registry is known.
    ///
    /// # Errors
    /// [`PipeWireError`].
    pub fn open(remote: Remote) -> Result<Self, PipeWireError> {
        let connection = Connection::open(remote)?;
        let mut session = Self { follower: None, connection };
        {
            let _lock = session.connection.lock();
            session.follower = Some(Follower::new(&session.connection)?);
        }
        session.connection.round_trip(PATIENCE)?;
        Ok(session)
    }

    /// Whether the daemon is gone.
    pub fn is_lost(&self) -> bool {
        self.connection.is_lost()
    }

    /// What the registry has told.
    pub fn graph(&self) -> Graph {
        self.follower.as_ref().map(|follower| follower.graph().clone()).unwrap_or_default()
    }

    /// Whether this node, and no later one with its number, is there.
    pub fn has(&self, node: &Node) -> bool {
        self.follower.as_ref().is_some_and(|follower| follower.graph().has(node))
    }

    /// Asks a node for its formats.
    ///
    /// # Errors
    /// [`PipeWireError`].
    pub fn details(&self, node: &Node) -> Result<NodeDetails, PipeWireError> {
        let details = Arc::<Mutex<NodeDetails>>::default();
        let of_info = details.clone();
        let formats = Arc::<Mutex<Vec<NodeFormat>>>::default();
        self.ask(node.id, ObjectType::Node, |registry, global| {
            let proxy: node::Node = registry.bind(global)?;
            let listener = proxy
                .add_listener_local()
                .info(move |info| {
                    let text = |key: &str| info.props().and_then(|props| props.get(key)).map(str::to_owned);
                    let mut details = of_info.lock().unwrap_or_else(PoisonError::into_inner);
                    details.v4l2_path = text("api.v4l2.path").map(Into::into);
                    details.driver = text("api.v4l2.cap.driver").unwrap_or_default();
                })
                .param(collect(&formats))
                .register();
            proxy.enum_params(0, Some(ParamType::EnumFormat), 0, u32::MAX);
            Ok((listener, proxy))
        })?;
        // With 0.3.48, the node of a program tells its formats at its port alone.
        let is_silent = formats.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
        if let Some(port) = self.graph().output_port(node).filter(|_| is_silent) {
            self.ask(port, ObjectType::Port, |registry, global| {
                let proxy: port::Port = registry.bind(global)?;
                let listener = proxy.add_listener_local().param(collect(&formats)).register();
                proxy.enum_params(0, Some(ParamType::EnumFormat), 0, u32::MAX);
                Ok((listener, proxy))
            })?;
        }
        let mut details = std::mem::take(&mut *details.lock().unwrap_or_else(PoisonError::into_inner));
        details.formats = std::mem::take(&mut *formats.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(details)
    }

    /// Lets `bind` ask an object, and waits for the answers. What it returns is dropped after them.
    fn ask<B>(
        &self,
        id: u32,
        type_: ObjectType,
        bind: impl FnOnce(&RegistryRc, &GlobalObject<&DictRef>) -> Result<B, pipewire::Error>,
    ) -> Result<(), PipeWireError> {
        let refused = |error: pipewire::Error| PipeWireError::Refused {
            what: "a look at a camera",
            reason: error.to_string(),
        };
        let lock = self.connection.lock();
        let registry = self.connection.core().get_registry_rc().map_err(refused)?;
        // PW_VERSION_NODE and PW_VERSION_PORT are both 3.
        let global = GlobalObject { id, permissions: PermissionFlags::all(), type_, version: 3, props: None };
        let bound = bind(&registry, &global).map_err(refused)?;
        drop(lock);
        let answered = self.connection.round_trip(PATIENCE);
        let lock = self.connection.lock();
        drop(bound);
        drop(registry);
        drop(lock);
        answered
    }
}

/// Puts the formats that a node or a port tells into `formats`.
fn collect(
    formats: &Arc<Mutex<Vec<NodeFormat>>>,
) -> impl Fn(i32, ParamType, u32, u32, Option<&Pod>) + 'static {
    let formats = formats.clone();
    move |_, id, _, _, pod| {
        if let Some(pod) = pod.filter(|_| id == ParamType::EnumFormat) {
            let told = offers::parse(pod.as_bytes());
            formats.lock().unwrap_or_else(PoisonError::into_inner).extend(told);
        }
    }
}
