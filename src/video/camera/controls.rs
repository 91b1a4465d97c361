//! A camera's controls by their names: what the user asks for, checked against what the camera has.

use crate::video::sys::ControlInfo;

/// The name of a control as v4l2-ctl prints it: "White Balance, Automatic" is white_balance_automatic.
pub fn name(control: &ControlInfo) -> String {
    let words = control.name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").to_ascii_lowercase()
}
