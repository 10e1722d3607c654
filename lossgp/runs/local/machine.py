"""What of this machine we may use."""

from __future__ import annotations

import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def available_cores(cgroup: Path = _CGROUP) -> int:
    """Return the number of cores this process may use: its affinity and its container's quota."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    quota = _first_words(cgroup / "cpu.max")  # "max 100000" or "150000 100000"
    if len(quota) == 2 and all(word.isdigit() for word in quota):
        cores = min(cores, max(1, int(quota[0]) // max(1, int(quota[1]))))
    return cores


def available_memory(cgroup: Path = _CGROUP) -> int:
    """Return the bytes of memory this process may use: the machine's and its container's."""
    import psutil

    total = int(psutil.virtual_memory().total)
    limit = _first_words(cgroup / "memory.max")  # "max" or a number of bytes
    return min(total, int(limit[0])) if limit and limit[0].isdigit() else total


def _first_words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return []
