//! The header of a user's shader: its lines that begin with `//!`.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::super::error::EffectError;
use super::super::spec::{ParamType, ParamValue};
use crate::words;

/// Most parameters of a shader: the length of `Params::values`.
pub(super) const MAX_PARAMS: usize = 16;

/// Most iterations of all loops together for one pixel, where an iteration is short: `BUDGET` of the shader.
pub(super) const MOST_ITERATIONS: u32 = 16384;

/// A user's shader: its text and its header.
#[derive(Clone, Debug)]
pub struct UserShader {
    /// Its file.
    pub path: PathBuf,
    /// Its text.
    pub wgsl: String,
    /// What it does, in its author's words; may be empty.
    pub summary: String,
    /// Whether its header has the line `//! shows the room`, which gives it the camera's picture without
    /// blur.
    pub shows_background: bool,
    /// How many iterations all of its loops may run for one pixel: fewer, the longer an iteration is.
    pub iterations: u32,
    /// Its parameters, in the order of the file.
    pub parameters: Vec<DeclaredParam>,
}

/// A parameter that a shader declares.
#[derive(Clone, Debug)]
pub struct DeclaredParam {
    /// Its name in the shader, and its key after `--effect`.
    pub name: String,
    /// One line for the help.
    pub summary: String,
    /// A number, or a colour.
    pub ty: ParamType,
    /// Byte offset of its line.
    pub(super) offset: usize,
}

/// An error, with its byte offset in the text if it has one.
#[derive(Debug)]
pub(super) struct Diagnostic {
    pub(super) offset: Option<usize>,
    pub(super) what: String,
}

impl Diagnostic {
    pub(super) fn new(offset: usize, what: impl Into<String>) -> Self {
        Self { offset: Some(offset), what: what.into() }
    }

    /// As an error with line and column, both counted from 1.
    pub(super) fn in_file(self, path: &Path, text: &str) -> EffectError {
        let place = self.offset.map(|at| {
            let (line, column) = words::place(text, at);
            format!(":{line}:{column}")
        });
        EffectError::Shader { path: path.into(), place: place.unwrap_or_default(), what: self.what }
    }
}

impl UserShader {
    pub(super) fn parse_header(&mut self, wgsl: &str) -> Result<(), Diagnostic> {
        let mut at = 0;
        for text in wgsl.split_inclusive('\n') {
            if let Some(line) = text.strip_prefix("//!").map(str::trim) {
                if line == "shows the room" {
                    self.shows_background = true;
                } else if let Some((name, rest)) =
                    line.split_once('=').filter(|(name, _)| is_name(name.trim()))
                {
                    let declared = parse_declaration(name.trim(), rest.trim(), at)?;
                    if self.parameters.iter().any(|p| p.name == declared.name) {
                        return Err(Diagnostic::new(
                            at,
                            format!("the parameter {} is there twice", declared.name),
                        ));
                    }
                    self.parameters.push(declared);
                } else if self.summary.is_empty() {
                    self.summary = line.to_owned();
                }
            }
            at += text.len();
        }
        match self.parameters.get(MAX_PARAMS) {
            Some(one) => {
                Err(Diagnostic::new(one.offset, format!("a shader may have at most {MAX_PARAMS} parameters")))
            }
            None => Ok(()),
        }
    }

    /// A value for each parameter, from `given` or by default: numbers four times, colours as R'G'B' 0..1 and
    /// 1.
    ///
    /// # Errors
    /// [`EffectError::Parameter`] for an unknown key or a value outside its range.
    pub(super) fn values(&self, given: &[(String, String)]) -> Result<Vec<[f32; 4]>, EffectError> {
        let wrong = |what| EffectError::Parameter { effect: format!("custom:{}", self.path.display()), what };
        for (key, _) in given {
            if !self.parameters.iter().any(|p| words::same(&p.name, key)) {
                let declared = self.parameters.iter().map(|p| p.name.as_str());
                let known: Vec<_> = ["file", "strength"].into_iter().chain(declared).collect();
                let hint = words::did_you_mean(key, known.iter().copied());
                return Err(wrong(format!(
                    "it has no parameter '{key}'{hint} choose one of: {}",
                    known.join(", ")
                )));
            }
        }
        let value = |p: &DeclaredParam| {
            let text = given.iter().rev().find(|(key, _)| words::same(key, &p.name)).map(|(_, text)| text);
            let value = match text {
                Some(text) => p.ty.parse_named(&p.name, text).map_err(wrong)?,
                None => p.ty.default().expect("a declared parameter has a default"),
            };
            Ok(match value {
                ParamValue::Colour(colour) => {
                    let [r, g, b] = colour.map(|code| f32::from(code) / 255.0);
                    [r, g, b, 1.0]
                }
                ParamValue::Number(number) => [number as f32; 4],
                other => unreachable!("no shader declares {other:?}"),
            })
        };
        self.parameters.iter().map(value).collect()
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Parses what follows `NAME =`: `DEFAULT in LEAST..MOST  SUMMARY`, or `#RRGGBB  SUMMARY`.
fn parse_declaration(name: &str, rest: &str, offset: usize) -> Result<DeclaredParam, Diagnostic> {
    let form =
        "a parameter is //! NAME = DEFAULT in LEAST..MOST  WHAT IT IS, or //! NAME = #RRGGBB  WHAT IT IS";
    let wrong = |what: String| Diagnostic::new(offset, format!("{name}: {what}; {form}"));
    if ["file", "strength"].contains(&name) {
        return Err(wrong("every shader has a parameter of this name".into()));
    }
    if naga::front::wgsl::parse_str(&format!("var<private> {name}: f32;")).is_err() {
        return Err(wrong("WGSL keeps this name for itself".into()));
    }
    let (first, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let (ty, summary) = if first.starts_with('#') {
        let any = ParamType::Colour { default: [0; 3] };
        let Some(ParamValue::Colour(default)) = any.parse(first) else {
            return Err(wrong(format!("'{first}' is no colour")));
        };
        (ParamType::Colour { default }, after)
    } else {
        let (range, summary) = after
            .trim_start()
            .strip_prefix("in ")
            .map(|range| range.trim_start().split_once(char::is_whitespace).unwrap_or((range.trim(), "")))
            .ok_or_else(|| wrong("it has no range".into()))?;
        let number = |text: &str| {
            let number = text.parse::<f64>().ok().filter(|number| (*number as f32).is_finite());
            number.ok_or_else(|| wrong(format!("'{text}' is no number")))
        };
        let (least, most) = range.split_once("..").ok_or_else(|| wrong(format!("'{range}' is no range")))?;
        let (default, range) = (number(first)?, (number(least)?, number(most)?));
        if !(range.0 < range.1 && (range.0..=range.1).contains(&default)) {
            return Err(wrong(format!("{default} is not in {}..{}", range.0, range.1)));
        }
        (ParamType::Number { range, default }, summary)
    };
    Ok(DeclaredParam { name: name.into(), summary: summary.trim().into(), ty, offset })
}

impl DeclaredParam {
    /// Its type in the shader.
    pub(super) fn wgsl_type(&self) -> &'static str {
        if matches!(self.ty, ParamType::Colour { .. }) { "vec3f" } else { "f32" }
    }
}

impl fmt::Display for DeclaredParam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ty.write_help(&self.name, &self.summary, f)
    }
}
