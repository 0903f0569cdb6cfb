//! Memory of this process, as the kernel counts it.

/// Resident memory in bytes: now, and at its peak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resident {
    /// Now.
    pub now: u64,
    /// The most there ever was.
    pub peak: u64,
}

/// What `/proc/self/status` says; `None` where there is none, as on macOS.
pub fn resident() -> Option<Resident> {
    of_status(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// Forgets the peak: the next one is counted from now on. Where the kernel can't, the old one stays.
pub fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn of_status(status: &str) -> Option<Resident> {
    let bytes = |name: &str| {
        let kibibytes = status.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB"))?;
        Some(kibibytes.parse::<u64>().ok()? * 1024)
    };
    Some(Resident { now: bytes("VmRSS:")?, peak: bytes("VmHWM:")? })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn the_kernel_counts_kibibytes() {
        let status = "Name:\tbench\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t1\n";
        assert_eq!(of_status(status), Some(Resident { now: 1 << 20, peak: 2 << 20 }));
        assert_eq!(of_status("Name:\tbench\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_memory() {
        let resident = resident().unwrap();
        assert!(resident.now > 0 && resident.peak >= resident.now);
    }
}
