//! `gpucam man --dir DIR`: the manual pages, from the same words as `--help`. Packages run it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::{Args, Command, ValueHint};
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

use crate::{Error, Result, VideoError};

#[derive(Args, Debug)]
pub(super) struct ManArgs {
    /// The folder to write them to; it is created.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    dir: PathBuf,
}

/// Files that gpucam reads and writes, for the section FILES.
const FILES: [(&str, &str); 5] = [
    ("~/.config/gpucam/config.toml", "Flags that always count, and presets: gpucam config"),
    ("/etc/gpucam/config.toml", "The same for all users"),
    ("~/.local/share/gpucam/models", "The models: gpucam models"),
    (
        "~/.local/state/gpucam/rooms",
        "Learnt rooms, only with --keep-room; gpucam learn --forget removes them",
    ),
    ("~/.cache/gpucam", "Compiled shaders, and what gpucam tune found; it may be deleted"),
];

pub(super) fn write(args: &ManArgs, command: Command) -> Result<()> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    fs::create_dir_all(&args.dir).and_then(|()| write_all(&command, &args.dir, true)).map_err(|error| {
        Error::Video(VideoError::Write { path: args.dir.clone(), reason: error.to_string() })
    })
}

/// The page of a command, and those of its subcommands.
fn write_all(command: &Command, folder: &Path, is_first: bool) -> io::Result<()> {
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        write_all(inner, folder, false)?;
    }
    // A date of nothing would leave its place to the source.
    let source = format!("gpucam {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).date(" ").source(source).manual("gpucam");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.get_subcommands().any(|inner| !inner.is_hide_set()) {
        man.render_subcommands_section(&mut page)?;
    }
    examples(command).to_writer(&mut page)?;
    if is_first { files() } else { see_also() }.to_writer(&mut page)?;
    fs::write(folder.join(man.get_filename()), page)
}

/// What `--help` ends with, line by line.
fn examples(command: &Command) -> Roff {
    let mut roff = Roff::new();
    let Some(text) = command.get_after_long_help().or(command.get_after_help()) else { return roff };
    for part in text.to_string().split("\n\n") {
        let (heading, lines) = match part.split_once(":\n") {
            Some((heading, lines)) if !heading.contains('\n') => (heading.to_uppercase(), lines),
            _ => ("NOTES".into(), part),
        };
        roff.control("SH", [&*heading]).control("nf", []);
        for line in lines.lines() {
            roff.text([roman(line.trim())]);
        }
        roff.control("fi", []);
    }
    roff
}

fn files() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["FILES"]);
    for (path, what) in FILES {
        roff.control("TP", []).text([bold(path)]).text([roman(what)]);
    }
    roff
}

fn see_also() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]).text([bold("gpucam"), roman("(1)")]);
    roff
}
