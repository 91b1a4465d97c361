//! docs/TROUBLE.md has every sentence that a user can meet, and no other.
//!
//! Sentences are the texts of `#[error("…")]` and of `tracing::warn!`, and what src/cli/hint.rs puts in their place.
//! What is filled in is "…" here and there, and the advice after "; " does not count.

use std::collections::{BTreeMap, BTreeSet};

use super::{root, sources};

/// Fewest letters of a sentence; shorter ones only join others.
const LETTERS: usize = 8;

/// The sentences of a source file.
fn sentences(file: &str, text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for start in ["#[error(", "tracing::warn!("] {
        for (at, _) in text.match_indices(start) {
            let rest = &text[at + start.len()..];
            match start {
                "#[error(" => found.extend(rest.trim_start().strip_prefix('"').map(literal)),
                // The message comes after the fields.
                _ => {
                    let call = &rest[..rest.find(")\n").or(rest.find(");")).unwrap_or(rest.len())];
                    found.extend(call.find('"').map(|at| literal(&call[at + 1..])));
                }
            }
        }
    }
    if file == "cli/hint.rs" {
        let mut rest = text;
        while let Some(at) = rest.find('"') {
            let text = literal(&rest[at + 1..]);
            rest = &rest[at + 1 + length(&rest[at + 1..]) + 1..];
            let joins = text.starts_with([';', ',', '(', ' ']) || text.starts_with("{error}");
            if !joins && text.split_whitespace().count() >= 5 {
                found.insert(text);
            }
        }
    }
    let found = found.iter().map(|text| key(text));
    found.filter(|text| text.chars().filter(|c| c.is_alphabetic()).count() >= LETTERS).collect()
}

/// Bytes up to the quote that ends a literal.
fn length(text: &str) -> usize {
    let mut is_escaped = false;
    text.find(|c| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    })
    .unwrap_or(text.len())
}

/// The literal that begins here, without the quotes.
fn literal(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text[..length(text)].chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('\n')) => while chars.next_if(|c| c.is_whitespace()).is_some() {},
            ('\\', Some(_)) => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

/// The text without what is filled in and without the advice.
fn key(text: &str) -> String {
    let (mut out, mut depth) = (String::new(), 0);
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 && !out.ends_with('…') {
                    out.push('…');
                }
            }
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out.split("; ").next().unwrap_or_default().trim().to_owned()
}

/// The rows of the tables, by their first cell.
fn rows(document: &str) -> BTreeMap<String, Vec<String>> {
    let lines =
        document.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what gpucam says"));
    let cells =
        |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    lines.map(cells).map(|cells| (cells[0].clone(), cells)).collect()
}

pub fn every_sentence_is_explained() {
    let document = std::fs::read_to_string(root().join("docs/TROUBLE.md")).expect("docs/TROUBLE.md");
    let rows = rows(&document);
    let sources = sources();
    // Release builds have no faults on purpose.
    let of_users = sources.iter().filter(|(file, _)| *file != "live/fault_injection.rs");
    let said: BTreeSet<String> = of_users.flat_map(|(file, text)| sentences(file, text)).collect();
    assert!(said.len() > 90, "only {} sentences were found", said.len());
    let missing: Vec<_> = said.iter().filter(|sentence| !rows.contains_key(*sentence)).collect();
    let rows_to_add: Vec<_> =
        missing.iter().map(|sentence| format!("| {sentence} | what it means | what to do |")).collect();
    assert!(missing.is_empty(), "docs/TROUBLE.md lacks\n{}", rows_to_add.join("\n"));
    let stale: Vec<_> = rows.keys().filter(|sentence| !said.contains(*sentence)).collect();
    assert!(stale.is_empty(), "docs/TROUBLE.md explains what nobody says\n{stale:#?}");
    let thin: Vec<_> =
        rows.values().filter(|row| row.len() != 3 || row.iter().any(String::is_empty)).collect();
    assert!(thin.is_empty(), "a row is sentence, meaning and advice\n{thin:#?}");
}

/// The control.
pub fn a_sentence_without_a_row_is_found() {
    let text = r#"
        #[error("no camera in {room}; look in {other}")] A,
        #[error(
            "it is \"odd\", \
             {n}{s} times"
        )] B,
        #[error(transparent)] C,
        #[error("{0}")] D,
        tracing::warn!(error = &error, "the slate is shown meanwhile");
    "#;
    let found: Vec<_> = sentences("a.rs", text).into_iter().collect();
    assert_eq!(found, ["it is \"odd\", … times", "no camera in …", "the slate is shown meanwhile"]);
    let hint = r#"format!("{error}; give it one with --size, such as {x}"), "; try this one for once".into(),
        "add the flag that says it; such as {y}""#;
    assert_eq!(sentences("cli/hint.rs", hint).into_iter().collect::<Vec<_>>(), ["add the flag that says it"]);
    let rows = rows("| what gpucam says | x | y |\n|---|---|---|\n| a … b | c | d |\n");
    assert_eq!(rows.keys().collect::<Vec<_>>(), ["a … b"]);
}
