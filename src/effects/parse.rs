//! The syntax of `--effect`: `NAME[:VALUE][,KEY=VALUE…]`. A backslash escapes the character after it, and
//! nothing between double quotes separates.
//!
//! VALUE is the first parameter's, or KEY=VALUE of any. After a comma, a word that fits exactly one of the
//! other parameters may stand without its key: `blur:20,disc`.

use std::{path::Path, str::FromStr};

use super::{
    list::{EffectInstance, Effects},
    registry::ALL,
    spec::{EffectSpec, ParamType, ParamValue, ParamValues},
};
use crate::{EffectError, Error, Result, words};

impl EffectSpec {
    /// The effect of this name.
    ///
    /// # Errors
    /// [`EffectError::Unknown`].
    pub fn find(name: &str) -> Result<&'static Self, EffectError> {
        let named = |name: &str| ALL.iter().find(|spec| words::same(spec.name, name));
        // A value where a name should be: what was meant begins with an effect.
        let meant = || {
            if let Some((effect, value)) = name.split_once('=').filter(|(effect, _)| named(effect).is_some())
            {
                return Some(format!("{effect}:{value}"));
            }
            let effect = match Path::new(name).extension()?.to_str()?.to_lowercase().as_str() {
                "png" | "jpg" | "jpeg" | "webp" => "image",
                "mp4" | "mkv" | "webm" | "mov" | "gif" => "video",
                "wgsl" => "custom",
                _ => return None,
            };
            Some(format!("{effect}:{name}"))
        };
        let is_colour = || ParamType::Colour { default: [0; 3] }.parse(name).is_some();
        named(name).ok_or_else(|| EffectError::Unknown {
            name: name.to_owned(),
            known: ALL.iter().map(|spec| spec.name).collect::<Vec<_>>().join(", "),
            meant: meant().or_else(|| is_colour().then(|| format!("colour:{name}"))),
        })
    }

    fn error(&self, what: String) -> EffectError {
        EffectError::Parameter { effect: self.name.into(), what }
    }
}

/// Collects the parameters of one effect.
struct Parameters {
    spec: &'static EffectSpec,
    /// The value given for each parameter.
    given: Vec<Option<ParamValue>>,
    extra: Vec<(String, String)>,
}

impl Parameters {
    fn new(spec: &'static EffectSpec) -> Self {
        Self { spec, given: vec![None; spec.parameters.len()], extra: Vec::new() }
    }

    /// What follows the colon.
    fn first(&mut self, text: &str) -> Result<(), EffectError> {
        let Some(first) = self.spec.parameters.first() else {
            return Err(self.spec.error(format!("'{}' is one value too many", unescape(text))));
        };
        match self.key_and_value(text) {
            // A file's name may have an equals sign.
            Some((key, value)) if !matches!(first.ty, ParamType::File) || self.index(&key).is_some() => {
                self.named(key, &value)
            }
            _ => {
                let word = unescape(text);
                match (first.ty.parse(&word), self.fitting(&word).as_slice()) {
                    (None, &[other]) => self.set(other, &word),
                    _ => self.set(0, &word),
                }
            }
        }
    }

    /// What follows a comma.
    fn next(&mut self, text: &str) -> Result<(), EffectError> {
        if let Some((key, value)) = self.key_and_value(text) {
            return self.named(key, &value);
        }
        let word = unescape(text);
        match self.fitting(&word)[..] {
            [index] => self.set(index, &word),
            [] => Err(self.spec.error(self.misfit(&word))),
            ref several => {
                let pairs: Vec<_> = several.iter().map(|&i| format!("{}={word}", self.name(i))).collect();
                Err(self
                    .spec
                    .error(format!("'{word}' fits several parameters; write {}", pairs.join(" or "))))
            }
        }
    }

    fn key_and_value(&self, text: &str) -> Option<(String, String)> {
        split_once_unescaped(text, '=').map(|(key, value)| (unescape(key).trim().into(), unescape(value)))
    }

    fn named(&mut self, key: String, value: &str) -> Result<(), EffectError> {
        match self.index(&key) {
            Some(index) => self.set(index, value),
            None if self.spec.extra_params => {
                self.extra.push((key, value.into()));
                Ok(())
            }
            None => {
                let known: Vec<_> = self.spec.parameters.iter().map(|p| p.name).collect();
                let hint = words::did_you_mean(&key, known.iter().copied());
                Err(self.spec.error(match &known[..] {
                    [] => format!("it has no parameter '{key}', nor any other"),
                    known => {
                        format!("it has no parameter '{key}'{hint} choose one of: {}", known.join(", "))
                    }
                }))
            }
        }
    }

    fn index(&self, key: &str) -> Option<usize> {
        self.spec.parameters.iter().position(|p| words::same(p.name, key))
    }

