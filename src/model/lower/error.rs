//! The error of a file that cannot be lowered.

use crate::tflite;

pub(super) type Result<T, E = LowerError> = std::result::Result<T, E>;

/// What gpucam does not support, by name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LowerError {
    /// The bytes are no TensorFlow Lite model, or a damaged one.
    #[error(transparent)]
    Format(#[from] tflite::ParseError),
    /// An operator, its version or one of its options is not supported.
    #[error("operator {operator} version {version}, which makes '{tensor}', {why}")]
    Operator {
        /// Its name in the schema, or the name of a custom operator.
        operator: String,
        /// Its version in the file.
        version: i32,
        /// The tensor that it computes.
        tensor: String,
        /// What is wrong with it.
        why: String,
    },
    /// A tensor's type, shape or bytes are not supported.
    #[error("tensor '{tensor}' {why}")]
    Tensor {
        /// Its name.
        tensor: String,
        /// What is wrong with it.
        why: String,
    },
    /// The network as a whole is not supported.
    #[error("its network {0}")]
    Network(String),
}
