//! Why a network cannot run on the fast engine.

/// What the engine has no kernel for, as a sentence's end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnsupportedError(pub String);
