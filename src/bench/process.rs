//! Memory of this process, as counted by the kernel (proc(5)).

use std::fs;

/// Resident memory in MiB: current and peak.
pub fn resident_mib() -> Option<(f64, f64)> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok().map(|kib| kib / 1024.0)
    };
    Some((field("VmRSS:")?, field("VmHWM:").or_else(|| field("VmRSS:"))?))
}
