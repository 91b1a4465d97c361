//! Tests of the helpers themselves.

use std::{collections::BTreeMap, panic::resume_unwind};

use libtest_mimic::Trial;

use super::{
    files::Files,
    test,
    trials::{noting, summary},
};

pub fn trials() -> Vec<Trial> {
    vec![
        test("support::what_is_missing_is_grouped", what_is_missing_is_grouped),
        test("support::a_failure_prints_its_notes", a_failure_prints_its_notes),
        test("support::contributing_names_the_folders", contributing_names_the_folders),
    ]
}

fn what_is_missing_is_grouped() {
    let missing = [("a camera", 1), ("the model b (fetch b)", 2), ("c (d has it)", 40)];
    let line = summary(&missing.map(|(what, count)| (what.to_owned(), count)).into());
    let want = "43 ignored: 40 need c (d has it); 2 need the model b (fetch b); 1 needs a camera";
    assert_eq!(line.as_deref(), Some(want));
    assert_eq!(summary(&BTreeMap::new()), None);
}

fn a_failure_prints_its_notes() {
    let run = |fails: bool| {
        noting(move || {
            note!("{} of 2 LSB", 1 + u8::from(fails));
            if fails {
                // Unlike `panic!`, prints nothing.
                resume_unwind(Box::new("too far apart"));
            }
        })
    };
    // A passing run's notes are gone: the failing run shows its own alone.
    assert_eq!(run(false), Ok(()));
    assert_eq!(run(true), Err("test panicked: too far apart\nbefore that:\n  2 of 2 LSB".into()));
}

fn contributing_names_the_folders() {
    let text = include_str!("../../CONTRIBUTING.md");
    for files in Files::OF_MAINTAINERS.into_iter().chain([Files::Models]) {
        assert!(text.contains(files.variable()), "CONTRIBUTING.md does not name {}", files.variable());
    }
}
