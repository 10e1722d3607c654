"""What a worker may use, and in which words it is told that this was too much."""

from __future__ import annotations

from dataclasses import dataclass

from .worker_process import Child


@dataclass(frozen=True)
class Limits:
    """What a worker may use: seconds a training, seconds to start, bytes of resident memory."""

    training_seconds: float
    setup_seconds: float
    memory_bytes: int

    def deadline(self, child: Child) -> float:
        """Return the monotonic time until which a child must have answered."""
        return child.since + (self.training_seconds if child.ready else self.setup_seconds)

    def overdue(self, child: Child) -> str:
        """Return what to say of a child that has not answered in time."""
        if child.ready:
            return f"no result within {self.training_seconds:g} s"
        return f"not ready within {self.setup_seconds:g} s"

    def overuse(self, child: Child) -> str | None:
        """Return what to say of a child that uses too much memory; None if it does not."""
        used = child.memory()
        if used <= self.memory_bytes:
            return None
        return f"used {_size(used)}, more than the limit of {_size(self.memory_bytes)}"


def _size(count: int) -> str:
    """Return bytes in the unit people use, e.g. ``9.1 GB``."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"
