"""What a search needs of whatever trains its candidates, be it this machine or a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

from lossgp.trainers import Outcome


@dataclass(frozen=True)
class Task:
    """One training to be done: candidate ``key``, its loss pair as JSON content, a seed.

    ``keep`` is the file in which the trained model is kept, if it is to be. ``part`` is how far
    of its length it is trained; where there is a ``state``, it goes on from this file, and is put
    away in it (see :meth:`lossgp.trainers.Trainer.train_part`). ``protocol`` says which one of
    a portfolio is trained (see :meth:`lossgp.trainers.Trainer.part`).
    """

    key: str
    loss: Mapping[str, Any] = field(hash=False)
    seed: int
    keep: str | None = None
    part: float = 1.0
    state: str | None = None
    protocol: str = ""


class Engine(Protocol):
    """Runs trainings. A bad candidate is an outcome; only a bad set-up is an exception.

    Which trainings come to which outcome never depends on the engine, on the number of its
    workers, or on the order in which it hands results back. As a context manager it closes
    itself.
    """

    @property
    def workers(self) -> int:
        """How many trainings run at once."""

    def __enter__(self) -> Self:
        """Return the engine."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""

    def submit(self, task: Task) -> None:
        """Put a training in the queue; returns at once."""

    def as_completed(self) -> Iterator[tuple[Task, Outcome]]:
        """Yield trainings as they finish, until none is pending.

        More may be submitted between two of them. Raises :class:`RunsError` when no training
        can be done at all, for example because the data are missing.
        """

    def cancel(self) -> list[Task]:
        """Take back what has not started, and return it; what runs goes on and is yielded."""

    def close(self) -> None:
        """Stop everything now; closing twice is fine."""
