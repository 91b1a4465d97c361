//! The error of a network that the fast engine cannot run.

/// An operation without a kernel, or a kernel beyond the limits, as the end of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnsupportedError(pub String);
