//! How a file can fail to be a TensorFlow Lite model.

pub(super) type Result<T, E = ParseError> = std::result::Result<T, E>;

/// What is wrong with the bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Bytes 4..8 are not `TFL3`.
    #[error("the file identifier TFL3 is missing")]
    Identifier,
    /// An offset or a length leads outside the file.
    #[error("{what} lies outside the file; it is cut short or damaged")]
    Outside {
        /// The table, vector or field.
        what: &'static str,
    },
    /// The schema requires a field that is not there.
    #[error("{what} is missing; the file is damaged")]
    Missing {
        /// The field.
        what: &'static str,
    },
    /// A name is not UTF-8.
    #[error("{what} is not UTF-8; the file is damaged")]
    Text {
        /// The field.
        what: &'static str,
    },
    /// Vectors share their memory so often that reading them would take more than the file.
    #[error("its tables refer to each other more often than the file has room for; it is damaged")]
    Crowded,
    /// The schema has another version than 3.
    #[error("it has schema version {0}, and only version 3 is known")]
    Version(u32),
}
