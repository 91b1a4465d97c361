//! `NAME[:VALUE][,KEY=VALUE…]`: what is written after `--effect`. A backslash takes the meaning from what follows it.

use std::str::FromStr;

use super::{
    list::{Chosen, Effects},
    registry::ALL,
    spec::{Kind, Parameter, Values},
};
use crate::{Error, Result};

impl Kind {
    fn find(name: &str) -> Result<&'static Self> {
        ALL.iter().find(|kind| kind.name == name).ok_or_else(|| Error::UnknownEffect {
            name: name.to_owned(),
            known: ALL.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", "),
        })
    }

    fn wrong(&self, what: String) -> Error {
        Error::EffectParameter { effect: self.name.into(), what }
    }

    fn read(&self, value: Option<&str>, pairs: &[String]) -> Result<Values> {
        let mut values: Vec<_> = self.parameters.iter().map(|p| p.domain.default()).collect();
        let mut set = |index: usize, text: &str| -> Result<()> {
            let Parameter { name, domain, .. } = self.parameters[index];
            values[index] = Some(domain.read_as(name, text).map_err(|what| self.wrong(what))?);
            Ok(())
        };
        match value {
            Some(value) if self.parameters.is_empty() => {
                return Err(self.wrong(format!("'{value}' is one value too many")));
            }
            Some(value) => set(0, value)?,
            None => {}
        }
        let mut others = Vec::new();
        for part in pairs {
            let (key, value) = split_at_plain(part, '=')
                .ok_or_else(|| self.wrong(format!("'{part}' is not of the form key=value")))?;
            let (key, value) = (plain(key), plain(value));
            match self.parameters.iter().position(|p| p.name == key) {
                Some(index) => set(index, &value)?,
                None if self.open => others.push((key, value)),
                None => {
                    let known: Vec<_> = self.parameters.iter().map(|p| p.name).collect();
                    return Err(self.wrong(match &known[..] {
                        [] => format!("it has no parameter '{key}', nor any other"),
                        known => format!("it has no parameter '{key}', only: {}", known.join(", ")),
                    }));
                }
            }
        }
        let missing = values.iter().position(Option::is_none).map(|i| self.parameters[i].name);
        match missing {
            Some(name) => Err(self.wrong(format!("write {}:{}, a file", self.name, name.to_uppercase()))),
            None => Ok(Values { kind: *self, values: values.into_iter().flatten().collect(), others }),
        }
    }
}

impl FromStr for Chosen {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut parts = split_plain(text, ',');
        let pairs = parts.split_off(1);
        let (name, value) = match split_at_plain(&parts[0], ':') {
            Some((name, value)) => (plain(name), Some(plain(value))),
            None => (plain(&parts[0]), None),
        };
        let kind = Kind::find(&name)?;
        let values = kind.read(value.as_deref(), &pairs)?;
        Ok(Self { name: kind.name, effect: (kind.make)(&values)? })
    }
}

/// Where `separator` stands without a backslash before it, the first time.
fn split_at_plain(text: &str, separator: char) -> Option<(&str, &str)> {
    let mut escaped = false;
    let at = text.char_indices().find(|&(_, c)| {
        let found = c == separator && !escaped;
        escaped = c == '\\' && !escaped;
        found
    });
    at.map(|(at, _)| (&text[..at], &text[at + separator.len_utf8()..]))
}

/// The parts between the plain separators; at least one.
fn split_plain(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((part, after)) = split_at_plain(rest, separator) {
        parts.push(part.to_owned());
        rest = after;
    }
    parts.push(rest.to_owned());
    parts
}

/// Without the backslashes.
fn plain(text: &str) -> String {
    let mut chars = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        plain.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    plain
}

impl Effects {
    /// Those of each text, in order.
    ///
    /// # Errors
    /// [`Error::UnknownEffect`], [`Error::EffectParameter`], and what keeps one from being made.
    pub fn read<T: AsRef<str>>(texts: &[T]) -> Result<Self> {
        let effects: Self = texts.iter().map(|text| text.as_ref().parse()).collect::<Result<_>>()?;
        let drawn: Vec<_> = effects.drawn().collect();
        match drawn.windows(2).find(|pair| pair[0].effect.is_transparent()) {
            None => Ok(effects),
            Some(pair) => Err(Error::EffectParameter {
                effect: pair[0].name.into(),
                what: format!("it is the last of all effects; write --effect {} before it", pair[1].name),
            }),
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
        Self::read(&[text])
    }
}
