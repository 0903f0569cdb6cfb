//! What the process takes of the machine, under the names that are usual for that. Only Linux tells.

use super::page::Page;

#[cfg(target_os = "linux")]
pub(super) fn write(page: &mut Page) {
    use procfs::WithCurrentSystemInfo as _;

    let own = procfs::process::Process::myself();
    let Ok((own, stat)) = own.and_then(|own| own.stat().map(|stat| (own, stat))) else { return };
    let ticks = procfs::ticks_per_second() as f64;
    let one = |value: f64| [(Vec::new(), value)];
    page.counter(
        "process_cpu_seconds",
        "Time that processors spent on this process, seconds.",
        one((stat.utime + stat.stime) as f64 / ticks),
    );
    page.gauge("process_resident_memory_bytes", "Memory in use.", one(stat.rss_bytes().get() as f64));
    page.gauge("process_virtual_memory_bytes", "Addresses in use, bytes.", one(stat.vsize as f64));
    page.gauge("process_threads", "Threads.", one(stat.num_threads as f64));
    if let Ok(count) = own.fd_count() {
        page.gauge("process_open_fds", "Open files, sockets and the like.", one(count as f64));
    }
    if let Ok(limits) = own.limits()
        && let procfs::process::LimitValue::Value(most) = limits.max_open_files.soft_limit
    {
        page.gauge("process_max_fds", "How many may be open.", one(most as f64));
    }
    if let Ok(booted) = procfs::boot_time_secs() {
        let started = booted as f64 + stat.starttime as f64 / ticks;
        page.gauge("process_start_time_seconds", "When it started, seconds since 1970.", one(started));
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn write(_: &mut Page) {}
