//! Finds and controls a gpucam that runs in another process.

use std::{collections::HashMap, time::Duration};

use zbus::{
    blocking::{Connection, MessageIterator, Proxy, connection, fdo::DBusProxy},
    message::Type,
    zvariant::{OwnedValue, Value},
};

use super::{INTERFACE, NAME, PATH, process_name, request::SetValue, status::Status};
use crate::{Error, Result, live::InstanceError};

/// A change may open a camera and compile shaders.
const TIMEOUT: Duration = Duration::from_secs(120);
const BUS: &str = "org.freedesktop.DBus";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// A connection to a running gpucam.
#[derive(Debug)]
pub struct Client {
    proxy: Proxy<'static>,
}

fn bus(error: zbus::Error) -> InstanceError {
    InstanceError::Bus { reason: error.to_string() }
}

/// The sentence of a method's error.
fn refused(error: zbus::Error) -> InstanceError {
    match error {
        zbus::Error::MethodError(name, _, _) if name.as_str().ends_with("ServiceUnknown") => {
            InstanceError::NotRunning
        }
        zbus::Error::MethodError(_, Some(sentence), _) => InstanceError::Refused { sentence },
        zbus::Error::FDO(error) => match *error {
            zbus::fdo::Error::ServiceUnknown(_) | zbus::fdo::Error::NameHasNoOwner(_) => {
                InstanceError::NotRunning
            }
            zbus::fdo::Error::InvalidArgs(sentence) | zbus::fdo::Error::Failed(sentence) => {
                InstanceError::Refused { sentence }
            }
            error => InstanceError::Bus { reason: error.to_string() },
        },
        error => bus(error),
    }
}

fn value_of(value: SetValue) -> Value<'static> {
    match value {
        SetValue::Switch(on) => on.into(),
        SetValue::Text(text) => text.into(),
        SetValue::List(items) => items.into(),
    }
}

impl Client {
    /// Connects to the gpucam that was started first, or to the one with this process ID.
    ///
    /// # Errors
    /// [`InstanceError::NotRunning`], [`InstanceError::NotThisOne`], [`InstanceError::Bus`].
    pub fn connect(pid: Option<u32>) -> Result<Self> {
        let builder = connection::Builder::session().map_err(bus)?;
        let connection = builder.method_timeout(TIMEOUT).build().map_err(bus)?;
        Ok(Self::on(&connection, pid)?)
    }

    fn on(connection: &Connection, pid: Option<u32>) -> Result<Self, InstanceError> {
        let name = pid.map_or_else(|| NAME.to_owned(), process_name);
        let dbus = DBusProxy::new(connection).map_err(bus)?;
        let wanted = zbus::names::BusName::try_from(name.clone()).map_err(|error| bus(error.into()))?;
        if !dbus.name_has_owner(wanted).map_err(|error| bus(error.into()))? {
            return Err(pid.map_or(InstanceError::NotRunning, |pid| InstanceError::NotThisOne { pid }));
        }
        Proxy::new_owned(connection.clone(), name, PATH, INTERFACE).map(|proxy| Self { proxy }).map_err(bus)
    }

    fn call<T>(&self, method: &str) -> Result<T>
    where
        T: for<'d> zbus::zvariant::DynamicDeserialize<'d>,
    {
        Ok(self.proxy.call(method, &()).map_err(refused)?)
    }

    /// Sets flags of the command line, by their names without dashes.
    ///
    /// # Errors
    /// [`InstanceError::Refused`] with the sentence that the command line would say.
    pub fn set(&self, flags: impl IntoIterator<Item = (String, SetValue)>) -> Result<()> {
        let flags: HashMap<String, Value<'_>> =
            flags.into_iter().map(|(flag, value)| (flag, value_of(value))).collect();
        Ok(self.proxy.call("Set", &(flags,)).map_err(refused)?)
    }

    /// Uses a preset; the empty name for none.
    ///
    /// # Errors
    /// [`InstanceError::Refused`] if there is none of this name.
    pub fn set_preset(&self, name: &str) -> Result<()> {
        Ok(self.proxy.call("SetPreset", &(name,)).map_err(refused)?)
    }

