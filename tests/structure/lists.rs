//! Nothing is forgotten in a list: modules, effects, passes, and the tests of both. Each finding is a sentence
//! that says what to add where.

use std::{collections::BTreeMap, path::Path};

use super::{files, lexer, root};

type Files = BTreeMap<String, String>;

/// Every file that a list speaks of, by its path from `root`, the repository's or a copy's.
fn all(root: &Path) -> Files {
    let mut all = Files::new();
    for folder in ["src", "tests"] {
        let found = files(&root.join(folder), &["rs"]).into_iter();
        all.extend(found.map(|(name, text)| (format!("{folder}/{name}"), text)));
    }
    let status = std::fs::read_to_string(root.join("docs/STATUS.md")).expect("docs/STATUS.md");
    all.insert("docs/STATUS.md".into(), status);
    all
}

/// Whether the code of a file has these tokens in this order.
fn has(files: &Files, file: &str, wanted: &[&str]) -> bool {
    let Some(text) = files.get(file) else { return false };
    lexer::tokens(text).windows(wanted.len()).any(|tokens| tokens == wanted)
}

/// The names of the modules in a folder: `NAME.rs` and `NAME/mod.rs`, with their files.
fn modules<'a>(files: &'a Files, folder: &str) -> Vec<(&'a str, &'a str)> {
    let inside = files.keys().filter_map(|file| Some((file.strip_prefix(folder)?.strip_prefix('/')?, file)));
    let named = inside.filter_map(|(name, file)| {
        let name = name.strip_suffix("/mod.rs").or(name.strip_suffix(".rs"))?;
        (!name.contains('/') && !["mod", "main", "lib"].contains(&name)).then_some((name, file.as_str()))
    });
    named.collect()
}

/// Files that no `mod` line declares, so that nobody compiles them.
fn undeclared(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for file in files.keys().filter(|file| file.ends_with(".rs")) {
        let (folder, name) = file.rsplit_once('/').expect("a folder");
        let (folder, name) = match name {
            "main.rs" | "lib.rs" => continue,
            "mod.rs" => folder.rsplit_once('/').expect("a folder"),
            _ => (folder, name.trim_end_matches(".rs")),
        };
        let roots = ["mod.rs", "main.rs", "lib.rs"].map(|root| format!("{folder}/{root}"));
        let roots: Vec<_> = roots.iter().filter(|root| files.contains_key(*root)).collect();
        // The tests in the guest are a program of their own.
        let is_declared = roots.iter().any(|root| has(files, root, &["mod", name, ";"]));
        if let Some(first) = roots.first().filter(|_| !is_declared) {
            found.push(format!("{file} is not compiled: {first} has no line `mod {name};`"));
        }
    }
    found
}

/// Effects that the list of effects lacks, or that have no test or no word in the documents.
fn forgotten_effects(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (name, file) in modules(files, "src/effects") {
        if !has(files, file, &["SPEC", ":", "EffectSpec"]) {
            continue;
        }
        if !has(files, "src/effects/registry.rs", &["super", "::", name, "::", "SPEC", ","]) {
            let line = format!("`super::{name}::SPEC,`");
            found.push(format!("{file} is not in the list ALL of src/effects/registry.rs: add {line}"));
        }
        // `none` does nothing that a test could compare.
        if name != "none" {
            found.extend(untested(files, "effects", name));
        }
        if !files["docs/STATUS.md"].contains(&format!("`{name}`")) {
            found.push(format!("docs/STATUS.md does not name the effect `{name}`: add it to the table"));
        }
    }
    found
}

/// Passes without a test. That their shaders are listed, `shaders::every_file_is_listed` checks.
fn forgotten_passes(files: &Files) -> Vec<String> {
    let passes = modules(files, "src/passes").into_iter();
    // Other files of the folder record nothing.
    let passes = passes.filter(|(_, file)| has(files, file, &["rec", ":", "&", "mut", "Recorder"]));
    passes.filter_map(|(name, _)| untested(files, "passes", name)).collect()
}

