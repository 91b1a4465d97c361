//! Measuring: where the time of a frame goes, and how far that is from what the adapter could do.

pub mod count;
