//! The camera portal (xdg-desktop-portal): asks the person whether gpucam may use cameras, and gives a connection with
//! PipeWire that shows cameras only. In a sandbox there is no other way.
//!
//! ```text
//! IsCameraPresent ─▶ AccessCamera ─▶ a dialog, the first time ─▶ signal Response ─▶ OpenPipeWireRemote ─▶ descriptor
//! ```

use std::{collections::HashMap, os::fd::OwnedFd, path::Path};

use zbus::{
    blocking::{Connection, MessageIterator, Proxy, fdo::DBusProxy, proxy::Builder},
    message::Type,
    proxy::CacheProperties,
    zvariant::{OwnedObjectPath, OwnedValue, Value},
};

use crate::video::PipeWireError;

const BUS_NAME: &str = "org.freedesktop.portal.Desktop";
const OBJECT: &str = "/org/freedesktop/portal/desktop";
const CAMERA: &str = "org.freedesktop.portal.Camera";
const REQUEST: &str = "org.freedesktop.portal.Request";
const BUS: &str = "org.freedesktop.DBus";

/// `response` of the signal Response: the person agreed, or refused.
const GRANTED: u32 = 0;
const DENIED: u32 = 1;

/// Whether gpucam runs in a sandbox of Flatpak, which has no other way to a camera.
pub fn is_needed() -> bool {
    Path::new("/.flatpak-info").exists()
}

/// Whether there is a portal on the session bus that knows cameras, and its version.
///
/// # Errors
/// [`PipeWireError::NoPortal`].
pub fn version() -> Result<u32, PipeWireError> {
    let bus = Connection::session().map_err(no_portal)?;
    camera(&bus)?.get_property("version").map_err(no_portal)
}

/// Asks for the cameras. Waits as long as the person needs for the answer.
///
/// # Errors
/// [`PipeWireError::NoPortal`], [`PipeWireError::PortalWithoutCamera`], [`PipeWireError::PortalDenied`],
/// [`PipeWireError::PortalFailed`].
pub fn open_remote() -> Result<OwnedFd, PipeWireError> {
    let bus = Connection::session().map_err(no_portal)?;
    let camera = camera(&bus)?;
    if !camera.get_property::<bool>("IsCameraPresent").map_err(no_portal)? {
        return Err(PipeWireError::PortalWithoutCamera);
    }
    ask(&bus, &camera)?;
    let options: HashMap<&str, Value<'_>> = HashMap::new();
    let fd: zbus::zvariant::OwnedFd = camera.call("OpenPipeWireRemote", &(options,)).map_err(failed)?;
    Ok(fd.into())
}

fn camera(bus: &Connection) -> Result<Proxy<'static>, PipeWireError> {
    // Without a portal, fetching all properties beforehand would log a warning.
    let builder = Builder::new(bus).destination(BUS_NAME).and_then(|builder| builder.path(OBJECT));
    let builder = builder.and_then(|builder| builder.interface(CAMERA));
    builder.and_then(|builder| builder.cache_properties(CacheProperties::No).build()).map_err(no_portal)
}

/// Asks, and waits for the answer.
fn ask(bus: &Connection, camera: &Proxy<'_>) -> Result<(), PipeWireError> {
    let sender = bus.unique_name().map(|name| name.trim_start_matches(':').replace('.', "_"));
    let token = format!("gpucam{}", std::process::id());
    let request = format!("{OBJECT}/request/{}/{token}", sender.unwrap_or_default());
    // Before the call: the answer may come before its return.
    let messages = MessageIterator::from(bus);
    let rules = DBusProxy::new(bus).map_err(failed)?;
    for rule in [
        format!("type='signal',interface='{REQUEST}',member='Response',sender='{BUS_NAME}'"),
        format!("type='signal',interface='{BUS}',member='NameOwnerChanged',arg0='{BUS_NAME}'"),
    ] {
        let rule = rule.as_str().try_into().map_err(failed)?;
        rules.add_match_rule(rule).map_err(|error| failed(error.into()))?;
    }
    let options = HashMap::from([("handle_token", Value::from(token))]);
    let handle: OwnedObjectPath = camera.call("AccessCamera", &(options,)).map_err(failed)?;
    for message in messages {
        let message = message.map_err(failed)?;
        let header = message.header();
        let is = |interface: &str, member: &str| {
            header.message_type() == Type::Signal
                && header.interface().is_some_and(|name| name == interface)
                && header.member().is_some_and(|name| name == member)
        };
        let path = header.path().map(|path| path.as_str());
        if is(REQUEST, "Response") && (path == Some(handle.as_str()) || path == Some(&request)) {
            let body = message.body();
            let (response, _): (u32, HashMap<String, OwnedValue>) = body.deserialize().map_err(failed)?;
            return match response {
                GRANTED => Ok(()),
                DENIED => Err(PipeWireError::PortalDenied),
                other => Err(PipeWireError::PortalFailed { reason: format!("it answered {other}") }),
            };
        }
        if is(BUS, "NameOwnerChanged") {
            let body = message.body();
            let (name, _, new): (String, String, String) = body.deserialize().map_err(failed)?;
            if name == BUS_NAME && new.is_empty() {
                break;
            }
        }
    }
    Err(PipeWireError::PortalFailed { reason: "it ended before it answered".into() })
}

fn no_portal(error: zbus::Error) -> PipeWireError {
    PipeWireError::NoPortal { reason: words(&error) }
}

fn failed(error: zbus::Error) -> PipeWireError {
    match &error {
        zbus::Error::MethodError(name, ..) if name.ends_with(".NotAllowed") => PipeWireError::PortalDenied,
        _ => PipeWireError::PortalFailed { reason: words(&error) },
    }
}

/// The bus's words, in one line.
fn words(error: &zbus::Error) -> String {
    let text = match error {
        zbus::Error::MethodError(name, words, _) => words.clone().unwrap_or_else(|| name.to_string()),
        error => error.to_string(),
    };
    text.lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
}
