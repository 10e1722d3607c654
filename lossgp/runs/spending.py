"""What the trainings of a session have cost, and whether its budget lasts."""

from __future__ import annotations

import time
from dataclasses import dataclass

from .budget import Budget


class OutOfBudgetError(Exception):
    """The budget is used up; what was running has been finished and recorded."""


@dataclass(frozen=True)
class Charge:
    """What a training costs at most.

    Attributes:
        trainings: 1, or 0 where one goes on that has begun, and was counted then.
        iterations: that are left of it.
    """

    trainings: int
    iterations: int

    def __add__(self, other: Charge) -> Charge:
        return Charge(self.trainings + other.trainings, self.iterations + other.iterations)


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

    def covers(self, charge: Charge) -> bool:
        """Tell whether trainings are covered that cost so much at most, whatever they come to."""
        if self.budget is None or not self.is_allotted:
            return True
        return self._left >= self._price(charge)

    def reserve(self, charge: Charge) -> bool:
        """Reserve one training; False, and nothing is reserved, where it is not covered."""
        if not self.covers(charge):
            return False
        self._reserved += self._price(charge)
        return True

    def release(self, charge: Charge) -> None:
        """Give back what was reserved for a training that does not start."""
        self._reserved -= self._price(charge)

    def settle(self, charge: Charge, iterations: int | None) -> None:
        """Count a training that was reserved and has ended, by the iterations that it has run."""
        self.release(charge)
        self.trainings += charge.trainings
        self.iterations += charge.iterations if iterations is None else iterations

    @property
    def _left(self) -> float:
        if self.budget is None:
            return float("inf")
        spent = self.trainings if self.budget.unit == "trainings" else self.iterations
        return self.budget.amount - spent - self._reserved

    def _price(self, charge: Charge) -> int:
        in_iterations = self.budget is not None and self.budget.unit == "iterations"
        return charge.iterations if in_iterations else charge.trainings
