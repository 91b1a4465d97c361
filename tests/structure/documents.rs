//! Links and file names in the documents.

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
