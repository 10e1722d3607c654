"""What trainings have cost, in the unit of all comparisons: iterations that were run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lossgp.search import Score
from lossgp.search.scoring import NOT_TRAINED
from lossgp.trainers import Outcome


@dataclass(frozen=True)
class Cost:
    """The cost of trainings, whenever and by whatever run they were done.

    Attributes:
        trainings: how many.
        iterations: that they ran; one that was stopped early counts what it ran.
        uncounted: trainings whose iterations are not known, and are not among them: an older
            version trained them, their process died, or the memo lacks them.
    """

    trainings: int
    iterations: int
    uncounted: int = 0

    def to_json(self) -> dict[str, int]:
        """Return plain data."""
        return {
            "trainings": self.trainings,
            "iterations": self.iterations,
            "uncounted": self.uncounted,
        }

    def __str__(self) -> str:
        words = f"{self.trainings:,} training{'s' * (self.trainings != 1)}"
        if self.uncounted == self.trainings:
            return words
        words += f", {self.iterations:,} iterations"
        return f"{words} (without those of {self.uncounted:,})" if self.uncounted else words


def cost(outcomes: Iterable[Outcome], unknown: int = 0) -> Cost:
    """Return the cost of trainings.

    Args:
        outcomes: what they came to.
        unknown: how many more there were of which nothing else is known.
    """
    return _of([outcome.iterations for outcome in outcomes], unknown)


def cost_of_scored(scored: Iterable[tuple[Score, Sequence[Outcome]]]) -> Cost:
    """Return the cost of losses by their scores, and their trainings where the memo has them."""
    counts: list[int | None] = []
    unknown = 0
    for score, outcomes in scored:
        counts += [outcome.iterations for outcome in outcomes]
        if score.is_stopped:  # a training goes on from rung to rung: the last says what it cost
            counts.append(score.rungs[-1].iterations)
        elif not outcomes:
            unknown += len(score.values) - score.statuses.get(NOT_TRAINED, 0)
    return _of(counts, unknown)


def _of(counts: Sequence[int | None], unknown: int) -> Cost:
    known = [count for count in counts if count is not None]
    trainings = len(counts) + unknown
    return Cost(trainings, sum(known), trainings - len(known))
