//! docs/DEPENDENCIES.md has a row for each crate that Cargo.toml names, and the duplicates of Cargo.lock that it explains.

use std::{collections::BTreeSet, fs};

use super::root;

/// The crates that a manifest names, whichever name it gives them.
fn crates(manifest: &str) -> BTreeSet<String> {
    let manifest: toml::Table = manifest.parse().expect("a manifest");
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let tables = tables.iter().filter_map(|name| manifest.get(*name)?.as_table());
    let named = |(name, about): (&String, &toml::Value)| {
        about.get("package").and_then(|package| package.as_str()).unwrap_or(name).to_owned()
    };
    tables.flatten().map(named).collect()
}

/// Rows whose first cell is a crate: its name and the other cells.
fn rows(text: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    text.lines().filter_map(|line| {
        let cells: Vec<_> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        let name = cells[0].strip_prefix('`')?.strip_suffix('`')?;
        Some((name, cells[1..].to_vec()))
    })
}

/// Crates without a row, and rows without a crate; what stands under the heading of duplicates speaks of others.
fn unexplained(manifest: &str, text: &str) -> Vec<String> {
    let direct = text.split("## What is there twice").next().unwrap_or_default();
    let rows: Vec<_> = rows(direct).collect();
    let explained = |name: &String| {
        rows.iter().any(|(row, cells)| row == name && cells.len() == 2 && cells.iter().all(|c| !c.is_empty()))
    };
    let crates = crates(manifest);
    let missing = crates.iter().filter(|name| !explained(name)).map(|name| format!("{name} has no row"));
    let stale = rows.iter().filter(|(row, _)| !crates.contains(*row));
    missing.chain(stale.map(|(row, _)| format!("{row} is in no manifest"))).collect()
}

/// Versions that the document explains and Cargo.lock does not have.
fn gone(lock: &str, text: &str) -> Vec<String> {
    let lock: toml::Table = lock.parse().expect("Cargo.lock");
    let packages = lock["package"].as_array().expect("packages");
    let has = |name: &str, version: &str| {
        packages.iter().any(|package| {
            let found = package["version"].as_str().expect("a version");
            package["name"].as_str() == Some(name) && found.starts_with(&format!("{version}."))
        })
    };
    let twice = text.split("## What is there twice").nth(1).unwrap_or_default();
    let versions = rows(twice).flat_map(|(name, cells)| {
        cells[0].split(", ").map(|version| (name.to_owned(), version.to_owned())).collect::<Vec<_>>()
    });
    let lacks = versions.filter(|(name, version)| !has(name, version));
    lacks.map(|(name, version)| format!("{name} {version}")).collect()
}

pub fn are_explained() {
    let read = |name: &str| fs::read_to_string(root().join(name)).expect(name);
    let (manifest, text) = (read("Cargo.toml"), read("docs/DEPENDENCIES.md"));
    assert!(crates(&manifest).len() > 40, "{} crates", crates(&manifest).len());
    let found = unexplained(&manifest, &text);
    assert!(found.is_empty(), "docs/DEPENDENCIES.md and Cargo.toml differ\n{}", found.join("\n"));
    assert!(rows(text.split("## What is there twice").nth(1).unwrap_or_default()).count() > 5);
    let found = gone(&read("Cargo.lock"), &text);
    assert!(
        found.is_empty(),
        "docs/DEPENDENCIES.md explains what is not there any more\n{}",
        found.join("\n")
    );
}

/// The control.
pub fn one_without_a_row_is_found() {
    let manifest = "[dependencies]\na = \"1\"\nc-2 = { package = \"c\", version = \"2\" }\n[dev-dependencies]\nb = \"1\"\n";
    let text = "| `a` | why | MIT |\n| `c` | | MIT |\n| `d` | why | MIT |\n## What is there twice\n| `e` | 1.2, 0.3 | why |\n";
    assert_eq!(unexplained(manifest, text), ["b has no row", "c has no row", "d is in no manifest"]);
    let lock = "[[package]]\nname = \"e\"\nversion = \"0.3.1\"\n";
    assert_eq!(gone(lock, text), ["e 1.2"]);
}
