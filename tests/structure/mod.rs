//! The shape of the repository: no circles of imports, nothing below imports what is above it, short files,
//! one file that chooses by adapter, documents that name only files that exist, and nothing forgotten in a
//! list. Each rule has a control that breaks it.

mod dependencies;
mod documents;
mod imports;
mod lexer;
mod lists;
mod scripts;
mod template;
mod trouble;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use libtest_mimic::Trial;

use crate::support::test;

pub fn trials() -> Vec<Trial> {
    vec![
        test("structure::no_circle_of_imports", no_circle_of_imports),
        test("structure::a_circle_is_found", a_circle_is_found),
        test("structure::no_import_upwards", no_import_upwards),
        test("structure::short_files", short_files),
        test("structure::one_file_chooses_by_adapter", one_file_chooses_by_adapter),
        test("structure::a_line_of_the_log_does_nothing", a_line_of_the_log_does_nothing),
        test("structure::documents_name_files_that_exist", documents::name_files_that_exist),
        test("structure::a_file_that_is_missing_is_found", documents::a_missing_file_is_found),
        test("structure::threats_have_tests", documents::threats_have_tests),
        test("structure::a_threat_without_a_test_is_found", documents::a_threat_without_a_test_is_found),
        test("structure::steps_that_exist_are_cited", documents::steps_that_exist_are_cited),
        test("structure::helpers_of_effects_exist", documents::helpers_of_effects_exist),
        test("structure::effects_shows_tint", documents::effects_shows_tint),
        test("structure::dependencies_are_explained", dependencies::are_explained),
        test("structure::a_dependency_without_a_row_is_found", dependencies::one_without_a_row_is_found),
        test("structure::nothing_is_forgotten", lists::nothing_is_forgotten),
        test("structure::what_is_forgotten_is_found", lists::what_is_forgotten_is_found),
        test("structure::what_a_list_lacks_is_found", lists::what_a_list_lacks_is_found),
        test("structure::passing_tests_are_quiet", lists::passing_tests_are_quiet),
        test("structure::no_reader_leaves_early", scripts::no_reader_leaves_early),
        test("structure::every_sentence_is_explained", trouble::every_sentence_is_explained),
        test("structure::a_sentence_without_a_row_is_found", trouble::a_sentence_without_a_row_is_found),
    ]
    .into_iter()
    .chain(template::trials())
    .collect()
}

/// Most lines of a file.
const LINES: usize = 500;

/// Whether a file is at the bottom: plain data, errors and their words, which import each other and nothing else
/// of the crate.
fn is_bottom(file: &str) -> bool {
    file.starts_with("frame/") || file.ends_with("error.rs") || file == "words.rs"
}

