//! An effect as data: its name, its parameters, and how it is made from their values.

use std::{fmt, path::PathBuf, sync::Arc};

use super::effect::Effect;
use crate::{Result, gpu::Shader};

/// An effect's name, parameters and how to make it.
#[derive(Clone, Copy)]
pub struct EffectSpec {
    /// What `--effect` takes.
    pub name: &'static str,
    /// One line for the help.
    pub summary: &'static str,
    /// Its parameters; `NAME:VALUE` sets the first.
    pub parameters: &'static [ParamSpec],
    /// Whether it takes keys that are not in `parameters`: a shader of the user's own declares some.
    pub extra_params: bool,
    /// What becomes of the room behind the person.
    pub background: BackgroundVisibility,
    /// Its shaders, for the test that validates every shader without a GPU.
    pub shaders: &'static [Shader],
    /// From values that are in their ranges.
    pub make: fn(&ParamValues) -> Result<Arc<dyn Effect>>,
}

/// What an effect makes of the room, whatever comes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackgroundVisibility {
    /// Nothing can be made out of it.
    Hidden,
    /// As in [`BackgroundVisibility::Hidden`] or [`BackgroundVisibility::Shown`], by its parameters or its file.
    Depends,
    /// It is as well seen as before.
    Shown,
}

/// Something that an effect takes.
#[derive(Clone, Copy, Debug)]
pub struct ParamSpec {
    /// The key in `key=value`.
    pub name: &'static str,
    /// One line for the help, with the unit.
    pub summary: &'static str,
    /// What it may be.
    pub ty: ParamType,
}

/// What a parameter may be, and what it is where nothing is said.
#[derive(Clone, Copy, Debug)]
pub enum ParamType {
    /// A number between the two, both included.
    Number {
        /// Least and greatest value.
        range: (f64, f64),
        /// The value where none is given.
        default: f64,
    },
    /// One of these words; the first where none is given.
    Choice(&'static [&'static str]),
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
pub enum ParamValue {
    /// Of [`ParamType::Number`].
    Number(f64),
    /// Of [`ParamType::Choice`].
    Choice(&'static str),
    /// Of [`ParamType::Colour`], R'G'B'.
    Colour([u8; 3]),
    /// Of [`ParamType::File`].
    File(PathBuf),
}

/// A value for each parameter of a [`EffectSpec`].
#[derive(Clone, Debug)]
pub struct ParamValues {
    pub(super) spec: EffectSpec,
    pub(super) values: Vec<ParamValue>,
    /// Keys that only the effect knows, with what was written for them.
    pub extra: Vec<(String, String)>,
}

impl ParamValues {
    /// The number of this name.
    pub fn number(&self, name: &str) -> f64 {
        match self.value(name) {
            ParamValue::Number(number) => *number,
            other => unreachable!("{name} is {other:?}"),
        }
    }

    /// The word of this name.
    pub fn choice(&self, name: &str) -> &'static str {
        match self.value(name) {
            ParamValue::Choice(word) => word,
            other => unreachable!("{name} is {other:?}"),
        }
    }

    /// The colour of this name, R'G'B'.
    pub fn colour(&self, name: &str) -> [u8; 3] {
        match self.value(name) {
            ParamValue::Colour(colour) => *colour,
            other => unreachable!("{name} is {other:?}"),
        }
    }

    /// The file of this name.
    pub fn file(&self, name: &str) -> PathBuf {
        match self.value(name) {
            ParamValue::File(path) => path.clone(),
            other => unreachable!("{name} is {other:?}"),
        }
    }

    fn value(&self, name: &str) -> &ParamValue {
        let index = self.spec.parameters.iter().position(|p| p.name == name);
        &self.values[index.expect("a parameter of the effect")]
    }
}

impl ParamType {
    pub(super) fn default(self) -> Option<ParamValue> {
        match self {
            Self::Number { default, .. } => Some(ParamValue::Number(default)),
            Self::Choice(words) => Some(ParamValue::Choice(words[0])),
            Self::Colour { default } => Some(ParamValue::Colour(default)),
            Self::File => None,
        }
    }

    pub(super) fn parse(self, text: &str) -> Option<ParamValue> {
        match self {
            Self::Number { range: (least, most), .. } => {
                let number = text.parse().ok().filter(|number| (least..=most).contains(number));
                number.map(ParamValue::Number)
            }
            Self::Choice(words) => {
                words.iter().find(|word| **word == text).map(|word| ParamValue::Choice(word))
            }
            Self::Colour { .. } => parse_colour(text).map(ParamValue::Colour),
            Self::File => (!text.is_empty()).then(|| ParamValue::File(text.into())),
        }
    }
}

impl ParamType {
    /// What is written for `name`, or what it is not.
    pub(super) fn parse_named(self, name: &str, text: &str) -> Result<ParamValue, String> {
        let wanted = || match self {
            Self::Number { range: (least, most), .. } => format!("a number in {least}..{most}"),
            Self::Choice(words) => format!("one of: {}", words.join(", ")),
            Self::Colour { .. } => "a colour: write it as #RRGGBB".to_owned(),
            Self::File => "the name of a file".to_owned(),
        };
        self.parse(text).ok_or_else(|| format!("{name}={text} is not {}", wanted()))
    }

    /// `name=0..40  summary [default: 12]`
    pub(super) fn write_help(self, name: &str, summary: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{name}={self}  {summary}")?;
        self.default().map_or(Ok(()), |value| write!(f, " [default: {value}]"))
    }
}

/// `#RRGGBB`, with or without the `#`.
fn parse_colour(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let sound = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let code = sound.then(|| u32::from_str_radix(digits, 16).ok())??;
    Some([16, 8, 0].map(|shift| (code >> shift) as u8))
}

/// What may be written, such as `0..40`.
impl fmt::Display for ParamType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { range: (least, most), .. } => write!(f, "{least}..{most}"),
            Self::Choice(words) => f.write_str(&words.join("|")),
            Self::Colour { .. } => f.write_str("#RRGGBB"),
            Self::File => f.write_str("FILE"),
        }
    }
}

/// As it would be written.
impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Choice(word) => f.write_str(word),
            Self::Colour([r, g, b]) => write!(f, "#{r:02x}{g:02x}{b:02x}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// `name=0..40  summary [default: 12]`
impl fmt::Display for ParamSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ty.write_help(self.name, self.summary, f)
    }
}

impl fmt::Debug for EffectSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EffectSpec").field("name", &self.name).field("parameters", &self.parameters).finish()
    }
}
