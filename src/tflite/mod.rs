//! The TensorFlow Lite flatbuffer, read faithfully. Imports nothing of the crate.
