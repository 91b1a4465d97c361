//! `gpucam service`: gpucam at every login, as a service of the user's systemd.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use clap::{Args, Subcommand};
use etcetera::BaseStrategy;

use super::{
    console::print_line,
    hint::{not_written, refused},
};
use crate::{Error, Result, video::file};

/// The unit as packages install it.
const UNIT: &str = include_str!("../../packaging/gpucam.service");
/// The name of the unit.
const NAME: &str = "gpucam.service";
/// The program in the unit.
const PACKAGED: &str = "/usr/bin/gpucam";
/// Is there where systemd runs the machine: sd_booted(3).
const BOOTED: &str = "/run/systemd/system";
/// Where packages put units.
const PACKAGED_UNITS: [&str; 2] = ["/usr/lib/systemd/user", "/usr/local/lib/systemd/user"];

/// `gpucam service`.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct ServiceArgs {
    #[command(subcommand)]
    command: ServiceCommand,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum ServiceCommand {
    /// Start gpucam now and at every login. The camera is off until a program watches.
    Install {
        /// Only write the unit and print its name.
        #[arg(long)]
        no_start: bool,
    },
    /// Stop gpucam, and do not start it any more.
    Uninstall,
    /// Show what systemd knows of it.
    Status,
    /// Show what it has said.
    Logs {
        /// Go on, as new lines come.
        #[arg(short, long)]
        follow: bool,
    },
}

impl ServiceArgs {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            ServiceCommand::Install { no_start } => install(no_start),
            ServiceCommand::Uninstall => uninstall(),
            ServiceCommand::Status => show("systemctl", &["--user", "status", "--no-pager", NAME]),
            ServiceCommand::Logs { follow: false } => {
                show("journalctl", &["--user", "--no-pager", "--lines=200", "--unit", NAME])
            }
            ServiceCommand::Logs { follow: true } => {
                show("journalctl", &["--user", "--follow", "--unit", NAME])
            }
        }
    }
}

/// The user's unit.
fn own_unit() -> Result<PathBuf> {
    let base = etcetera::choose_base_strategy()
        .map_err(|_| refused("there is no home folder for the service: set HOME"))?;
    Ok(base.config_dir().join("systemd/user").join(NAME))
}

/// The unit for this program.
pub(super) fn unit_for(program: &Path) -> String {
    // systemd's own quoting: spaces, and % as its specifier.
    let program = program.display().to_string().replace('%', "%%");
    let program = if program.contains(' ') { format!("\"{program}\"") } else { program };
    UNIT.replace(PACKAGED, &program)
}

fn install(no_start: bool) -> Result<()> {
    let program =
        env::current_exe().map_err(|source| Error::System { what: "the program's name", source })?;
    let (own, unit) = (own_unit()?, unit_for(&program));
    let packaged = PACKAGED_UNITS.iter().map(|folder| Path::new(folder).join(NAME));
    if !no_start && !Path::new(BOOTED).exists() {
        return Err(refused(
            "there is no systemd on this machine, so gpucam cannot be its service: let your desktop start `gpucam \
             --on-demand --wait` at login, or write the unit alone with `gpucam service install --no-start`",
        ));
    }
    let is_there = packaged.into_iter().any(|path| fs::read_to_string(path).is_ok_and(|text| text == unit));
    if is_there && !own.exists() {
        print_line(format_args!("{NAME} is there already, from the package"))?;
    } else {
        let not_written = |error: io::Error| not_written(&own, &error);
        let is_new = !own.exists();
        fs::create_dir_all(own.parent().unwrap_or(Path::new("/"))).map_err(not_written)?;
        fs::write(&own, unit).map_err(not_written)?;
        if !no_start && let Err(error) = systemctl(&["daemon-reload"]) {
            // Nothing stays of what cannot be used.
            if is_new {
                drop(file::remove(&own));
            }
            return Err(error);
        }
        print_line(own.display())?;
    }
    if no_start {
        return Ok(());
    }
    systemctl(&["enable", NAME])?;
    // A new unit, or another program, counts at once.
    systemctl(&["restart", NAME])?;
    print_line("gpucam runs, and will at every login; `gpucam status` shows what it does")
}

fn uninstall() -> Result<()> {
    let own = own_unit()?;
    systemctl(&["disable", "--now", NAME])?;
    match file::remove(&own) {
        Ok(true) => print_line(format_args!("{} is removed", own.display()))?,
        Ok(false) => {}
        Err(error) => {
            return Err(refused(format!("cannot remove {}: {error}; remove it yourself", own.display())));
        }
    }
    systemctl(&["daemon-reload"])
}

fn run(program: &str, arguments: &[&str]) -> Result<ExitStatus> {
    let failed =
        |error| format!("{program} cannot be started ({error}); is there a systemd on this machine?");
    Command::new(program).args(arguments).status().map_err(|error| refused(failed(error)))
}

fn systemctl(arguments: &[&str]) -> Result<()> {
    let all: Vec<_> = ["--user"].iter().chain(arguments).copied().collect();
    match run("systemctl", &all)?.success() {
        true => Ok(()),
        false => Err(refused(format!(
            "`systemctl {}` has failed; `gpucam service logs` may say why",
            all.join(" ")
        ))),
    }
}

/// Runs a program that talks to the user; what it says is enough.
fn show(program: &str, arguments: &[&str]) -> Result<()> {
    match run(program, arguments)?.code() {
        Some(0) => Ok(()),
        // A service that does not run is nothing that went wrong here.
        code => std::process::exit(code.unwrap_or(1)),
    }
}
