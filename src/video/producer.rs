//! Who writes to a loopback.

use std::{fs, io, path::Path};

use super::{
    holders::holders,
    v4l2::{Capability, DeviceNode},
};

/// Control ID of v4l2loopback: whether the device keeps its format, and shows its capture side, without a
/// producer.
const KEEP_FORMAT: u32 = 0x0098_f900;

/// Who writes to a loopback.
///
/// gpucam locks the node that it writes to (flock(2)), and that lock is how another gpucam knows it. Nothing
/// else tells: the label is the user's choice, and a phone may be relayed into a device labelled gpucam; a
/// gpucam that has the device open may be reading from it; and the programs of other users are hidden. The lock
/// hinders nobody else, every user may test it, and the kernel drops it however gpucam ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Producer {
    /// Nobody.
    #[default]
    None,
    /// gpucam: another one, or this one.
    Gpucam,
    /// Another program, which relays a camera, for instance.
    Other,
}

impl Producer {
    /// The producer of an open loopback.
    pub fn of(node: &DeviceNode, capability: &Capability) -> Self {
        if node.is_locked_by_another() {
            return Self::Gpucam;
        }
        let rdev = node.rdev().unwrap_or_default();
        let state = Path::new("/sys/dev/char")
            .join(format!("{}:{}", libc::major(rdev), libc::minor(rdev)))
            .join("state");
        let keeps_format = || node.control(KEEP_FORMAT).is_ok_and(|value| value != 0);
        let is_held = || !holders(rdev).is_empty();
        let state = match fs::read_to_string(state) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            state => Some(state.unwrap_or_default()),
        };
        // Before 0.14 the state and the capabilities stay when a producer is killed while a consumer holds the
        // device: then the output side is open again, which only a call tells.
        let is_left = || capability.shows_both_sides() && leaves_state() && !node.has_busy_output();
        let is_written = is_written(state.as_deref(), capability);
        if is_written && !is_left() && (!keeps_format() || is_held()) { Self::Other } else { Self::None }
    }
}

/// Whether the loaded driver is older than 0.14.
fn leaves_state() -> bool {
    loaded_version() < (Some(0), Some(14))
}

/// Whether the loaded driver does not report consumers: before 0.13, they are the other programs that have the device open.
pub fn hides_consumers() -> bool {
    loaded_version().0.is_some() && loaded_version() < (Some(0), Some(13))
}

/// The first two numbers of the loaded driver's version; nothing if none is loaded.
fn loaded_version() -> (Option<u32>, Option<u32>) {
    let version = fs::read_to_string("/sys/module/v4l2loopback/version").unwrap_or_default();
    let mut numbers = version.trim().split('.').map_while(|number| number.parse::<u32>().ok());
    (numbers.next(), numbers.next())
}

/// Whether there is a producer, by the driver's attribute `state` in sysfs: "capture" with one, "output" or an
/// error without. Where there is no sysfs, the capabilities tell unless both sides are always shown.
pub fn is_written(state: Option<&str>, capability: &Capability) -> bool {
    match state {
        Some(state) => state.trim() == "capture",
        None => capability.captures() && !capability.shows_both_sides(),
    }
}