    fn name(&self, index: usize) -> &'static str {
        self.spec.parameters[index].name
    }

    fn set(&mut self, index: usize, text: &str) -> Result<(), EffectError> {
        let value = self.spec.parameters[index].ty.parse_named(self.name(index), text);
        self.given[index] = Some(value.map_err(|what| self.spec.error(what))?);
        Ok(())
    }

    /// The parameters that have no value yet and may be meant by this word: all numbers by a number, so that
    /// one that is out of range for the first is not taken for the second. Any word is a file's name, so a
    /// file is meant only where nothing else is.
    fn fitting(&self, word: &str) -> Vec<usize> {
        let fits = |&index: &usize| {
            self.given[index].is_none()
                && match self.spec.parameters[index].ty {
                    ParamType::Number { .. } => word.parse::<f64>().is_ok(),
                    ty => ty.parse(word).is_some(),
                }
        };
        let all: Vec<_> = (0..self.given.len()).filter(fits).collect();
        let is_file = |&index: &usize| matches!(self.spec.parameters[index].ty, ParamType::File);
        if all.len() > 1 { all.into_iter().filter(|index| !is_file(index)).collect() } else { all }
    }

    /// Why a word without a key means nothing here.
    fn misfit(&self, word: &str) -> String {
        let form = format!("'{word}' is not of the form key=value");
        if EffectSpec::find(word.trim()).is_ok() {
            return format!("{form}; it is an effect of its own, and each effect is given by itself");
        }
        let file = self.given.iter().find_map(|value| match value {
            Some(ParamValue::File(path)) => Some(path.display().to_string()),
            _ => None,
        });
        if let Some(file) = file {
            return format!(
                "{form}; if it belongs to the file's name, put a backslash before the comma, or the name in double \
                 quotes, and single quotes around it all: '{name}:{file}\\,{word}' or '{name}:\"{file},{word}\"'",
                name = self.spec.name
            );
        }
        let known: Vec<_> = self.spec.parameters.iter().map(|p| format!("{}={}", p.name, p.ty)).collect();
        match &known[..] {
            [] => format!("{form}, and it has no parameters; leave it out"),
            known => format!("{form} and fits none of {}", known.join(", ")),
        }
    }

    fn finish(self) -> Result<ParamValues, EffectError> {
        let Self { spec, given, extra } = self;
        let or_default = |(index, value): (usize, Option<ParamValue>)| {
            let parameter = &spec.parameters[index];
            value.or(parameter.ty.default()).ok_or_else(|| {
                spec.error(format!("it needs a file; write {}:{}", spec.name, parameter.name.to_uppercase()))
            })
        };
        let values = given.into_iter().enumerate().map(or_default).collect::<Result<_, _>>()?;
        Ok(ParamValues { spec: *spec, values, extra })
    }
}

/// Reads the text after `--effect`.
fn read(text: &str) -> Result<Parameters, EffectError> {
    let parts = split_unescaped(text, ',');
    let (name, first) = match split_once_unescaped(parts[0], ':') {
        Some((name, first)) => (unescape(name), Some(first)),
        None => (unescape(parts[0]), None),
    };
    let spec = EffectSpec::find(name.trim())?;
    if scan(text).last().is_some_and(|scanned| scanned.is_quoted) {
        let what = "its double quotes do not close; write another, or a backslash before a single one";
        return Err(spec.error(what.into()));
    }
    let mut parameters = Parameters::new(spec);
    first.map_or(Ok(()), |text| parameters.first(text))?;
    parts[1..].iter().try_for_each(|text| parameters.next(text))?;
    Ok(parameters)
}

/// The values of the text after `--effect`, without opening the files that it names.
///
/// # Errors
/// [`EffectError::Unknown`], [`EffectError::Parameter`].
pub fn values_of(text: &str) -> Result<ParamValues, EffectError> {
    read(text)?.finish()
}

impl FromStr for EffectInstance {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let values = read(text)?.finish()?;
        Ok(Self { name: values.spec.name, effect: (values.spec.make)(&values)?, files: values.files() })
    }
}

/// The text of an effect whose relative files are in `folder`, with their whole names.
///
/// # Errors
/// [`EffectError::Unknown`], [`EffectError::Parameter`].
pub fn with_files_in(text: &str, folder: &Path) -> Result<String, EffectError> {
    let mut parameters = read(text)?;
    let mut has_moved = false;
    for value in parameters.given.iter_mut().flatten() {
        if let ParamValue::File(path) = value
            && path.is_relative()
        {
            *path = folder.join(&*path);
            has_moved = true;
        }
    }
    if !has_moved {
        return Ok(text.into());
    }
    let Parameters { spec, given, extra } = parameters;
    let given =
        spec.parameters.iter().zip(&given).filter_map(|(p, v)| Some((p.name, v.as_ref()?.to_string())));
    let extra = extra.iter().map(|(key, value)| (key.as_str(), value.clone()));
    let pairs = given.chain(extra).map(|(key, value)| format!(",{key}={}", escape(&value)));
    Ok(spec.name.to_owned() + &pairs.collect::<String>())
}

/// Puts a backslash before every character that means something.
pub fn escape(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        ',' | ':' | '=' | '\\' | '"' => format!("\\{c}"),
        c => c.into(),
    });
    escaped.collect()
}

/// A character, and what it means.
struct Scanned {
    at: usize,
    c: char,
    /// Whether it is itself: after a backslash, or between quotes.
    is_literal: bool,
    /// Whether it is a backslash or a quotation mark that is not itself.
    is_mark: bool,
    /// Whether a quotation mark is open after it.
    is_quoted: bool,
}

fn scan(text: &str) -> impl Iterator<Item = Scanned> {
    let (mut escaped, mut quoted) = (false, false);
    text.char_indices().map(move |(at, c)| {
        let is_mark = !escaped && matches!(c, '\\' | '"');
        let is_literal = escaped || (quoted && !is_mark);
        escaped = is_mark && c == '\\';
        quoted ^= is_mark && c == '"';
        Scanned { at, c, is_literal, is_mark, is_quoted: quoted }
    })
}

/// Splits at the first `separator` that is not literal.
fn split_once_unescaped(text: &str, separator: char) -> Option<(&str, &str)> {
    let found = scan(text).find(|scanned| scanned.c == separator && !scanned.is_literal)?;
    Some((&text[..found.at], &text[found.at + separator.len_utf8()..]))
}

/// Splits at every `separator` that is not literal. Gives at least one part.
fn split_unescaped(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((part, after)) = split_once_unescaped(rest, separator) {
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

/// Removes the backslashes that escape, and the quotes.
fn unescape(text: &str) -> String {
    scan(text).filter(|scanned| !scanned.is_mark).map(|scanned| scanned.c).collect()
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
