//! Assembles the whole shader: the user's text, its parameters, and gpucam's prelude.

use std::{collections::HashSet, fmt::Write};

use super::{
    header::{MOST_ITERATIONS, UserShader},
    tokens::{Token, declarations, tokens},
};

/// gpucam's part of the shader. It comes after the user's text, so that the user's lines keep their numbers.
const PRELUDE: &str = concat!(
    include_str!("../../../shaders/lib/colour.wgsl"),
    include_str!("../../../shaders/lib/sample.wgsl"),
    "\n",
    include_str!("../../../shaders/lib/pair.wgsl"),
    include_str!("../../../shaders/lib/parts.wgsl"),
    include_str!("../../../shaders/effects/custom.wgsl"),
);
/// The names in the prelude that the user's text may use.
pub(super) const USER_API: &[&str] = &["Input", "frame_at", "person_at", "mask_at", "background_at", "luma"];
/// Names that keep their spelling too: the user's function and the shader's entry point.
const ENTRY_POINTS: &[&str] = &["effect", "main"];
/// The prefix that hides all other names of the prelude from the user's text.
pub(super) const PRIVATE_PREFIX: &str = "gpucam_";

/// The prelude with the prefix on its own names, and the built-in functions that it calls.
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

/// The user's text with its loops counted, its parameters as private variables, `begin()` that sets them, and
/// the prelude. Without `with_main`: the plain text, and the prelude up to the first function that calls
/// `effect`.
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
    let (usual, own) = (MOST_ITERATIONS, shader.iterations);
    let budget = |count: u32| format!("const {PRIVATE_PREFIX}BUDGET = {count}u;");
    text + "}\n" + &prelude.replacen(&budget(usual), &budget(own), 1)
}

/// The initial value of a declaration `name: TYPE = VALUE;` or `name: TYPE;`, where it is zero.
fn initial_value(wgsl: &str, from_name: &[Token<'_>]) -> Option<String> {
    let end = from_name.iter().position(|t| t.text == ";")?;
    // None where there is neither a type nor a value, which naga refuses then.
    let part = |from: usize, to: usize| wgsl.get(from_name.get(from)?.at..from_name.get(to)?.at);
    match from_name[..end].iter().position(|t| t.text == "=") {
        Some(equals) => Some(part(equals + 1, end)?.to_owned()),
        None => Some(format!("{}()", part(2, end)?.trim_end())),
    }
}

/// Inserts a count at the start of every loop's body, on the same line.
fn instrument_loops(wgsl: &str, all: &[Token<'_>]) -> String {
    let mut text = String::with_capacity(wgsl.len() + wgsl.len() / 4);
    let mut done = 0;
    for (i, token) in all.iter().enumerate() {
        if !["for", "while", "loop"].contains(&token.text) {
            continue;
        }
        let Some(body) = all[i..].iter().find(|t| t.text == "{") else { break };
        // A loop's header holds no braces, so bodies open in the order of their keywords.
        text.push_str(&wgsl[done..=body.at]);
        let line = wgsl[..token.at].matches('\n').count() + 1;
        write!(text, " if {PRIVATE_PREFIX}spent({line}u) {{ break; }} ").expect("memory");
        done = body.at + 1;
    }
    text.push_str(&wgsl[done..]);
    text
}

/// Whether the text has loops, which could run for ever.
pub(super) fn has_loops(wgsl: &str) -> bool {
    tokens(wgsl).iter().any(|t| ["for", "while", "loop"].contains(&t.text))
}
