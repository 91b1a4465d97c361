//! Files that are not in the repository, and tests that need them.

use std::{env, path::PathBuf, process};

use gpucam::internals::model::catalogue::{self, ModelFolders};
use libtest_mimic::Trial;

use super::{
    test,
    trials::{Missing, trial},
};

/// Files that are not in the repository.
#[derive(Clone, Copy, Debug)]
pub enum Files {
    /// The model with this name.
    Model(&'static str),
    /// Every model of the catalogue.
    Models,
    /// Inputs and outputs of the models, and the card frames.
    Vectors,
    /// Photos and a clip.
    Media,
    /// A real person before real rooms, with their alpha.
    Real,
    /// Frames as cameras send them, odd and broken ones too.
    Field,
}

impl Files {
    /// The default model, which `make demo` fetches.
    pub const MODEL: Self = Self::Model("selfie-landscape");

    /// All that only the maintainers have.
    pub const OF_MAINTAINERS: [Self; 4] = [Self::Vectors, Self::Media, Self::Real, Self::Field];

    /// The environment variable that names the folder.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Model(_) | Self::Models => "GPUCAM_MODELS",
            Self::Vectors => "GPUCAM_VECTORS",
            Self::Media => "GPUCAM_MEDIA",
            Self::Real => "GPUCAM_REAL",
            Self::Field => "GPUCAM_FIELD",
        }
    }

    /// The folder. Models are in `$GPUCAM_MODELS`, or where `gpucam models fetch` puts them.
    fn folder(self) -> Option<PathBuf> {
        let variable = self.variable();
        let named = env::var_os(variable).filter(|folder| !folder.is_empty()).map(PathBuf::from);
        if let Some(folder) = named.as_ref().filter(|folder| !folder.is_dir()) {
            eprintln!("{variable} names {}, which is no folder", folder.display());
            process::exit(2);
        }
        match self {
            Self::Model(_) | Self::Models => named.or(ModelFolders::from_env().data),
            _ => named,
        }
    }

    /// The names of the models that are needed and not there.
    fn missing_models(self) -> Vec<&'static str> {
        let needed = catalogue::entries().iter().filter(|entry| match self {
            Self::Model(name) => entry.name == name,
            Self::Models => true,
            _ => false,
        });
        let is_there = |file: &str| self.folder().is_some_and(|folder| folder.join(file).exists());
        needed.filter(|entry| !is_there(&entry.file)).map(|entry| entry.name.as_str()).collect()
    }

    /// What is missing of all that is needed. What nobody can fetch comes first.
    fn missing(needed: &[Self]) -> Option<Missing> {
        let kept = needed.iter().filter(|files| !matches!(files, Self::Model(_) | Self::Models));
        if let Some(files) = kept.clone().find(|files| files.folder().is_none()) {
            return Some(format!("{}, which only the maintainers have", files.variable()).into());
        }
        let names: Vec<_> = needed.iter().flat_map(|files| files.missing_models()).collect();
        let word = if names.len() == 1 { "model" } else { "models" };
        let (list, words) = (names.join(", "), names.join(" "));
        let is_named = env::var_os(Self::Models.variable()).is_some_and(|folder| !folder.is_empty());
        let (place, group) = match is_named {
            true => (" in GPUCAM_MODELS".to_owned(), "models that are not in GPUCAM_MODELS"),
            false => (
                format!(": cargo run -- models fetch {words}"),
                "models that were not fetched: cargo run -- models fetch --all",
            ),
        };
        (!names.is_empty())
            .then(|| Missing { what: format!("the {word} {list}{place}"), group: group.into() })
    }

    /// A file in the folder; only for tests that [`needs`] declares.
    pub fn path(self, name: &str) -> PathBuf {
        self.folder().expect("declared with needs").join(name)
    }
}

/// The folder of models, for a program that a test starts.
pub fn models() -> PathBuf {
    std::fs::canonicalize(Files::Models.path(".")).expect("declared with needs")
}

/// The file of the model with this name; only for tests that [`needs`] declares.
pub fn model_file(name: &str) -> PathBuf {
    let entry = catalogue::by_name(name).expect("a model of the catalogue");
    Files::Models.path(&entry.file)
}

/// Marks the test `of` as ignored unless all files that it needs are there.
pub fn needs(files: &[Files], of: Trial) -> Trial {
    match Files::missing(files) {
        Some(what) => trial(of.name(), || Err(what), || ()),
        None => of,
    }
}

/// A test for each model of the catalogue, which needs that model alone.
pub fn each_model(name: &str, run: fn(&str)) -> impl Iterator<Item = Trial> {
    catalogue::entries().iter().map(move |entry| {
        let model = entry.name.as_str();
        needs(&[Files::Model(model)], test(&format!("{name}::{model}"), move || run(model)))
    })
}
