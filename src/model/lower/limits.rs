//! How large a network may be.

/// Largest value of a network in elements: 128 MiB of float32, what every adapter takes as one storage binding.
pub const MAX_ELEMENTS: usize = 32 << 20;

/// Most weights of a network: 256 MiB of float32, a hundred times what a webcam can use.
pub(super) const MAX_WEIGHTS: usize = 64 << 20;
