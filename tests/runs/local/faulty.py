"""Engines whose workers run `faulty_worker.py`, and what waits for what they do."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from lossgp.runs import LocalEngine, Task
from lossgp.trainers import Outcome

COMMAND = [sys.executable, str(Path(__file__).parent / "faulty_worker.py")]
PATIENCE = 120.0  # with what never comes; nothing that comes is measured by it


def engine(workers: int = 2, **options: Any) -> LocalEngine:
    limits: dict[str, Any] = {"time_limit": PATIENCE, "memory_limit": 2**30}
    return LocalEngine("faulty", workers=workers, command=COMMAND, **(limits | options))


def task(do: str = "ok", seed: int = 0, **loss: Any) -> Task:
    return Task(f"{do}-{seed}", {"do": do, **loss}, seed)


def outcomes(engine: LocalEngine, *tasks: Task) -> dict[str, Outcome]:
    for each in tasks:
        engine.submit(each)
    return {done.key: outcome for done, outcome in engine.as_completed()}


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def pid_in(path: Path) -> int:
    wait_for(lambda: path.exists() and path.read_text() != "")
    return int(path.read_text())
