"""Tasks on their way to the workers: what waits, and what a killed worker's task may hope for."""

from __future__ import annotations

from collections import Counter, deque
from enum import Enum, auto

from ..engine import Task

# A worker may be killed from outside: by a person, by the system when memory runs out. That says
# nothing of the loss, so it is trained again in a fresh worker, and the last time alone, with all
# the memory there is. One that is killed every time is blamed.
_RETRIES = 2


class Retry(Enum):
    """What becomes of a task whose fresh worker was killed."""

    AGAIN = auto()
    ALONE = auto()


class TaskQueue:
    """The tasks that no worker has.

    Attributes:
        waiting: those that have not started, in order; other threads may add and take.
        alone: those that must be trained while no other is.
    """

    def __init__(self) -> None:
        self.waiting: deque[Task] = deque()
        self.alone: deque[Task] = deque()
        self._killed: Counter[tuple[str, int]] = Counter()

    def next(self) -> Task | None:
        """Return the task that comes next, or None: nothing to do, or cancelled this moment."""
        try:
            return self.waiting.popleft()
        except IndexError:
            return None

    def put_back(self, task: Task, *, alone: bool = False) -> None:
        """Let a task come next that could not be started."""
        (self.alone if alone else self.waiting).appendleft(task)

    def killed(self, task: Task) -> Retry | None:
        """Count that a fresh worker was killed over a task; None means that it is blamed."""
        known = (task.key, task.seed)
        self._killed[known] += 1
        if self._killed[known] > _RETRIES:
            return None
        return Retry.ALONE if self._killed[known] == _RETRIES else Retry.AGAIN

    def done(self, task: Task) -> None:
        """Forget what was counted of a task: it has come to an outcome."""
        self._killed.pop((task.key, task.seed), None)
