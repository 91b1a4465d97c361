//! Shared by all tests: declaring a test, the folders of test files, whether a GPU is required.

pub mod cards;
pub mod gpu;
pub mod report;

use std::{env, path::PathBuf};

use libtest_mimic::Trial;

/// A test that needs no GPU and no files.
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

/// A test that needs an adapter: it fails without one, or counts as ignored if `GPUCAM_TESTS=no-gpu`.
pub fn gpu_test(name: &str, run: fn()) -> Trial {
    test(name, run).with_ignored_flag(env::var("GPUCAM_TESTS").is_ok_and(|v| v == "no-gpu"))
}

/// Folders of files that are not in the repository, each named by an environment variable.
#[derive(Clone, Copy, Debug)]
pub enum Files {
    /// `GPUCAM_MODELS`: the six .tflite files of the catalogue.
    Models,
    /// `GPUCAM_VECTORS`: inputs and outputs of the models, and the card frames.
    Vectors,
    /// `GPUCAM_MEDIA`: photos and a clip.
    Media,
    /// `GPUCAM_FIELD`: frames as cameras send them.
    Field,
}

impl Files {
    /// The folder, if the variable is set.
    pub fn folder(self) -> Option<PathBuf> {
        let variable = match self {
            Self::Models => "GPUCAM_MODELS",
            Self::Vectors => "GPUCAM_VECTORS",
            Self::Media => "GPUCAM_MEDIA",
            Self::Field => "GPUCAM_FIELD",
        };
        env::var_os(variable).map(PathBuf::from)
    }

    /// A file in the folder; only for trials that went through [`needs`].
    pub fn path(self, name: &str) -> PathBuf {
        self.folder().expect("declared with needs").join(name)
    }
}

/// Marks `trial` as ignored unless the variables of all folders it needs are set.
pub fn needs(files: &[Files], trial: Trial) -> Trial {
    let missing = files.iter().any(|f| f.folder().is_none());
    if missing { trial.with_ignored_flag(true) } else { trial }
}
