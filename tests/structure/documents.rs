//! Links and file names in the documents, and what the code cites from docs/PICTURE.md.

use std::{collections::BTreeSet, path::Path};

use super::{files, root};

/// Folders whose files documents name in backquotes.
const FOLDERS: [&str; 9] =
    ["src/", "shaders/", "tests/", "docs/", "scripts/", "examples/", "models/", "benches/", ".github/"];

/// Targets of links and names of files in a document's text, as paths from the repository's root; `folder` is
/// the document's own.
fn named(text: &str, folder: &str) -> BTreeSet<String> {
    let links = text.match_indices("](").map(|(at, _)| &text[at + 2..]).filter_map(|rest| {
        let target = rest.split([')', '#']).next().unwrap_or_default();
        let is_other = target.is_empty() || target.contains("://") || target.starts_with('<');
        (!is_other).then(|| Path::new(folder).join(target).to_string_lossy().into_owned())
    });
    let quoted = text.split('`').skip(1).step_by(2).filter(|name| {
        let is_path = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
        FOLDERS.iter().any(|folder| name.starts_with(folder))
            && name.chars().all(is_path)
            && !name.contains("NAME")
    });
    links.chain(quoted.map(str::to_owned)).collect()
}

fn missing(text: &str, folder: &str) -> Vec<String> {
    named(text, folder).into_iter().filter(|name| !root().join(name).exists()).collect()
}

pub fn name_files_that_exist() {
    let (mut checked, mut found) = (0, Vec::new());
    for (folder, file) in
        [("", "README.md"), ("", "ARCHITECTURE.md"), ("", "CONTRIBUTING.md"), ("", "SECURITY.md")]
    {
        let text = std::fs::read_to_string(root().join(file)).expect(file);
        checked += named(&text, folder).len();
        found.extend(missing(&text, folder).into_iter().map(|name| format!("{file}: {name}")));
    }
    for folder in ["docs", "models", "tests/vm"] {
        for (file, text) in files(&root().join(folder), &["md"]) {
            checked += named(&text, folder).len();
            found.extend(missing(&text, folder).into_iter().map(|name| format!("{folder}/{file}: {name}")));
        }
    }
    assert!(checked > 50, "only {checked} names were found");
    assert!(found.is_empty(), "names of files that do not exist\n{}", found.join("\n"));
}

/// The control.
pub fn a_missing_file_is_found() {
    let text = "[a](docs/NOTHING.md) [b](README.md#install) `src/no/file.rs` `src/lib.rs` `src/passes/NAME.rs` [c](https://example.org)";
    assert_eq!(missing(text, ""), ["docs/NOTHING.md", "src/no/file.rs"]);
    assert_eq!(missing("[d](PICTURE.md) [e](../README.md) [f](../x.md)", "docs"), ["docs/../x.md"]);
}

/// Names of tests in the table of SECURITY.md, such as `live::suspend`, by rows.
fn tests_of_rows(text: &str) -> Vec<(&str, Vec<&str>)> {
    let is_name =
        |name: &&str| name.contains("::") && name.chars().all(|c| c.is_alphanumeric() || ":_".contains(c));
    let rows = text.lines().filter(|line| line.starts_with('|') && line.matches(" | ").count() == 3);
    let rows = rows.filter(|line| !line.starts_with("| who") && !line.starts_with("|---"));
    rows.map(|line| {
        let tests = line.rsplit(" | ").next().unwrap_or_default();
        (line, tests.split('`').skip(1).step_by(2).filter(is_name).collect())
    })
    .collect()
}

/// What nobody tests, or no test is called.
fn unproved(text: &str, is_test: impl Fn(&str) -> bool) -> Vec<String> {
    let rows = tests_of_rows(text).into_iter();
    rows.flat_map(|(line, tests)| {
        let none = tests.is_empty().then(|| format!("no test: {line}"));
        let missing =
            tests.into_iter().filter(|name| !is_test(name)).map(|name| format!("{name} is no test"));
        none.into_iter().chain(missing.collect::<Vec<_>>())
    })
    .collect()
}

/// Each line of the threat model names the tests that try it, and these exist.
pub fn threats_have_tests() {
    let text = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let sources: String = files(&root().join("tests"), &["rs"]).into_values().collect();
    let targets = std::fs::read_to_string(root().join("src/fuzz.rs")).unwrap();
    let is_test = |name: &str| {
        let target = name.strip_prefix("fuzz::").map(|target| format!("name: \"{target}\""));
        sources.contains(&format!("\"{name}\"")) || target.is_some_and(|target| targets.contains(&target))
    };
    assert!(tests_of_rows(&text).len() >= 15, "{} rows", tests_of_rows(&text).len());
    assert_eq!(unproved(&text, is_test), [""; 0], "SECURITY.md");
}

/// The control.
pub fn a_threat_without_a_test_is_found() {
    let rows = "| who | can | cannot | test |\n|---|---|---|---|\n| a | b | c | `live::suspend`, `no::such` (d) |\n| d | e | f | none |\n";
    let found = unproved(rows, |name| name == "live::suspend");
    assert_eq!(found, ["no::such is no test", "no test: | d | e | f | none |"]);
}

