"""How far a search is, and how long the rest of it may take."""

from __future__ import annotations

from dataclasses import dataclass

from lossgp.trainers import Outcome

TRAINING = ("yardsticks", "generation", "last race")
"""Stages in which losses are trained."""


@dataclass
class Headway:
    """The count of trainings in the present stage of a search.

    Attributes:
        workers: how many trainings run at once.
        stage: what is being trained.
        total, done: how many trainings the stage has, and how many of them are behind it:
            trained now or before, or spared.
        count, seconds: of the trainings of this session.
    """

    workers: int
    stage: str = "preparing"
    total: int = 0
    done: int = 0
    count: int = 0
    seconds: float = 0.0

    def begin(self, stage: str, total: int) -> None:
        """Start counting the trainings of a stage."""
        self.stage, self.total, self.done = stage, total, 0

    def left(self, missing: int) -> None:
        """Take in how many trainings of the stage may follow.

        Its total stands from the start: what was trained before, and what is spared because a
        loss failed, is behind it like what is trained now.
        """
        self.done = self.total - missing

    def trained(self, outcome: Outcome) -> None:
        """Count a training."""
        self.count += 1
        self.seconds += outcome.seconds

    def remaining(self, later: int) -> float | None:
        """Return the estimated seconds of this stage and of `later` trainings.

        None as long as nothing was trained.
        """
        if not self.count:
            return None
        each = self.seconds / self.count / self.workers
        return each * (self.total - self.done + later)
