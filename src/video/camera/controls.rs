//! A camera's controls by their names: what the user asks for, checked against what the camera has.

use std::str::FromStr;

use crate::{
    ControlError, DeviceFault,
    video::v4l2::{ControlInfo, ControlKind, DeviceNode},
};

/// A control and the value that it shall have, as the user typed them: `zoom_absolute=150`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlSetting {
    /// The control's name, in the form of [`name`].
    pub name: String,
    /// A number, on or off, or the words of a menu.
    pub value: String,
}

impl FromStr for ControlSetting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, such as zoom_absolute=150")?;
        let (name, value) = (snake(name), value.trim().to_owned());
        if name.is_empty() || value.is_empty() {
            return Err("write NAME=VALUE, such as zoom_absolute=150".into());
        }
        Ok(Self { name, value })
    }
}

/// The name of a control as v4l2-ctl prints it: "White Balance, Automatic" is white_balance_automatic.
pub fn name(control: &ControlInfo) -> String {
    snake(&control.name)
}

fn snake(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").to_ascii_lowercase()
}

/// Names that the kernel changed, old and new. Either is understood.
const RENAMED: [(&str, &str); 6] = [
    ("exposure_absolute", "exposure_time_absolute"),
    ("exposure_auto", "auto_exposure"),
    ("exposure_auto_priority", "exposure_dynamic_framerate"),
    ("focus_auto", "focus_automatic_continuous"),
    ("white_balance_temperature_auto", "white_balance_automatic"),
    ("white_balance_auto", "white_balance_automatic"),
];

/// Finds a setting's control among those of a camera, and the number that its value means. `menu` returns a
/// menu's entries.
///
/// # Errors
/// [`ControlError`] that says what would be possible.
pub fn resolve<'a>(
    setting: &ControlSetting,
    controls: &'a [ControlInfo],
    menu: impl Fn(&ControlInfo) -> Vec<(i64, String)>,
) -> Result<(&'a ControlInfo, i64), ControlError> {
    let ControlSetting { name: wanted, value } = setting;
    let find = |wanted: &str| controls.iter().find(|control| name(control) == wanted);
    let renamed = || {
        let other = RENAMED.iter().filter_map(|&(old, new)| match wanted.as_str() {
            name if name == old => Some(new),
            name if name == new => Some(old),
            _ => None,
        });
        other.into_iter().find_map(find)
    };
    let Some(control) = find(wanted).or_else(renamed) else {
        let known: Vec<String> = controls.iter().filter(|control| control.is_settable()).map(name).collect();
        return Err(ControlError::Unknown { name: wanted.clone(), known });
    };
    let name = name(control);
    if !control.is_settable() {
        return Err(ControlError::ReadOnly { name });
    }
    let wrong = |takes: String| ControlError::Value { name: name.clone(), value: value.clone(), takes };
    let number = number(value);
    let in_range = number.filter(|number| (control.least..=control.most).contains(number));
    let found = match control.kind {
        ControlKind::Boolean => match value.to_ascii_lowercase().as_str() {
            "on" | "yes" | "true" | "1" => Ok(1),
            "off" | "no" | "false" | "0" => Ok(0),
            _ => Err("on or off".into()),
        },
        ControlKind::Menu | ControlKind::IntegerMenu => {
            let entries = menu(control);
            let named = |(_, text): &&(i64, String)| snake(text) == snake(value);
            let numbered = |(entry, _): &&(i64, String)| Some(*entry) == number;
            let entry = entries.iter().find(numbered).or_else(|| entries.iter().find(named));
            entry.map(|(entry, _)| *entry).ok_or_else(|| {
                let entry = |(number, text): &(i64, String)| format!("{number} ({text})");
                entries.iter().map(entry).collect::<Vec<_>>().join(", ")
            })
        }
        ControlKind::Button => Ok(0), // whatever is written presses it
        ControlKind::Bitmask => {
            // The kernel gives the greatest value as a 32-bit number with a sign.
            let most = i64::from(control.most as u32);
            number.filter(|number| number & !most == 0).ok_or_else(|| format!("bits of {most:#x}"))
        }
        ControlKind::Integer | ControlKind::Other => in_range.ok_or_else(|| match control.step {
            0 | 1 => format!("{} to {}", control.least, control.most),
            step => format!("{} to {} in steps of {step}", control.least, control.most),
        }),
    };
    found.map(|value| (control, value)).map_err(wrong)
}

/// A decimal number, or a hexadecimal one after 0x.
fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Sets controls in this order. One that the camera refuses is tried again after the others, because one may
/// wait for another: the exposure time for automatic exposure to be off.
///
/// # Errors
/// [`DeviceFault::Control`]: the first that is wrong, before any is set, or the first that the camera refuses.
pub fn apply(node: &DeviceNode, settings: &[ControlSetting]) -> Result<(), DeviceFault> {
    if settings.is_empty() {
        return Ok(());
    }
    let controls = node.controls();
    let resolved = settings.iter().map(|setting| resolve(setting, &controls, |control| node.menu(control)));
    let mut left = resolved.collect::<Result<Vec<_>, _>>()?;
    left.retain(|(control, value)| node.set_control_value(control, *value).is_err());
    for (control, value) in left {
        if let Err(error) = node.set_control_value(control, value) {
            let held = node.control_info(control.id).is_some_and(|control| control.is_inactive());
            return Err(ControlError::Refused {
                name: name(control),
                value,
                held,
                reason: error.to_string(),
            }
            .into());
        }
    }
    Ok(())
}
