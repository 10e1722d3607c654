"""The thread that keeps the workers busy, within their limits, and replaced when they die.

Everything about the children is done in this one thread, so that an interrupt, which Python
raises in the main thread, never finds them half-way between two states.
"""

from __future__ import annotations

import contextlib
import json
import queue
import selectors
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from lossgp.trainers import Outcome, Status

from ..answers import one_line
from ..engine import Task
from ..errors import RunsError
from .limits import Limits
from .queueing import Retry, TaskQueue
from .worker_process import Child, Death

_TICK = 0.25  # seconds between two looks at memory and deadlines
_FAILED_STARTS = 3


class Supervisor(threading.Thread):
    """Runs ``tasks`` in up to ``workers`` children; what comes of them goes to ``results``.

    ``results`` holds (task, outcome) pairs, at most one :class:`RunsError` if no worker can
    be set up, and None once everything has stopped; ``news`` says that one was added.
    """

    def __init__(
        self, command: Sequence[str], setup: Mapping[str, Any], workers: int, limits: Limits
    ) -> None:
        """Prepare; nothing runs before ``start()``."""
        super().__init__(name="lossgp-supervisor", daemon=True)
        self.tasks = TaskQueue()
        self.results: list[tuple[Task, Outcome] | RunsError | None] = []
        self.news: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._command = command
        self._setup = setup
        self._workers = workers
        self._limits = limits
        self._children: list[Child] = []
        self._failed_starts = 0
        self._looked = 0.0
        self._stopping = False
        self._selector = selectors.DefaultSelector()
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._ringer.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ)

    def wake(self) -> None:
        """Make the thread look at ``tasks`` now."""
        with contextlib.suppress(OSError):  # closed, or full of rings that nobody has heard yet
            self._ringer.send(b"!")

    def stop(self) -> None:
        """Kill all children and end the thread; stopping twice is fine."""
        self._stopping = True
        self.wake()
        if not self.is_alive():
            self._release()  # it never ran, or has ended by itself
        elif threading.current_thread() is not self:
            self.join()

    def run(self) -> None:
        """Supervise until stopped, or until no worker can be set up."""
        try:
            while not self._stopping:
                self._hand_out()
                self._hire()
                self._listen()
                self._enforce_limits()
        except RunsError as error:
            self._report(error)
        except Exception as error:  # a mistake of ours must not leave the search waiting for ever
            failure = RunsError(f"the local engine broke: {type(error).__name__}: {error}")
            failure.__cause__ = error
            self._report(failure)
        finally:
            for child in self._children:
                child.kill()
            self._release()
            self._report(None)

    def _report(self, result: tuple[Task, Outcome] | RunsError | None) -> None:
        self.results.append(result)
        self.news.put(None)

    def _release(self) -> None:
        self._selector.close()
        self._bell.close()
        self._ringer.close()

    # Handing out

    def _hand_out(self) -> None:
        if self.tasks.alone and not any(child.engaged for child in self._children):
            for child in list(self._children):
                self._dismiss(child)
            self._spawn(self.tasks.alone.popleft(), alone=True)
        for child in [child for child in self._children if child.idle]:
            task = child.reserved or (None if self._closed else self.tasks.next())
            if task is None:
                continue
            if child.start(task):
                child.reserved = None
            else:
                if task is not child.reserved:
                    self.tasks.put_back(task)
                self._bury(child, "it went away: ")

    @property
    def _closed(self) -> bool:
        """Whether nothing may start: one training is to be alone, or is."""
        return bool(self.tasks.alone) or any(c.alone and c.engaged for c in self._children)

    def _hire(self) -> None:
        if self._closed:
            return
        starting = sum(not child.ready and child.reserved is None for child in self._children)
        wanted = min(len(self.tasks.waiting) - starting, self._workers - len(self._children))
        for _ in range(wanted):
            self._spawn(None)

    def _spawn(self, reserved: Task | None, *, alone: bool = False) -> None:
        try:
            child = Child(self._command, self._setup, reserved, alone=alone)
        except OSError as error:
            raise RunsError(
                f"no worker process can be started ({self._command[0]}: {error.strerror}): check "
                "the Python installation and the limits on processes and open files"
            ) from error
        self._children.append(child)
        self._selector.register(child.stdout, selectors.EVENT_READ, child)
        self._selector.register(child.stderr, selectors.EVENT_READ, child)

    # Listening

    def _listen(self) -> None:
        for key, _ in self._selector.select(self._patience()):
            child = key.data
            if child is None:
                with contextlib.suppress(BlockingIOError):
                    self._bell.recv(4096)
            elif child not in self._children:
                continue  # lost while an earlier event was dealt with
            elif key.fileobj is child.stderr:
                if child.read_stderr():
                    self._selector.unregister(child.stderr)
            else:
                self._read(child)

    def _patience(self) -> float | None:
        now = time.monotonic()
        left = [self._limits.deadline(child) - now for child in self._children if not child.idle]
        return max(0.0, min(_TICK, *left)) if left else None

    def _read(self, child: Child) -> None:
        """Take in the child's answers, and its end if that has come."""
        lines, ended = child.receive()
        for line in lines:
            self._take(child, line)
            if child not in self._children:
                return
        if ended:
            self._bury(child)

    def _take(self, child: Child, line: bytes) -> None:
        try:
            message = json.loads(line)
            if "failed" in message:
                raise RunsError(self._setup_failure(str(message["failed"])))
            if "ready" in message:
                child.ready = True
                return
            if "crowded" in message:
                self._make_room(child, str(message["crowded"]))
                return
            outcome = Outcome.from_json(message["outcome"])
            if child.task is None or child.task.seed != outcome.seed:
                raise ValueError(f"seed {outcome.seed} was not asked for")
        except (ValueError, TypeError, KeyError) as error:
            self._lose(child, one_line(f"unreadable answer ({str(error)[:200]})"))
            return
        self.tasks.done(child.task)
        self._report((child.task, outcome))
        child.task = None
        child.finished += 1
        self._failed_starts = 0

    # Limits and losses

    def _enforce_limits(self) -> None:
        now = time.monotonic()
        look = now - self._looked >= _TICK
        if look:
            self._looked = now
        for child in list(self._children):
            if not child.idle and now >= self._limits.deadline(child):
                self._read(child)  # an answer in time may still lie in the pipe
                if child in self._children and not child.idle:
                    self._end_overdue(child)
            elif look:
                self._look_at(child)

    def _look_at(self, child: Child) -> None:
        if not child.alive:  # a process that it left behind may keep its pipes open
            self._read(child)
            if child in self._children:
                self._bury(child)
            return
        if (overuse := self._limits.overuse(child)) is not None:
            self._lose(child, overuse)

    def _end_overdue(self, child: Child) -> None:
        reason = self._limits.overdue(child)
        if child.ready:
            self._finish(child, Status.TIMEOUT, reason)
            self._dismiss(child)
        else:
            self._lose(child, reason)

    def _bury(self, child: Child, what: str = "") -> None:
        """Deal with a child that has ended by itself."""
        death = child.death()
        self._lose(child, f"{what}{death.reason}", death)

    def _lose(self, child: Child, reason: str, death: Death | None = None) -> None:
        """Deal with a child that died, or must die, for ``reason``."""
        self._dismiss(child)
        task = child.task
        if task is None:
            if child.reserved is not None:
                self.tasks.put_back(child.reserved, alone=child.alone)
            if not child.finished:
                self._count_failed_start(reason)
        elif child.finished:
            # Earlier trainings may have left memory or worse behind. A candidate is only
            # blamed for what it does in a fresh worker, or its outcome would depend on
            # who came before it.
            self._spawn(task)
        elif death is None or death.signal is None or not (retry := self.tasks.killed(task)):
            self._finish(child, Status.CRASHED, reason)
        elif retry is Retry.ALONE:
            self.tasks.put_back(task, alone=True)
        else:
            self._spawn(task)

    def _make_room(self, child: Child, reason: str) -> None:
        """The device had no memory for a training: from now on fewer run side by side.

        Alone on the device, in a fresh worker, it has had all the memory there is.
        """
        self._dismiss(child)
        task = child.task
        if task is None or (not self._children and not child.finished):
            self._finish(child, Status.CRASHED, reason)
            return
        self._workers = max(1, len(self._children))
        self.tasks.put_back(task)

    def _finish(self, child: Child, status: Status, reason: str) -> None:
        if child.task is None:
            return
        seconds = time.monotonic() - child.since
        outcome = Outcome(child.task.seed, status, {}, seconds, one_line(reason))
        self.tasks.done(child.task)
        self._report((child.task, outcome))

    def _dismiss(self, child: Child) -> None:
        self._children.remove(child)
        for pipe in (child.stdout, child.stderr):
            with contextlib.suppress(KeyError):  # its end had been seen before
                self._selector.unregister(pipe)
        child.kill()

    def _count_failed_start(self, reason: str) -> None:
        self._failed_starts += 1
        working = any(child.ready for child in self._children)
        if self._failed_starts >= _FAILED_STARTS and not working:
            raise RunsError(self._setup_failure(f"{_FAILED_STARTS} workers died in it: {reason}"))

    def _setup_failure(self, reason: str) -> str:
        return (
            f"trainer '{self._setup['trainer']}' cannot be set up on {self._setup['device']}: "
            f"{reason}"
        )
