"""The engine of this machine: supervised worker processes, one training each at a time."""

from __future__ import annotations

import json
import math
import weakref
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from lossgp.trainers import Outcome

from ..engine import Task
from ..errors import RunsError
from .limits import Limits
from .machine import available_cores, available_memory
from .supervisor import Supervisor
from .worker_process import worker_command


class LocalEngine:
    """Trains in worker processes of this machine; meets the :class:`Engine` protocol.

    A training that crashes its worker, hangs, or uses too much memory is an outcome with a
    reason; the worker is replaced and the others go on. One whose worker is killed by a signal
    that does not come from here is tried twice more, in fresh workers, before it is blamed.
    Workers start when there is work, stay warm, have one thread each, and end with this
    process, however it ends, and with all that their trainings have started: only a process
    that a trainer has moved into a session of its own outlives a worker that dies by itself.
    Linux and macOS.

    Args:
        trainer: name of a registered trainer.
        options: its options, as JSON content.
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        workers: number of processes; by default one a core that this process may use, and
            one on CUDA.
        time_limit: seconds that a training may take.
        memory_limit: bytes of resident memory that a worker may use; by default its share of
            the memory that this process may use.
        setup_limit: seconds in which a worker must be ready (imports, data, features).
        command: how to start a worker; by default a ``lossgp`` worker under this Python.

    Raises ``ValueError`` for a limit or a number of workers that is not positive, and
    ``TypeError`` for options that are no JSON content.

    Example::

        with LocalEngine("digits", time_limit=60) as engine:
            engine.submit(Task(pair.key(), pair.to_json(), seed=0))
            for task, outcome in engine.as_completed():
                ...
    """

    def __init__(
        self,
        trainer: str,
        options: Mapping[str, Any] | None = None,
        *,
        device: str = "cpu",
        workers: int | None = None,
        time_limit: float = 600.0,
        memory_limit: int | None = None,
        setup_limit: float = 900.0,
        command: Sequence[str] | None = None,
    ) -> None:
        """Prepare; no process starts before the first task."""
        if workers is None:
            workers = 1 if device.startswith("cuda") else available_cores()
        _check_positive("workers", workers)
        if memory_limit is None:
            memory_limit = available_memory() // workers
        _check_positive("memory_limit", memory_limit)
        _check_positive("time_limit", time_limit)
        _check_positive("setup_limit", setup_limit)
        json.dumps(dict(options or {}))
        self.workers = workers
        self.time_limit = time_limit
        self.memory_limit = memory_limit
        self._submitted = self._taken = 0
        self._closed = False
        self._supervisor = Supervisor(
            list(command) if command is not None else worker_command(),
            {"trainer": trainer, "options": dict(options or {}), "device": device},
            workers,
            Limits(time_limit, setup_limit, memory_limit),
        )
        # Runs when the engine is forgotten, and at the end of the program.
        self._stop = weakref.finalize(self, self._supervisor.stop)

    def submit(self, task: Task) -> None:
        """Put a training in the queue.

        Raises ``TypeError`` if its loss is no JSON content, ``ValueError`` if its seed is
        negative, and :class:`RunsError` if the engine is closed.
        """
        if self._closed:
            raise RunsError("the engine is closed: make a new one to train more")
        if task.seed < 0:
            raise ValueError(f"seed {task.seed} of {task.key}: a seed is 0 or more")
        json.dumps(dict(task.loss))
        self._supervisor.tasks.waiting.append(task)
        self._submitted += 1
        if self._supervisor.ident is None:
            self._supervisor.start()
        self._supervisor.wake()

    def as_completed(self) -> Iterator[tuple[Task, Outcome]]:
        """Yield trainings as they finish, until none is pending.

        More may be submitted between two of them. It may be interrupted at any time (Ctrl-C)
        and called again. Raises :class:`RunsError`, and closes the engine, when no worker can
        be set up.
        """
        results = self._supervisor.results
        while self._taken < self._submitted:
            # An interrupt may come between any two steps here: what it can lose is news, which
            # is only waited for where no result is there, and never the count of results.
            while len(results) == self._taken:
                self._supervisor.news.get()
            result = results[self._taken]
            if result is None:
                return
            if isinstance(result, RunsError):
                self.close()
                raise result
            self._taken += 1
            yield result
            results[self._taken - 1] = None  # a long run need not keep them all

    def cancel(self) -> list[Task]:
        """Take back the tasks that have not started, in the order of their submission."""
        cancelled: list[Task] = []
        while True:
            try:
                cancelled.append(self._supervisor.tasks.waiting.popleft())
            except IndexError:
                self._submitted -= len(cancelled)
                return cancelled

    def close(self) -> None:
        """Kill the workers and forget what is pending; closing twice is fine."""
        self._closed = True
        self._submitted = self._taken
        self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _check_positive(name: str, value: float) -> None:
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"{name}={value}: it must be a positive number")
