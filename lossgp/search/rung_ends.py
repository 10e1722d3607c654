"""What trainings that were stopped at a rung would have come to."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .candidate import Individual
from .prediction import measured_log, trained_values
from .scoring import Score


class RungEnds:
    """How trainings change between a rung and their end, learnt from those that ran to both.

    A loss that was stopped is one of the worse; without it a model would learn from the better
    ones alone. Its end is expected where its rung is, changed by the factor (geometric mean) by
    which the others have changed from there. They are the better ones, so that this is kind to it.
    """

    def __init__(self) -> None:
        # By part of a training, then by candidate: the change of the logarithm to the end.
        self._changes: dict[float, dict[str, float]] = {}

    def learn(self, scored: Iterable[Individual], ceiling: float) -> None:
        """Take in what trainings came to at their rungs and at their ends."""
        for one in scored:
            ends = trained_values(one.score)[:1]
            for rung in one.score.rungs if ends else ():
                change = measured_log(ends, ceiling) - measured_log([rung.value], ceiling)
                self._changes.setdefault(rung.part, {})[one.candidate.name] = change

    def values(self, score: Score, ceiling: float) -> tuple[float, ...]:
        """Return what a loss's trainings came to, or where one that was stopped would end.

        Empty where nothing says anything of the loss.
        """
        if not score.is_stopped:
            return trained_values(score)
        last = score.rungs[-1]
        changes = self._changes.get(last.part, {}).values()
        change = math.fsum(changes) / len(changes) if changes else 0.0
        return (min(math.exp(measured_log([last.value], ceiling) + change), ceiling),)
