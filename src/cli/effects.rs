use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::console::print_line;
use crate::{
    Error, Result,
    effects::{self, BackgroundVisibility, EffectSpec, Effects, ParamType, custom::UserShader},
};

#[derive(Args, Debug)]
pub(super) struct EffectsArgs {
    /// One effect: its parameters and an example. Or your own shader: check it and list its parameters.
    #[arg(value_name = "NAME|FILE", value_hint = ValueHint::FilePath)]
    effect: Option<PathBuf>,
}

/// What a viewer sees of the background: as a heading, and of one effect.
const SECTIONS: [(BackgroundVisibility, &str, &str); 3] = [
    (BackgroundVisibility::Hidden, "These hide the background", "It hides the background."),
    (
        BackgroundVisibility::Depends,
        "These hide it unless told otherwise",
        "It hides the background unless told otherwise.",
    ),
    (
        BackgroundVisibility::Shown,
        "These show it, unless one of the above comes before them",
        "It shows the background, unless an effect before it hides it.",
    ),
];

/// `gpucam effects`
pub(super) fn list(args: &EffectsArgs) -> Result<()> {
    if let Some(name) = &args.effect {
        // A shader is a file; any other word is meant as an effect's name.
        let is_file = name.extension().is_some() || name.components().count() > 1 || name.is_file();
        return match name.to_str().filter(|_| !is_file) {
            Some(name) => one(EffectSpec::find(name).map_err(Error::from)?),
            None => declared(&UserShader::open(name)?),
        };
    }
    for (background, heading, _) in SECTIONS {
        print_line(format_args!("{heading}:"))?;
        for spec in effects::ALL.iter().filter(|spec| spec.background == background) {
            let hint = if spec.extra_params { "; `gpucam effects FILE` lists its parameters" } else { "" };
            print_line(format_args!("  {:<11} {}{hint}", spec.name, spec.summary))?;
            parameters(spec)?;
        }
    }
    print_line("`gpucam effects NAME` shows one of them with an example.")
}

/// A line for each parameter; the first says that it needs no key.
fn parameters(spec: &EffectSpec) -> Result<()> {
    spec.parameters.iter().enumerate().try_for_each(|(index, parameter)| {
        let short = if index == 0 { format!("  ({}:VALUE sets it)", spec.name) } else { String::new() };
        print_line(format_args!("      {parameter}{short}"))
    })
}

/// `gpucam effects NAME`
fn one(spec: &EffectSpec) -> Result<()> {
    print_line(format_args!("{}  {}", spec.name, spec.summary))?;
    parameters(spec)?;
    let section = SECTIONS.iter().find(|(background, ..)| *background == spec.background);
    section.map_or(Ok(()), |(.., sentence)| print_line(sentence))?;
    // Cameras carry no alpha.
    let is_transparent = spec.name.parse::<Effects>().is_ok_and(|effects| effects.is_transparent());
    let files = if is_transparent { "-i me.jpg -o cutout.png " } else { "" };
    print_line(format_args!("Example: gpucam {files}--effect {}", example(spec)))
}

/// The first parameter without its key, the second with it.
fn example(spec: &EffectSpec) -> String {
    let value = |ty: ParamType| match ty {
        ParamType::File => "FILE".to_owned(),
        ParamType::Choice(words) => words[words.len() - 1].to_owned(),
        ParamType::Number { default, .. } => default.to_string(),
        // A shell takes # for a comment after a space only.
        ParamType::Colour { default: [r, g, b] } => format!("#{r:02x}{g:02x}{b:02x}"),
    };
    let mut text = spec.name.to_owned();
    for (parameter, between) in spec.parameters.iter().zip([":", ","]) {
        let key = if between == "," { format!("{}=", parameter.name) } else { String::new() };
        text += &format!("{between}{key}{}", value(parameter.ty));
    }
    text
}

fn declared(shader: &UserShader) -> Result<()> {
    let what = if shader.summary.is_empty() { "a shader" } else { &shader.summary };
    let note = if shader.shows_background { " (shows the room)" } else { "" };
    print_line(format_args!("custom:{}  {what}{note}", shader.path.display()))?;
    shader.parameters.iter().try_for_each(|p| print_line(format_args!("  {p}")))
}
