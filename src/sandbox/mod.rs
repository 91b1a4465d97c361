//! The sandbox of a run, held by the kernel: from the moment its arguments are read, the process can open no network
//! connection, debug no other program, start none but ffmpeg, and open no file that its run has no use for.
//!
//! Landlock holds the files ([`Policy`] lists them, docs/SANDBOX.md says why), a filter of system calls (seccomp)
//! the rest. Landlock holds for one thread and those that it starts, so a run enters before it starts any; cameras,
//! drivers and virtual cameras are opened inside, which also lets them be opened again later.

mod calls;
mod child;
mod drivers;
mod files;
mod kernel;
mod policy;
mod state;

pub use self::{
    child::confine,
    kernel::{Support, support},
    policy::Policy,
    state::{Entered, confine_children, is_active, keeps_from},
};

/// What every run opens: the system, cameras, the drivers and their caches, gpucam's own folders.
pub fn policy() -> Policy {
    let mut policy = Policy::of_run();
    drivers::allow(&mut policy);
    policy
}

/// Gives up what a run does not need, for the rest of this process. Where the kernel lacks a part, the other one
/// holds; `gpucam doctor` says so.
pub fn enter(policy: &Policy) -> Entered {
    *state::ENTERED.get_or_init(|| {
        let files = policy.all_files.map_or_else(|| files::hold(policy), |why| Err(why.into()));
        // Where Landlock holds, it says which programs may be started, and says it for each of them.
        let calls = calls::hold(files.is_ok() || !policy.execute.is_empty());
        for why in [&files, &calls].into_iter().filter_map(|held| held.as_ref().err()) {
            tracing::info!("a part of the sandbox is missing: {why}");
        }
        let entered = Entered { files: files.is_ok(), calls: calls.is_ok() };
        tracing::info!(files = entered.files, calls = entered.calls, "in the sandbox");
        entered
    })
}
