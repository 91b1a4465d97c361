//! Which file imports which, read from the text of the sources, and the circles in that.
//!
//! An arrow goes from a file to the file that defines a name it uses: by `use`, or by a path such as
//! `crate::gpu::Gpu` or `passes::blur`. Declarations (`mod x;`) are no arrows. A re-export (`pub use`) is none
//! either, unless the file that has it uses the name itself; whoever imports the name gets an arrow to the file
//! that defines it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt::Write,
};

use super::lexer::tokens;

/// From which file to which, by which names.
pub type Arrows = BTreeMap<(String, String), BTreeSet<String>>;

type Path<'t> = Vec<&'t str>;

/// A module's file, as far as it matters here.
#[derive(Default)]
struct Module<'t> {
    file: &'t str,
    /// Declared by `mod x;`.
    children: HashSet<&'t str>,
    /// Defined at the top of the file.
    items: HashSet<&'t str>,
    /// By `macro_rules!`.
    macros: HashSet<&'t str>,
    uses: Vec<Use<'t>>,
    /// Paths outside of `use`.
    paths: Vec<Path<'t>>,
    /// Words outside of `use`, and the first of each path.
    words: HashSet<&'t str>,
}

/// One name that is imported.
struct Use<'t> {
    path: Path<'t>,
    /// What it is called here; none for `*`.
    name: Option<&'t str>,
    is_public: bool,
}

/// Modules by their path: `["gpu", "plane"]` is `src/gpu/plane.rs`.
type Modules<'t> = HashMap<Path<'t>, Module<'t>>;

/// Where a path leads.
#[derive(Clone)]
enum Target<'t> {
    Module(Path<'t>),
    /// By its file and its name.
    Item(&'t str, &'t str),
}

/// All arrows between `files`, which are named by their paths below `src`.
pub fn arrows(files: &BTreeMap<String, String>) -> Arrows {
    let modules = files.iter().filter(|(file, _)| *file != "main.rs");
    let modules: Modules<'_> =
        modules.map(|(file, text)| (path_of(file), Module::read(file, text))).collect();
    let mut arrows = Arrows::new();
    for (at, module) in &modules {
        let mut add = |path: &Path<'_>| {
            if let Some(Target::Item(file, name)) = resolve(&modules, at, path, &mut HashSet::new())
                && file != module.file
            {
                arrows.entry((module.file.into(), file.into())).or_default().insert(name.into());
            }
        };
        for used in &module.uses {
            if !used.is_public || used.name.is_some_and(|name| module.words.contains(name)) {
                add(&used.path);
            }
        }
        module.paths.iter().for_each(&mut add);
    }
    arrows
}

fn path_of(file: &str) -> Path<'_> {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if path == "lib" { Vec::new() } else { path.split('/').collect() }
}

/// Where `path` leads from module `at`; none where it leaves the crate.
fn resolve<'t>(
    modules: &Modules<'t>,
    at: &Path<'t>,
    path: &[&'t str],
    asked: &mut HashSet<(Path<'t>, Path<'t>)>,
) -> Option<Target<'t>> {
    if !asked.insert((at.clone(), path.to_vec())) {
        return None; // a re-export of itself
    }
    let (first, rest) = path.split_first()?;
    let mut now = match *first {
        "crate" => Target::Module(Vec::new()),
        "self" => Target::Module(at.clone()),
        "super" => Target::Module(at[..at.len().checked_sub(1)?].to_vec()),
        name => lookup(modules, at, name, asked)?,
    };
    for name in rest {
        now = match now {
            Target::Module(module) if *name == "super" => {
                Target::Module(module[..module.len().checked_sub(1)?].to_vec())
            }
            // What a macro made there, for example.
            Target::Module(module) => {
                let file = modules.get(&module)?.file;
                lookup(modules, &module, name, asked).unwrap_or(Target::Item(file, name))
            }
            item => item, // a variant, a function of a type
        };
    }
    Some(now)
}

/// What `name` is in module `at`.
fn lookup<'t>(
    modules: &Modules<'t>,
    at: &Path<'t>,
    name: &'t str,
    asked: &mut HashSet<(Path<'t>, Path<'t>)>,
) -> Option<Target<'t>> {
    let module = modules.get(at)?;
    if module.children.contains(name) {
        return Some(Target::Module([at.as_slice(), &[name]].concat()));
    }
    if module.items.contains(name) {
        return Some(Target::Item(module.file, name));
    }
    let named = module.uses.iter().find(|used| used.name == Some(name));
    if let Some(used) = named {
        return resolve(modules, at, &used.path, asked);
    }
    // A macro that is exported stands at the crate's root, wherever it is defined.
    if at.is_empty()
        && let Some(module) = modules.values().find(|module| module.macros.contains(name))
    {
        return Some(Target::Item(module.file, name));
    }
    module.uses.iter().filter(|used| used.name.is_none()).find_map(|used| {
        match resolve(modules, at, &used.path, asked)? {
            Target::Module(from) if from != *at => lookup(modules, &from, name, asked),
            _ => None,
        }
    })
}

