//! A camera's formats in `gpucam devices`.

use serde::Serialize;

use super::console::print_line;
use crate::Result;

/// A pixel format with its sizes.
#[derive(Debug, Serialize)]
pub(super) struct FormatLine {
    pub(super) format: String,
    pub(super) sizes: Vec<SizeLine>,
}

/// A size with its rates.
#[derive(Debug, Serialize)]
pub(super) struct SizeLine {
    pub(super) size: String,
    /// Frames per second.
    pub(super) rates: Vec<f64>,
}

/// A line for each format.
pub(super) fn print_formats(formats: &[FormatLine]) -> Result<()> {
    let size = |SizeLine { size, rates }: &SizeLine| {
        let rates: Vec<_> = rates.iter().map(f64::to_string).collect();
        if rates.is_empty() { size.clone() } else { format!("{size} ({} fps)", rates.join(", ")) }
    };
    formats.iter().try_for_each(|FormatLine { format, sizes }| {
        let sizes: Vec<_> = sizes.iter().map(size).collect();
        print_line(format_args!("    {format}: {}", sizes.join(", ")))
    })
}
