use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::session::say;
use crate::{
    Result,
    effects::{self, Room, custom::Shader},
};

#[derive(Args, Debug)]
pub(super) struct EffectsArgs {
    /// A shader of your own: whether it is sound, and its parameters.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
}

const ROOM: [(Room, &str); 3] = [
    (Room::Hidden, "These hide the room"),
    (Room::Depends, "These hide it unless told otherwise"),
    (Room::Shown, "These show it, unless one of the above comes before them"),
];

/// `gpucam effects`
pub(super) fn list(args: &EffectsArgs) -> Result<()> {
    if let Some(path) = &args.file {
        return declared(&Shader::open(path)?);
    }
    for (room, heading) in ROOM {
        say(format_args!("{heading}:"))?;
        for kind in effects::ALL.iter().filter(|kind| kind.room == room) {
            say(format_args!("  {:<11} {}", kind.name, kind.summary))?;
            kind.parameters.iter().try_for_each(|p| say(format_args!("      {p}")))?;
        }
    }
    Ok(())
}

fn declared(shader: &Shader) -> Result<()> {
    let what = if shader.summary.is_empty() { "a shader" } else { &shader.summary };
    let room = if shader.shows { " (shows the room)" } else { "" };
    say(format_args!("custom:{}  {what}{room}", shader.path.display()))?;
    shader.parameters.iter().try_for_each(|p| say(format_args!("  {p}")))
}
