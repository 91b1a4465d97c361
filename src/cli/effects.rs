use super::session::say;
use crate::{Result, effects};

/// `gpucam effects`
pub(super) fn list() -> Result<()> {
    for kind in effects::ALL {
        say(format_args!("{:<10} {}", kind.name, kind.summary))?;
        for p in kind.parameters {
            let (least, most) = p.range;
            say(format_args!("  {}={least}..{most}  {} [default: {}]", p.name, p.summary, p.default))?;
        }
    }
    Ok(())
}
