//! Size limits of a network.

/// Largest value of a network in elements: 128 MiB of float32, the storage binding that every adapter
/// supports.
pub const MAX_ELEMENTS: usize = 32 << 20;

/// Largest number of weights in a network: 256 MiB of float32, a hundred times what a webcam can use.
pub(super) const MAX_WEIGHTS: usize = 64 << 20;
