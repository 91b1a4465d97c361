//! An effect as data: its name, its parameters, and a constructor.

use std::{fmt, path::PathBuf, sync::Arc};

use super::effect::Effect;
use crate::{Result, gpu::Shader, words};

/// The description of an effect, for the command line, the help and the tests.
#[derive(Clone, Copy)]
pub struct EffectSpec {
    /// Its name after `--effect`.
    pub name: &'static str,
    /// One line for the help.
    pub summary: &'static str,
    /// Its parameters; `NAME:VALUE` sets the first.
    pub parameters: &'static [ParamSpec],
    /// Whether it accepts keys that are not in `parameters`: a user's shader declares its own.
    pub extra_params: bool,
    /// What a viewer sees of the background.
    pub background: BackgroundVisibility,
    /// Its shaders, for the test that validates every shader without a GPU.
    pub shaders: &'static [Shader],
    /// Makes the effect from values that are in their ranges. Checks files, so that a wrong name fails at the
    /// start.
    pub make: fn(&ParamValues) -> Result<Arc<dyn Effect>>,
}

/// What a viewer sees of the background, whatever effect came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackgroundVisibility {
    /// Nothing can be made out.
    Hidden,
    /// [`Self::Hidden`] or [`Self::Shown`], depending on the parameters or on a file; hidden by default.
    Depends,
    /// As much as before.
    Shown,
}

/// A parameter of an effect.
#[derive(Clone, Copy, Debug)]
pub struct ParamSpec {
    /// The key in `key=value`.
    pub name: &'static str,
    /// One line for the help, with the unit.
    pub summary: &'static str,
    /// Its type, range and default.
    pub ty: ParamType,
}

/// The type of a parameter, with its range and default.
#[derive(Clone, Copy, Debug)]
pub enum ParamType {
    /// A number in a closed range.
    Number {
        /// Smallest and largest value.
        range: (f64, f64),
        /// Default value.
        default: f64,
    },
    /// One of these words; the first is the default.
    Choice(&'static [&'static str]),
    /// A CSS colour without alpha, such as `#RRGGBB`, `#RGB` or `teal`: 8-bit gamma-coded R'G'B'.
    Colour {
        /// Default colour.
        default: [u8; 3],
    },
    /// A file. It has no default.
    File,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum ParamValue {
    /// Of [`ParamType::Number`].
    Number(f64),
    /// Of [`ParamType::Choice`].
    Choice(&'static str),
    /// Of [`ParamType::Colour`]: 8-bit R'G'B'.
    Colour([u8; 3]),
    /// Of [`ParamType::File`].
    File(PathBuf),
}

/// A value for each parameter of an [`EffectSpec`]. The getters panic for a name or type that the spec does
/// not have.
#[derive(Clone, Debug)]
pub struct ParamValues {
    pub(super) spec: EffectSpec,
    pub(super) values: Vec<ParamValue>,
    /// Keys outside the spec, with their text, where [`EffectSpec::extra_params`] allows them.
    pub extra: Vec<(String, String)>,
}

impl ParamValues {
    /// The number `name`.
    pub fn number(&self, name: &str) -> f64 {
        match self.value(name) {
            ParamValue::Number(number) => *number,
            other => unreachable!("{name} is {other:?}"),
        }
    }

    /// The choice `name`.
    pub fn choice(&self, name: &str) -> &'static str {
        match self.value(name) {
            ParamValue::Choice(word) => word,
            other => unreachable!("{name} is {other:?}"),
        }
    }

    /// The colour `name`: 8-bit R'G'B'.
    pub fn colour(&self, name: &str) -> [u8; 3] {
        match self.value(name) {
            ParamValue::Colour(colour) => *colour,
            other => unreachable!("{name} is {other:?}"),
        }
    }

    /// The file `name`.
    pub fn file(&self, name: &str) -> PathBuf {
        match self.value(name) {
            ParamValue::File(path) => path.clone(),
            other => unreachable!("{name} is {other:?}"),
        }
    }

    /// The effect that they are for.
    pub fn effect(&self) -> &EffectSpec {
        &self.spec
    }

    /// One for each of its parameters.
    pub fn all(&self) -> &[ParamValue] {
        &self.values
    }

    /// All files, in the order of the parameters.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let file = |value: &ParamValue| match value {
            ParamValue::File(path) => Some(path.clone()),
            _ => None,
        };
        self.values.iter().filter_map(file).collect()
    }

    fn value(&self, name: &str) -> &ParamValue {
        let index = self.spec.parameters.iter().position(|p| p.name == name);
        &self.values[index.expect("a parameter of the effect")]
    }
}

impl ParamType {
    /// The default; a file has none.
    pub fn default(self) -> Option<ParamValue> {
        match self {
            Self::Number { default, .. } => Some(ParamValue::Number(default)),
            Self::Choice(words) => Some(ParamValue::Choice(words[0])),
            Self::Colour { default } => Some(ParamValue::Colour(default)),
            Self::File => None,
        }
    }

    /// The value that a user types as `text`, if it is one.
    pub fn parse(self, text: &str) -> Option<ParamValue> {
        match self {
            Self::Number { range: (least, most), .. } => {
                let number = text.parse().ok().filter(|number| (least..=most).contains(number));
                number.map(ParamValue::Number)
            }
            Self::Choice(choices) => {
                choices.iter().find(|word| words::same(word, text)).map(|word| ParamValue::Choice(word))
            }
            Self::Colour { .. } => parse_colour(text).map(ParamValue::Colour),
            Self::File => (!text.is_empty()).then(|| ParamValue::File(from_home(text))),
        }
    }
}

impl ParamType {
    /// Parses the text given for `name`; the error states what it should be.
    pub(super) fn parse_named(self, name: &str, text: &str) -> Result<ParamValue, String> {
        let wanted = || match self {
            Self::Number { range: (least, most), .. } => format!("a number in {least}..{most}"),
            Self::Choice(choices) => {
                let near = words::nearest(text, choices.iter().copied());
                let hint = near.map_or(String::new(), |word| format!(" (did you mean '{word}'?)"));
                format!("one of: {}{hint}", choices.join(", "))
            }
            Self::Colour { .. } => {
                "a colour: write it as #RRGGBB, #RGB or by its CSS name, such as teal".to_owned()
            }
            Self::File => "the name of a file".to_owned(),
        };
        self.parse(text).ok_or_else(|| format!("{name}={text} is not {}", wanted()))
    }

    /// Writes a line of the help, such as `name=0..40  summary [default: 12]`.
    pub(super) fn write_help(self, name: &str, summary: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{name}={self}  {summary}")?;
        self.default().map_or(Ok(()), |value| write!(f, " [default: {value}]"))
    }
}

/// A file's name; the shell leaves `~/` alone after the colon of an effect.
fn from_home(text: &str) -> PathBuf {
    match (text.strip_prefix("~/"), etcetera::home_dir()) {
        (Some(rest), Ok(home)) => home.join(rest),
        _ => text.into(),
    }
}

/// Parses a CSS colour, or `RRGGBB` without `#`; none if it is not opaque.
fn parse_colour(text: &str) -> Option<[u8; 3]> {
    let [r, g, b, alpha] = csscolorparser::parse(text.trim()).ok()?.to_rgba8();
    (alpha == 255).then_some([r, g, b])
}

/// The values allowed, as in `0..40`.
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

/// The value as a user would type it.
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
