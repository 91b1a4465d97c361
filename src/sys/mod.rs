//! Linux's system calls that any part may need, each wrapped once. V4L2's are in `src/video/v4l2/`.
#![allow(unsafe_code)] // poll, signalfd, inotify, clock_gettime, malloc_trim and getpwuid_r; each use says why it is sound

mod clock;
mod inotify;
mod memory;
mod poll;
mod signals;
mod user;
mod wake;

pub use clock::{now, process_cpu, since_boot, thread_cpu};
pub use inotify::{FolderWatcher, OpenWatcher};
pub use memory::trim as trim_memory;
pub use poll::{PollFd, poll};
pub use signals::Signals;
pub use user::home_folder;
pub use wake::Wake;
