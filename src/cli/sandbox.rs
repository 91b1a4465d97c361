//! What a run needs to open, for its sandbox.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use clap::Args;

use super::{args::EngineArgs, config, outputs::is_live};
use crate::{
    Effects, Error, Result,
    live::lock_folder,
    model::catalogue::{self, CatalogueEntry, ModelChoice, ModelFolders},
    pipeline::Look,
    sandbox::{self, Policy},
    segmenter::InferenceEngine,
    video::{self, holders, producer},
};

/// Whether the run gives up what it does not need.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Sandbox")]
pub(super) struct SandboxArgs {
    /// Run without the sandbox: gpucam keeps the right to open network connections, all of your files and other
    /// programs, and a picture, video or model that was made to attack it could use them.
    #[arg(long)]
    no_sandbox: bool,
}

/// The files of a run.
#[derive(Debug, Default)]
pub(super) struct RunFiles {
    pub(super) reads: Vec<PathBuf>,
    pub(super) writes: Vec<PathBuf>,
    /// Programs that it starts beside ffmpeg.
    pub(super) starts: Vec<PathBuf>,
    /// How often the model looks at a frame, for the second one.
    pub(super) look: Look,
    /// Whether the learnt room is kept.
    pub(super) keeps_room: bool,
}

impl SandboxArgs {
    /// Enters the sandbox of a run with these files. What its presets name counts, too, if it has any: `presets` are
    /// the flags that they may hold. A model that it needs is fetched before, by another process.
    pub(super) fn enter(
        self,
        presets: Option<&clap::Command>,
        engine: Option<&EngineArgs>,
        files: RunFiles,
    ) -> Result<()> {
        if self.no_sandbox {
            tracing::info!("no sandbox: --no-sandbox");
            return Ok(());
        }
        if let Some(engine) = engine.filter(|engine| !engine.offline) {
            fetch_apart(engine.model.as_deref())?;
            let wants_second = match files.look {
                Look::Once => false,
                Look::Twice => true,
                // Which one is chosen is known only with the GPU open.
                Look::Auto => has_render_node(),
            };
            if wants_second && engine.engine == InferenceEngine::Fast {
                let second = catalogue::second();
                // Without it the model looks once, which is said then.
                if ModelFolders::from_env().find(second).is_ok_and(|found| found.is_none()) {
                    let _ = fetch(second);
                }
            }
        }
        let seen = holders::of_all_devices();
        let mut policy = sandbox::policy();
        lock_folder().into_iter().flatten().for_each(|folder| policy.may_make(folder));
        for path in files.reads.iter().filter(|path| is_file(path)) {
            policy.may_read(path);
        }
        for path in files.writes.iter().filter(|path| !is_live(path) && !video::is_standard_stream(path)) {
            policy.may_write(path);
        }
        if files.keeps_room {
            policy.may_keep_rooms();
        }
        if let Some(flags) = presets {
            if files.writes.iter().all(|path| is_live(path)) {
                // What is not there cannot be allowed, and a model may be fetched while this runs.
                ModelFolders::from_env().data.into_iter().for_each(|folder| drop(fs::create_dir_all(folder)));
            }
            allow_presets(flags, &mut policy);
        }
        files.starts.iter().for_each(|program| policy.may_start(program.as_os_str()));
        if files.writes.iter().all(|path| is_live(path)) && producer::hides_consumers() {
            // Landlock would hide the programs that watch.
            policy.all_files = Some("v4l2loopback before 0.13 does not say who watches, so files stay open");
        }
        if sandbox::enter(&policy).files {
            // Landlock hides the descriptors of other processes.
            holders::keep(seen);
        }
        Ok(())
    }
}

fn is_file(path: &Path) -> bool {
    !video::is_standard_stream(path) && path.exists()
}

/// Allows what presets name, which may be chosen later.
fn allow_presets(flags: &clap::Command, policy: &mut Policy) {
    for (flag, values) in config::all_values(flags) {
        if flag == "keep-room" {
            policy.may_keep_rooms();
        }
        let effects = if flag == "effect" { Effects::parse_all(&values).ok() } else { None };
        let named = values.iter().filter(|_| ["input", "model"].contains(&flag.as_str())).map(PathBuf::from);
        let files = effects.iter().flat_map(Effects::files).map(PathBuf::from).chain(named);
        files.filter(|path| is_file(path)).for_each(|path| policy.may_read(&path));
    }
}

/// Fetches a model that is not on this machine, in a process that ends before this one opens anything.
///
/// # Errors
/// Those of finding it, and of starting the process. If that fails it says why, and this process ends too.
pub(super) fn fetch_apart(model: Option<&str>) -> Result<()> {
    let ModelChoice::Named(entry) = ModelChoice::parse(model)? else { return Ok(()) };
    if ModelFolders::from_env().find(entry)?.is_some() {
        return Ok(());
    }
    match fetch(entry)?.code() {
        Some(0) => Ok(()),
        code => std::process::exit(code.unwrap_or(1)),
    }
}

fn fetch(entry: &CatalogueEntry) -> Result<ExitStatus> {
    let program = env::current_exe().unwrap_or_else(|_| "gpucam".into());
    let status = Command::new(program).args(["models", "fetch", "--for-run", &entry.name]).status();
    status.map_err(|source| Error::System { what: "fetching a model", source })
}

/// Whether there is a GPU's node.
pub(super) fn has_render_node() -> bool {
    let mut nodes = fs::read_dir("/dev/dri").into_iter().flatten().flatten();
    let renders = |node: fs::DirEntry| node.file_name().to_string_lossy().starts_with("renderD");
    nodes.any(renders) || Path::new("/dev/nvidiactl").exists()
}
