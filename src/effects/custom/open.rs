//! Opens a user's shader: reads, parses and checks its file.

use std::{fs, path::Path};

use super::super::error::EffectError;
use super::{
    check,
    header::{Diagnostic, MOST_ITERATIONS, UserShader},
};

/// Longest file that can be a shader.
const MAX_FILE_BYTES: u64 = 1 << 18;

impl UserShader {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`EffectError::NoShader`], [`EffectError::ReadShader`], [`EffectError::NotAShader`],
    /// [`EffectError::NotText`]; [`EffectError::Shader`] with the line and column of an error in the text.
    pub fn open(path: &Path) -> Result<Self, EffectError> {
        let unreadable = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => EffectError::NoShader { path: path.into() },
            _ => EffectError::ReadShader { path: path.into(), source },
        };
        let about = fs::metadata(path).map_err(unreadable)?;
        if !about.is_file() || about.len() > MAX_FILE_BYTES {
            return Err(EffectError::NotAShader { path: path.into(), most: MAX_FILE_BYTES });
        }
        let wgsl = String::from_utf8(fs::read(path).map_err(unreadable)?)
            .map_err(|_| EffectError::NotText { path: path.into() })?;
        Self::from_text(path, wgsl)
    }

    /// Checks a text. Errors call its file `path`.
    ///
    /// # Errors
    /// [`EffectError::Shader`].
    pub(crate) fn from_text(path: &Path, wgsl: String) -> Result<Self, EffectError> {
        let shader = Self::parse(path, wgsl);
        shader.map_err(|(fault, text)| fault.in_file(path, &text))
    }

    fn parse(path: &Path, wgsl: String) -> Result<Self, (Diagnostic, String)> {
        let mut shader = Self {
            path: path.into(),
            wgsl: String::new(),
            summary: String::new(),
            shows_background: false,
            iterations: MOST_ITERATIONS,
            parameters: Vec::new(),
        };
        match shader.parse_header(&wgsl).and_then(|()| check::check(&shader, &wgsl)) {
            Ok(iterations) => Ok(Self { wgsl, iterations, ..shader }),
            Err(fault) => Err((fault, wgsl)),
        }
    }
}
