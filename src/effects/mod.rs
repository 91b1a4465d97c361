//! Effects: what is shown behind the person. One effect is one `.rs` here, its `.wgsl` where the passes do not
//! have what it needs, one test, and one line in [`ALL`].

mod blur;
mod none;

use std::{fmt, str::FromStr, sync::Arc};

use crate::{
    Error, Result,
    gpu::{Plane, Recorder, Soft},
    passes::{Alpha, Frame},
};

/// Every effect, in the order that the help lists them.
pub const ALL: &[Kind] = &[blur::KIND, none::KIND];

/// An effect's name, parameters and how to make it.
#[derive(Clone, Copy)]
pub struct Kind {
    /// What `--effect` takes.
    pub name: &'static str,
    /// One line for the help.
    pub summary: &'static str,
    /// Its parameters; `NAME:VALUE` sets the first.
    pub parameters: &'static [Parameter],
    make: fn(&[f64]) -> Arc<dyn Effect>,
}

/// A number that an effect takes.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// The key in `key=value`.
    pub name: &'static str,
    /// One line for the help, with the unit.
    pub summary: &'static str,
    /// Least and greatest value.
    pub range: (f64, f64),
    /// The value where none is given.
    pub default: f64,
}

/// An effect with its parameters.
pub trait Effect: fmt::Debug + Send + Sync {
    /// Whether the frame's bytes pass unchanged; then nothing is recorded, and nothing is hidden.
    fn is_untouched(&self) -> bool {
        false
    }

    /// Records what is behind the person.
    fn behind(&self, rec: &mut Recorder<'_>, scene: &Scene<'_>) -> Behind;
}

/// What an effect can work with.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The camera's frame.
    pub frame: &'a Frame,
    /// The person in it.
    pub alpha: &'a Alpha,
}

/// What is behind the person, in the camera's picture and in ours; each of any size, over the whole frame.
#[derive(Debug)]
pub struct Behind {
    /// The room as the camera sees it, blurred: the composite takes it out of the person's edge.
    pub room: Plane<Soft>,
    /// What is shown instead.
    pub shown: Plane<Soft>,
}

/// An effect as chosen: `NAME[:VALUE][,key=value…]`.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Its name.
    pub name: &'static str,
    /// The effect itself.
    pub effect: Arc<dyn Effect>,
}

impl Default for Chosen {
    fn default() -> Self {
        "blur".parse().expect("an effect with its defaults")
    }
}

impl FromStr for Chosen {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut parts = text.split(',');
        let head = parts.next().unwrap_or_default();
        let (name, first) = head.split_once(':').map_or((head, None), |(name, value)| (name, Some(value)));
        let kind = ALL.iter().find(|kind| kind.name == name);
        let kind = kind.ok_or_else(|| Error::UnknownEffect {
            name: name.into(),
            known: ALL.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", "),
        })?;
        let mut values: Vec<f64> = kind.parameters.iter().map(|p| p.default).collect();
        let wrong = |what: String| Error::EffectParameter { effect: name.into(), what };
        let mut set = |index: usize, text: &str| -> Result<()> {
            let Parameter { name, range: (least, most), .. } = kind.parameters[index];
            match text.parse::<f64>() {
                Ok(value) if (least..=most).contains(&value) => values[index] = value,
                _ => return Err(wrong(format!("{name}={text} is not a number in {least}..{most}"))),
            }
            Ok(())
        };
        if let Some(value) = first {
            if kind.parameters.is_empty() {
                return Err(wrong(format!("'{value}' is one value too many")));
            }
            set(0, value)?;
        }
        for part in parts {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| wrong(format!("'{part}' is not of the form key=value")))?;
            let index = kind.parameters.iter().position(|p| p.name == key);
            let known = || kind.parameters.iter().map(|p| p.name).collect::<Vec<_>>().join(", ");
            let index = index.ok_or_else(|| match kind.parameters {
                [] => wrong(format!("it has no parameter '{key}', nor any other")),
                _ => wrong(format!("it has no parameter '{key}', only: {}", known())),
            })?;
            set(index, value)?;
        }
        Ok(Self { name: kind.name, effect: (kind.make)(&values) })
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kind").field("name", &self.name).field("parameters", &self.parameters).finish()
    }
}
