//! V4L2's system calls, behind a camera and a loopback, each wrapped once.
#![allow(unsafe_code)] // ioctl and mmap; each use says why it is sound

mod buffers;
mod controls;
mod node;

pub use buffers::{Buffers, DequeuedBuffer};
pub use controls::{ControlInfo, ControlKind};
pub use node::{BufferDirection, Capability, DeviceNode, FrameSizes, PixFormat};
