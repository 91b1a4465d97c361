use super::console::print_line;
use crate::{Result, gpu};

/// `gpucam adapters`
pub(super) fn list() -> Result<()> {
    gpu::adapters()?.iter().try_for_each(print_line)
}
