//! A device's controls: brightness, exposure, zoom, ….

use std::{ffi::c_char, io};

use v4l::{v4l_sys::*, v4l2::vidioc};

use super::node::{DeviceNode, IoctlArgument, text, zeroed};

// SAFETY: C structures of integers; the union holds integers.
unsafe impl IoctlArgument for v4l2_query_ext_ctrl {}
// SAFETY: as above.
unsafe impl IoctlArgument for v4l2_querymenu {}
// SAFETY: as above, and a pointer, which may be null.
unsafe impl IoctlArgument for v4l2_ext_control {}
// SAFETY: as above.
unsafe impl IoctlArgument for v4l2_ext_controls {}

/// `enum v4l2_ctrl_type`.
mod kind {
    pub(super) const INTEGER: u32 = 1;
    pub(super) const BOOLEAN: u32 = 2;
    pub(super) const MENU: u32 = 3;
    pub(super) const BUTTON: u32 = 4;
    pub(super) const INTEGER64: u32 = 5;
    pub(super) const CTRL_CLASS: u32 = 6;
    pub(super) const BITMASK: u32 = 8;
    pub(super) const INTEGER_MENU: u32 = 9;
}

/// What a control's value means (`enum v4l2_ctrl_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlKind {
    /// A number in a range, of 32 bits or of 64.
    Integer,
    /// 0 or 1.
    Boolean,
    /// An entry of a menu, by its number; the entries have names.
    Menu,
    /// The same; the entries are numbers.
    IntegerMenu,
    /// Something that happens when it is set.
    Button,
    /// A set of bits.
    Bitmask,
    /// A text or a structure.
    Other,
}

/// `struct v4l2_query_ext_ctrl`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlInfo {
    /// `V4L2_CID_…`.
    pub id: u32,
    /// Its name, as the driver writes it.
    pub name: String,
    /// What its value means.
    pub kind: ControlKind,
    /// Whether the value has 64 bits.
    pub wide: bool,
    /// The least value.
    pub least: i64,
    /// The greatest value.
    pub most: i64,
    /// The difference of two values.
    pub step: u64,
    /// The value at the start.
    pub default: i64,
    /// `V4L2_CTRL_FLAG_…`.
    pub flags: u32,
}

impl ControlInfo {
    /// Whether a program can set it at all.
    pub fn is_settable(&self) -> bool {
        self.kind != ControlKind::Other
            && self.flags & (V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_DISABLED) == 0
    }

    /// Whether another control makes it ineffective now, as automatic exposure does to the exposure time.
    pub fn is_inactive(&self) -> bool {
        self.flags & V4L2_CTRL_FLAG_INACTIVE != 0
    }
}

impl DeviceNode {
    /// VIDIOC_QUERY_EXT_CTRL for every control that is not disabled, in the driver's order.
    pub fn controls(&self) -> Vec<ControlInfo> {
        /// No driver has as many.
        const MOST: usize = 1024;
        let (mut controls, mut id) = (Vec::new(), 0);
        while let (true, Ok(query)) =
            (controls.len() < MOST, self.query_control(id | V4L2_CTRL_FLAG_NEXT_CTRL))
        {
            if query.id <= id {
                break; // a driver that does not go on
            }
            id = query.id;
            let is_class = query.type_ == kind::CTRL_CLASS;
            if !is_class && query.flags & V4L2_CTRL_FLAG_DISABLED == 0 {
                controls.push(control_info(&query));
            }
        }
        controls
    }

    /// VIDIOC_QUERY_EXT_CTRL for one control; none if the device does not have it.
    pub fn control_info(&self, id: u32) -> Option<ControlInfo> {
        let query = self.query_control(id).ok()?;
        (query.flags & V4L2_CTRL_FLAG_DISABLED == 0).then(|| control_info(&query))
    }

