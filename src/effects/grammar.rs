//! `NAME[:VALUE][,KEY=VALUE…]`: what is written after `--effect`. A backslash takes the meaning from what follows it.

use std::{fmt, path::PathBuf, str::FromStr, sync::Arc};

use super::{ALL, Effect, Make};
use crate::{Error, Result};

/// An effect's name, parameters and how to make it.
#[derive(Clone, Copy)]
pub struct Kind {
    /// What `--effect` takes.
    pub name: &'static str,
    /// One line for the help.
    pub summary: &'static str,
    /// Its parameters; `NAME:VALUE` sets the first.
    pub parameters: &'static [Parameter],
    /// Whether it takes keys that are not in `parameters`: a shader of the user's own declares some.
    pub open: bool,
    /// What becomes of the room behind the person.
    pub room: Room,
    /// From values that are in their ranges.
    pub make: Make,
}

/// What an effect makes of the room, whatever comes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Nothing can be made out of it.
    Hidden,
    /// As in [`Room::Hidden`] or [`Room::Shown`], by its parameters or its file.
    Depends,
    /// It is as well seen as before.
    Shown,
}

/// Something that an effect takes.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// The key in `key=value`.
    pub name: &'static str,
    /// One line for the help, with the unit.
    pub summary: &'static str,
    /// What it may be.
    pub domain: Domain,
}

/// What a parameter may be, and what it is where nothing is said.
#[derive(Clone, Copy, Debug)]
pub enum Domain {
    /// A number between the two, both included.
    Number {
        /// Least and greatest value.
        range: (f64, f64),
        /// The value where none is given.
        default: f64,
    },
    /// One of these words; the first where none is given.
    Word(&'static [&'static str]),
    /// `#RRGGBB`, gamma-coded R'G'B'.
    Colour {
        /// The colour where none is given.
        default: [u8; 3],
    },
    /// A file; it must be given.
    File,
}

/// A value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of [`Domain::Number`].
    Number(f64),
    /// Of [`Domain::Word`].
    Word(&'static str),
    /// Of [`Domain::Colour`], R'G'B'.
    Colour([u8; 3]),
    /// Of [`Domain::File`].
    File(PathBuf),
}

/// A value for each parameter of a [`Kind`].
#[derive(Clone, Debug)]
pub struct Values {
    kind: Kind,
    values: Vec<Value>,
    /// Keys that only the effect knows, with what was written for them.
    pub others: Vec<(String, String)>,
}

/// An effect as chosen.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Its name.
    pub name: &'static str,
    /// The effect itself.
    pub effect: Arc<dyn Effect>,
}

/// Effects in the order in which they are applied. The default is blur alone.
#[derive(Clone, Debug)]
pub struct Effects {
    chosen: Vec<Chosen>,
    waits: bool,
}

impl Values {
    /// The number of this name.
    pub fn number(&self, name: &str) -> f64 {
        match self.value(name) {
            Value::Number(number) => *number,
            other => unreachable!("{name} is {other:?}"),
        }
    }

    /// The word of this name.
    pub fn word(&self, name: &str) -> &'static str {
        match self.value(name) {
            Value::Word(word) => word,
            other => unreachable!("{name} is {other:?}"),
        }
    }

    /// The colour of this name, R'G'B'.
    pub fn colour(&self, name: &str) -> [u8; 3] {
        match self.value(name) {
            Value::Colour(colour) => *colour,
            other => unreachable!("{name} is {other:?}"),
        }
    }

    /// The file of this name.
    pub fn file(&self, name: &str) -> PathBuf {
        match self.value(name) {
            Value::File(path) => path.clone(),
            other => unreachable!("{name} is {other:?}"),
        }
    }

    fn value(&self, name: &str) -> &Value {
        let index = self.kind.parameters.iter().position(|p| p.name == name);
        &self.values[index.expect("a parameter of the effect")]
    }
}

