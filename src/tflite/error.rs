//! The error of a file that is no valid TensorFlow Lite model.

pub(super) type Result<T, E = ParseError> = std::result::Result<T, E>;

/// Why the bytes cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Bytes 4..8 are not `TFL3`.
    #[error("the file identifier TFL3 is missing")]
    Identifier,
    /// An offset or a length points outside the file.
    #[error("{what} lies outside the file; it is cut short or damaged")]
    Outside {
        /// The table, vector or field.
        what: &'static str,
    },
    /// A field that the schema requires is missing.
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
    /// Vectors overlap so often that parsing would create more tables than the file has room for.
    #[error("its tables refer to each other more often than the file has room for; it is damaged")]
    Crowded,
    /// The schema version is not 3.
    #[error("it has schema version {0}, and only version 3 is known")]
    Version(u32),
}
