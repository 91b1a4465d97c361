//! Why a file cannot be run.

use crate::tflite;

pub(super) type Result<T, E = LowerError> = std::result::Result<T, E>;

/// What gpucam does not know, by name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LowerError {
    /// The bytes are not a TensorFlow Lite model, or a damaged one.
    #[error(transparent)]
    Format(#[from] tflite::ParseError),
    /// An operator, its version or one of its options.
    #[error("operator {operator} version {version}, which makes '{tensor}', {why}")]
    Operator {
        /// Name in the schema, or a custom operator's own.
        operator: String,
        /// Version in the file.
        version: i32,
        /// The tensor that it makes.
        tensor: String,
        /// What is wrong with it.
        why: String,
    },
    /// A tensor's type, shape or bytes.
    #[error("tensor '{tensor}' {why}")]
    Tensor {
        /// Its name.
        tensor: String,
        /// What is wrong with it.
        why: String,
    },
    /// The network as a whole.
    #[error("its network {0}")]
    Network(String),
}
