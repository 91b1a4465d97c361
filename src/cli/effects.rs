use super::session::say;
use crate::{Result, effects};

/// `gpucam effects`
pub(super) fn list() -> Result<()> {
    for kind in effects::ALL {
        say(format_args!("{:<10} {}", kind.name, kind.summary))?;
        for p in kind.parameters {
            say(format_args!("  {p}"))?;
        }
    }
    Ok(())
}
