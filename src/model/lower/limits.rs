//! Size limits of a network.

/// Largest value of a network in elements: 128 MiB of float32, the storage binding that every adapter
/// supports.
pub const MAX_ELEMENTS: usize = 32 << 20;

/// Largest number of weights in a network: 256 MiB of float32, a hundred times what a webcam can use.
pub(super) const MAX_WEIGHTS: usize = 64 << 20;

/// Largest number of operators that the output needs: ten times as many as a large network has. Rewriting takes a time
/// that grows with its cube.
pub(super) const MAX_OPERATORS: usize = 5000;