impl Domain {
    pub(super) fn default(self) -> Option<Value> {
        match self {
            Self::Number { default, .. } => Some(Value::Number(default)),
            Self::Word(words) => Some(Value::Word(words[0])),
            Self::Colour { default } => Some(Value::Colour(default)),
            Self::File => None,
        }
    }

    pub(super) fn read(self, text: &str) -> Option<Value> {
        match self {
            Self::Number { range: (least, most), .. } => {
                let number = text.parse().ok().filter(|number| (least..=most).contains(number));
                number.map(Value::Number)
            }
            Self::Word(words) => words.iter().find(|word| **word == text).map(|word| Value::Word(word)),
            Self::Colour { .. } => colour(text).map(Value::Colour),
            Self::File => (!text.is_empty()).then(|| Value::File(text.into())),
        }
    }
}

impl Domain {
    /// What is written for `name`, or what it is not.
    pub(super) fn read_as(self, name: &str, text: &str) -> Result<Value, String> {
        let wanted = || match self {
            Self::Number { range: (least, most), .. } => format!("a number in {least}..{most}"),
            Self::Word(words) => format!("one of: {}", words.join(", ")),
            Self::Colour { .. } => "a colour: write it as #RRGGBB".to_owned(),
            Self::File => "the name of a file".to_owned(),
        };
        self.read(text).ok_or_else(|| format!("{name}={text} is not {}", wanted()))
    }

    /// `name=0..40  summary [default: 12]`
    pub(super) fn line(self, name: &str, summary: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{name}={self}  {summary}")?;
        self.default().map_or(Ok(()), |value| write!(f, " [default: {value}]"))
    }
}

/// `#RRGGBB`, with or without the `#`.
fn colour(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let sound = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let code = sound.then(|| u32::from_str_radix(digits, 16).ok())??;
    Some([16, 8, 0].map(|shift| (code >> shift) as u8))
}

/// What may be written, such as `0..40`.
impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { range: (least, most), .. } => write!(f, "{least}..{most}"),
            Self::Word(words) => f.write_str(&words.join("|")),
            Self::Colour { .. } => f.write_str("#RRGGBB"),
            Self::File => f.write_str("FILE"),
        }
    }
}

/// As it would be written.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Word(word) => f.write_str(word),
            Self::Colour([r, g, b]) => write!(f, "#{r:02x}{g:02x}{b:02x}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// `name=0..40  summary [default: 12]`
impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.domain.line(self.name, self.summary, f)
    }
}

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

    /// Whether the picture is to be seen through the frame's alpha.
    pub fn is_transparent(&self) -> bool {
        self.drawn().any(|chosen| chosen.effect.is_transparent())
    }

    /// The same, where nobody is kept waiting: what moves may wait until its next picture is there, so that a file
    /// comes out the same on every machine.
    #[must_use]
    pub fn waiting(self) -> Self {
        Self { waits: true, ..self }
    }

    /// Whether what moves may wait.
    pub fn waits(&self) -> bool {
        self.waits
    }

    /// Whether the frame's bytes pass unchanged; then nothing is recorded, and nothing is hidden.
    pub fn is_untouched(&self) -> bool {
        self.drawn().next().is_none()
    }

    /// Whether the room cannot be made out in the picture; then no frame leaves without a sound mask.
    pub fn hides(&self) -> bool {
        self.drawn().any(|chosen| chosen.effect.hides())
    }

    /// Those that change anything, in order.
    pub fn drawn(&self) -> impl Iterator<Item = &Chosen> {
        self.chosen.iter().filter(|chosen| !chosen.effect.is_untouched())
    }
}

impl FromIterator<Chosen> for Effects {
    fn from_iter<I: IntoIterator<Item = Chosen>>(effects: I) -> Self {
        Self { chosen: effects.into_iter().collect(), waits: false }
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

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kind").field("name", &self.name).field("parameters", &self.parameters).finish()
    }
}
