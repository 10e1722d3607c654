"""What the store hands out: frozen records of runs and generations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from lossgp.common.echo import printable


class RunStatus(StrEnum):
    """Where a run stands. A run whose writer was killed still says ``running``."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, repr=False)
class Run:
    """One search, as it stood when it was read.

    ``created`` and ``updated`` are UTC times; they are for people, and no result depends on
    them. ``directory`` is where the run's artifacts live; it need not exist yet. ``device`` is
    the type of device it trains on (``cpu``, ``cuda``), None for runs of versions that did not
    store it. ``note`` is what a person has written to it.
    """

    id: int
    name: str
    config: dict[str, Any]
    protocol_hash: str
    version: str
    status: RunStatus
    created: datetime
    updated: datetime
    directory: Path
    device: str | None = None
    note: str = ""

    def __repr__(self) -> str:
        protocol = printable(self.config.get("protocol", ""), 40)
        return f"<Run '{self.name}': {self.status}, {protocol}, {self.created:%Y-%m-%d %H:%M} UTC>"


@dataclass(frozen=True)
class Unreadable:
    """A run whose row cannot be read: its name, printable, and why in one line."""

    name: str
    reason: str


@dataclass(frozen=True)
class CommittedGeneration:
    """One committed generation; ``finished`` is a UTC time, for people only."""

    generation: int
    individuals: list[dict[str, Any]]
    archive: list[dict[str, Any]]
    rejects: dict[str, int]
    finished: datetime