/// What is missing for the module NAME of `src/KIND` to be tested by `KIND::NAME`.
fn untested(files: &Files, kind: &str, name: &str) -> Option<String> {
    let list = format!("tests/{kind}/mod.rs");
    if files[&list].contains(&format!("\"{kind}::{name}")) {
        return None;
    }
    let file = format!("tests/{kind}/{name}.rs");
    let line = format!("`gpu_test(\"{kind}::{name}\", {name}::test),`");
    Some(match files.contains_key(&file) {
        true => format!("{file} does not run: add {line} to trials() of {list}"),
        false => {
            format!("src/{kind}/{name}.rs has no test: write {file}, and add {line} to trials() of {list}")
        }
    })
}

/// The variants of `enum NAME` in a file's tokens.
fn variants<'a>(tokens: &[&'a str], name: &str) -> Vec<&'a str> {
    let Some(at) = tokens.windows(3).position(|window| window == ["enum", name, "{"]) else {
        return Vec::new();
    };
    let (mut depth, mut found) = (0, Vec::new());
    for pair in tokens[at + 2..].windows(2) {
        match pair[0] {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => (),
        }
        if depth == 0 {
            break;
        }
        // A name behind the brace, a comma or an attribute, and before its fields, the next comma or the end.
        let is_name = pair[1].starts_with(char::is_uppercase) && ["{", ",", "]"].contains(&pair[0]);
        if depth == 1 && is_name {
            found.push(pair[1]);
        }
    }
    found
}

/// Variants of an enum that its list `ALL` lacks.
fn forgotten_variants(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (file, text) in files.iter().filter(|(file, _)| file.starts_with("src/")) {
        let tokens = lexer::tokens(text);
        let lists =
            tokens.windows(5).enumerate().filter(|(_, window)| *window == ["ALL", ":", "[", "Self", ";"]);
        for (at, _) in lists {
            let opening = tokens[..at].iter().rposition(|token| *token == "impl").expect("an impl");
            let name = tokens[opening + 1];
            let list =
                tokens[at..].iter().skip_while(|token| **token != "=").take_while(|token| **token != ";");
            let list: Vec<_> = list.collect();
            let missing = variants(&tokens, name).into_iter().filter(|variant| !list.contains(&variant));
            found.extend(
                missing.map(|variant| format!("{file}: {name}::ALL lacks {variant}: add `Self::{variant}`")),
            );
        }
    }
    found
}

/// Operators of the importer that its table lacks, and operations of a graph without a test on the fast engine.
fn forgotten_operators(files: &Files) -> Vec<String> {
    let (lowering, table) = ("src/model/lower/operator.rs", "src/model/lower/mod.rs");
    let tokens = lexer::tokens(&files[lowering]);
    let known = tokens.windows(3).filter(|window| window[..2] == ["Builtin", "::"]).map(|window| window[2]);
    let table_text = files[table].split(|c: char| !c.is_alphanumeric() && c != '_').collect::<Vec<_>>();
    let unlisted = known.filter(|name| *name != "CUSTOM" && !table_text.contains(name));
    let mut found: Vec<_> = unlisted
        .map(|name| format!("{lowering} lowers {name}: add a line to the table of {table}"))
        .collect();
    let (operations, chains) = ("src/model/graph.rs", "tests/engine/chains.rs");
    for name in variants(&lexer::tokens(&files[operations]), "Op") {
        let is_built =
            ["tests/engine/build.rs", chains].iter().any(|file| has(files, file, &["Op", "::", name]));
        if !is_built {
            found.push(format!("Op::{name} of {operations} has no case in {chains}: add one to CASES"));
        }
    }
    found
}

/// What is in no list, as sentences.
pub fn forgotten(root: &Path) -> Vec<String> {
    let files = all(root);
    let count = |folder| modules(&files, folder).len();
    assert!(count("src/effects") > 15 && count("src/passes") > 30, "not all files were read");
    let formats = variants(&lexer::tokens(&files["src/frame/pixel_format.rs"]), "PixelFormat");
    assert!(formats.len() >= 8, "only {formats:?} were read");
    [
        undeclared(&files),
        forgotten_effects(&files),
        forgotten_passes(&files),
        forgotten_operators(&files),
        forgotten_variants(&files),
    ]
    .concat()
}