impl<'t> Module<'t> {
    fn read(file: &'t str, text: &'t str) -> Self {
        let tokens = tokens(text);
        let mut module = Self { file, ..Self::default() };
        let (mut at, mut depth) = (0, 0);
        while at < tokens.len() {
            let before = |n: usize| at.checked_sub(n).map_or("", |i| tokens[i]);
            let after = |n: usize| tokens.get(at + n).copied().unwrap_or_default();
            match tokens[at] {
                "{" => depth += 1,
                "}" => depth -= 1,
                "use" if after(1) != "<" => {
                    let for_docs = tokens[..at].ends_with(&["cfg", "(", "doc", ")", "]"]);
                    let is_public = matches!(before(1), "pub" | ")");
                    let mut end = at + 1;
                    let mut found = Vec::new();
                    tree(&tokens, &mut end, &mut Vec::new(), &mut found);
                    if !for_docs {
                        module.uses.extend(found.into_iter().map(|(path, name)| Use {
                            path,
                            name,
                            is_public,
                        }));
                    }
                    at = end;
                }
                "mod" if after(2) == ";" => {
                    module.children.insert(after(1));
                }
                "macro_rules" => {
                    module.macros.insert(after(2));
                }
                "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" | "union" if depth == 0 => {
                    module.items.insert(if after(1) == "mut" { after(2) } else { after(1) });
                }
                word if is_word(word) && before(1) != "::" => {
                    let mut path = vec![word];
                    while tokens.get(at + 1) == Some(&"::") && tokens.get(at + 2).is_some_and(|w| is_word(w))
                    {
                        path.push(tokens[at + 2]);
                        at += 2;
                    }
                    module.words.insert(word);
                    if path.len() > 1 {
                        module.paths.push(path);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        module
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Reads a tree of `use` from `at` to its end, each name with its path.
fn tree<'t>(
    tokens: &[&'t str],
    at: &mut usize,
    prefix: &mut Path<'t>,
    found: &mut Vec<(Path<'t>, Option<&'t str>)>,
) {
    let length = prefix.len();
    loop {
        match tokens[*at] {
            "{" => {
                while tokens[*at] != "}" {
                    *at += 1;
                    if tokens[*at] != "}" {
                        tree(tokens, at, prefix, found);
                    }
                }
                *at += 1;
                break;
            }
            "*" => {
                found.push((prefix.clone(), None));
                *at += 1;
                break;
            }
            "::" => *at += 1,
            word => {
                // `a::{self}` is a.
                if word != "self" || prefix.is_empty() {
                    prefix.push(word);
                }
                *at += 1;
                if tokens[*at] != "::" {
                    let name = if tokens[*at] == "as" {
                        *at += 2;
                        tokens[*at - 1]
                    } else {
                        *prefix.last().expect("a name")
                    };
                    found.push((prefix.clone(), Some(name)));
                    break;
                }
            }
        }
    }
    prefix.truncate(length);
}

/// An arrow in words.
pub fn line(from: &str, to: &str, names: &BTreeSet<String>) -> String {
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    format!("  {from} ─▶ {to}  {}", names.join(", "))
}

/// The circles: files that all reach each other, with the arrows between them.
pub fn circles(arrows: &Arrows) -> Vec<String> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in arrows.keys() {
        next.entry(from).or_default().push(to);
    }
    let reach: BTreeMap<&str, BTreeSet<&str>> = next
        .keys()
        .map(|&from| {
            let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
            while let Some(file) = open.pop() {
                open.extend(next.get(file).into_iter().flatten().copied().filter(|to| seen.insert(*to)));
            }
            (from, seen)
        })
        .collect();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for (&file, reached) in &reach {
        if !reached.contains(file) || known.contains(file) {
            continue;
        }
        let together: Vec<&str> = reached
            .iter()
            .copied()
            .filter(|to| reach.get(to).is_some_and(|back| back.contains(file)))
            .collect();
        known.extend(together.iter().copied());
        let mut text = together.join(" and ");
        for ((from, to), names) in arrows {
            if together.contains(&from.as_str()) && together.contains(&to.as_str()) {
                let _ = write!(text, "\n{}", line(from, to, names));
            }
        }
        found.push(text);
    }
    found
}
