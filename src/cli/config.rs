//! The configuration files: every long flag of a run as a key, and presets.
//!
//! ```toml
//! # ~/.config/gpucam/config.toml
//! effect = "blur:20"
//! on-demand = true
//! size = "1280x720"
//!
//! [preset.beach]                 # gpucam --preset beach
//! effect = ["image:beach.jpg"]   # a path is relative to this file
//! ```
//! What is typed counts before the preset, the preset before the user's file, and that before /etc's.

use std::{
    env,
    ffi::OsString,
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, parser::ValueSource};
use etcetera::BaseStrategy;
use toml::de::{DeTable, DeValue};

use super::hint::refused;
use crate::{Error, Result, VideoError, effects, video::InputKind, words};

/// Other files to read, separated by colons, the weakest first; `none` for none. For tests, and scripts that must not
/// depend on what their user has configured.
const VARIABLE: &str = "GPUCAM_CONFIG";
/// The table of presets.
pub(super) const PRESETS: &str = "preset";

/// The files that are read, whether they exist or not, the weakest first; the last one is the user's.
pub(super) fn files() -> Vec<PathBuf> {
    if let Some(named) = env::var_os(VARIABLE) {
        return env::split_paths(&named).filter(|path| path.as_os_str() != "none").collect();
    }
    let own = etcetera::choose_base_strategy().ok().map(|base| base.config_dir().join("gpucam/config.toml"));
    ["/etc/gpucam/config.toml".into()].into_iter().chain(own).collect()
}

/// The folders of the configuration files, or those above that exist.
#[cfg(feature = "control")]
pub(super) fn folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for file in files() {
        // A link's target may be in a folder of its own.
        let real = fs::canonicalize(&file).ok();
        for file in [Some(file), real].into_iter().flatten() {
            let existing = file.ancestors().skip(1).find(|folder| folder.is_dir());
            folders.extend(existing.map(Path::to_owned));
        }
    }
    folders.sort();
    folders.dedup();
    folders
}

/// The user's file; none without a home folder.
pub(super) fn user_file() -> Option<PathBuf> {
    files().pop()
}

/// A key of a file, or of a preset in it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The flag, without its dashes.
    pub(super) flag: String,
    /// The arguments that say the same; none for a switch that is off.
    pub(super) arguments: Vec<String>,
    /// The value as a file would have it.
    pub(super) value: String,
    pub(super) path: PathBuf,
    /// Its line, counted from 1.
    pub(super) line: usize,
}

/// The keys of one file.
#[derive(Debug, Default)]
struct File {
    base: Vec<Entry>,
    presets: Vec<(String, Vec<Entry>)>,
}

/// What the files say.
#[derive(Debug, Default)]
pub(super) struct Config {
    files: Vec<File>,
}

/// A place in a file, for its errors.
struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    /// The flags of a run.
    flags: &'a Command,
}

