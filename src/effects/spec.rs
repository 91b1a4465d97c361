//! An effect as data: its name, its parameters, and how it is made from their values.

use std::{fmt, path::PathBuf, sync::Arc};

use super::effect::Effect;
use crate::Result;

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
    pub make: fn(&Values) -> Result<Arc<dyn Effect>>,
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
    pub(super) kind: Kind,
    pub(super) values: Vec<Value>,
    /// Keys that only the effect knows, with what was written for them.
    pub others: Vec<(String, String)>,
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

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kind").field("name", &self.name).field("parameters", &self.parameters).finish()
    }
}
