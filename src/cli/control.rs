//! `gpucam set`, `pause`, `resume`, `toggle`, `status`, `reload` and `quit`: control a gpucam that runs in another
//! process.

use std::{env, path::PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::{
    config,
    console::{print_line, usage_error},
    controller::can_change,
    layers, run,
    sandbox::fetch_apart,
};
use crate::{
    Error, Result,
    control::{Client, SetValue, Status},
};

/// Which gpucam is meant.
#[derive(Args, Clone, Debug)]
pub(super) struct InstanceArgs {
    /// The process ID of the gpucam that is meant, if several run [default: the one that was started first].
    #[arg(long, value_name = "PID")]
    process: Option<u32>,
}

impl InstanceArgs {
    pub(super) fn client(&self) -> Result<Client> {
        Client::connect(self.process)
    }

    pub(super) fn pause(&self) -> Result<()> {
        self.client()?.pause()
    }

    pub(super) fn resume(&self) -> Result<()> {
        self.client()?.resume()
    }

    pub(super) fn toggle(&self) -> Result<()> {
        let paused = self.client()?.toggle()?;
        print_line(if paused { "paused" } else { "resumed" })
    }

    pub(super) fn reload(&self) -> Result<()> {
        self.client()?.reload()
    }

    pub(super) fn quit(&self) -> Result<()> {
        self.client()?.quit()
    }
}

/// `gpucam status`.
#[derive(Args, Clone, Debug)]
pub(super) struct StatusArgs {
    /// Print everything as JSON; with --watch, a line for each change.
    #[arg(long)]
    json: bool,
    /// Go on, and print each change, until gpucam ends.
    #[arg(short, long)]
    watch: bool,
    #[command(flatten)]
    instance: InstanceArgs,
}

impl StatusArgs {
    pub(super) fn run(&self) -> Result<()> {
        let client = self.instance.client()?;
        if !self.watch {
            return self.print(&client.status()?);
        }
        let mut last = None;
        client.watch(|status| {
            // Two changes may arrive after both were made.
            if last.as_ref() != Some(status) {
                if self.json { self.print(status) } else { print_line(status.line()) }?;
                last = Some(status.clone());
            }
            Ok(true)
        })
    }

    fn print(&self, status: &Status) -> Result<()> {
        if self.json {
            let unlikely = |error: serde_json::Error| Error::System { what: "JSON", source: error.into() };
            return print_line(serde_json::to_string(status).map_err(unlikely)?);
        }
        print_line(status.line())?;
        let picture = match status.mask_view.as_str() {
            "" => status.effects.join(", then "),
            view => format!("the mask ({view})"),
        };
        let preset = if status.preset.is_empty() { "none" } else { &status.preset };
        let room = match (status.keep_room, status.room_file.as_str()) {
            (false, _) => String::new(),
            (true, "") => "will be kept once it is known".into(),
            (true, file) => format!("is kept in {file}; `gpucam learn --forget` removes it"),
        };
        let model = format!("{}, engine {}", status.model, status.engine);
        for (name, value) in [
            ("effect", picture.as_str()),
            ("preset", preset),
            ("camera", &status.camera),
            ("output", &status.outputs.join(", ")),
            ("size", &status.size),
            ("model", &model),
            ("adapter", &status.adapter),
            ("room", &room),
        ] {
            if !value.is_empty() {
                print_line(format_args!("  {name:<8}{value}"))?;
            }
        }
        print_line(format_args!("  {:<8}{}", "process", status.pid))
    }
}

/// `gpucam set`: the flags of a run that can be changed, and what takes them back.
#[derive(Debug)]
pub(super) struct SetCommand {
    typed: Vec<layers::FlagValue>,
    own: SetOwn,
}

/// What only `gpucam set` takes.
#[derive(Args, Debug)]
struct SetOwn {
    /// Undo what `gpucam set` did to this flag, such as --unset zoom: what was typed when gpucam was started holds
    /// again, or the configuration, or the default. May be given several times.
    #[arg(long, value_name = "FLAG", help_heading = "Set")]
    unset: Vec<String>,
    #[command(flatten)]
    instance: InstanceArgs,
}

/// A flag of a run as `gpucam set` takes it: a switch also takes `=false`.
fn settable(arg: &Arg) -> Arg {
    let arg = arg.clone().default_values(Vec::<&str>::new());
    match arg.get_action() {
        ArgAction::SetTrue => arg
            .action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_parser(["true", "false"])
            .hide_possible_values(true)
            .value_name("true|false"),
        _ => arg,
    }
}

impl Args for SetCommand {
    fn augment_args(command: Command) -> Command {
        let flags = run::flags();
        let is_meant =
            |arg: &&Arg| arg.get_long().is_some_and(|flag| flag == config::PRESETS || can_change(flag));
        let command =
            flags.get_arguments().filter(is_meant).fold(command, |command, arg| command.arg(settable(arg)));
        SetOwn::augment_args(command).after_help(
            "Examples:\n  gpucam set --effect blur:20\n  gpucam set --preset beach\n  \
             gpucam set --mirror=false --zoom 1.2\n  gpucam set --unset zoom",
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SetCommand {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { typed: layers::typed(&run::flags(), matches), own: SetOwn::from_arg_matches(matches)? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl SetCommand {
    pub(super) fn run(self) -> Result<()> {
        let Self { typed, own: SetOwn { unset, instance } } = self;
        let (flags, folder) = (run::flags(), env::current_dir().unwrap_or_else(|_| PathBuf::from("/")));
        let mut values = Vec::new();
        for value in typed {
            let arg = flags.get_arguments().find(|arg| arg.get_long() == Some(&value.flag));
            let Some(arg) = arg else { continue };
            // The other process runs in another folder.
            let texts = value.values().map(|text| config::resolved(arg, text, &folder));
            let mut texts = texts.collect::<Result<Vec<String>>>()?;
            // The gpucam that runs has no network in its sandbox.
            if let ("model", Some(name)) = (value.flag.as_str(), texts.last()) {
                fetch_apart(Some(name))?;
            }
            let set = match arg.get_action() {
                ArgAction::SetTrue => SetValue::Switch(texts.pop().is_none_or(|text| text == "true")),
                ArgAction::Append => SetValue::List(texts),
                _ => SetValue::Text(texts.pop().unwrap_or_default()),
            };
            values.push((value.flag, set));
        }
        for flag in unset {
            values.push((flag.trim_start_matches('-').to_owned(), SetValue::List(Vec::new())));
        }
        if values.is_empty() {
            usage_error(
                "nothing to set: give a flag of a run, such as --effect blur:20; `gpucam set --help` lists them",
            );
        }
        instance.client()?.set(values)
    }
}