/// The comments of a file in one line, so that a citation may run over a line's end.
fn comments(text: &str) -> String {
    let lines = text.lines().filter_map(|line| Some(line.split_once("//")?.1));
    lines
        .flat_map(|line| line.trim_start_matches(['/', '!']).split_whitespace())
        .collect::<Vec<_>>()
        .join(" ")
}

/// What comments cite from docs/PICTURE.md: numbers of steps, and headings in quotes.
fn cited(comments: &str) -> BTreeSet<String> {
    let words = |text: &str| -> Vec<String> {
        text.split(' ').map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()).collect()
    };
    let mut found = BTreeSet::new();
    let all = words(comments);
    let is_number = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    for (at, _) in
        all.iter().enumerate().filter(|(_, word)| matches!(&word.to_lowercase()[..], "step" | "steps"))
    {
        let list = all[at + 1..].iter().take_while(|word| is_number(word) || *word == "and");
        found.extend(list.filter(|word| is_number(word)).cloned());
    }
    let headings = comments.split("PICTURE.md, \"").skip(1).filter_map(|rest| rest.split('"').next());
    found.extend(headings.map(str::to_owned));
    found
}

/// Whether docs/PICTURE.md has this step in its table, or this heading.
fn is_in(picture: &str, cited: &str) -> bool {
    picture.contains(&format!("\n| {cited} | "))
        || picture.contains(&format!("\n**{cited}.**"))
        || picture.contains(&format!("\n## {cited}\n"))
}

pub fn steps_that_exist_are_cited() {
    let picture = std::fs::read_to_string(root().join("docs/PICTURE.md")).expect("docs/PICTURE.md");
    let (mut checked, mut found) = (0, Vec::new());
    for folder in ["shaders", "src", "tests"] {
        for (file, text) in files(&root().join(folder), &["rs", "wgsl"]) {
            let comments = comments(&text);
            let cited = cited(&comments);
            checked += cited.len();
            if !cited.is_empty() && !comments.contains("docs/PICTURE.md") {
                found.push(format!("{folder}/{file} cites {cited:?} and does not say of which document"));
            }
            let missing = cited.into_iter().filter(|cited| !is_in(&picture, cited));
            found.extend(missing.map(|cited| format!("{folder}/{file}: docs/PICTURE.md has no {cited}")));
        }
    }
    assert!(checked > 20, "only {checked} citations were found");
    assert!(found.is_empty(), "\n{}", found.join("\n"));
    // The control, with its own marks: as a comment here it would be read above.
    let text =
        "x; %% blur (docs/PICTURE.md,\n%%! step 9), steps 1 and 12 (docs/PICTURE.md, \"Nothing\") 3 steps\n";
    let text = text.replace("%%", "//");
    let made_up: Vec<_> = cited(&comments(&text)).into_iter().collect();
    assert_eq!(made_up, ["1", "12", "9", "Nothing"]);
    let missing: Vec<_> = made_up.iter().filter(|cited| !is_in(&picture, cited)).collect();
    assert_eq!(missing, ["12", "Nothing"]);
}

/// The program text of docs/EFFECTS.md is that of the effect `tint`.
pub fn effects_shows_tint() {
    let read = |file: &str| std::fs::read_to_string(root().join(file)).expect(file);
    let page = read("docs/EFFECTS.md");
    for (file, language) in [
        ("src/effects/tint.rs", "rust"),
        ("shaders/effects/tint.wgsl", "wgsl"),
        ("tests/effects/tint.rs", "rust"),
    ] {
        let shown = page.contains(&format!("\n```{language}\n{}```\n", read(file)));
        assert!(shown, "docs/EFFECTS.md does not show {file} as it is: copy it there");
    }
}

/// Helpers that docs/EFFECTS.md names in a table and that the files do not have: functions of `target::` in Rust,
/// and those of each file of `shaders/lib`.
fn missing_helpers(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |file: String, is_there: &dyn Fn(&str) -> bool| {
        let text = std::fs::read_to_string(root().join(&file)).unwrap_or_default();
        if !is_there(&text) {
            found.push(file);
        }
    };
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let names: Vec<_> = row.split('`').skip(1).step_by(2).collect();
        for name in names.iter().filter_map(|name| name.strip_prefix("target::")) {
            let name = name.split('(').next().expect("a name");
            check("src/effects/target.rs".into(), &|text| text.contains(&format!(" {name}")));
        }
        if let Some(file) =
            row.strip_prefix("| `").and_then(|row| row.split_once("` | `")).map(|(file, _)| file)
            && root().join(format!("shaders/lib/{file}.wgsl")).exists()
        {
            for name in names[1..].iter().filter(|name| !name.contains(['(', '='])) {
                check(format!("shaders/lib/{file}.wgsl"), &|text| text.contains(&format!("fn {name}(")));
            }
        }
    }
    found
}

pub fn helpers_of_effects_exist() {
    let page = std::fs::read_to_string(root().join("docs/EFFECTS.md")).expect("docs/EFFECTS.md");
    assert!(page.contains("| `parts` | `person_of`"), "the table has another form");
    assert_eq!(missing_helpers(&page), [""; 0]);
    // The control.
    let made_up =
        "| x | `target::index`, `target::nothing(x)` |\n| `sample` | `place`, `nowhere` |\n| `other` | `x` |";
    assert_eq!(missing_helpers(made_up), ["src/effects/target.rs", "shaders/lib/sample.wgsl"]);
}
