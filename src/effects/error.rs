//! What can be wrong with an effect.

use std::{io, path::PathBuf};

use crate::words;

/// An effect that does not exist, or that cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EffectError {
    /// No effect of this name.
    #[error("there is no effect '{name}'{hint} choose one of: {known}", hint = hint(name, known, meant.as_deref()))]
    Unknown {
        /// The name given.
        name: String,
        /// The existing names.
        known: String,
        /// The effect that was probably meant.
        meant: Option<String>,
    },
    /// An effect's parameter that does not exist or is out of range.
    #[error("effect {effect}: {what}")]
    Parameter {
        /// The effect.
        effect: String,
        /// What is wrong, and what would be right.
        what: String,
    },
    /// An effect after one whose picture is transparent.
    #[error("effect {effect}: it is the last of all effects; put {next} before it")]
    AfterTransparent {
        /// The transparent effect.
        effect: String,
        /// The effect that follows it.
        next: String,
    },
    /// A video without a picture.
    #[error("cannot read {path}: there is no picture in it; see whether a player shows it", path = path.display())]
    NoPicture {
        /// The file.
        path: PathBuf,
    },

    // ---- the user's own shaders
    /// There is no such file.
    #[error("cannot read {path}: there is no such file; check the name", path = path.display())]
    NoShader {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    ReadShader {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that is too long, or not a file at all.
    #[error("cannot read {path}: a shader is a file of at most {most} bytes", path = path.display())]
    NotAShader {
        /// The file.
        path: PathBuf,
        /// The most bytes that are read.
        most: u64,
    },
    /// A file that is not UTF-8.
    #[error("cannot read {path}: it is not text; give a file in WGSL", path = path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// A shader that cannot be drawn.
    #[error("{path}{place}: {what}; correct it there", path = path.display())]
    Shader {
        /// The file.
        path: PathBuf,
        /// `:LINE:COLUMN` in it, where it is known.
        place: String,
        /// What is wrong, and what would be right.
        what: String,
    },
}

/// Joins a name that does not exist with those that do.
fn hint(name: &str, known: &str, meant: Option<&str>) -> String {
    match meant {
        Some(meant) => format!("; did you mean '{meant}'? Otherwise"),
        None => words::did_you_mean(name, known.split(", ")),
    }
}
