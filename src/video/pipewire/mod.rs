//! Cameras and virtual cameras of PipeWire.
//!
//! ```text
//! library     libpipewire, loaded at run time
//! connection  a connection with the daemon, and its thread
//! nodes       what the daemon knows: cameras, links, programs
//! format      formats and buffers in SPA's terms
//! output      a virtual camera
//! find        the camera that the user means, and the same one again
//! portal      asks the person for it, in a sandbox
//! session     a connection of a camera's
//! offers      the formats that a camera offers, and the one asked for
//! camera      a camera
//! buffer      one of its buffers, and its memory
//! pod         whether a parameter has the sizes that it says
//! blocks      rows of that memory without their padding
//! picture     what it shows, in YUY2 or NV12
//! ```

pub mod blocks;
mod buffer;
pub mod camera;
pub mod connection;
pub mod find;
pub mod format;
pub mod library;
pub mod nodes;
pub mod offers;
pub mod output;
mod picture;
mod pod;
pub mod portal;
pub mod session;