pub fn nothing_is_forgotten() {
    let found = forgotten(root());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// The control: an effect and a pass of which nothing is listed.
pub fn what_is_forgotten_is_found() {
    let spec = "pub(super) const SPEC: EffectSpec = EffectSpec { name: \"fog\" };";
    let pass = "pub fn mist(rec: &mut Recorder<'_>) {}";
    let mut files = Files::new();
    for (file, text) in [
        ("docs/STATUS.md", "`blur`"),
        ("src/lib.rs", "mod effects; mod passes;"),
        ("src/effects/mod.rs", "mod blur; mod registry; // mod fog;"),
        (
            "src/effects/registry.rs",
            "pub const ALL: &[EffectSpec] = &[super::blur::SPEC, /* super::fog::SPEC, */];",
        ),
        ("src/effects/blur.rs", spec),
        ("src/effects/fog.rs", spec),
        ("src/passes/mod.rs", "mod mist; mod state;"),
        ("src/passes/mist.rs", pass),
        ("src/passes/state.rs", "pub struct State;"),
        ("tests/main.rs", "mod effects; mod passes;"),
        ("tests/effects/mod.rs", "mod blur; mod fog; gpu_test(\"effects::blur\", blur::test)"),
        ("tests/effects/blur.rs", ""),
        ("tests/effects/fog.rs", ""),
        ("tests/passes/mod.rs", ""),
    ] {
        files.insert(file.into(), text.into());
    }
    assert_eq!(
        undeclared(&files),
        ["src/effects/fog.rs is not compiled: src/effects/mod.rs has no line `mod fog;`"]
    );
    assert_eq!(
        forgotten_effects(&files),
        [
            "src/effects/fog.rs is not in the list ALL of src/effects/registry.rs: add `super::fog::SPEC,`",
            "tests/effects/fog.rs does not run: add `gpu_test(\"effects::fog\", fog::test),` to trials() of \
             tests/effects/mod.rs",
            "docs/STATUS.md does not name the effect `fog`: add it to the table",
        ]
    );
    assert_eq!(
        forgotten_passes(&files),
        ["src/passes/mist.rs has no test: write tests/passes/mist.rs, and add `gpu_test(\"passes::mist\", \
          mist::test),` to trials() of tests/passes/mod.rs"]
    );
}

/// The control: variants of three kinds, of which a list has one, and two operators of which nobody knows.
pub fn what_a_list_lacks_is_found() {
    let text = "/// A, B {\n#[derive(Debug)] pub enum Kind { A, #[doc(hidden)] Bee { x: [u8; 2], Y: u8 }, C(Vec<D>), }\n\
                impl Kind { pub const ALL: [Self; 1] = [Self::A]; const B: u8 = 1; }";
    let files = [
        ("src/a.rs", text),
        ("src/model/lower/operator.rs", "Builtin::RELU => 1, Builtin::TANH => 2, Builtin::CUSTOM => 3"),
        ("src/model/lower/mod.rs", "//! | RELU, TANHS | 1 |"),
        ("src/model/graph.rs", "pub enum Op { Conv2d(Conv2d), Tanh }"),
        ("tests/engine/build.rs", "Op::Conv2d(conv)"),
        ("tests/engine/chains.rs", "\"Op::Tanh\""),
    ];
    let files = files.map(|(file, text)| (file.to_owned(), text.to_owned())).into();
    assert_eq!(
        forgotten_variants(&files),
        ["src/a.rs: Kind::ALL lacks Bee: add `Self::Bee`", "src/a.rs: Kind::ALL lacks C: add `Self::C`"]
    );
    assert_eq!(
        forgotten_operators(&files),
        [
            "src/model/lower/operator.rs lowers TANH: add a line to the table of src/model/lower/mod.rs",
            "Op::Tanh of src/model/graph.rs has no case in tests/engine/chains.rs: add one to CASES",
        ]
    );
}

/// Files of tests that print by themselves: `note!` prints only what was asked for.
fn printing(files: &Files) -> Vec<&str> {
    let tests = files.keys().filter(|file| file.starts_with("tests/") && *file != "tests/support/trials.rs");
    tests.filter(|file| has(files, file, &["println", "!"])).map(String::as_str).collect()
}

pub fn passing_tests_are_quiet() {
    assert_eq!(printing(&all(root())), [""; 0], "they print with println!, not with note!");
    // The control.
    let made_up =
        [("tests/a.rs", "println!(\"\")"), ("tests/b.rs", "note!(\"println!\")"), ("src/c.rs", "println!()")];
    let made_up = made_up.map(|(file, text)| (file.to_owned(), text.to_owned())).into();
    assert_eq!(printing(&made_up), ["tests/a.rs"]);
}
