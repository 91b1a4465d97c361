//! The whole shader out of the user's text and the prelude around it.

use std::{collections::HashSet, fmt::Write};

use super::{
    header::UserShader,
    tokens::{Token, declarations, tokens},
};

/// The prelude: what is around the user's text.
const PRELUDE: &str = concat!(
    include_str!("../../../shaders/lib/colour.wgsl"),
    include_str!("../../../shaders/lib/sample.wgsl"),
    "\n",
    include_str!("../../../shaders/lib/pair.wgsl"),
    include_str!("../../../shaders/lib/parts.wgsl"),
    include_str!("../../../shaders/effects/custom.wgsl"),
);
/// What the user's text may name in it.
pub(super) const USER_API: &[&str] = &["Input", "frame_at", "person_at", "mask_at", "background_at", "luma"];
/// What the prelude calls, and what calls the prelude: not hidden either.
const ENTRY_POINTS: &[&str] = &["effect", "main"];
/// What all other names of the prelude begin with there.
pub(super) const PRIVATE_PREFIX: &str = "gpucam_";

/// The prelude with its own names hidden, and the names of others that it uses.
pub(super) fn mangled_prelude() -> (String, HashSet<&'static str>) {
    let all = tokens(PRELUDE);
    let own: HashSet<_> = declarations(&all).into_iter().map(|(_, name)| all[name].text).collect();
    let mut text = String::with_capacity(2 * PRELUDE.len());
    let (mut done, mut used) = (0, HashSet::new());
    for (i, token) in all.iter().enumerate() {
        let is_member = i > 0 && all[i - 1].text == ".";
        if !token.is_name()
            || is_member
            || USER_API.contains(&token.text)
            || ENTRY_POINTS.contains(&token.text)
        {
            continue;
        }
        if own.contains(token.text) || token.text == "begin" {
            text.push_str(&PRELUDE[done..token.at]);
            text.push_str(PRIVATE_PREFIX);
            done = token.at;
        } else if all.get(i + 1).is_some_and(|next| next.text == "(") {
            used.insert(token.text);
        }
    }
    text.push_str(&PRELUDE[done..]);
    (text, used)
}

/// The user's text first, so that its lines keep their numbers; then what it can name; then the prelude, without what
/// calls `effect` where it is not `with_main`.
pub(super) fn assemble(shader: &UserShader, wgsl: &str, with_main: bool) -> String {
    let (prelude, _) = mangled_prelude();
    let prelude = if with_main {
        &prelude
    } else {
        prelude.split_once("fn gpucam_paint").expect("the prelude has a function `paint`").0
    };
    let all = tokens(wgsl);
    let mut text = if with_main { instrument_loops(wgsl, &all) } else { wgsl.to_owned() };
    text.push_str("\n\n");
    for p in &shader.parameters {
        writeln!(text, "var<private> {}: {};", p.name, p.wgsl_type()).expect("memory");
    }
    writeln!(text, "fn {PRIVATE_PREFIX}begin() {{").expect("memory");
    for (i, p) in shader.parameters.iter().enumerate() {
        let part = if p.wgsl_type() == "f32" { "x" } else { "xyz" };
        writeln!(text, "{} = {PRIVATE_PREFIX}params.values[{i}].{part};", p.name).expect("memory");
    }
    for (keyword, name) in declarations(&all) {
        if all[keyword].text == "var"
            && let Some(value) = initial_value(wgsl, &all[name..])
        {
            writeln!(text, "{} = {value};", all[name].text).expect("memory");
        }
    }
    text + "}\n" + prelude
}

/// What a variable is at first: `name: TYPE = VALUE;` or `name: TYPE;`, which is all zero.
fn initial_value(wgsl: &str, from_name: &[Token<'_>]) -> Option<String> {
    let end = from_name.iter().position(|t| t.text == ";")?;
    let part = |from: usize, to: usize| Some(&wgsl[from_name.get(from)?.at..from_name.get(to)?.at]);
    match from_name[..end].iter().position(|t| t.text == "=") {
        Some(equals) => Some(part(equals + 1, end)?.to_owned()),
        None => Some(format!("{}()", part(2, end)?.trim_end())),
    }
}

/// With every turn of every loop counted: the first thing in its body, on the same line.
fn instrument_loops(wgsl: &str, all: &[Token<'_>]) -> String {
    let mut text = String::with_capacity(wgsl.len() + wgsl.len() / 4);
    let mut done = 0;
    for (i, token) in all.iter().enumerate() {
        if !["for", "while", "loop"].contains(&token.text) {
            continue;
        }
        let Some(body) = all[i..].iter().find(|t| t.text == "{") else { break };
        // Headers hold no braces, so the bodies come in the order of the keywords.
        text.push_str(&wgsl[done..=body.at]);
        let line = wgsl[..token.at].matches('\n').count() + 1;
        write!(text, " if {PRIVATE_PREFIX}spent({line}u) {{ break; }} ").expect("memory");
        done = body.at + 1;
    }
    text.push_str(&wgsl[done..]);
    text
}

/// Whether anything in it could go on for ever.
pub(super) fn has_loops(wgsl: &str) -> bool {
    tokens(wgsl).iter().any(|t| ["for", "while", "loop"].contains(&t.text))
}
