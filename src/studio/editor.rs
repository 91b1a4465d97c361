//! Opens a file in the user's editor.

use std::{
    env,
    ffi::OsString,
    io,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use crate::{Error, Result};

/// Editors that need a terminal around them.
const IN_TERMINAL: [&str; 14] = [
    "vi",
    "vim",
    "nvim",
    "nano",
    "micro",
    "hx",
    "helix",
    "kak",
    "joe",
    "ne",
    "mcedit",
    "ed",
    "emacs-nox",
    "editor",
];
/// Terminals to try after the one in TERMINAL; each runs what follows `-e`.
const TERMINALS: [&str; 9] = [
    "x-terminal-emulator",
    "foot",
    "alacritty",
    "kitty",
    "konsole",
    "xfce4-terminal",
    "gnome-terminal",
    "wezterm",
    "xterm",
];

/// Opens `path` in $VISUAL or $EDITOR, in a terminal if that needs one, else in what the desktop opens it with. Returns
/// at once.
///
/// # Errors
/// [`Error::System`] if none of them starts.
pub fn open(path: &Path) -> Result<()> {
    let named =
        ["VISUAL", "EDITOR"].into_iter().find_map(|name| env::var(name).ok().filter(|e| !e.is_empty()));
    let mut tried = Vec::new();
    for command in commands(named.as_deref(), env::var_os("TERMINAL"), path) {
        match start(&command) {
            Ok(()) => return Ok(()),
            Err(error) => tried.push(error),
        }
    }
    let source = tried.pop().unwrap_or_else(|| io::ErrorKind::NotFound.into());
    Err(Error::System { what: "an editor (name one in EDITOR)", source })
}

/// The commands to try, in order.
pub fn commands(editor: Option<&str>, terminal: Option<OsString>, path: &Path) -> Vec<Vec<OsString>> {
    let desktop = vec!["xdg-open".into(), path.into()];
    let Some(editor) = editor else { return vec![desktop] };
    let words: Vec<OsString> =
        editor.split_whitespace().map(OsString::from).chain([path.as_os_str().to_owned()]).collect();
    let program = Path::new(words.first().map_or("", |word| word.to_str().unwrap_or_default()));
    let program = program.file_name().unwrap_or_default().to_str().unwrap_or_default();
    if !IN_TERMINAL.contains(&program) {
        return vec![words, desktop];
    }
    let terminals = terminal.into_iter().chain(TERMINALS.map(OsString::from));
    let inside = terminals.map(|terminal| [terminal, "-e".into()].into_iter().chain(words.clone()).collect());
    inside.chain([desktop]).collect()
}

fn start(command: &[OsString]) -> io::Result<()> {
    let (program, arguments) = command.split_first().ok_or(io::ErrorKind::NotFound)?;
    let null = Stdio::null;
    let mut child = Command::new(program).args(arguments).stdin(null()).stdout(null()).spawn()?;
    // Nobody else waits for it.
    thread::spawn(move || drop(child.wait()));
    Ok(())
}
