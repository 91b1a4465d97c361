//! Opens a user's shader: reads, parses and checks its file.

use std::{fs, path::Path};

use super::{
    check,
    header::{Diagnostic, UserShader},
};
use crate::{Error, Result};

/// Longest file that can be a shader.
const MAX_FILE_BYTES: u64 = 1 << 18;

impl UserShader {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`Error::Read`]; [`Error::Shader`] with the line and column of an error in the text.
    pub fn open(path: &Path) -> Result<Self> {
        let failed = |reason: String| Error::Read { path: path.into(), reason };
        let told = |e: std::io::Error| match e.kind() {
            std::io::ErrorKind::NotFound => failed("there is no such file; check the name".into()),
            _ => failed(e.to_string()),
        };
        let about = fs::metadata(path).map_err(told)?;
        if !about.is_file() || about.len() > MAX_FILE_BYTES {
            return Err(failed(format!("a shader is a file of at most {MAX_FILE_BYTES} bytes")));
        }
        let wgsl = String::from_utf8(fs::read(path).map_err(told)?)
            .map_err(|_| failed("it is not text; give a file in WGSL".into()))?;
        let shader = Self::parse(path, wgsl);
        shader.map_err(|(fault, text)| fault.in_file(path, &text))
    }

    fn parse(path: &Path, wgsl: String) -> Result<Self, (Diagnostic, String)> {
        let mut shader = Self {
            path: path.into(),
            wgsl: String::new(),
            summary: String::new(),
            shows_background: false,
            parameters: Vec::new(),
        };
        match shader.parse_header(&wgsl).and_then(|()| check::check(&shader, &wgsl)) {
            Ok(()) => Ok(Self { wgsl, ..shader }),
            Err(fault) => Err((fault, wgsl)),
        }
    }
}
