//! Scripts in which a pipe's reader may leave early: under `pipefail` the writer's SIGPIPE then fails the whole
//! pipe, now and then.

use std::fs;

use super::root;

/// Readers that end before their input does.
fn leaves_early(command: &str) -> bool {
    let words: Vec<&str> = command.split_whitespace().collect();
    match words.as_slice() {
        ["head", ..] => true,
        ["grep", options @ ..] => {
            options.iter().any(|o| o.starts_with('-') && !o.starts_with("--") && o.contains('q'))
        }
        ["awk", ..] => command.contains("exit"),
        ["sed", ..] => command.split(['\'', '"']).any(|script| script.trim_end().ends_with('q')),
        _ => false,
    }
}

/// The lines of a script under `pipefail` that have such a reader.
fn fragile(text: &str) -> Vec<&str> {
    let fails = |line: &str| line.starts_with("set ") && line.contains("pipefail");
    if text.lines().any(fails) { fragile_lines(text) } else { Vec::new() }
}

fn fragile_lines(text: &str) -> Vec<&str> {
    let is_fragile = |line: &&str| {
        let code = line.trim_start();
        !code.starts_with('#')
            && code.replace("||", ";").split('|').skip(1).any(|command| leaves_early(command.trim()))
    };
    text.lines().filter(is_fragile).collect()
}

pub fn no_reader_leaves_early() {
    let mut scripts = vec![root().join(".ci/run")];
    for folder in ["scripts", "tests/vm"] {
        scripts.extend(fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    // Those inside of tests run after tests/vm/script.sh, which sets it.
    let mut checked = 0;
    for entry in fs::read_dir(root().join("tests/vm")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "rs") {
            checked += 1;
            let text = fs::read_to_string(&path).unwrap();
            let found = fragile_lines(&text);
            assert!(
                found.is_empty(),
                "{}: a reader leaves its pipe early\n{}",
                path.display(),
                found.join("\n")
            );
        }
    }
    assert!(checked > 8, "only {checked} files with scripts");
    checked = 0;
    for script in scripts.iter().filter(|path| path.is_file()) {
        let text = fs::read_to_string(script).unwrap_or_default();
        if text.starts_with("#!") {
            checked += 1;
            let found = fragile(&text);
            assert!(
                found.is_empty(),
                "{}: a reader leaves its pipe early\n{}",
                script.display(),
                found.join("\n")
            );
        }
    }
    assert!(checked > 8, "only {checked} scripts");
    // The control.
    let script = "set -euo pipefail\na | head -n 1\nb | grep -q x || c\nd | sed -n 1p\ne | awk '{ print; exit }'\ng || head x";
    assert_eq!(fragile(script), ["a | head -n 1", "b | grep -q x || c", "e | awk '{ print; exit }'"]);
    assert_eq!(fragile("set -eu\na | head -n 1"), [""; 0]);
}
