//! gpucam on the session bus.

use std::collections::HashMap;

use zbus::{
    blocking::{Connection, connection},
    names::BusName,
    zvariant::Value,
};

use super::{INTERFACE, NAME, PATH, interface::Interface, process_name, request::Remote, status::Status};

/// gpucam on the session bus, as long as this lives.
#[derive(Debug)]
pub struct Server {
    connection: Connection,
    /// The status that listeners know.
    told: Status,
}

impl Server {
    /// Appears on the session bus: under the process's own name, and under [`NAME`] once no other gpucam that was
    /// started before has it.
    ///
    /// # Errors
    /// There is no bus, or it refuses the name.
    pub fn start(remote: Remote) -> zbus::Result<Self> {
        let told = remote.status().clone();
        let connection = connection::Builder::session()?
            .serve_at(PATH, Interface(remote))?
            .name(process_name(told.pid))?
            .build()?;
        // Without flags: it waits for the name in the bus's queue.
        let (bus, path) = ("org.freedesktop.DBus", "/org/freedesktop/DBus");
        connection.call_method(Some(bus), path, Some(bus), "RequestName", &(NAME, 0_u32))?;
        Ok(Self { connection, told })
    }

    /// Tells listeners which properties have other values than when they were last told.
    pub fn tell(&mut self, status: &Status) {
        let changed: HashMap<&str, Value<'_>> = status.changed_since(&self.told).into_iter().collect();
        if changed.is_empty() {
            return;
        }
        let body = (INTERFACE, changed, Vec::<&str>::new());
        let interface = "org.freedesktop.DBus.Properties";
        if let Err(error) =
            self.connection.emit_signal(None::<BusName<'_>>, PATH, interface, "PropertiesChanged", &body)
        {
            tracing::debug!("no signal on the bus: {error}");
        }
        self.told = status.clone();
    }
}