impl Reader<'_> {
    fn error(&self, at: Range<usize>, what: &str) -> Error {
        let (line, column) = words::place(self.text, at.start.min(self.text.len()));
        let reason = format!("line {line}, column {column}: {what}");
        Error::Video(VideoError::Read { path: self.path.into(), reason })
    }

    fn arg(&self, key: &str) -> Option<&Arg> {
        self.flags.get_arguments().find(|arg| arg.get_long().is_some_and(|flag| words::same(flag, key)))
    }

    fn file(&self) -> Result<File> {
        let table = DeTable::parse(self.text).map_err(|error| {
            let what = format!("{}; correct it there", error.message().lines().next().unwrap_or_default());
            self.error(error.span().unwrap_or_default(), &what)
        })?;
        let mut file = File::default();
        for (key, value) in table.get_ref() {
            match value.get_ref() {
                DeValue::Table(presets) if key.get_ref() == PRESETS => {
                    for (name, keys) in presets {
                        let DeValue::Table(keys) = keys.get_ref() else {
                            let what = "a preset is a table: write [preset.NAME] and its keys below";
                            return Err(self.error(name.span(), what));
                        };
                        let entries = keys.iter().map(|(key, value)| {
                            self.entry(key.get_ref(), key.span(), value.get_ref(), value.span())
                        });
                        file.presets.push((name.get_ref().to_string(), entries.collect::<Result<_>>()?));
                    }
                }
                value_of_key => {
                    let entry = self.entry(key.get_ref(), key.span(), value_of_key, value.span());
                    file.base.push(entry?);
                }
            }
        }
        self.check_conflicts(&file.base)?;
        file.presets.iter().try_for_each(|(_, entries)| self.check_conflicts(entries))?;
        Ok(file)
    }

    /// Fails where two keys of a table exclude each other, as clap does with flags that are typed.
    fn check_conflicts(&self, entries: &[Entry]) -> Result<()> {
        let mut entries: Vec<_> = entries.iter().collect();
        entries.sort_by_key(|entry| entry.line);
        for (index, entry) in entries.iter().enumerate() {
            let same = |other: &&&Entry| excludes(self.flags, &other.flag, &entry.flag);
            if let Some(other) = entries[..index].iter().find(same) {
                let what = format!(
                    "line {}: {} cannot stand beside {} of line {}; leave one of them out",
                    entry.line, entry.flag, other.flag, other.line
                );
                return Err(Error::Video(VideoError::Read { path: self.path.into(), reason: what }));
            }
        }
        Ok(())
    }

    fn entry(
        &self,
        key: &str,
        at: Range<usize>,
        value: &DeValue<'_>,
        value_at: Range<usize>,
    ) -> Result<Entry> {
        let Some(arg) = self.arg(key) else {
            let known = self.flags.get_arguments().filter_map(Arg::get_long);
            let hint = words::did_you_mean(key, known);
            let what = format!(
                "there is no key '{key}'{hint} write a long flag of `gpucam --help` without its dashes"
            );
            return Err(self.error(at, &what));
        };
        let flag = arg.get_long().expect("it was found by it").to_owned();
        let wrong = |what: &str| self.error(value_at.clone(), &format!("{flag} {what}"));
        let takes_nothing = arg.get_num_args().is_some_and(|count| count.min_values() == 0);
        let is_list = matches!(arg.get_action(), ArgAction::Append);
        let texts: Vec<String> = match value {
            DeValue::Boolean(on) if matches!(arg.get_action(), ArgAction::SetTrue) || takes_nothing => {
                let arguments = if *on { vec![format!("--{flag}")] } else { Vec::new() };
                let (line, _) = words::place(self.text, at.start);
                return Ok(Entry { flag, arguments, value: on.to_string(), path: self.path.into(), line });
            }
            DeValue::Array(items) if is_list => {
                let texts = items.iter().map(|item| scalar(item.get_ref()));
                texts.collect::<Option<_>>().ok_or_else(|| wrong("takes a list of strings"))?
            }
            DeValue::Array(_) => return Err(wrong("takes one value, not a list")),
            _ if matches!(arg.get_action(), ArgAction::SetTrue) => {
                return Err(wrong("is on or off: write true or false"));
            }
            value => vec![scalar(value).ok_or_else(|| wrong("takes a string or a number"))?],
        };
        let mut arguments = Vec::new();
        for text in &texts {
            let folder = self.path.parent().unwrap_or(Path::new("/"));
            let text =
                resolved(arg, text, folder).map_err(|error| wrong(&format!("= \"{text}\": {error}")))?;
            arguments.push(format!("--{flag}={text}"));
        }
        // The value alone, so that its error is this file's and not one of what was typed.
        let typed = ["run".to_owned()].into_iter().chain(arguments.iter().cloned());
        if let Err(error) = self.flags.clone().try_get_matches_from(typed) {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            return Err(wrong(&format!("is wrong: {}", first.trim_start_matches("error: "))));
        }
        let value = match texts.as_slice() {
            [one] if !is_list => format!("{one:?}"),
            texts => format!("{texts:?}"),
        };
        Ok(Entry {
            flag,
            arguments,
            value,
            path: self.path.into(),
            line: words::place(self.text, at.start).0,
        })
    }
}

