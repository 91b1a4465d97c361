//! A camera's controls in `gpucam devices`.

use std::fmt;

use serde::Serialize;

use crate::video::{
    camera::controls,
    v4l2::{ControlInfo, ControlKind, DeviceNode},
};

/// A control, with what it takes.
#[derive(Debug, Serialize)]
pub(super) struct ControlLine {
    name: String,
    kind: &'static str,
    least: i64,
    most: i64,
    step: u64,
    default: i64,
    /// None if it cannot be read.
    value: Option<i64>,
    read_only: bool,
    /// Whether another control makes it ineffective now.
    inactive: bool,
    /// The entries of a menu.
    menu: Vec<EntryLine>,
}

#[derive(Debug, Serialize)]
struct EntryLine {
    number: i64,
    name: String,
}

/// The controls of a camera that are numbers, menus, switches or buttons.
pub(super) fn of(node: &DeviceNode) -> Vec<ControlLine> {
    let known = |control: &ControlInfo| control.kind != ControlKind::Other;
    node.controls().iter().filter(|control| known(control)).map(|control| line(node, control)).collect()
}

fn line(node: &DeviceNode, control: &ControlInfo) -> ControlLine {
    ControlLine {
        name: controls::name(control),
        kind: match control.kind {
            ControlKind::Integer => "number",
            ControlKind::Boolean => "switch",
            ControlKind::Menu | ControlKind::IntegerMenu => "menu",
            ControlKind::Button => "button",
            ControlKind::Bitmask => "bits",
            ControlKind::Other => "other",
        },
        least: control.least,
        most: control.most,
        step: control.step,
        default: control.default,
        value: node.control_value(control).ok(),
        read_only: !control.is_settable(),
        inactive: control.is_inactive(),
        menu: node.menu(control).into_iter().map(|(number, name)| EntryLine { number, name }).collect(),
    }
}

impl fmt::Display for ControlLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, kind, least, most, step, default, .. } = self;
        write!(f, "{name}: ")?;
        match *kind {
            "button" => write!(f, "a button")?,
            "switch" => write!(f, "on or off, default {}", if *default == 0 { "off" } else { "on" })?,
            "bits" => write!(f, "bits of {:#x}, default {:#x}", *most as u32, *default as u32)?,
            "menu" => {
                let entries: Vec<_> =
                    self.menu.iter().map(|EntryLine { number, name }| format!("{number} ({name})")).collect();
                write!(f, "{}, default {default}", entries.join(", "))?;
            }
            _ if *step > 1 => write!(f, "{least} to {most} in steps of {step}, default {default}")?,
            _ => write!(f, "{least} to {most}, default {default}")?,
        }
        match (self.value, *kind) {
            (Some(value), "switch") => write!(f, ", now {}", if value == 0 { "off" } else { "on" })?,
            (Some(value), "bits") => write!(f, ", now {:#x}", value as u32)?,
            (Some(value), "number" | "menu") => write!(f, ", now {value}")?,
            _ => {}
        }
        if self.read_only {
            write!(f, " (cannot be set)")?;
        } else if self.inactive {
            write!(f, " (without effect now)")?;
        }
        Ok(())
    }
}
