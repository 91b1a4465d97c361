//! What the tests share: how a test is declared, where the vectors are, when a GPU is required.

pub mod cards;
pub mod gpu;
pub mod report;

use std::{env, path::PathBuf};

use libtest_mimic::Trial;

/// A test that needs nothing but the crate.
pub fn test(name: &str, run: fn()) -> Trial {
    Trial::test(name, move || {
        run();
        Ok(())
    })
}

/// Whether `GPUCAM_TESTS=slow-gpu` asks to leave out what only repeats on more data what another test does:
/// for drivers that compile a kernel in seconds.
pub fn gpu_is_slow() -> bool {
    env::var("GPUCAM_TESTS").is_ok_and(|v| v == "slow-gpu")
}

/// A test that needs an adapter: fails without one, unless `GPUCAM_TESTS=no-gpu`, when it shows as ignored.
pub fn gpu_test(name: &str, run: fn()) -> Trial {
    test(name, run).with_ignored_flag(env::var("GPUCAM_TESTS").is_ok_and(|v| v == "no-gpu"))
}

/// Files that are not in the repository, by the environment variable that says where they are.
#[derive(Clone, Copy, Debug)]
pub enum Files {
    /// `GPUCAM_MODELS`: the six .tflite files of the catalogue.
    Models,
    /// `GPUCAM_VECTORS`: inputs and outputs of the models, and the card frames.
    Vectors,
    /// `GPUCAM_MEDIA`: photos and a clip.
    Media,
}

impl Files {
    /// The folder, if the variable is set.
    pub fn folder(self) -> Option<PathBuf> {
        let variable = match self {
            Self::Models => "GPUCAM_MODELS",
            Self::Vectors => "GPUCAM_VECTORS",
            Self::Media => "GPUCAM_MEDIA",
        };
        env::var_os(variable).map(PathBuf::from)
    }

    /// A file in the folder; only for tests declared with [`file_test`].
    pub fn path(self, name: &str) -> PathBuf {
        self.folder().expect("declared with file_test").join(name)
    }
}

/// Shows `trial` as ignored where one of the folders it needs is not named.
pub fn needs(files: &[Files], trial: Trial) -> Trial {
    let missing = files.iter().any(|f| f.folder().is_none());
    if missing { trial.with_ignored_flag(true) } else { trial }
}
