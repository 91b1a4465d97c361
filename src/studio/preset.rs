//! Writes a preset into the configuration file, and leaves everything else in it as it is.

use std::{fs, io, ops::Range, path::Path};

use toml::de::{DeTable, DeValue};

use super::flags::{self, Flag};
use crate::{Error, Result, VideoError, files::Replacement, words};

/// The text of a file with the preset `name` of these flags in it. Keys of the preset that say how the picture looks are
/// replaced; other keys, presets and comments stay.
///
/// # Errors
/// A sentence, if the file is no TOML, has the preset in a form that cannot be changed line by line, or would be no TOML with
/// it: nothing could read it then.
pub fn with_preset(text: &str, name: &str, flags: &[Flag]) -> Result<String, String> {
    let table = DeTable::parse(text).map_err(|error| {
        let (line, column) = words::place(text, error.span().map_or(0, |span| span.start));
        let message = error.message().lines().next().unwrap_or_default().to_owned();
        format!("line {line}, column {column}: {message}; correct it there")
    })?;
    let lines = lines(flags) + &offs(table.get_ref(), flags);
    let presets = table.get_ref().iter().find(|(key, _)| key.get_ref() == "preset").map(|(_, value)| value);
    let existing = match presets.map(|value| value.get_ref()) {
        None => None,
        Some(DeValue::Table(presets)) => {
            presets.iter().find(|(key, _)| words::same(key.get_ref(), name)).map(|(_, value)| value.get_ref())
        }
        Some(_) => {
            return Err(format!(
                "the line `preset = …` stands in it, so that no [preset.{}] can; take the line out, and choose with --preset \
                 or in another file",
                key(name)
            ));
        }
    };
    let (new, advice) = match existing {
        None => (
            with_table(text, name, &lines),
            format!(
                "the line `preset = {{ … }}` stands in it, so that no [preset.{}] can; write each of its presets as \
                 [preset.NAME] on a line of its own",
                key(name)
            ),
        ),
        Some(existing) => (
            with_keys(text, name, existing, lines)?,
            format!(
                "preset.{name} is written in a way that cannot be changed here; take it out and save again"
            ),
        ),
    };
    DeTable::parse(&new).map_err(|_| advice)?;
    Ok(new)
}

/// The text with a table of its own for a new preset at the end.
fn with_table(text: &str, name: &str, lines: &str) -> String {
    let gap = if text.is_empty() || text.ends_with("\n\n") {
        ""
    } else if text.ends_with('\n') {
        "\n"
    } else {
        "\n\n"
    };
    format!("{text}{gap}[preset.{}]\n{lines}", key(name))
}

/// The text with other keys of the picture in the table that a preset has.
fn with_keys(text: &str, name: &str, existing: &DeValue<'_>, lines: String) -> Result<String, String> {
    let DeValue::Table(keys) = existing else { return Err(format!("preset.{name} is no table")) };
    let entries: Vec<(bool, Range<usize>)> = keys
        .iter()
        .map(|(key, value)| {
            let is_ours = flags::of_picture().any(|flag| words::same(flag, key.get_ref()));
            (is_ours, whole_lines(text, key.span().start..value.span().end))
        })
        .collect();
    let header = header(text, name)
        .ok_or_else(|| format!("write [preset.{}] on a line of its own, with its keys below", key(name)))?;
    let mut removed: Vec<Range<usize>> =
        entries.into_iter().filter(|(is_ours, _)| *is_ours).map(|(_, range)| range).collect();
    removed.sort_by_key(|range| range.start);
    // The end, so that what follows the last of them is written too.
    removed.push(text.len()..text.len());
    let mut new = String::new();
    let mut at = 0;
    let mut put = Some(lines);
    for range in &removed {
        // Right behind the header, before the keys that stay.
        if range.start >= header
            && let Some(lines) = put.take()
        {
            new += &text[at..header];
            if !new.ends_with('\n') {
                new.push('\n');
            }
            new += &lines;
            at = header;
        }
        new += &text[at..range.start];
        at = range.end;
    }
    Ok(new)
}

/// Writes the preset into a file, which is made if there is none.
///
/// # Errors
/// [`VideoError::Read`] with what is wrong in the file; [`VideoError::WriteIo`].
pub fn save(path: &Path, name: &str, flags: &[Flag]) -> Result<()> {
    let refused = |source| Error::Video(VideoError::WriteIo { path: path.into(), source });
    // A link stays one.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.into());
    let text = match fs::read_to_string(&target) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(refused(error)),
    };
    let new = with_preset(&text, name, flags)
        .map_err(|reason| Error::Video(VideoError::Read { path: path.into(), reason }))?;
    fs::create_dir_all(target.parent().unwrap_or(Path::new("/"))).map_err(refused)?;
    let replacement = Replacement::create(&target).map_err(refused)?;
    replacement.keep_rights();
    replacement.write(new.as_bytes()).map_err(refused)
}

/// The keys and values, a line for each.
fn lines(flags: &[Flag]) -> String {
    let mut lines = String::new();
    let effects: Vec<String> = flags
        .iter()
        .filter(|(flag, _)| *flag == "effect")
        .filter_map(|(_, v)| Some(string(v.as_ref()?)))
        .collect();
    if !effects.is_empty() {
        lines += &format!("effect = [{}]\n", effects.join(", "));
    }
    for (flag, value) in flags.iter().filter(|(flag, _)| *flag != "effect") {
        let value = value.as_ref().map_or_else(|| "true".into(), |value| scalar(value));
        lines += &format!("{flag} = {value}\n");
    }
    lines
}

/// A line for each flag that the file turns on around its presets and that is off in the window: it would hold beside the
/// preset, too.
fn offs(around: &DeTable<'_>, flags: &[Flag]) -> String {
    let is_on = |flag: &str| flags.iter().any(|(on, _)| *on == flag);
    // Those that exclude each other are turned off by the same key.
    let is_told = |key: &str| {
        flags::of_picture().any(|flag| is_on(flag) && flags::off(flag).is_some_and(|(of, _)| of == key))
    };
    let around = flags::of_picture().filter(|flag| around.keys().any(|key| words::same(key.get_ref(), flag)));
    let offs = around.filter_map(flags::off).filter(|(key, _)| !is_told(key));
    let line = |(key, value): (&str, Option<String>)| {
        let value = value.map_or_else(|| "false".into(), |value| scalar(&value));
        format!("{key} = {value}\n")
    };
    offs.map(line).collect()
}

/// A number of TOML, or a string.
fn scalar(text: &str) -> String {
    let is_number = text.parse::<i64>().is_ok() || (text.contains('.') && text.parse::<f64>().is_ok());
    if is_number { text.to_owned() } else { string(text) }
}

/// A basic string of TOML (1.0.0, "String").
fn string(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.into(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// A key of TOML: bare where it may be.
fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(is_bare) { name.into() } else { string(name) }
}

/// A range made as long as the lines that it touches.
fn whole_lines(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[range.end..].find('\n').map_or(text.len(), |at| range.end + at + 1);
    start..end
}

/// Where the line after the preset's header begins.
fn header(text: &str, name: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let inner = line.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let named = inner.and_then(|(inner, _)| inner.trim().strip_prefix("preset"));
        let named = named.and_then(|rest| rest.trim_start().strip_prefix('.'));
        if named.is_some_and(|named| words::same(named.trim().trim_matches(['"', '\'']), name)) {
            return Some(at);
        }
    }
    None
}
