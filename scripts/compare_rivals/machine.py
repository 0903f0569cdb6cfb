"""Where and when something was measured."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from .arguments import PROJECT

# More than this much work besides, in processors, and the figures are off.
BUSY = 0.3


def cpu_model() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
    if platform.system() == "Darwin":
        return subprocess.run(asked, capture_output=True, text=True).stdout.strip()
    return platform.processor() or platform.machine()


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def git(*words: str) -> str:
    """What git says of the project; nothing where there is no repository."""
    try:
        return subprocess.run(["git", "-C", str(PROJECT), *words], capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def commit() -> str:
    """The project's commit, and whether something differs from it."""
    short = git("rev-parse", "--short=12", "HEAD")
    return f"{short or 'unknown'}{' with changes' if git('status', '--porcelain', '--untracked-files=no') else ''}"


def describe() -> dict[str, object]:
    """All of it, as it goes into the results."""
    return {
        "cpu": cpu_model(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "commit": commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "load_before": round(os.getloadavg()[0], 2),
    }
