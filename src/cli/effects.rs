use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::console::print_line;
use crate::{
    Result,
    effects::{self, BackgroundVisibility, custom::UserShader},
};

#[derive(Args, Debug)]
pub(super) struct EffectsArgs {
    /// Your own shader: check it and list its parameters.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
}

const SECTIONS: [(BackgroundVisibility, &str); 3] = [
    (BackgroundVisibility::Hidden, "These hide the room"),
    (BackgroundVisibility::Depends, "These hide it unless told otherwise"),
    (BackgroundVisibility::Shown, "These show it, unless one of the above comes before them"),
];

/// `gpucam effects`
pub(super) fn list(args: &EffectsArgs) -> Result<()> {
    if let Some(path) = &args.file {
        return declared(&UserShader::open(path)?);
    }
    for (background, heading) in SECTIONS {
        print_line(format_args!("{heading}:"))?;
        for spec in effects::ALL.iter().filter(|spec| spec.background == background) {
            let hint = if spec.extra_params { "; `gpucam effects FILE` lists its parameters" } else { "" };
            print_line(format_args!("  {:<11} {}{hint}", spec.name, spec.summary))?;
            spec.parameters.iter().try_for_each(|p| print_line(format_args!("      {p}")))?;
        }
    }
    Ok(())
}

fn declared(shader: &UserShader) -> Result<()> {
    let what = if shader.summary.is_empty() { "a shader" } else { &shader.summary };
    let note = if shader.shows_background { " (shows the room)" } else { "" };
    print_line(format_args!("custom:{}  {what}{note}", shader.path.display()))?;
    shader.parameters.iter().try_for_each(|p| print_line(format_args!("  {p}")))
}
