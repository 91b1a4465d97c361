//! What a run is told, from weakest to strongest: the configuration files, what was typed, and what was set since.

use clap::{Arg, ArgAction, ArgMatches, Command, parser::ValueSource};

use super::config::{Config, PRESETS, excludes};
use crate::Result;

/// A flag with the arguments that set it, such as `--zoom=1.5`; without any it is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagValue {
    /// Without dashes.
    pub flag: String,
    /// The arguments.
    pub arguments: Vec<String>,
}

impl FlagValue {
    /// The values behind the equals signs.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.arguments.iter().filter_map(|argument| argument.split_once('=').map(|(_, value)| value))
    }
}

/// The flags that were typed, in the form of [`FlagValue`]; a switch that `gpucam set` turns off has the value
/// `false`.
pub fn typed(flags: &Command, matches: &ArgMatches) -> Vec<FlagValue> {
    let is_typed = |arg: &&Arg| {
        let id = arg.get_id().as_str();
        // Some of `matches` may be of another command.
        matches.try_contains_id(id).is_ok() && matches.value_source(id) == Some(ValueSource::CommandLine)
    };
    let value = |arg: &Arg| {
        let flag = arg.get_long()?;
        let arguments = match arg.get_action() {
            ArgAction::SetTrue => {
                let is_off = matches.get_raw(arg.get_id().as_str())?.any(|value| value == "false");
                vec![if is_off { format!("--{flag}=false") } else { format!("--{flag}") }]
            }
            _ => {
                let raw = matches.get_raw(arg.get_id().as_str())?;
                raw.map(|value| format!("--{flag}={}", value.to_string_lossy())).collect()
            }
        };
        Some(FlagValue { flag: flag.to_owned(), arguments })
    };
    flags.get_arguments().filter(is_typed).filter_map(value).collect()
}

/// Adds stronger flags one by one, each in the place of those that it excludes; one that is off excludes itself alone.
fn add(all: &mut Vec<FlagValue>, flags: &Command, stronger: impl IntoIterator<Item = FlagValue>) {
    for strong in stronger {
        let is_off = strong.arguments.is_empty();
        all.retain(|weak| weak.flag != strong.flag && (is_off || !excludes(flags, &strong.flag, &weak.flag)));
        all.push(strong);
    }
}

/// Two of these flags that are on and exclude each other.
pub fn conflict<'a>(
    flags: &Command,
    values: impl IntoIterator<Item = &'a FlagValue>,
) -> Option<(&'a str, &'a str)> {
    let on: Vec<&FlagValue> = values.into_iter().filter(|value| !value.arguments.is_empty()).collect();
    on.iter().enumerate().find_map(|(index, value)| {
        let other = on[..index].iter().find(|other| excludes(flags, &value.flag, &other.flag))?;
        Some((other.flag.as_str(), value.flag.as_str()))
    })
}

/// What was typed, and what was set since.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    typed: Vec<FlagValue>,
    /// The preset that was chosen since; the empty name for none. It counts before what was typed.
    preset: Option<String>,
    /// What was set since, the strongest.
    set: Vec<FlagValue>,
}

impl Layers {
    /// With what was typed.
    pub fn new(typed: Vec<FlagValue>) -> Self {
        Self { typed, ..Self::default() }
    }

    /// Sets flags.
    pub fn set(&mut self, flags: &Command, values: impl IntoIterator<Item = FlagValue>) {
        add(&mut self.set, flags, values);
    }

    /// Takes back what was set; of the preset, that it was chosen.
    pub fn unset(&mut self, flag: &str) {
        if flag == PRESETS {
            self.preset = None;
        }
        self.set.retain(|value| value.flag != flag);
    }

    /// Chooses a preset, which counts before all that was set; the empty name for none.
    ///
    /// # Errors
    /// Those of the configuration files; there is no such preset.
    pub fn choose(&mut self, flags: &Command, name: &str) -> Result<()> {
        if !name.is_empty() {
            let entries = Config::read(flags)?.preset(name)?;
            self.set.retain(|set| !entries.iter().any(|entry| excludes(flags, &entry.flag, &set.flag)));
        }
        self.preset = Some(name.into());
        Ok(())
    }

    /// The preset that holds; none if the files choose it.
    fn chosen(&self) -> Option<&str> {
        let typed = || self.typed.iter().find(|value| value.flag == PRESETS)?.values().next();
        self.preset.as_deref().or_else(typed)
    }

    /// All that holds, each flag once, and the name of the preset.
    ///
    /// # Errors
    /// What is wrong in the files.
    pub fn merged(&self, flags: &Command) -> Result<Merged> {
        self.over(&Config::read(flags)?, flags)
    }

    fn over(&self, config: &Config, flags: &Command) -> Result<Merged> {
        let value = |entry: &super::config::Entry| FlagValue {
            flag: entry.flag.clone(),
            arguments: entry.arguments.clone(),
        };
        let mut all = Vec::new();
        add(&mut all, flags, config.entries(flags, self.chosen())?.iter().map(value));
        let own = all.iter().find(|value| value.flag == PRESETS).and_then(|value| value.values().next());
        let preset = self.chosen().or(own).unwrap_or_default().to_owned();
        add(&mut all, flags, self.typed.clone());
        if let Some(name) = self.preset.as_deref().filter(|name| !name.is_empty()) {
            add(&mut all, flags, config.preset(name)?.iter().map(value));
        }
        add(&mut all, flags, self.set.clone());
        all.retain(|value| value.flag != PRESETS);
        let presets = config.presets().into_iter().map(str::to_owned).collect();
        Ok(Merged { values: all, preset, presets })
    }
}

/// All that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// The flags.
    pub values: Vec<FlagValue>,
    /// The preset; empty for none.
    pub preset: String,
    /// The presets that there are.
    pub presets: Vec<String>,
}

impl Merged {
    /// The same as arguments.
    pub fn arguments(&self) -> impl Iterator<Item = &str> {
        self.values.iter().flat_map(|value| value.arguments.iter().map(String::as_str))
    }

    /// Takes the values of these flags from another one.
    pub fn keep(&mut self, other: &Self, kept: impl Fn(&str) -> bool) {
        self.values.retain(|value| !kept(&value.flag));
        self.values.extend(other.values.iter().filter(|value| kept(&value.flag)).cloned());
    }

    fn get(&self, flag: &str) -> &[String] {
        self.values.iter().find(|value| value.flag == flag).map_or(&[], |value| value.arguments.as_slice())
    }

    /// The flags that another one has with another value.
    pub fn differences<'a>(&'a self, other: &'a Self) -> Vec<&'a str> {
        let mut found: Vec<&str> = self
            .values
            .iter()
            .chain(&other.values)
            .map(|value| value.flag.as_str())
            .filter(|flag| self.get(flag) != other.get(flag))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}
