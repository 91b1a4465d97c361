//! The system calls behind a camera and a loopback, each wrapped once.
#![allow(unsafe_code)] // ioctl, mmap, poll, signalfd, inotify, clock_gettime and malloc_trim; each use says why it is sound

mod buffers;
mod clock;
mod controls;
mod inotify;
mod memory;
mod poll;
mod signals;
mod v4l2;
mod wake;

pub use buffers::{Buffers, DequeuedBuffer};
pub use clock::{now, process_cpu, since_boot, thread_cpu};
pub use controls::{ControlInfo, ControlKind};
pub use inotify::{FolderWatcher, OpenWatcher};
pub use memory::trim as trim_memory;
pub use poll::{PollFd, poll};
pub use signals::Signals;
pub use v4l2::{BufferDirection, Capability, DeviceNode, FrameSizes, PixFormat};
pub use wake::Wake;
