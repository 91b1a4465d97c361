//! The manual pages, and the other files of packages that repeat what the program or the README says.

use std::{fs, path::Path};

use libtest_mimic::Trial;

use super::Workspace;
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("cli::man::a_page_for_each_command", pages),
        test("cli::man::refused", refused),
        test("cli::man::packages_agree_with_the_readme", agree),
    ]
}

fn help(workspace: &Workspace, command: &str) -> String {
    workspace.gpucam(&format!("{command} --help")).run().silent().text().to_owned()
}

/// The first words of the lines under "Commands:".
fn commands(help: &str) -> Vec<&str> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| line.is_empty() || line.starts_with(' '));
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect()
}

/// The flags with two dashes that begin a line of options.
fn flags(help: &str) -> Vec<String> {
    let lines =
        help.lines().map(str::trim_start).filter(|line| line.starts_with('-') && !line.starts_with("- "));
    let flag = |line: &str| {
        let flag = line.split([' ', ',', '[', '=', '.']).find(|word| word.starts_with("--"))?;
        Some(flag.to_owned())
    };
    lines.filter_map(flag).collect()
}

/// Whether a page has a flag, whose dashes groff would otherwise turn into hyphens.
fn names(page: &str, flag: &str) -> bool {
    let written = flag.replace('-', "\\-");
    let is_whole = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || "-\\".contains(c));
    page.replace("\\fB", "").replace("\\fR", "").split(&written).skip(1).any(is_whole)
}

/// Each command that `--help` lists has a page, and each page the flags of its `--help`.
fn pages() {
    let workspace = Workspace::new();
    workspace.gpucam("man --dir a/pages").run().silent();
    let page = |name: &str| {
        let page = fs::read_to_string(workspace.at(&format!("a/pages/{name}.1")));
        page.unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let main = help(&workspace, "");
    let commands = commands(&main);
    assert!(commands.len() > 8 && commands.contains(&"bench"), "{commands:?}");
    assert!(!commands.contains(&"man"), "it is for packages");
    for command in commands.into_iter().chain([""]) {
        let name = if command.is_empty() { "gpucam".into() } else { format!("gpucam-{command}") };
        let (page, help) = (page(&name), help(&workspace, command));
        assert!(page.contains(".SH NAME\n") && page.contains(".SH SYNOPSIS\n"), "{name}");
        let flags = flags(&help);
        assert!(!flags.is_empty(), "{name}: {help}");
        for flag in flags {
            assert!(names(&page, &flag), "{name}.1 lacks {flag}");
        }
    }
    let page = page("gpucam");
    assert!(page.contains("gpucam mask \\-\\-input me.jpg"), "the examples");
    assert!(
        page.contains("config.toml") && page.contains(".SH ENVIRONMENT"),
        "the files and the environment"
    );
    // The controls.
    assert!(!names(&page, "--tuning") && !names(&page, "--no-such-flag"), "a hidden flag");
}

fn refused() {
    let workspace = Workspace::new();
    workspace.put("file", b"x");
    workspace.gpucam("man --dir file/pages").run().refused(&["file/pages"]);
}

/// What packages bring as an example is what the README says to type; the package that it names is this version's.
fn agree() {
    let read = |name: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let readme = read("README.md");
    for file in ["modprobe.d", "modules-load.d"] {
        let example = read(&format!("packaging/examples/{file}-gpucam.conf"));
        let line = example.lines().find(|line| !line.starts_with('#')).expect("a line");
        let in_readme = readme.lines().any(|typed| {
            typed.contains(&format!("/etc/{file}/gpucam.conf"))
                && typed.replace('\'', "").contains(&format!("echo {line} |"))
        });
        assert!(in_readme, "README.md does not say to type: {line}");
    }
    let package = format!("gpucam_{}-1_amd64.deb", env!("CARGO_PKG_VERSION"));
    assert!(readme.contains(&package), "README.md does not name {package}");
}