    /// Shows the slate and closes the camera.
    ///
    /// # Errors
    /// [`InstanceError`].
    pub fn pause(&self) -> Result<()> {
        self.call("Pause")
    }

    /// Shows the picture again.
    ///
    /// # Errors
    /// [`InstanceError`].
    pub fn resume(&self) -> Result<()> {
        self.call("Resume")
    }

    /// Pauses or resumes. Returns whether it is paused now.
    ///
    /// # Errors
    /// [`InstanceError`].
    pub fn toggle(&self) -> Result<bool> {
        self.call("Toggle")
    }

    /// Reads the configuration files again.
    ///
    /// # Errors
    /// [`InstanceError::Refused`] with what is wrong in them.
    pub fn reload(&self) -> Result<()> {
        self.call("Reload")
    }

    /// Learns the room without anybody in it; `room` of the status says how far that is.
    ///
    /// # Errors
    /// [`InstanceError::Refused`] if the run learns no room.
    pub fn learn(&self) -> Result<()> {
        self.call("Learn")
    }

    /// Forgets what is known of the room, and removes the file in which it is kept.
    ///
    /// # Errors
    /// [`InstanceError::Refused`] if the run learns no room.
    pub fn forget_room(&self) -> Result<()> {
        self.call("ForgetRoom")
    }

    /// Ends the other process.
    ///
    /// # Errors
    /// [`InstanceError`].
    pub fn quit(&self) -> Result<()> {
        self.call("Quit")
    }

    /// The whole status.
    ///
    /// # Errors
    /// [`InstanceError`].
    pub fn status(&self) -> Result<Status> {
        let text: String = self.call("Status")?;
        let status = serde_json::from_str(&text);
        Ok(status.map_err(|error| InstanceError::Bus { reason: error.to_string() })?)
    }

    /// Calls `each` with the status now, and whenever it changes. Ends when `each` returns false, or without an
    /// error when the other process ends.
    ///
    /// # Errors
    /// [`InstanceError`].
    pub fn watch(&self, mut each: impl FnMut(&Status) -> Result<bool>) -> Result<()> {
        let connection = self.proxy.connection();
        let name = self.proxy.destination();
        // Signals of the properties alone would not tell that the other process has ended.
        let messages = MessageIterator::from(connection);
        let dbus = DBusProxy::new(connection).map_err(bus)?;
        for rule in [
            format!("type='signal',sender='{name}',path='{PATH}',interface='{PROPERTIES}'"),
            format!("type='signal',interface='{BUS}',member='NameOwnerChanged',arg0='{name}'"),
        ] {
            let rule = rule.as_str().try_into().map_err(bus)?;
            dbus.add_match_rule(rule).map_err(|error| bus(error.into()))?;
        }
        if !dbus.name_has_owner(name.clone()).map_err(|error| bus(error.into()))? {
            return Ok(());
        }
        let mut tell = || match self.status() {
            Ok(status) => each(&status),
            Err(Error::Instance(InstanceError::NotRunning)) => Ok(false),
            Err(error) => Err(error),
        };
        if !tell()? {
            return Ok(());
        }
        for message in messages {
            let message = message.map_err(bus)?;
            let header = message.header();
            let is = |interface: &str, member: &str| {
                header.message_type() == Type::Signal
                    && header.interface().is_some_and(|name| name == interface)
                    && header.member().is_some_and(|name| name == member)
            };
            let goes_on = if is(BUS, "NameOwnerChanged") {
                let body = message.body();
                let (of, _, new): (String, String, String) = body.deserialize().map_err(bus)?;
                of != name.as_str() || !new.is_empty()
            } else {
                !is(PROPERTIES, "PropertiesChanged") || tell()?
            };
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    /// A property.
    ///
    /// # Errors
    /// [`InstanceError`].
    pub fn property(&self, name: &str) -> Result<OwnedValue> {
        Ok(self.proxy.get_property(name).map_err(refused)?)
    }
}