/// The value with its relative paths made absolute, as seen from `folder`.
pub(super) fn resolved(arg: &Arg, text: &str, folder: &Path) -> Result<String> {
    if arg.get_long() == Some("effect") {
        let resolved = effects::with_files_in(text, folder)?;
        return if resolved == text || folder.to_str().is_some() {
            Ok(resolved)
        } else {
            Err(not_utf8(folder))
        };
    }
    let path = Path::new(text);
    let is_path = arg.get_value_hint() == ValueHint::FilePath
        || (arg.get_long() == Some("model") && path.extension().is_some());
    // Such as `pipewire` as an output, and `testcard` as an input.
    let is_output = arg.get_long() == Some("output") && super::outputs::is_live(path);
    let is_name =
        is_output || matches!(InputKind::from_name(path), InputKind::Stdin | InputKind::TestCard(_));
    if !is_path || is_name || path.is_absolute() {
        return Ok(text.into());
    }
    let in_folder = folder.join(path);
    in_folder.to_str().map(str::to_owned).ok_or_else(|| not_utf8(folder))
}

fn not_utf8(folder: &Path) -> Error {
    let folder = folder.display();
    refused(format!(
        "the name of the folder {folder} is not UTF-8, so no path can begin there; write the whole path"
    ))
}

/// A string or a number as text.
fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}

impl Config {
    /// Reads /etc's file and the user's.
    ///
    /// # Errors
    /// [`VideoError::Read`], with the line and column of what is wrong in a file.
    pub(super) fn read(flags: &Command) -> Result<Self> {
        let mut config = Self::default();
        for path in files() {
            match fs::read_to_string(&path) {
                Ok(text) => config.files.push(Reader { path: &path, text: &text, flags }.file()?),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                // The home of somebody else, as under sudo -u: for this user there is no file.
                Err(_) if fs::metadata(&path).is_err() => {}
                Err(source) => {
                    let advice = "correct its rights, or move it away";
                    return Err(Error::Video(VideoError::ReadIo { path, source, advice }));
                }
            }
        }
        Ok(config)
    }

    /// How many keys the files have outside of presets.
    pub(super) fn keys(&self) -> usize {
        self.files.iter().map(|file| file.base.len()).sum()
    }

