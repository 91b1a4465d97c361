//! `gpucam config`: shows, edits and checks the configuration files.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process,
};

use clap::{ArgAction, Command};

use super::{
    config::{Config, Entry, excludes, user_file},
    console::print_line,
    hint::{not_written, refused},
};
use crate::Result;

/// `gpucam config`.
#[derive(clap::Args, Debug)]
pub(super) struct ConfigArgs {
    /// What holds with this preset.
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    #[command(subcommand)]
    command: Option<ConfigCommand>,
}

#[derive(Clone, Copy, Debug, clap::Subcommand)]
enum ConfigCommand {
    /// Print the name of your file.
    Path,
    /// Open your file in $VISUAL or $EDITOR, then check it.
    Edit,
    /// Check the files.
    Check,
}

/// What a new file says.
const TEMPLATE: &str = "\
# gpucam's configuration: the long flags of `gpucam --help` as keys. What is typed counts before this file.
# `gpucam config` shows what holds.
#
# effect = \"blur:20\"
# on-demand = true
# size = \"1280x720\"
#
# [preset.beach]                 # gpucam --preset beach
# effect = [\"image:beach.jpg\"]   # a path is relative to this file
";

impl ConfigArgs {
    pub(super) fn run(&self, flags: &Command) -> Result<()> {
        match self.command {
            None => self.show(flags),
            Some(ConfigCommand::Path) => print_line(own()?.display()),
            Some(ConfigCommand::Check) => check(flags),
            Some(ConfigCommand::Edit) => edit(&own()?).and_then(|()| check(flags)),
        }
    }

    /// Every flag that has a value, as a file would have it, and where the value comes from.
    fn show(&self, flags: &Command) -> Result<()> {
        let entries = Config::read(flags)?.entries(flags, self.preset.as_deref())?;
        for Entry { flag, value, path, line, .. } in &entries {
            print_line(format_args!("{flag} = {value}  # {}:{line}", path.display()))?;
        }
        for arg in flags.get_arguments() {
            let Some(flag) = arg.get_long() else { continue };
            let default: Vec<_> =
                arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
            let is_set = entries.iter().any(|entry| excludes(flags, &entry.flag, flag));
            if !is_set
                && !default.is_empty()
                && matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
            {
                print_line(format_args!("# {flag} = {:?}  # default", default.join(",")))?;
            }
        }
        Ok(())
    }
}

fn own() -> Result<PathBuf> {
    let none = || refused("there is no home folder for the configuration: set HOME");
    user_file().ok_or_else(none)
}

fn check(flags: &Command) -> Result<()> {
    let config = Config::read(flags)?;
    // The preset that a file chooses may not exist.
    config.entries(flags, None)?;
    let keys = config.keys();
    let presets = match config.presets().join(", ") {
        none if none.is_empty() => "no presets".into(),
        names => format!("presets: {names}"),
    };
    print_line(format_args!("ok: {keys} keys, {presets}"))
}

/// Opens a file in the user's editor; a new one has an example.
fn edit(path: &Path) -> Result<()> {
    let not_written = |error: io::Error| not_written(path, &error);
    if !path.exists() {
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).map_err(not_written)?;
        fs::write(path, TEMPLATE).map_err(not_written)?;
    }
    let named =
        ["VISUAL", "EDITOR"].into_iter().find_map(|name| env::var(name).ok().filter(|e| !e.is_empty()));
    let editor = named.unwrap_or_else(|| "editor".into());
    let mut words = editor.split_whitespace();
    let failed = |why: &str| {
        let path = path.display();
        refused(format!("the editor `{editor}` {why}; name another in EDITOR, or open {path} yourself"))
    };
    let status = process::Command::new(words.next().unwrap_or_default()).args(words).arg(path).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(failed("has failed")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(failed("is not there")),
        Err(error) => Err(failed(&format!("cannot be started: {error}"))),
    }
}
