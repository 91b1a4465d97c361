//! What a shader's file says about itself in lines that begin with `//!`.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::super::spec::{Domain, Value};
use crate::{Error, Result};

/// More parameters than these have no place in the buffer.
pub(super) const MOST: usize = 16;

/// A user's shader: its text, and what its first lines say.
#[derive(Clone, Debug)]
pub struct Shader {
    /// The file.
    pub path: PathBuf,
    /// Its text.
    pub wgsl: String,
    /// What it does, in its own words.
    pub summary: String,
    /// Whether it asks for the room itself: `//! shows the room`.
    pub shows: bool,
    /// In the order in which the file has them.
    pub parameters: Vec<Declared>,
}

/// A parameter that a shader declares.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its name in the shader, and its key.
    pub name: String,
    /// One line for the help.
    pub summary: String,
    /// A number, or a colour.
    pub domain: Domain,
    /// Where its line begins.
    pub(super) at: usize,
}

/// Something wrong at a byte of the text.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) at: Option<usize>,
    pub(super) what: String,
}

impl Fault {
    pub(super) fn new(at: usize, what: impl Into<String>) -> Self {
        Self { at: Some(at), what: what.into() }
    }

    /// With the line and column, both from 1.
    pub(super) fn in_file(self, path: &Path, text: &str) -> Error {
        let place = self.at.map(|at| {
            let line_start = text[..at].rfind('\n').map_or(0, |end| end + 1);
            let line = text[..at].matches('\n').count() + 1;
            format!(":{line}:{}", text[line_start..at].chars().count() + 1)
        });
        Error::Shader { path: path.into(), place: place.unwrap_or_default(), what: self.what }
    }
}

impl Shader {
    pub(super) fn read(&mut self, wgsl: &str) -> Result<(), Fault> {
        let mut at = 0;
        for line in wgsl.split_inclusive('\n') {
            if let Some(said) = line.strip_prefix("//!").map(str::trim) {
                if said == "shows the room" {
                    self.shows = true;
                } else if let Some((name, rest)) =
                    said.split_once('=').filter(|(name, _)| is_name(name.trim()))
                {
                    let declared = declared(name.trim(), rest.trim(), at)?;
                    if self.parameters.iter().any(|p| p.name == declared.name) {
                        return Err(Fault::new(
                            at,
                            format!("the parameter {} is there twice", declared.name),
                        ));
                    }
                    self.parameters.push(declared);
                } else if self.summary.is_empty() {
                    self.summary = said.to_owned();
                }
            }
            at += line.len();
        }
        match self.parameters.get(MOST) {
            Some(one) => Err(Fault::new(one.at, format!("there is room for {MOST} parameters only"))),
            None => Ok(()),
        }
    }

    /// A value for each parameter: what is `given`, or its default.
    ///
    /// # Errors
    /// [`Error::EffectParameter`].
    pub(super) fn values(&self, given: &[(String, String)]) -> Result<Vec<[f32; 4]>> {
        let wrong = |what| Error::EffectParameter { effect: format!("custom:{}", self.path.display()), what };
        for (key, _) in given {
            if !self.parameters.iter().any(|p| p.name == *key) {
                let known: Vec<_> = self.parameters.iter().map(|p| p.name.as_str()).collect();
                let known = ["file", "strength"].into_iter().chain(known).collect::<Vec<_>>().join(", ");
                return Err(wrong(format!("it has no parameter '{key}', only: {known}")));
            }
        }
        let value = |p: &Declared| {
            let text = given.iter().rev().find(|(key, _)| *key == p.name).map(|(_, text)| text);
            let value = match text {
                Some(text) => p.domain.read_as(&p.name, text).map_err(wrong)?,
                None => p.domain.default().expect("a declared parameter has a default"),
            };
            Ok(match value {
                Value::Colour(colour) => {
                    let [r, g, b] = colour.map(|code| f32::from(code) / 255.0);
                    [r, g, b, 1.0]
                }
                Value::Number(number) => [number as f32; 4],
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

/// `DEFAULT in LEAST..MOST  SUMMARY`, or `#RRGGBB  SUMMARY`.
fn declared(name: &str, rest: &str, at: usize) -> Result<Declared, Fault> {
    let form =
        "a parameter is //! NAME = DEFAULT in LEAST..MOST  WHAT IT IS, or //! NAME = #RRGGBB  WHAT IT IS";
    let wrong = |what: String| Fault::new(at, format!("{name}: {what}; {form}"));
    if ["file", "strength"].contains(&name) {
        return Err(wrong("every shader has a parameter of this name".into()));
    }
    if naga::front::wgsl::parse_str(&format!("var<private> {name}: f32;")).is_err() {
        return Err(wrong("WGSL keeps this name for itself".into()));
    }
    let (first, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let (domain, summary) = if first.starts_with('#') {
        let any = Domain::Colour { default: [0; 3] };
        let Some(Value::Colour(default)) = any.read(first) else {
            return Err(wrong(format!("'{first}' is no colour")));
        };
        (Domain::Colour { default }, after)
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
        (Domain::Number { range, default }, summary)
    };
    Ok(Declared { name: name.into(), summary: summary.trim().into(), domain, at })
}

impl Declared {
    /// As the shader declares it.
    pub(super) fn wgsl(&self) -> &'static str {
        if matches!(self.domain, Domain::Colour { .. }) { "vec3f" } else { "f32" }
    }
}

impl fmt::Display for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.domain.line(&self.name, &self.summary, f)
    }
}