/// The files that may look at what kind of device an adapter is: one chooses by it, one lists adapters.
const ADAPTER: [&str; 2] = ["gpu/tuning.rs", "gpu/adapter.rs"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` that has one of these endings, by its path from `folder`.
fn files(folder: &Path, endings: &[&str]) -> BTreeMap<String, String> {
    fn walk(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                walk(&path, endings, found);
            } else if path.extension().is_some_and(|e| endings.iter().any(|ending| e == *ending)) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, endings, &mut found);
    let name = |path: &Path| path.strip_prefix(folder).expect("below it").to_string_lossy().into_owned();
    found.iter().map(|path| (name(path), fs::read_to_string(path).expect("text"))).collect()
}

fn sources() -> BTreeMap<String, String> {
    files(&root().join("src"), &["rs"])
}

fn no_circle_of_imports() {
    let arrows = imports::arrows(&sources());
    assert!(arrows.len() > 500, "only {} arrows: not all imports were read", arrows.len());
    let circles = imports::circles(&arrows);
    assert!(circles.is_empty(), "{} circles of imports\n\n{}", circles.len(), circles.join("\n\n"));
}

/// The control: circles by imports, by paths, through re-exports and macros; and what is none.
fn a_circle_is_found() {
    let circles = |files: &[(&str, &str)]| {
        let files = files.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
        imports::circles(&imports::arrows(&files))
    };
    let lib = ("lib.rs", "mod a; mod b; pub use a::A;");
    let found =
        circles(&[lib, ("a.rs", "use crate::b::B; pub struct A;"), ("b.rs", "use crate::A; pub struct B;")]);
    assert_eq!(found, ["a.rs and b.rs\n  a.rs ─▶ b.rs  B\n  b.rs ─▶ a.rs  A"]);
    let by_path = ("b.rs", "pub struct B; fn f() { let _ = crate::a::A; }");
    assert_eq!(circles(&[lib, ("a.rs", "use super::b; fn f(_: b::B) {}"), by_path]).len(), 1);
    let tree = ("b.rs", "use crate::{b, a::{self, C as D}}; pub fn f() {}");
    assert_eq!(circles(&[lib, ("a.rs", "use crate::b::f as g; pub enum C {}"), tree]).len(), 1);
    let through = [
        ("lib.rs", "mod m;"),
        ("m/mod.rs", "mod x; mod y; pub use x::X;"),
        ("m/y.rs", "use super::X; pub struct Y;"),
    ];
    assert_eq!(circles(&[&through[..], &[("m/x.rs", "use super::y::Y; pub struct X;")]].concat()).len(), 1);
    let macros = ("b.rs", "#[macro_export] macro_rules! made { () => { $crate::a::A } } pub struct B;");
    assert_eq!(circles(&[lib, ("a.rs", "use crate::made; pub struct A;"), macros]).len(), 1);
    let parent = ("m/mod.rs", "mod x; mod y; pub use x::X; pub struct M { x: X }");
    let child = ("m/x.rs", "use super::M; pub struct X;");
    assert_eq!(circles(&[through[0], parent, child, ("m/y.rs", "")]).len(), 1);

    // Declarations, re-exports, comments, texts and other crates are no arrows.
    let none = "mod m; // use crate::m::x::X;\nuse std::fmt; const T: &str = \"crate::m::x::X\"; pub use m::X; fn f(_: &'static fmt::Error) {}";
    let child = ("m/x.rs", "use crate::f; pub struct X;");
    assert_eq!(circles(&[("lib.rs", none), through[1], child, through[2]]), [""; 0]);
}

/// What a file at the bottom imports from above.
fn upwards(arrows: &imports::Arrows) -> Vec<String> {
    arrows
        .iter()
        .filter(|((from, to), _)| is_bottom(from) && !is_bottom(to))
        .map(|((from, to), names)| imports::line(from, to, names))
        .collect()
}

fn no_import_upwards() {
    let sources = sources();
    for file in ["error.rs", "frame/mod.rs"] {
        assert!(sources.contains_key(file), "no file {file}");
    }
    let found = upwards(&imports::arrows(&sources));
    assert!(found.is_empty(), "imports upwards\n{}", found.join("\n"));
    // The control.
    let files = [
        ("lib.rs", "mod gpu; mod error;"),
        ("gpu.rs", "pub struct Gpu;"),
        ("error.rs", "use crate::gpu::Gpu;"),
    ];
    let files = files.map(|(name, text)| (name.to_string(), text.to_string())).into();
    assert_eq!(upwards(&imports::arrows(&files)), ["  error.rs ─▶ gpu.rs  Gpu"]);
}

/// The files that have more lines than `most`.
fn long(files: &BTreeMap<String, String>, most: usize) -> Vec<String> {
    let lines = files.iter().map(|(name, text)| (name, text.lines().count()));
    lines.filter(|(_, lines)| *lines > most).map(|(name, lines)| format!("{name}: {lines} lines")).collect()
}

fn short_files() {
    let mut all = BTreeMap::new();
    for folder in ["src", "shaders", "tests", "benches", "examples"] {
        let found = files(&root().join(folder), &["rs", "wgsl"]);
        assert!(!found.is_empty(), "no file in {folder}");
        all.extend(found.into_iter().map(|(name, text)| (format!("{folder}/{name}"), text)));
    }
    let found = long(&all, LINES);
    assert!(found.is_empty(), "over {LINES} lines\n{}", found.join("\n"));
    // The control.
    let made_up = BTreeMap::from([("a".into(), "\n".repeat(LINES + 1)), ("b".into(), "\n".repeat(LINES))]);
    assert_eq!(long(&made_up, LINES), [format!("a: {} lines", LINES + 1)]);
}

/// Files that read the device type, except those allowed to.
fn choosing_by_adapter(files: &BTreeMap<String, String>) -> Vec<&str> {
    let asks =
        |text: &str| lexer::tokens(text).iter().any(|word| matches!(*word, "device_type" | "DeviceType"));
    let found = files.iter().filter(|(file, text)| asks(text) && !ADAPTER.contains(&file.as_str()));
    found.map(|(file, _)| file.as_str()).collect()
}

fn one_file_chooses_by_adapter() {
    let sources = sources();
    for file in ADAPTER {
        assert!(sources.contains_key(file), "no file {file}");
    }
    assert_eq!(choosing_by_adapter(&sources), [""; 0], "they ask the device instead of `gpu::Tuning`");
    // The control; what a comment says does not count.
    let made_up = [("a.rs", "if info.device_type == wgpu::DeviceType::Cpu {}"), ("b.rs", "// device_type")];
    let made_up = made_up.map(|(name, text)| (name.to_string(), text.to_string())).into();
    assert_eq!(choosing_by_adapter(&made_up), ["a.rs"]);
}

/// Lines of the log that end a function or change something: they do so only where they are printed, since what
/// nobody reads is not evaluated.
fn acting_in_the_log(text: &str) -> Vec<String> {
    const LEVELS: [&str; 5] = ["trace", "debug", "info", "warn", "error"];
    const ACTS: [&str; 7] = ["exec", "insert", "push", "remove", "replace", "send", "take"];
    let tokens = lexer::tokens(text);
    let starts = (0..tokens.len().saturating_sub(4)).filter(
        |at| matches!(tokens[*at..*at + 5], ["tracing", "::", level, "!", "("] if LEVELS.contains(&level)),
    );
    let line = |start: usize| {
        let mut depth = 0;
        let inside = tokens[start + 4..].iter().take_while(|token| {
            depth += i32::from(**token == "(") - i32::from(**token == ")");
            depth > 0
        });
        inside.copied().collect::<Vec<_>>()
    };
    let acts = |line: &Vec<&str>| {
        // `?value` asks for its Debug; behind a value it returns from the function.
        let returns = line.windows(2).any(|pair| pair[1] == "?" && !matches!(pair[0], "(" | "," | "="));
        returns || line.windows(2).any(|pair| ACTS.contains(&pair[0]) && pair[1] == "(")
    };
    starts.map(line).filter(acts).map(|line| line.join(" ")).collect()
}

fn a_line_of_the_log_does_nothing() {
    let sources = sources();
    let found: Vec<_> = sources.values().flat_map(|text| acting_in_the_log(text)).collect();
    assert!(found.is_empty(), "what is not printed is not done\n{}", found.join("\n"));
    // The controls.
    for made_up in ["tracing::info!(\"{}\", stats?);", "tracing::debug!(\"{}\", command.exec())"] {
        assert_eq!(acting_in_the_log(made_up).len(), 1, "{made_up}");
    }
    let allowed = "tracing::warn!(error = ?error, %path, \"it is gone\"); let a = f()?; tracing::info!(?size, \"opened\")";
    assert_eq!(acting_in_the_log(allowed).len(), 0);
}
