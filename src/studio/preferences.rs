//! What the window remembers between two starts: backgrounds and shaders that were used, a folder, light or dark.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};

use crate::files;

/// Most files that are remembered of a kind.
const KEPT: usize = 12;
/// Most backgrounds that are offered.
const OFFERED: usize = 60;

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the desktop has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Light or dark.
    pub theme: Theme,
    /// The folder of backgrounds; none for `gpucam` in the user's pictures.
    pub folder: Option<PathBuf>,
    /// Backgrounds, the last used first.
    pub recent: Vec<PathBuf>,
    /// Shaders, the last used first.
    pub shaders: Vec<PathBuf>,
    /// Where this is kept; none in tests.
    #[serde(skip)]
    pub file: Option<PathBuf>,
}

impl Preferences {
    /// That of this user; empty if there is none or it is damaged.
    pub fn of_user() -> Self {
        let strategy = etcetera::choose_base_strategy().ok();
        let folder = strategy.and_then(|base| base.state_dir().or_else(|| Some(base.data_dir())));
        let Some(file) = folder.map(|folder| folder.join("gpucam/studio.json")) else {
            return Self::default();
        };
        let text = fs::read_to_string(&file).unwrap_or_default();
        Self { file: Some(file), ..serde_json::from_str(&text).unwrap_or_default() }
    }

    /// Writes it. If that fails, the next start knows less.
    pub fn save(&self) {
        let Some(file) = &self.file else { return };
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::from);
        if let Err(error) = text.and_then(|text| files::replace(file, &text)) {
            tracing::debug!("{}: {error}", file.display());
        }
    }

    /// Remembers that a file was used.
    pub fn used(&mut self, path: &Path) {
        let is_shader = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("wgsl"));
        let list = if is_shader { &mut self.shaders } else { &mut self.recent };
        if list.contains(&path.to_path_buf()) {
            return; // the order on the screen stays
        }
        list.insert(0, path.into());
        list.truncate(KEPT);
    }

    /// The folder of backgrounds.
    pub fn backgrounds_folder(&self) -> PathBuf {
        let pictures = || etcetera::home_dir().unwrap_or_default().join("Pictures/gpucam");
        self.folder.clone().unwrap_or_else(pictures)
    }

    /// The backgrounds that are there: those used, then those in the folder.
    pub fn backgrounds(&self) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = self.recent.iter().filter(|path| path.is_file()).cloned().collect();
        let inside = fs::read_dir(self.backgrounds_folder()).into_iter().flatten().flatten();
        let mut inside: Vec<PathBuf> =
            inside.map(|entry| entry.path()).filter(|path| is_picture(path)).collect();
        inside.sort();
        for path in inside {
            if !found.contains(&path) {
                found.push(path);
            }
        }
        found.truncate(OFFERED);
        found
    }
}

/// Whether a file's name is one of a picture.
pub fn is_picture(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ["png", "jpg", "jpeg", "webp"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}
