//! The syntax of `--effect`: `NAME[:VALUE][,KEY=VALUE…]`. A backslash escapes the character after it.

use std::str::FromStr;

use super::{
    list::{EffectInstance, Effects},
    registry::ALL,
    spec::{EffectSpec, ParamSpec, ParamValues},
};
use crate::{EffectError, Error, Result};

impl EffectSpec {
    fn find(name: &str) -> Result<&'static Self, EffectError> {
        ALL.iter().find(|spec| spec.name == name).ok_or_else(|| EffectError::Unknown {
            name: name.to_owned(),
            known: ALL.iter().map(|spec| spec.name).collect::<Vec<_>>().join(", "),
        })
    }

    fn error(&self, what: String) -> EffectError {
        EffectError::Parameter { effect: self.name.into(), what }
    }

    fn parse_values(&self, value: Option<&str>, pairs: &[String]) -> Result<ParamValues, EffectError> {
        let mut values: Vec<_> = self.parameters.iter().map(|p| p.ty.default()).collect();
        let mut set = |index: usize, text: &str| -> Result<(), EffectError> {
            let ParamSpec { name, ty, .. } = self.parameters[index];
            values[index] = Some(ty.parse_named(name, text).map_err(|what| self.error(what))?);
            Ok(())
        };
        match value {
            Some(value) if self.parameters.is_empty() => {
                return Err(self.error(format!("'{value}' is one value too many")));
            }
            Some(value) => set(0, value)?,
            None => {}
        }
        let mut extra = Vec::new();
        for part in pairs {
            let (key, value) = split_once_unescaped(part, '=')
                .ok_or_else(|| self.error(format!("'{part}' is not of the form key=value")))?;
            let (key, value) = (unescape(key), unescape(value));
            match self.parameters.iter().position(|p| p.name == key) {
                Some(index) => set(index, &value)?,
                None if self.extra_params => extra.push((key, value)),
                None => {
                    let known: Vec<_> = self.parameters.iter().map(|p| p.name).collect();
                    return Err(self.error(match &known[..] {
                        [] => format!("it has no parameter '{key}', nor any other"),
                        known => format!("it has no parameter '{key}', only: {}", known.join(", ")),
                    }));
                }
            }
        }
        let missing = values.iter().position(Option::is_none).map(|i| self.parameters[i].name);
        match missing {
            Some(name) => {
                Err(self.error(format!("it needs a file; write {}:{}", self.name, name.to_uppercase())))
            }
            None => Ok(ParamValues { spec: *self, values: values.into_iter().flatten().collect(), extra }),
        }
    }
}

impl FromStr for EffectInstance {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut parts = split_unescaped(text, ',');
        let pairs = parts.split_off(1);
        let (name, value) = match split_once_unescaped(&parts[0], ':') {
            Some((name, value)) => (unescape(name), Some(unescape(value))),
            None => (unescape(&parts[0]), None),
        };
        let spec = EffectSpec::find(&name)?;
        let values = spec.parse_values(value.as_deref(), &pairs)?;
        Ok(Self { name: spec.name, effect: (spec.make)(&values)?, files: values.files() })
    }
}

/// Splits at the first `separator` that is not escaped.
fn split_once_unescaped(text: &str, separator: char) -> Option<(&str, &str)> {
    let mut escaped = false;
    let at = text.char_indices().find(|&(_, c)| {
        let found = c == separator && !escaped;
        escaped = c == '\\' && !escaped;
        found
    });
    at.map(|(at, _)| (&text[..at], &text[at + separator.len_utf8()..]))
}

/// Splits at every `separator` that is not escaped. Gives at least one part.
fn split_unescaped(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((part, after)) = split_once_unescaped(rest, separator) {
        parts.push(part.to_owned());
        rest = after;
    }
    parts.push(rest.to_owned());
    parts
}

/// Removes the backslashes that escape.
fn unescape(text: &str) -> String {
    let mut chars = text.chars();
    let mut unescaped = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        unescaped.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    unescaped
}

impl Effects {
    /// Parses one effect from each text, in order.
    ///
    /// # Errors
    /// [`EffectError::Unknown`], [`EffectError::Parameter`], [`EffectError::AfterTransparent`], and
    /// any error of an effect's constructor.
    pub fn parse_all<T: AsRef<str>>(texts: &[T]) -> Result<Self> {
        let effects: Self = texts.iter().map(|text| text.as_ref().parse()).collect::<Result<_>>()?;
        let active: Vec<_> = effects.active().collect();
        match active.windows(2).find(|pair| pair[0].effect.is_transparent()) {
            None => Ok(effects),
            Some(pair) => {
                let (effect, next) = (pair[0].name.into(), pair[1].name.into());
                Err(EffectError::AfterTransparent { effect, next }.into())
            }
        }
    }
}

impl Default for Effects {
    fn default() -> Self {
        "blur".parse().expect("an effect with its defaults")
    }
}

impl FromStr for Effects {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse_all(&[text])
    }
}
