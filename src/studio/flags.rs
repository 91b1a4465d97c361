//! What is set in the window, as the flags of a run: for the command line and for a preset.

use clap::ValueEnum;

use super::{
    choice::EffectChoice,
    settings::{Input, PictureSettings, SourceChoice},
};
use crate::{
    control::flags::{EFFECTS, MASK_AND_FRAME},
    effects::BackgroundVisibility,
    frame::geometry::Cut,
    passes::Shape,
};

/// A flag without its dashes, and its value; none for a switch.
pub type Flag = (&'static str, Option<String>);

/// Every flag that says how the picture looks.
pub fn of_picture() -> impl Iterator<Item = &'static str> {
    EFFECTS.into_iter().chain(MASK_AND_FRAME).chain(["output-size"])
}

/// The texts after `--effect`. An effect that still lacks its file is not drawn; blur takes its place where no other one
/// hides the room, which nobody asked to show.
pub fn effects(chosen: &[EffectChoice]) -> Vec<String> {
    let hides = |choice: &EffectChoice| {
        choice.spec.background != BackgroundVisibility::Shown && choice.text().is_some()
    };
    let mut blur = (!chosen.iter().any(hides)).then(|| "blur".to_owned());
    let texts = chosen.iter().filter_map(|choice| choice.text().or_else(|| blur.take()));
    let texts: Vec<String> = texts.collect();
    if texts.is_empty() { vec!["none".into()] } else { texts }
}

/// The flags of the picture: the effects, and what is not the default.
pub fn picture(chosen: &[EffectChoice], picture: &PictureSettings) -> Vec<Flag> {
    let mut flags: Vec<Flag> = effects(chosen).into_iter().map(|text| ("effect", Some(text))).collect();
    let default = PictureSettings::default();
    fn word<T: ValueEnum + PartialEq>(flag: &'static str, value: T, default: T) -> Option<Flag> {
        (value != default).then(|| (flag, name(value)))
    }
    flags.extend(word("smooth", picture.smooth, default.smooth));
    flags.extend(word("learn-room", picture.learn_room, default.learn_room));
    flags.extend(word("quality", picture.quality, default.quality));
    flags.extend(word("light", picture.light, default.light));
    flags.extend(word("denoise", picture.denoise, default.denoise));
    flags.extend(word("refine", picture.refine, default.refine));
    flags.extend(word("exposure", picture.exposure, default.exposure));
    flags.extend(word("look", picture.look, default.look));
    flags.extend(word("people", picture.people, default.people));
    let Shape { threshold: (low, high), grow, feather, islands } = picture.shape;
    let number = |flag, value: f64| (value != 0.0).then(|| (flag, Some(value.to_string())));
    flags.extend(((low, high) != (0.0, 1.0)).then(|| ("threshold", Some(format!("{low}..{high}")))));
    flags.extend(number(if grow < 0.0 { "shrink" } else { "grow" }, grow.abs()));
    flags.extend(number("feather", feather));
    // From a share to percent, without the digits that binary fractions add.
    flags.extend(number("islands", (islands * 1e5).round() / 1e3));
    let geometry = picture.geometry;
    flags.extend(geometry.mirror.then_some(("mirror", None)));
    flags.extend(geometry.flip.then_some(("flip", None)));
    flags.extend(word("rotate", geometry.rotate, default.geometry.rotate));
    match geometry.cut {
        Cut::Whole => {}
        Cut::Zoom(zoom) => flags.push(("zoom", Some(zoom.to_string()))),
        Cut::Crop(crop) => flags.push(("crop", Some(crop.to_string()))),
    }
    flags.extend(geometry.follow.map(|factor| ("follow", Some(factor.to_string()))));
    flags.extend(geometry.size.map(|size| ("output-size", Some(size.to_string()))));
    flags
}

/// What a preset says of a flag of the picture that is off in it, where the configuration around it has it on; none for
/// what any preset replaces.
pub fn off(flag: &str) -> Option<(&'static str, Option<String>)> {
    let default = PictureSettings::default();
    let typed = |text: &str| Some(text.to_owned());
    Some(match flag {
        "smooth" => ("smooth", name(default.smooth)),
        "learn-room" => ("learn-room", name(default.learn_room)),
        "quality" => ("quality", name(default.quality)),
        "light" => ("light", name(default.light)),
        "denoise" => ("denoise", name(default.denoise)),
        "refine" => ("refine", name(default.refine)),
        "exposure" => ("exposure", name(default.exposure)),
        "look" => ("look", name(default.look)),
        "people" => ("people", name(default.people)),
        "threshold" => ("threshold", typed("0..1")),
        "grow" | "shrink" => ("grow", typed("0")),
        "feather" => ("feather", typed("0")),
        "islands" => ("islands", typed("0")),
        "mirror" => ("mirror", None),
        "flip" => ("flip", None),
        "rotate" => ("rotate", name(default.geometry.rotate)),
        "zoom" | "crop" => ("zoom", typed("1")),
        "follow" => ("follow", None),
        _ => return None,
    })
}

/// A value as it is typed.
fn name(value: impl ValueEnum) -> Option<String> {
    value.to_possible_value().map(|value| value.get_name().to_owned())
}

/// The flags of the input.
pub fn source(choice: &SourceChoice) -> Vec<Flag> {
    let mut flags: Vec<Flag> = match &choice.input {
        Input::Camera(None) | Input::Running(_) => Vec::new(),
        Input::Camera(Some(name)) => vec![("camera", Some(name.clone()))],
        Input::File(path) => vec![("input", Some(path.to_string_lossy().into_owned()))],
    };
    flags.extend(choice.size.map(|size| ("size", Some(size.to_string()))));
    flags.extend(choice.fps.map(|fps| ("fps", Some(fps.to_string()))));
    flags.extend(choice.matrix.map(|matrix| ("matrix", name(matrix))));
    flags.extend(choice.range.map(|range| ("range", name(range))));
    flags
}

/// The command that does the same, for a shell.
pub fn command_line(flags: &[Flag]) -> String {
    let mut line = "gpucam".to_owned();
    for (flag, value) in flags {
        line += &format!(" --{flag}");
        if let Some(value) = value {
            line += &format!(" {}", quoted(value));
        }
    }
    line
}

/// A word as a shell reads it.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./:=,@%+-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
