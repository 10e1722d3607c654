"""What the trainings of a session have cost, and whether its budget lasts."""

from __future__ import annotations

import time

from lossgp.trainers import Outcome

from .budget import Budget


class OutOfBudgetError(Exception):
    """The budget is used up; what was running has been finished and recorded."""


class Spending:
    """The account of a session; several `Trials` may draw on one.

    A budget of time ends a session where it stands. One of trainings or of iterations is
    allotted: a training is reserved, at its full length, before it starts, and settled at what
    it has run when it has ended. So the budget is never exceeded, and which trainings it covers
    depends on their order and their results alone.

    Args:
        budget: what may be spent; None is everything.

    Attributes:
        trainings, iterations: what was spent. A training whose length is not known, as where its
            process died, counts in full.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget
        self.trainings = 0
        self.iterations = 0
        self._reserved = 0.0
        self._started = time.monotonic()

    @property
    def is_allotted(self) -> bool:
        """Whether trainings are reserved before they start."""
        return self.budget is not None and self.budget.unit != "seconds"

    @property
    def time_is_up(self) -> bool:
        """Whether the budget is one of time, and that has passed."""
        if self.budget is None or self.is_allotted:
            return False
        return time.monotonic() - self._started >= self.budget.amount

    def covers(self, trainings: int, length: int) -> bool:
        """Tell whether so many trainings are covered, each of full length, whatever they come to.

        Args:
            trainings: how many may be started.
            length: iterations of a full one.
        """
        if self.budget is None or not self.is_allotted:
            return True
        return self._left >= trainings * self._price(length)

    def reserve(self, length: int) -> bool:
        """Reserve one training; False, and nothing is reserved, where it is not covered."""
        if not self.covers(1, length):
            return False
        self._reserved += self._price(length)
        return True

    def release(self, length: int) -> None:
        """Give back what was reserved for a training that does not start."""
        self._reserved -= self._price(length)

    def settle(self, outcome: Outcome, length: int) -> None:
        """Count a training that was reserved and has ended."""
        self.release(length)
        self.trainings += 1
        self.iterations += length if outcome.iterations is None else outcome.iterations

    @property
    def _left(self) -> float:
        if self.budget is None:
            return float("inf")
        spent = self.trainings if self.budget.unit == "trainings" else self.iterations
        return self.budget.amount - spent - self._reserved

    def _price(self, length: int) -> int:
        return length if self.budget is not None and self.budget.unit == "iterations" else 1
