use super::console::print_line;
use crate::{Result, gpu};

/// `gpucam adapters`: which is the default, and which is chosen for speed.
pub(super) fn list() -> Result<()> {
    let lines = gpu::adapters()?;
    let infos: Vec<_> = lines.iter().map(|line| line.info.clone()).collect();
    let fastest = gpu::fastest(&infos);
    lines.iter().try_for_each(|line| {
        let note = match line.index {
            _ if lines.len() == 1 => "",
            0 if fastest == 0 => "  default",
            0 => "  default, --adapter power",
            index if index == fastest => "  --adapter speed",
            _ => "",
        };
        print_line(format_args!("{line}{note}"))
    })
}