    fn query_control(&self, id: u32) -> io::Result<v4l2_query_ext_ctrl> {
        let mut query = v4l2_query_ext_ctrl { id, ..zeroed() };
        self.call(vidioc::VIDIOC_QUERY_EXT_CTRL, &mut query)?;
        Ok(query)
    }

    /// VIDIOC_QUERYMENU: the entries of a menu, by number. Drivers may leave numbers out.
    pub fn menu(&self, control: &ControlInfo) -> Vec<(i64, String)> {
        let numbers = control.least.max(0)..=control.most.min(control.least.saturating_add(255));
        let entry = |number: i64| {
            let mut query = v4l2_querymenu { id: control.id, index: u32::try_from(number).ok()?, ..zeroed() };
            self.call(vidioc::VIDIOC_QUERYMENU, &mut query).ok()?;
            // SAFETY: bytes and an integer.
            let (name, value) = unsafe { (query.__bindgen_anon_1.name, query.__bindgen_anon_1.value) };
            let name = match control.kind {
                ControlKind::IntegerMenu => value.to_string(),
                _ => text(&name),
            };
            Some((number, name))
        };
        match control.kind {
            ControlKind::Menu | ControlKind::IntegerMenu => numbers.filter_map(entry).collect(),
            _ => Vec::new(),
        }
    }

    /// The value of a control: VIDIOC_G_CTRL, or VIDIOC_G_EXT_CTRLS if it has 64 bits.
    ///
    /// # Errors
    /// What they report.
    pub fn control_value(&self, control: &ControlInfo) -> io::Result<i64> {
        if !control.wide {
            return self.control(control.id).map(i64::from);
        }
        self.wide_control(vidioc::VIDIOC_G_EXT_CTRLS, control.id, 0)
    }

    /// Sets a control: VIDIOC_S_CTRL, or VIDIOC_S_EXT_CTRLS if it has 64 bits.
    ///
    /// # Errors
    /// What they report.
    pub fn set_control_value(&self, control: &ControlInfo, value: i64) -> io::Result<()> {
        if control.wide {
            return self.wide_control(vidioc::VIDIOC_S_EXT_CTRLS, control.id, value).map(drop);
        }
        // A bitmask has 32 bits and no sign.
        let value = i32::try_from(value).or_else(|_| u32::try_from(value).map(u32::cast_signed));
        self.set_control(control.id, value.map_err(|_| io::Error::from_raw_os_error(libc::ERANGE))?)
    }

    fn wide_control(&self, request: vidioc::_IOC_TYPE, id: u32, value: i64) -> io::Result<i64> {
        let mut control = v4l2_ext_control { id, ..zeroed() };
        control.__bindgen_anon_1.value64 = value;
        let mut list = v4l2_ext_controls { count: 1, controls: &mut control, ..zeroed() };
        // SAFETY: the list names one control, which lives as long as the call. Its value is no pointer: only
        // controls of 64 bits come here.
        unsafe { self.call_with_pointers(request, &mut list) }?;
        // SAFETY: an integer.
        Ok(unsafe { control.__bindgen_anon_1.value64 })
    }
}

fn control_info(query: &v4l2_query_ext_ctrl) -> ControlInfo {
    let kind = match query.type_ {
        _ if query.nr_of_dims > 0 => ControlKind::Other,
        kind::INTEGER | kind::INTEGER64 => ControlKind::Integer,
        kind::BOOLEAN => ControlKind::Boolean,
        kind::MENU => ControlKind::Menu,
        kind::INTEGER_MENU => ControlKind::IntegerMenu,
        kind::BUTTON => ControlKind::Button,
        kind::BITMASK => ControlKind::Bitmask,
        _ => ControlKind::Other,
    };
    ControlInfo {
        id: query.id,
        name: text(&query.name.map(c_char::cast_unsigned)),
        kind,
        wide: query.type_ == kind::INTEGER64,
        least: query.minimum,
        most: query.maximum,
        step: query.step,
        default: query.default_value,
        flags: query.flags,
    }
}
