//! Landlock: which files may be opened, and how.

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr,
    RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

use super::policy::Policy;

/// The newest version whose rights are meant here; where the kernel has an older one, it holds what that one knows.
const KNOWN: ABI = ABI::V6;

/// Holds the calling thread and all that it starts to the policy, for good.
///
/// # Errors
/// Why it does not hold, in words.
pub(super) fn hold(policy: &Policy) -> Result<(), String> {
    let status =
        ruleset(policy).and_then(RulesetCreated::restrict_self).map_err(|error| error.to_string())?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err("this kernel has no Landlock".into()),
        _ => Ok(()),
    }
}

/// The policy as rules of the kernel. Paths that do not exist are left out.
pub(super) fn ruleset(policy: &Policy) -> Result<RulesetCreated, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let device = read | AccessFs::WriteFile | AccessFs::IoctlDev;
    // Neither devices nor links nor sockets are made.
    let write = read
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir
        | AccessFs::Refer;
    let execute: BitFlags<AccessFs> = AccessFs::Execute | AccessFs::ReadFile;
    Ruleset::default()
        .handle_access(AccessFs::from_all(KNOWN))?
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(Scope::Signal)?
        .create()?
        .add_rules(path_beneath_rules(&policy.read, read))?
        .add_rules(path_beneath_rules(&policy.devices, device))?
        .add_rules(path_beneath_rules(&policy.write, write))?
        .add_rules(path_beneath_rules(&policy.execute, execute))
}
