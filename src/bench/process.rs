//! CPU time and memory of this process, as counted by the kernel (proc(5)).

use std::fs;

/// CPU time of all threads in milliseconds; `None` if the kernel does not provide it.
pub fn cpu_ms() -> Option<f64> {
    // Nanoseconds on the CPU per thread; threads that have ended are missing.
    let by_thread = || -> Option<f64> {
        let mut total = 0.0;
        for task in fs::read_dir("/proc/self/task").ok()? {
            let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            total += text.split_whitespace().next()?.parse::<f64>().ok()?;
        }
        (total > 0.0).then_some(total * 1e-6)
    };
    by_thread().or_else(|| {
        // Ticks of 10 ms, user and system: fields 14 and 15, counted after the name in brackets.
        let text = fs::read_to_string("/proc/self/stat").ok()?;
        let mut fields = text.rsplit(')').next()?.split_whitespace().skip(11);
        let mut next = || fields.next()?.parse::<f64>().ok();
        Some((next()? + next()?) * 10.0)
    })
}

/// Resident memory in MiB: current and peak.
pub fn resident_mib() -> Option<(f64, f64)> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok().map(|kib| kib / 1024.0)
    };
    Some((field("VmRSS:")?, field("VmHWM:").or_else(|| field("VmRSS:"))?))
}
