//! What `scripts/new-effect` and `scripts/new-pass` write. That it compiles, draws and is tested follows from
//! the effect and the pass that they copy.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use libtest_mimic::Trial;

use super::{lists, root};
use crate::support::trials::trial;

pub fn trials() -> Vec<Trial> {
    let ready = || match Command::new("python3").arg("--version").output().is_ok() {
        true => Ok(()),
        false => Err("python3: make setup".into()),
    };
    vec![
        trial("structure::a_new_effect_is_whole", ready, || is_whole("effect", "effects", "tint")),
        trial("structure::a_new_pass_is_whole", ready, || is_whole("pass", "passes", "threshold")),
    ]
}

/// A copy of all that the script and the lists speak of.
fn copy() -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    let mut cp = Command::new("cp");
    cp.arg("-R").args(["src", "shaders", "tests", "docs", "scripts", "examples", "benches", "models"]);
    cp.args(["Cargo.toml", "rustfmt.toml", "CHANGELOG.md"]).arg(copy.path()).current_dir(root());
    assert!(cp.status().expect("cp").success());
    copy
}

fn run(folder: &Path, kind: &str, name: &str) -> Output {
    Command::new(folder.join(format!("scripts/new-{kind}"))).arg(name).output().expect("the script")
}

fn is_whole(kind: &str, folder: &str, model: &str) {
    let copy = copy();
    let name = "a_thing_of_a_rather_long_name";
    let outcome = run(copy.path(), kind, name);
    assert!(outcome.status.success(), "{outcome:?}");
    let said = String::from_utf8(outcome.stdout).expect("text");

    // The model under another name, in one form.
    let files = [("src", "rs"), ("shaders", "wgsl"), ("tests", "rs")];
    for (place, ending) in files {
        let path = |name: &str| format!("{place}/{folder}/{name}.{ending}");
        let read = |name: &str| fs::read_to_string(copy.path().join(path(name))).expect("a file");
        let words =
            |text: &str| text.split_whitespace().collect::<String>().replace(",)", ")").replace(",]", "]");
        let camel = |name: &str| -> String {
            name.split('_').flat_map(|part| [part[..1].to_uppercase(), part[1..].to_owned()]).collect()
        };
        let back = read(name).replace(name, model).replace(&camel(name), &camel(model));
        assert_eq!(words(&back), words(&read(model)), "{}", path(name));
        assert!(said.contains(&path(name)), "{said}");
    }
    // It stands in every list, in the order that rustfmt wants.
    assert_eq!(lists::forgotten(copy.path()), [""; 0]);
    let format =
        Command::new("cargo").args(["fmt", "--check"]).current_dir(copy.path()).output().expect("cargo");
    assert!(format.status.success(), "{}", String::from_utf8_lossy(&format.stdout));
    // The control: without its line in a list, it is missed.
    let list = copy.path().join(format!("tests/{folder}/mod.rs"));
    let text = fs::read_to_string(&list).expect("a list");
    let lines = text.lines().filter(|line| !line.contains(&format!("{folder}::{name}\"")));
    fs::write(&list, lines.collect::<Vec<_>>().join("\n")).expect("a list");
    assert_eq!(lists::forgotten(copy.path()).len(), 1);

    // Nothing is written for a name that is taken, or is none.
    for (name, words) in [
        (name, "is there already"),
        (model, "is there already"),
        ("Fog", "no name"),
        ("match", "no name"),
        ("a/b", "no name"),
    ] {
        let refused = run(copy.path(), kind, name);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(
            refused.status.code() == Some(1) && said.contains(words) && said.lines().count() == 1,
            "{said}"
        );
    }
}
