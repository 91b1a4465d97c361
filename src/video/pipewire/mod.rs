//! Cameras and virtual cameras of PipeWire.
//!
//! ```text
//! library     libpipewire, loaded at run time
//! connection  a connection with the daemon, and its thread
//! nodes       what the daemon knows: cameras, links, programs
//! format      formats and buffers in SPA's terms
//! output      a virtual camera
//! ```

pub mod connection;
pub mod format;
pub mod library;
pub mod nodes;
pub mod output;