    /// The names of the presets.
    pub(super) fn presets(&self) -> Vec<&str> {
        let mut names: Vec<_> =
            self.files.iter().flat_map(|file| file.presets.iter().map(|(name, _)| name.as_str())).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What holds, without what is typed: each key once, and none that conflicts with a stronger one. `preset` is
    /// the typed preset.
    ///
    /// # Errors
    /// [`refused`] if there is no such preset.
    pub(super) fn entries(&self, flags: &Command, preset: Option<&str>) -> Result<Vec<Entry>> {
        let mut all: Vec<Entry> = Vec::new();
        let mut add = |entry: &Entry| {
            all.retain(|weaker| !excludes(flags, &entry.flag, &weaker.flag));
            all.push(entry.clone());
        };
        self.files.iter().flat_map(|file| &file.base).for_each(&mut add);
        let own = self.files.iter().flat_map(|file| &file.base).rfind(|entry| entry.flag == PRESETS);
        let own =
            own.and_then(|entry| entry.arguments.first()?.split_once('=')).map(|(_, name)| name.to_owned());
        let name = preset.map(str::to_owned).or(own).unwrap_or_default();
        if !name.is_empty() {
            self.preset(&name)?.iter().for_each(&mut add);
        }
        Ok(all)
    }

    /// The keys of a preset, the weakest first.
    ///
    /// # Errors
    /// [`refused`] if there is none of this name.
    pub(super) fn preset(&self, name: &str) -> Result<Vec<Entry>> {
        let all = self.files.iter().flat_map(|file| &file.presets);
        let chosen: Vec<_> = all.filter(|(known, _)| words::same(known, name)).collect();
        if chosen.is_empty() {
            let known = self.presets();
            let hint = words::did_you_mean(name, known.iter().copied());
            let known = known.join(", ");
            let sentence = match (known.as_str(), user_file()) {
                ("", None) => {
                    format!(
                        "there is no preset '{name}': no configuration file is read, by GPUCAM_CONFIG or without a HOME"
                    )
                }
                ("", Some(path)) => format!(
                    "there is no preset '{name}', nor any other; write [preset.{name}] and its keys into {}, with \
                     `gpucam config edit`",
                    path.display()
                ),
                (known, _) => format!("there is no preset '{name}'{hint} choose one of: {known}"),
            };
            return Err(refused(sentence));
        }
        Ok(chosen.into_iter().flat_map(|(_, entries)| entries.iter().cloned()).collect())
    }
}

/// How many keys a configuration's text has, for the fuzzers.
///
/// # Errors
/// What is wrong in it.
pub(crate) fn check_text(flags: &Command, text: &str) -> Result<usize> {
    let file = Reader { path: Path::new("/nowhere/config.toml"), text, flags }.file()?;
    Ok(file.base.len() + file.presets.len())
}

/// The values of every flag that the files name, of all presets; none where a file is wrong, which is said elsewhere.
pub(super) fn all_values(flags: &Command) -> Vec<(String, Vec<String>)> {
    let Ok(config) = Config::read(flags) else { return Vec::new() };
    let presets = config.files.iter().flat_map(|file| file.presets.iter().flat_map(|(_, entries)| entries));
    let entries = config.files.iter().flat_map(|file| &file.base).chain(presets);
    let values = |entry: &Entry| {
        entry
            .arguments
            .iter()
            .filter_map(|text| text.split_once('='))
            .map(|(_, value)| value.to_owned())
            .collect()
    };
    entries.map(|entry| (entry.flag.clone(), values(entry))).collect()
}

/// Whether a flag replaces another: the same one, or one that clap does not allow beside it.
pub(super) fn excludes(flags: &Command, stronger: &str, weaker: &str) -> bool {
    let arg = |flag: &str| flags.get_arguments().find(|arg| arg.get_long() == Some(flag));
    let (Some(a), Some(b)) = (arg(stronger), arg(weaker)) else { return false };
    let names =
        |a: &Arg, b: &Arg| flags.get_arg_conflicts_with(a).iter().any(|other| other.get_id() == b.get_id());
    a.get_id() == b.get_id() || names(a, b) || names(b, a)
}

/// Flags that a file as output has no use for.
const LIVE_ONLY: [&str; 9] = [
    "on-demand",
    "wait",
    "grace",
    "release-idle",
    "tray",
    "max-mask-age",
    "name",
    "pipewire-priority",
    "keep-room",
];

/// The arguments of the files that hold beside what was typed.
///
/// # Errors
/// What is wrong in a file.
pub(super) fn arguments(flags: &Command, typed: &ArgMatches) -> Result<Vec<OsString>> {
    let is_typed = |arg: &&Arg| typed.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
    let typed_flags: Vec<&str> = flags.get_arguments().filter(is_typed).filter_map(Arg::get_long).collect();
    let preset = typed.get_one::<String>(PRESETS).map(String::as_str);
    let outputs = typed.get_many::<PathBuf>("output").into_iter().flatten();
    let to_file = outputs.into_iter().any(|path| !super::outputs::is_live(path));
    let entries = Config::read(flags)?.entries(flags, preset)?;
    let holds = |entry: &&Entry| {
        entry.flag != PRESETS
            && !(to_file && LIVE_ONLY.contains(&entry.flag.as_str()))
            && !typed_flags.iter().any(|flag| excludes(flags, flag, &entry.flag))
    };
    Ok(entries.iter().filter(holds).flat_map(|entry| entry.arguments.iter().map(OsString::from)).collect())
}

/// The arguments of the files that a command has which takes some of a run's flags, beside what was typed for it.
///
/// # Errors
/// What is wrong in a file.
#[cfg(feature = "studio")]
pub(super) fn arguments_for(
    own: &Command,
    flags: &Command,
    typed: &ArgMatches,
    preset: Option<&str>,
) -> Result<Vec<OsString>> {
    let is_typed = |arg: &&Arg| typed.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
    let typed_flags: Vec<&str> = own.get_arguments().filter(is_typed).filter_map(Arg::get_long).collect();
    let is_known = |flag: &str| own.get_arguments().any(|arg| arg.get_long() == Some(flag));
    let entries = Config::read(flags)?.entries(flags, preset)?;
    let holds = |entry: &&Entry| {
        entry.flag != PRESETS
            && is_known(&entry.flag)
            && !typed_flags.iter().any(|flag| excludes(flags, flag, &entry.flag))
    };
    Ok(entries.iter().filter(holds).flat_map(|entry| entry.arguments.iter().map(OsString::from)).collect())
}
